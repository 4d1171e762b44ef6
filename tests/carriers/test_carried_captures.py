"""The project's captures of carriers: what they show, and that Wireshark shows it in the same frames."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tlseku
from tlseku import Flow

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "carried"

SERVER, NO_EKU, WRONG = "5a17c0de00000010", "5a17c0de00000022", "5a17c0de00000021"

SHOWN = [
    (
        "eap-tls-radius.pcap",
        [("server", 8, SERVER), ("client", 12, NO_EKU)],
        ("completed", None, "both Finished, then EAP-Success in Access-Accept"),
    ),
    (
        "eap-tls-radius-refused.pcap",
        [("server", 8, SERVER), ("client", 12, WRONG)],
        (
            "refused",
            "server",
            "EAP-Failure in Access-Reject right after the client's Certificate, no alert",
        ),
    ),
    (
        "peap-radius-rejected.pcap",
        [("server", 8, SERVER), ("client", 9, None)],
        (
            "completed",
            None,
            "both Finished; EAP-Failure in Access-Reject after it is about the method inside",
        ),
    ),
    (
        "eap-tls-eapol.pcap",
        [("server", 10, SERVER), ("client", 13, NO_EKU)],
        ("completed", None, "both Finished, then EAP-Success"),
    ),
    (
        "openvpn-tls-auth.pcap",
        [("server", 6, SERVER), ("client", 10, NO_EKU)],
        ("completed", None, "both Finished"),
    ),
    (
        "openvpn-refused.pcap",
        [("server", 6, SERVER), ("client", 10, WRONG)],
        ("refused", "server", "no answer to the client's Certificate, which was sent again and again"),
    ),
]


def only(name: str) -> Flow:
    (flow,) = tlseku.scan(str(CAPTURES / name))
    return flow


@pytest.mark.parametrize(("name", "presented", "ending"), SHOWN, ids=[row[0] for row in SHOWN])
def test_what_they_show(
    name: str, presented: list[tuple[str, int, str | None]], ending: tuple[str, str | None, str]
) -> None:
    flow = only(name)
    shown = [(p.role, p.frame, p.chain[0].serial_hex if p.chain else None) for p in flow.presented]
    assert shown == presented
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == ending
    assert (flow.hidden, flow.defects) == ((), ())


@pytest.mark.parametrize("name", [row[0] for row in SHOWN])
def test_nothing_of_them_is_passed_over(name: str) -> None:
    scanned = tlseku.scan(str(CAPTURES / name))
    assert len(list(scanned)) == 1
    # EAPOL-Start holds nothing.
    assert dict(scanned.summary.skipped) == ({"not IP": 1} if "eapol" in name else {})


def test_remaking_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(CAPTURES.parent / "make.py"), "--output", str(tmp_path)], check=True)
    made = {path.name: path.read_bytes() for path in (tmp_path / "carried").iterdir()}
    assert made == {path.name: path.read_bytes() for path in CAPTURES.iterdir()}
    assert sorted(made) == sorted(row[0] for row in SHOWN)


def test_the_readme_has_a_row_for_each() -> None:
    readme = (CAPTURES.parent / "README.md").read_text(encoding="utf-8")
    for path in CAPTURES.iterdir():
        (row,) = [line for line in readme.splitlines() if line.startswith(f"| `carried/{path.name}`")]
        assert hashlib.sha256(path.read_bytes()).hexdigest() in row


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
@pytest.mark.parametrize("name", [row[0] for row in SHOWN if row[0].startswith(("eap", "peap"))])
def test_wireshark_shows_certificates_in_the_same_frames(name: str) -> None:
    command = ["tshark", "-n", "-r", str(CAPTURES / name), "-Y", "tls.handshake.type == 11"]
    fields = ["-T", "fields", "-e", "frame.number", "-e", "x509af.serialNumber"]
    seen = subprocess.run([*command, *fields], check=True, capture_output=True, text=True).stdout.split("\n")
    rows = [line.split("\t") for line in seen if line]
    shown = [
        [str(each.frame), ",".join(c.serial_hex or "" for c in each.chain)] for each in only(name).presented
    ]
    assert [[frame, serials] for frame, serials in rows] == shown
