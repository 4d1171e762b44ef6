"""The handshake messages that tshark sees in datagrams, by frame, in clear and with the secrets.

Knows tshark's fields for DTLS and for TLS in QUIC; must not know tlseku.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.carriers.datagrams import SERVER, Sent, frame_of
from tests.wire import Frame, pcap

Messages = list[tuple[int, int]]


def clear_and_opened(sent: Iterable[Sent], key_log: bytes, place: Path) -> tuple[Messages, Messages]:
    """Frame and type of each message, without secrets and with them. Skips the test where tshark is not installed."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    capture = place / "overheard.pcap"
    capture.write_bytes(pcap([Frame(n * 1_000_000, frame_of(each)) for n, each in enumerate(sent, 1)]))
    (place / "tshark.keys").write_bytes(key_log)
    return _messages(capture), _messages(capture, "-o", f"tls.keylog_file:{place}/tshark.keys")


def _messages(capture: Path, *options: str) -> Messages:
    command = ["tshark", "-n", "-r", str(capture), "-d", f"udp.port=={SERVER[1]},dtls", *options]
    command += ["-T", "fields", "-e", "frame.number", "-e", "dtls.handshake.type"]
    for field in ("fragment_offset", "fragment_length", "length"):
        command += ["-e", f"dtls.handshake.{field}"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [found for line in lines for found in _of_frame(line)]


def _of_frame(line: str) -> Messages:
    """The messages whose last piece is in a frame; nothing is out of order on the loopback."""
    number, *columns = line.split("\t")
    pieces = zip(*(map(int, filter(None, column.split(","))) for column in columns), strict=True)
    return [(int(number), kind) for kind, offset, size, length in pieces if offset + size == length]
