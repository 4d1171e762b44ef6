"""Captures written byte by byte, as the format documents say, for the tests of this directory."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from tlseku.capture.batch import Packet
from tlseku.capture.reader import Capture

FRAME = b"\xff" * 12 + b"\x08\x00" + b"E" * 50
SECOND = 1_700_000_000


def pcap(
    records: Iterable[tuple[int, int, bytes]],
    *,
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    version: tuple[int, int] = (2, 4),
    network: int = 1,
) -> bytes:
    """A classic pcap of (seconds, fraction, bytes); each packet was ten bytes longer on the wire."""
    out = [struct.pack(order + "IHHiIII", magic, *version, 0, 0, 262144, network)]
    for seconds, fraction, data in records:
        lengths = (len(data), len(data) + 10)
        if version < (2, 3):
            lengths = lengths[::-1]
        out.append(struct.pack(order + "IIII", seconds, fraction, *lengths))
        if magic == 0xA1B2CD34:
            out.append(struct.pack(order + "IHBx", 2, 0x0800, 4))
        out.append(data)
    return b"".join(out)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\0" * (-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def section(order: str = "<", length: int = -1, version: tuple[int, int] = (1, 0)) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, length))


def options(order: str, *pairs: tuple[int, bytes]) -> bytes:
    out = b""
    for code, value in pairs:
        out += struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)
    return out + struct.pack(order + "HH", 0, 0)


def interface(order: str = "<", linktype: int = 1, snaplen: int = 0, opts: bytes = b"") -> bytes:
    return block(order, 1, struct.pack(order + "HHI", linktype, 0, snaplen) + opts)


def enhanced(
    ticks: int, data: bytes, number: int = 0, order: str = "<", original: int | None = None, opts: bytes = b""
) -> bytes:
    length = len(data) if original is None else original
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), length)
    return block(order, 6, head + data + b"\0" * (-len(data) % 4) + opts)


def obsolete(ticks: int, data: bytes, number: int = 0, drops: int = 7, order: str = "<") -> bytes:
    head = struct.pack(order + "HHIIII", number, drops, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(order, 2, head + data)


def simple(data: bytes, order: str = "<", original: int | None = None) -> bytes:
    return block(order, 3, struct.pack(order + "I", len(data) if original is None else original) + data)


def secrets(data: bytes, kind: int = 0x544C534B, order: str = "<") -> bytes:
    return block(order, 10, struct.pack(order + "II", kind, len(data)) + data)


def micro(seconds: int, fraction: int = 0) -> int:
    """Ticks of the default pcapng clock."""
    return seconds * 1_000_000 + fraction


def read_all(capture: Capture) -> list[Packet]:
    return [batch.packet(i) for batch in capture.batches() for i in range(len(batch.starts))]


class Dribble:
    """Hands out its bytes in pieces of ``step``, whatever is asked for: a slow pipe."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data = data
        self.step = step
        self.at = 0

    def read(self, size: int, /) -> bytes:
        piece = self.data[self.at : self.at + min(self.step, size)]
        self.at += len(piece)
        return piece
