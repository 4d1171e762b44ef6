"""Who presents what to the live peers of carriers, and what a capture of it must show.

Knows certificates of a lab whose dates fit any clock, since live verifiers look at theirs; must not know the peers.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, Built, build, ca
from tests.wire import Frame, pcap
from tlseku.flow import Flow


def _leaf(name: str, serial: int, *eku: str) -> Built:
    return build(
        subject=name, issuer=CA, eku=eku or None, serial=serial, key="rsa", not_before=_FROM, not_after=_TO
    )


_FROM, _TO = datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2049, 1, 1, tzinfo=timezone.utc)
CA = ca("Lab CA", serial=1, key="rsa", not_before=_FROM, not_after=_TO)
SERVER = _leaf("server.lab.example", 0x2001, SERVER_AUTH)
WRONG_SERVER = _leaf("server.lab.example", 0x2002, CLIENT_AUTH)
CLIENTS = {
    "client": _leaf("client", 0x3001, CLIENT_AUTH),
    "sunset": _leaf("sunset", 0x3002, SERVER_AUTH),
    "no-eku": _leaf("no-eku", 0x3003),
}
"""What clients present, by the name of the files."""


def write_lab(place: Path, server: Built = SERVER) -> None:
    """``ca.pem``, and for the server and each client NAME.pem with the chain and NAME.key."""
    (place / "ca.pem").write_bytes(CA.pem)
    for name, who in {"server": server, **CLIENTS}.items():
        (place / f"{name}.pem").write_bytes(who.pem + CA.pem)
        (place / f"{name}.key").write_bytes(who.key_pem)


def needs(executable: str, package: str) -> None:
    """Skip the test where a program is not installed."""
    if shutil.which(executable) is None:
        pytest.skip(f"{package} is not installed")


def shown(flow: Flow) -> list[tuple[int, str, str, list[int | None]]]:
    """Frame, role, verdict and serials of what was presented."""
    return [
        (each.frame, each.role, each.verdict, [one.serial for one in each.chain]) for each in flow.presented
    ]


def serials_by_tshark(frames: Sequence[Frame], place: Path, decode_as: str) -> list[tuple[int, list[int]]]:
    """Frame and serials of each Certificate message that is not empty. Skips the test without tshark."""
    needs("tshark", "tshark")
    capture = place / "overheard.pcap"
    capture.write_bytes(pcap(frames))
    command = ["tshark", "-n", "-r", str(capture), "-d", decode_as, "-T", "fields"]
    for field in ("frame.number", "x509af.serialNumber"):
        command += ["-e", field]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    return [
        (int(number), [int(serial, 16) for serial in serials.split(",")])
        for number, serials in rows
        if serials
    ]
