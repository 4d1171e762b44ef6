"""RADIUS in TLS whose secrets are there: EAP inside is a flow of its own, as it is over UDP."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.carriers.peers import write_lab
from tests.carriers.spoken import PEER, Said, authentication, facts, flights, over_udp, radius
from tests.dialogues import ended, flows_in
from tests.wire import Talk
from tlseku import Analyzer, Flow

COMPLETED = flights("no-eku", 4)
SAID = radius(authentication(COMPLETED, size=900))


def in_tls(place: Path, said: Sequence[Said], version: ssl.TLSVersion) -> tuple[Talk, bytes]:
    """What both say in one TLS connection, with the SYN and FIN of TCP, and the key log."""
    write_lab(place)
    log = place / "keys"
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(place / "server.pem", place / "server.key")
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.minimum_version = client.maximum_version = version
    client.keylog_filename = str(log)
    ins, outs = [ssl.MemoryBIO(), ssl.MemoryBIO()], [ssl.MemoryBIO(), ssl.MemoryBIO()]
    ends = [
        client.wrap_bio(ins[0], outs[0], server_hostname="radius.example"),
        server.wrap_bio(ins[1], outs[1], server_side=True),
    ]
    talk = Talk(server=("198.51.100.7", 2083)).open()

    def move(side: int) -> None:
        data = outs[side].read()
        ins[1 - side].write(data)
        talk.send_in(side, data, 1400)

    done = [False, False]
    while not all(done):
        for side in (0, 1):
            try:
                ends[side].do_handshake()
                done[side] = True
            except ssl.SSLWantReadError:
                pass
            move(side)
    for side, data in said:
        ends[side].write(data)
        move(side)
        ends[1 - side].read(65536)
    return talk.close(), log.read_bytes()


def read(talk: Talk, key_log: bytes | None, *, late: bool = False) -> list[Flow]:
    analyzer = Analyzer(only_ends=True)
    if key_log is not None:
        analyzer.add_secrets(b"" if late else key_log)
    events = [event for frame in talk.frames() for event in analyzer.feed(frame.ts_ns, 1, frame.data)]
    if key_log is not None and late:
        analyzer.add_secrets(key_log)
    return sorted(ended([*events, *analyzer.close()]), key=lambda flow: flow.number)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("joined", [False, True])
def test_the_authentication_inside(tmp_path: Path, version: ssl.TLSVersion, joined: bool) -> None:
    accounting = (PEER, bytes((4, 9, 0, 20)) + bytes(16))
    said = [*SAID, accounting]
    if joined:
        # Two packets in one record, and one in two.
        first, *middle, before, last = said
        said = [(0, first[1][:50]), (0, first[1][50:]), *middle, before, last]
    outer, inner = read(*in_tls(tmp_path, said, version))
    assert (outer.carrier, outer.outcome, [each.role for each in outer.presented]) == (
        "tcp",
        "completed",
        ["server"],
    )
    (over_datagrams,) = flows_in(over_udp(SAID))
    assert facts(inner) == facts(over_datagrams)
    assert (inner.carrier, inner.transport, inner.server) == ("eap-radius", "tcp", ("198.51.100.7", 2083))
    assert inner.outer is not None
    assert (inner.outer.identity, inner.outer.nas) == ("user@lab.example", "switch-1")


def test_secrets_that_come_late(tmp_path: Path) -> None:
    """What waited is decrypted at once: it is read in its order, or not at all."""
    talk, key_log = in_tls(tmp_path, SAID, ssl.TLSVersion.TLSv1_2)
    whole = flows_in(over_udp(SAID))
    inner = [flow for flow in read(talk, key_log, late=True) if flow.carrier == "eap-radius"]
    assert [facts(flow) for flow in inner] in ([facts(flow) for flow in whole], [])


def test_without_secrets_there_is_the_outer_flow_alone(tmp_path: Path) -> None:
    talk, _ = in_tls(tmp_path, SAID, ssl.TLSVersion.TLSv1_2)
    assert [flow.carrier for flow in read(talk, None)] == ["tcp"]


def test_something_else_inside_is_none(tmp_path: Path) -> None:
    said = [(0, b"\1\1\0\x30" + bytes(5)), (1, b"hello, this is something else"), (0, bytes(60))]
    for each in (
        said,
        [(0, b"GET / HTTP/1.1\r\nHost: radius.example\r\n\r\n"), (1, b"HTTP/1.1 200 OK\r\n\r\n")],
    ):
        assert [flow.carrier for flow in read(*in_tls(tmp_path, each, ssl.TLSVersion.TLSv1_3))] == ["tcp"]


def test_a_lost_segment_shows_less(tmp_path: Path) -> None:
    talk, key_log = in_tls(tmp_path, SAID, ssl.TLSVersion.TLSv1_2)
    (whole,) = flows_in(over_udp(SAID))
    truth = {cert.sha256 for each in whole.presented for cert in each.chain}
    for lost in range(8, len(talk.packets) - 4):
        kept = Talk(packets=talk.packets[:lost] + talk.packets[lost + 1 :])
        inner = [flow for flow in read(kept, key_log) if flow.carrier == "eap-radius"]
        assert {cert.sha256 for flow in inner for each in flow.presented for cert in each.chain} <= truth
