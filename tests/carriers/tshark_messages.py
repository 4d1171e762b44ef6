"""The handshake messages that tshark sees in datagrams, by frame, in clear and with the secrets.

Knows tshark's fields for DTLS and for TLS in QUIC; must not know tlseku.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import pytest

from tests.carriers.datagrams import SERVER, Sent, frame_of
from tests.wire import Frame, pcap

Messages = list[tuple[int, int]]


def clear_and_opened(
    sent: Iterable[Sent], key_log: bytes, place: Path, *, protocol: Literal["dtls", "quic"] = "dtls"
) -> tuple[Messages, Messages]:
    """Frame and type of each message, without secrets and with them. Skips the test where tshark is not installed."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    capture = place / "overheard.pcap"
    capture.write_bytes(pcap([Frame(n * 1_000_000, frame_of(each)) for n, each in enumerate(sent, 1)]))
    (place / "tshark.keys").write_bytes(key_log)
    read = _dtls_messages if protocol == "dtls" else _quic_messages
    return read(capture), read(capture, "-o", f"tls.keylog_file:{place}/tshark.keys")


def _fields(capture: Path, protocol: str, fields: Sequence[str], *options: str) -> list[list[str]]:
    command = ["tshark", "-n", "-r", str(capture), "-d", f"udp.port=={SERVER[1]},{protocol}", *options]
    command += ["-T", "fields", *(word for field in ("frame.number", *fields) for word in ("-e", field))]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split("\t") for line in lines]


def _dtls_messages(capture: Path, *options: str) -> Messages:
    """A message is in the frame of its last piece; nothing is out of order on the loopback."""
    fields = [f"dtls.handshake.{name}" for name in ("type", "fragment_offset", "fragment_length", "length")]
    found = []
    for number, *columns in _fields(capture, "dtls", fields, *options):
        pieces = zip(*(map(int, filter(None, column.split(","))) for column in columns), strict=True)
        found += [(int(number), kind) for kind, offset, size, length in pieces if offset + size == length]
    return found


def _quic_messages(capture: Path, *options: str) -> Messages:
    lines = _fields(capture, "quic", ["tls.handshake.type"], *options)
    return [(int(number), int(kind)) for number, kinds in lines for kind in kinds.split(",") if kind]
