"""DTLS of OpenSSL and GnuTLS, as they really speak it, and what tshark sees in it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, Built, build, ca
from tests.carriers.datagrams import Sent, only_flow
from tests.carriers.tshark_messages import clear_and_opened
from tests.carriers.udp_tap import QUIET, overhear
from tlseku.flow import Flow

CA = ca("Lab CA", serial=1, key="rsa")
SERVER = build(subject="localhost", issuer=CA, eku=(SERVER_AUTH,), serial=0x2001, key="rsa")
CLIENT = build(subject="client", issuer=CA, eku=(CLIENT_AUTH,), serial=0x3001, key="rsa")
SUNSET = build(subject="sunset", issuer=CA, eku=(SERVER_AUTH,), serial=0x3002, key="rsa")

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
needs_gnutls = pytest.mark.skipif(
    shutil.which("gnutls-serv") is None or shutil.which("gnutls-cli") is None,
    reason="gnutls-bin is not installed",
)

ATTIME = "-attime 1782900000"
S_SERVER = f"openssl s_server -port {{port}} -cert server.pem -key server.key -cert_chain ca.pem -CAfile ca.pem {ATTIME}"
S_CLIENT = f"openssl s_client -connect 127.0.0.1:{{port}} -CAfile ca.pem -keylogfile {{keys}} {ATTIME}"
DTLS12, DTLS10 = "-dtls1_2 -4", "-dtls1 -4 -cipher ALL:@SECLEVEL=0"
VERIFY = "-Verify 3 -verify_return_error"
PRESENT = "-cert client.pem -key client.key -cert_chain ca.pem"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_bytes(CA.pem)
    _write(tmp_path, "server", SERVER)
    _write(tmp_path, "client", CLIENT)
    return tmp_path


def _write(place: Path, name: str, who: Built) -> None:
    (place / f"{name}.pem").write_bytes(who.pem)
    (place / f"{name}.key").write_bytes(who.key_pem)


def serials(flow: Flow) -> list[tuple[str, list[int | None]]]:
    return [(each.role, [one.serial for one in each.chain]) for each in flow.presented]


def kinds(flow: Flow) -> Sequence[tuple[int, int]]:
    """Frame and number of every handshake message."""
    return [(each.frame, each.type) for each in flow.messages if each.type >= 0]


def _speak(place: Path, options: str, *lines: bytes, client: str = PRESENT) -> tuple[list[Sent], bytes]:
    return overhear(
        place,
        f"{S_SERVER} {options} {VERIFY}".split(),
        f"{S_CLIENT} {options} {client}".split(),
        lines,
    )


@needs_openssl
@pytest.mark.parametrize("options", [DTLS12, f"{DTLS12} -mtu 600", f"{DTLS12} -listen", DTLS10])
def test_openssl_in_both_roles(place: Path, options: str) -> None:
    sent, key_log = overhear(
        place,
        f"{S_SERVER} {options} {VERIFY}".split(),
        f"{S_CLIENT} {options.replace(' -listen', '')} {PRESENT}".split(),
        [b"hello"],
    )
    flow = only_flow(sent)
    assert serials(flow) == [("server", [0x2001, 1]), ("client", [0x3001, 1])]
    assert (flow.outcome, flow.hidden, flow.defects) == ("completed", (), ())
    assert [each.answer for each in flow.requests] == ["presented"]
    opened = only_flow(sent, key_log)
    assert (opened.outcome_basis, opened.defects) == ("both Finished", ())
    assert [each.code for each in opened.alerts] == [0] * len(flow.alerts)
    clear, with_keys = clear_and_opened(sent, key_log, place)
    assert (kinds(flow), kinds(opened)) == (clear, with_keys)


SUITES = (
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA",
    "AES128-SHA",
    "AES256-CCM8",
    "DHE-RSA-AES128-CCM",
    "DHE-RSA-CAMELLIA128-SHA256",
    "NULL-SHA256",
)


@needs_openssl
@pytest.mark.parametrize("suite", SUITES)
def test_every_kind_of_suite_opens(place: Path, suite: str) -> None:
    sent, key_log = _speak(place, f"{DTLS12} -cipher {suite}:@SECLEVEL=0", b"hello")
    flow = only_flow(sent, key_log, late=True)
    assert (flow.outcome, flow.outcome_basis, flow.defects) == ("completed", "both Finished", ())
    assert [each.code for each in flow.alerts if not each.encrypted] == [0] * len(flow.alerts)
    assert len(flow.alerts) >= 1


@needs_openssl
def test_openssl_refuses_in_clear(place: Path) -> None:
    _write(place, "client", SUNSET)
    sent, key_log = _speak(place, DTLS12)
    for flow in (only_flow(sent), only_flow(sent, key_log)):
        assert (flow.outcome, flow.refused_by, [each.code for each in flow.alerts]) == (
            "refused",
            "server",
            [43],
        )
        assert serials(flow)[1] == ("client", [0x3002, 1])


@needs_openssl
def test_no_certificate(place: Path) -> None:
    sent, _ = _speak(place, DTLS12, client="")
    flow = only_flow(sent)
    assert [(each.role, each.verdict) for each in flow.presented] == [
        ("server", "ok"),
        ("client", "declined"),
    ]
    assert (flow.outcome, flow.refused_by) == ("refused", "server")


@needs_openssl
def test_lost_datagrams_are_sent_again(place: Path) -> None:
    """The third, sixth and ninth datagram of the server are lost behind the tap."""
    count = [0]

    def loses(number: int, of_client: bool) -> bool:
        count[0] += not of_client
        return not of_client and count[0] in (3, 6, 9)

    options = f"{DTLS12} -mtu 400"
    sent, key_log = overhear(
        place,
        f"{S_SERVER} {options} {VERIFY}".split(),
        f"{S_CLIENT} {options} {PRESENT}".split(),
        [b"hello"],
        loses=loses,
        quiet=2.5,
    )
    assert count[0] > 9
    flow = only_flow(sent)
    assert serials(flow) == [("server", [0x2001, 1]), ("client", [0x3001, 1])]
    assert (flow.outcome, flow.hidden, flow.defects) == ("completed", (), ())
    # What was lost behind the tap may as well have been lost before it.
    lost, seen = [], 0
    for each in sent:
        seen += each.source[1] == 4433
        if not (each.source[1] == 4433 and seen in (3, 6, 9)):
            lost.append(each)
    assert serials(only_flow(lost)) == serials(flow)
    assert only_flow(lost, key_log).outcome_basis == "both Finished"


def _gnutls(place: Path, version: str, client: str | None, quiet: float = QUIET) -> tuple[list[Sent], bytes]:
    priority = f"NORMAL:-VERS-ALL:+{version}:%VERIFY_ALLOW_SIGN_WITH_SHA1"
    files = "--x509certfile {name}.pem --x509keyfile {name}.key"
    server = "gnutls-serv --udp --port {port} --require-client-cert --x509cafile ca.pem"
    caller = "gnutls-cli --udp --insecure --port {port} --x509cafile ca.pem"
    shows = "" if client is None else files.replace("{name}", client)
    return overhear(
        place,
        [*f"{server} {files.replace('{name}', 'server')}".split(), "--priority", priority],
        [*f"{caller} {shows}".split(), "--priority", priority, "127.0.0.1"],
        [b"hello"],
        quiet=quiet,
    )


@needs_gnutls
@pytest.mark.parametrize("version", ["VERS-DTLS1.2", "VERS-DTLS1.0"])
def test_gnutls_in_both_roles(place: Path, version: str) -> None:
    sent, key_log = _gnutls(place, version, "client")
    flow = only_flow(sent)
    assert serials(flow) == [("server", [0x2001]), ("client", [0x3001])]
    assert (flow.outcome, flow.hidden, flow.defects) == ("completed", (), ())
    opened = only_flow(sent, key_log)
    assert (opened.outcome_basis, opened.defects) == ("both Finished", ())
    clear, with_keys = clear_and_opened(sent, key_log, place)
    assert (kinds(flow), kinds(opened)) == (clear, with_keys)


@needs_gnutls
def test_gnutls_takes_the_certificate_of_a_server(place: Path) -> None:
    """Its server looks at the purpose only where it is told to."""
    _write(place, "client", SUNSET)
    flow = only_flow(_gnutls(place, "VERS-DTLS1.2", "client")[0])
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", "wrong")]
    assert (flow.outcome, flow.refused_by) == ("completed", None)


@needs_gnutls
def test_gnutls_refuses_no_certificate_in_silence(place: Path) -> None:
    """Its client sends again after one second, and after two more."""
    flow = only_flow(_gnutls(place, "VERS-DTLS1.2", None, 2.3)[0])
    assert [(each.role, each.verdict) for each in flow.presented] == [
        ("server", "ok"),
        ("client", "declined"),
    ]
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
