"""A listener that writes down what it hears, and segments made of a few numbers.

Knows the listener's protocol and ``Segment``; must not know what a test expects.
"""

from __future__ import annotations

from tlseku.network.decode.segment import ACK, FIN, RST, SYN, Segment, key_of, reversed_key
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import Connection

CLIENT, SERVER = ("10.0.0.1", 50000), ("10.0.0.2", 443)
KEY = key_of(CLIENT, SERVER)
START = b"\x16\x03 plainly a beginning"

Heard = tuple[object, ...]


class Recorder:
    """Writes down every call. Bytes are a start if they begin as ``START`` does."""

    def __init__(self, connection: Connection | None = None) -> None:
        self.connection = connection
        self.heard: list[Heard] = []

    def is_start(self, side: int, data: bytes) -> bool:
        return data.startswith(START[:2])

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        assert data
        self.heard.append(("data", side, data, frame))

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        assert length > 0
        self.heard.append(("gap", side, length, reason))

    def defect(self, side: int, reason: str, frame: int) -> None:
        self.heard.append(("defect", side, frame))

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        self.heard.append(("late", side, data, frame))

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        self.heard.append(("ended", how, side))

    def held(self) -> int:
        return 0

    def pack(self, compressor: Compressor) -> int:
        return 0

    def bytes_of(self, side: int) -> bytes:
        """The bytes of a side, with zeros where a gap is."""
        parts = []
        for what in self.heard:
            if what[0] == "data" and what[1] == side:
                parts.append(what[2])
            elif what[0] == "gap" and what[1] == side:
                parts.append(bytes(what[2]))  # type: ignore[call-overload]
        return b"".join(parts)  # type: ignore[arg-type]

    def count(self, what: str) -> int:
        """How often something was heard."""
        return sum(1 for heard in self.heard if heard[0] == what)


def segment(
    side: int,
    seq: int,
    data: bytes = b"",
    *,
    ack: int | None = None,
    syn: bool = False,
    fin: bool = False,
    rst: bool = False,
    missing: int = 0,
    key: bytes = KEY,
) -> Segment:
    """A segment from side 0 (the client) or 1; ``ack`` sets the flag, too."""
    flags = (SYN if syn else 0) | (FIN if fin else 0) | (RST if rst else 0) | (0 if ack is None else ACK)
    return Segment(
        key if side == 0 else reversed_key(key),
        seq & 0xFFFFFFFF,
        (ack or 0) & 0xFFFFFFFF,
        flags,
        b"..." + data,
        3,
        3 + len(data),
        missing,
    )
