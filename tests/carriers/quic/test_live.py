"""QUIC of aioquic, both ends in memory, and what tshark sees in it."""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, Built, build, ca
from tests.carriers.datagrams import Sent, from_client, from_server, only_flow
from tests.carriers.tshark_messages import clear_and_opened
from tlseku.flow import Flow

pytest.importorskip("aioquic")
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import QuicProtocolVersion
from aioquic.tls import AlertUnsupportedCertificate, CipherSuite

CA = ca("Lab CA", serial=1)
SERVER = build(subject="localhost", san=("localhost",), issuer=CA, eku=(SERVER_AUTH,), serial=0x2001)
CLIENT = build(subject="client", issuer=CA, eku=(CLIENT_AUTH,), serial=0x3001)
SUNSET = build(subject="sunset", issuer=CA, eku=(SERVER_AUTH,), serial=0x3002)
_CRYPTO = 0x06
V1, V2 = QuicProtocolVersion.VERSION_1, QuicProtocolVersion.VERSION_2


class Answerer(QuicConnection):  # type: ignore[misc]
    """A server that asks for a certificate, which aioquic can but does not offer."""

    def _initialize(self, peer_cid: bytes) -> None:
        super()._initialize(peer_cid)
        self.tls._request_client_certificate = True

    def refuse(self) -> None:
        """Close as other servers do that look at the purpose."""
        alert = int(AlertUnsupportedCertificate.description)
        self.close(error_code=0x100 + alert, frame_type=_CRYPTO, reason_phrase="unsupported certificate")


def _configuration(place: Path, name: str, who: Built | None, log: io.StringIO) -> QuicConfiguration:
    configuration = QuicConfiguration(is_client=name == "client", alpn_protocols=["h3"], secrets_log_file=log)
    if who is not None:
        for suffix, content in (("pem", who.pem + CA.pem), ("key", who.key_pem)):
            (place / f"{name}.{suffix}").write_bytes(content)
        configuration.load_cert_chain(place / f"{name}.pem", place / f"{name}.key")
    configuration.verify_mode = ssl.CERT_NONE
    configuration.server_name = "localhost"
    return configuration


def speak(
    place: Path,
    client: Built | None = CLIENT,
    *,
    refuse: bool = False,
    change: Callable[[QuicConfiguration, QuicConfiguration], None] = lambda client, server: None,
) -> tuple[list[Sent], bytes]:
    """One connection that asks for the client's certificate, and sends a few bytes over a stream."""
    log = io.StringIO()
    near = _configuration(place, "client", client, log)
    far = _configuration(place, "server", SERVER, log)
    change(near, far)
    caller = QuicConnection(configuration=near)
    answerer = Answerer(
        configuration=far, original_destination_connection_id=caller.original_destination_connection_id
    )
    sent: list[Sent] = []
    now = 1.0
    caller.connect(("198.51.100.2", 4433), now)

    def move() -> None:
        nonlocal now
        for _ in range(20):
            now += 0.01
            before = len(sent)
            for data, _ in caller.datagrams_to_send(now):
                sent.append(from_client(data))
                answerer.receive_datagram(data, ("192.0.2.1", 40000), now)
                if refuse and answerer.tls._peer_certificate is not None:
                    answerer.refuse()
            for data, _ in answerer.datagrams_to_send(now):
                sent.append(from_server(data))
                caller.receive_datagram(data, ("198.51.100.2", 4433), now)
            if len(sent) == before:
                return

    move()
    if caller._handshake_complete and answerer._handshake_complete and not refuse:
        stream = caller.get_next_available_stream_id()
        caller.send_stream_data(stream, b"GET / and something more of it", end_stream=True)
        move()
        answerer.send_stream_data(stream, bytes(3000), end_stream=True)
        move()
        caller.close()
        move()
    return sent, log.getvalue().encode()


def serials(flow: Flow) -> list[tuple[str, list[int | None]]]:
    return [(each.role, [one.serial for one in each.chain]) for each in flow.presented]


def kinds(flow: Flow) -> list[tuple[int, int]]:
    """Frame and number of every handshake message."""
    return [(each.frame, each.type) for each in flow.messages if each.type >= 0]


def _version_2(client: QuicConfiguration, server: QuicConfiguration) -> None:
    for each in (client, server):
        each.supported_versions = [V2, V1]
        each.original_version = V1


def _only_version_2(client: QuicConfiguration, server: QuicConfiguration) -> None:
    for each in (client, server):
        each.supported_versions = [V2]
        each.original_version = V2


def _chacha20(client: QuicConfiguration, server: QuicConfiguration) -> None:
    for each in (client, server):
        each.cipher_suites = [CipherSuite.CHACHA20_POLY1305_SHA256]


def _short_ids(client: QuicConfiguration, server: QuicConfiguration) -> None:
    client.connection_id_length, server.connection_id_length = 4, 20


@pytest.mark.parametrize(
    ("change", "version"),
    [
        (lambda client, server: None, V1),
        (_version_2, V2),
        (_only_version_2, V2),
        (_chacha20, V1),
        (_short_ids, V1),
    ],
)
def test_a_mutual_handshake(
    tmp_path: Path, change: Callable[[QuicConfiguration, QuicConfiguration], None], version: int
) -> None:
    sent, key_log = speak(tmp_path, change=change)
    hidden = only_flow(sent)
    assert (hidden.sni, hidden.version, hidden.outcome, hidden.presented) == (
        "localhost",
        0x0304,
        "completed",
        (),
    )
    assert hidden.outer is not None
    assert hidden.outer.quic_version == version
    flow = only_flow(sent, key_log, late=version == V2)
    assert serials(flow) == [("server", [0x2001, 1]), ("client", [0x3001, 1])]
    assert (flow.outcome, flow.outcome_basis) == ("completed", "both Finished")
    assert (flow.alpn, flow.defects, flow.hidden) == ("h3", (), ())
    assert [each.answer for each in flow.requests] == ["presented"]
    if change is not _version_2:
        # tshark 4.0 does not follow a server into another version.
        clear, opened = clear_and_opened(sent, key_log, tmp_path, protocol="quic")
        assert (kinds(hidden), kinds(flow)) == (clear, opened)


def test_the_server_refuses(tmp_path: Path) -> None:
    sent, key_log = speak(tmp_path, SUNSET, refuse=True)
    flow = only_flow(sent, key_log)
    assert (flow.outcome, flow.refused_by, [each.code for each in flow.alerts]) == ("refused", "server", [43])
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", "wrong")]
    assert only_flow(sent).outcome == "unknown"


def test_no_certificate(tmp_path: Path) -> None:
    sent, key_log = speak(tmp_path, None)
    flow = only_flow(sent, key_log)
    assert [(each.role, each.verdict) for each in flow.presented] == [
        ("server", "ok"),
        ("client", "declined"),
    ]


def test_the_client_refuses(tmp_path: Path) -> None:
    def change(client: QuicConfiguration, server: QuicConfiguration) -> None:
        client.verify_mode = ssl.CERT_REQUIRED

    sent, key_log = speak(tmp_path, change=change)
    flow = only_flow(sent, key_log)
    assert (flow.outcome, flow.refused_by) == ("refused", "client")
    assert len(flow.alerts) == 1
