"""The captures of DTLS, CAPWAP and QUIC: remade they are the same bytes, and tshark and tlseku see the same in them."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tlseku
from tlseku.flow import Flow

CAPTURES = Path(__file__).resolve().parents[2] / "captures"

FILES = (
    "capwap.pcap",
    "dtls-lossy.pcap",
    "dtls-mutual.pcap",
    "dtls-refused.pcap",
    "quic-secrets.pcapng",
    "quic.pcap",
)
SERVER, CLIENT, SUNSET = "5a17c0de00000010", "5a17c0de00000022", "5a17c0de00000021"


def only_flow(name: str) -> Flow:
    (flow,) = tlseku.scan(CAPTURES / "datagrams" / name)
    return flow


def test_remaking_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(CAPTURES / "make.py"), "--output", str(tmp_path)], check=True)
    assert sorted(path.name for path in (tmp_path / "datagrams").iterdir()) == list(FILES)
    assert sorted(path.name for path in (CAPTURES / "datagrams").iterdir()) == list(FILES)
    for name in FILES:
        remade = (tmp_path / "datagrams" / name).read_bytes()
        assert remade == (CAPTURES / "datagrams" / name).read_bytes()


def test_the_readme_lists_them() -> None:
    text = (CAPTURES / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"\| `datagrams/([^`]+)` \| .+ \| `([0-9a-f]{64})` \|", text))
    assert rows == {
        name: hashlib.sha256((CAPTURES / "datagrams" / name).read_bytes()).hexdigest() for name in FILES
    }


@pytest.mark.parametrize(
    ("name", "carrier", "presented", "asked_in", "outcome"),
    [
        ("capwap.pcap", "dtls", [(6, SERVER, "ok"), (8, CLIENT, "unrestricted")], 6, "completed"),
        ("dtls-lossy.pcap", "dtls", [(13, SERVER, "ok"), (22, CLIENT, "unrestricted")], 7, "completed"),
        ("dtls-mutual.pcap", "dtls", [(6, SERVER, "ok"), (8, CLIENT, "unrestricted")], 6, "completed"),
        ("dtls-refused.pcap", "dtls", [(6, SERVER, "ok"), (8, SUNSET, "wrong")], 6, "refused"),
        ("quic-secrets.pcapng", "quic", [(4, SERVER, "ok"), (6, CLIENT, "unrestricted")], 3, "completed"),
        ("quic.pcap", "quic", [], None, "completed"),
    ],
)
def test_what_is_in_them(
    name: str,
    carrier: str,
    presented: list[tuple[int, str, str]],
    asked_in: int | None,
    outcome: str,
) -> None:
    flow = only_flow(name)
    assert (flow.carrier, flow.outcome, flow.defects) == (carrier, outcome, ())
    assert [(each.frame, each.chain[0].serial_hex, each.verdict) for each in flow.presented] == presented
    assert [each.frame for each in flow.requests] == ([] if asked_in is None else [asked_in])
    assert flow.sni == ("edge.example" if carrier == "quic" else "server.example")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize(
    ("name", "port", "protocol", "expected"),
    [
        ("dtls-mutual.pcap", 4433, "dtls", [(6, SERVER), (8, CLIENT)]),
        ("dtls-refused.pcap", 4433, "dtls", [(6, SERVER), (8, SUNSET)]),
        # tshark 4.0 does not put the server's together, whose pieces came again with other borders.
        ("dtls-lossy.pcap", 4433, "dtls", [(22, CLIENT)]),
        ("quic-secrets.pcapng", 443, "quic", [(4, SERVER), (6, CLIENT)]),
        ("quic.pcap", 443, "quic", []),
    ],
)
def test_certificates_as_tshark_shows_them(
    name: str, port: int, protocol: str, expected: list[tuple[int, str]]
) -> None:
    command = ["tshark", "-n", "-r", str(CAPTURES / "datagrams" / name), "-d", f"udp.port=={port},{protocol}"]
    command += ["-T", "fields", "-e", "frame.number", "-e", "x509af.serialNumber"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    assert [
        (int(number), serials.split(",")[0].replace(":", "").replace("0x", ""))
        for number, serials in rows
        if serials
    ] == expected
