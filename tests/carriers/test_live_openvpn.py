"""OpenVPN as it really speaks, over UDP and TCP, plain, authenticated and encrypted.

tshark joins no messages of TLS that OpenVPN has cut, so that the programs' own logs are what is compared with.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.carriers import tcp_tap, udp_tap
from tests.carriers.datagrams import analyze
from tests.carriers.peers import needs, shown, write_lab
from tests.dialogues import flows_in
from tlseku.flow import Flow

AGAIN = 2.6
"""Seconds after which OpenVPN has sent again what was not acknowledged."""

ACCEPTS = 1.6
"""Seconds after which a server of OpenVPN has looked for a connection of TCP: it does so once a second."""

KEY = "ta.key"


def _commands(place: Path, protocol: str, client: str, options: str) -> tuple[list[str], list[str]]:
    """Server and client. ``options`` are of both; a direction of tls-auth is put behind the key's file."""
    needs("openvpn", "openvpn")
    write_lab(place)
    subprocess.run(["openvpn", "--genkey", "secret", KEY], cwd=place, check=True)
    (place / "word").write_text("user\nword\n")
    of_server, of_client = ("udp", "udp") if protocol == "udp" else ("tcp-server", "tcp-client")
    both = f"openvpn --dev null --ifconfig-noexec --verb 4 --ca ca.pem {options}"
    authenticated = "--tls-auth" in options
    server = f"{both} {'0' * authenticated} --proto {of_server} --tls-server --dh none --local 127.0.0.1 --lport {{port}}"
    caller = (
        f"{both} {'1' * authenticated} --proto {of_client} --tls-client --nobind --remote 127.0.0.1 {{port}}"
    )
    shows = f"--cert {client}.pem --key {client}.key" if client else "--pull --auth-user-pass word"
    return f"{server} --cert server.pem --key server.key".split(), f"{caller} {shows}".split()


def _spoken(
    place: Path, protocol: str, client: str, options: str, quiet: float = udp_tap.QUIET
) -> list[Flow]:
    server, caller = _commands(place, protocol, client, options)
    if protocol == "tcp":
        return flows_in(tcp_tap.overhear(place, server, caller, max(quiet, ACCEPTS)))
    return analyze(udp_tap.overhear(place, server, caller, None, quiet=quiet)[0])[0]


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("options", "wrapping"),
    [("--auth SHA256", None), (f"--auth SHA512 --tls-auth {KEY}", "tls-auth")],
)
def test_both_chains(tmp_path: Path, protocol: str, options: str, wrapping: str | None) -> None:
    (flow,) = _spoken(tmp_path, protocol, "client", f"--tls-version-max 1.2 {options}")
    assert [each[1:] for each in shown(flow)] == [
        ("server", "ok", [0x2001, 1]),
        ("client", "ok", [0x3001, 1]),
    ]
    assert (flow.carrier, flow.outcome, flow.hidden, flow.defects) == ("openvpn", "completed", (), ())
    assert [each.answer for each in flow.requests] == ["presented"]
    assert flow.outer is not None
    assert (flow.outer.wrapping, flow.outer.over_tcp) == (wrapping, protocol == "tcp")
    log = (tmp_path / "server.txt").read_text()
    assert "VERIFY OK: depth=0, CN=client" in log


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_a_certificate_of_a_server_is_refused_in_silence(tmp_path: Path, protocol: str) -> None:
    (flow, *again) = _spoken(tmp_path, protocol, "sunset", "--tls-version-max 1.2", AGAIN)
    assert [each[1:] for each in shown(flow)] == [
        ("server", "ok", [0x2001, 1]),
        ("client", "wrong", [0x3002, 1]),
    ]
    assert (flow.outcome, flow.refused_by, flow.alerts) == ("refused", "server", ())
    assert not again
    assert "unsuitable certificate purpose" in (tmp_path / "server.txt").read_text()


def test_no_certificate(tmp_path: Path) -> None:
    (flow, *again) = _spoken(tmp_path, "tcp", "", "--tls-version-max 1.2")
    assert [each[1:] for each in shown(flow)] == [("server", "ok", [0x2001, 1]), ("client", "declined", [])]
    assert (flow.outcome, flow.refused_by, flow.alerts) == ("refused", "server", ())
    assert not again


def test_tls13_hides_the_chains(tmp_path: Path) -> None:
    (flow,) = _spoken(tmp_path, "udp", "client", "")
    assert (flow.version, flow.outcome, flow.presented) == (0x0304, "completed", ())
    assert [each.what for each in flow.hidden] == [
        "server_certificate",
        "certificate_request",
        "client_certificate",
    ]


def test_tls_crypt_is_named(tmp_path: Path) -> None:
    server, client = _commands(tmp_path, "udp", "client", f"--tls-crypt {KEY}")
    sent, _ = udp_tap.overhear(tmp_path, server, client, None)
    flows, summary = analyze(sent)
    assert (flows, summary.skipped) == ([], {"OpenVPN with tls-crypt": len(sent)})
