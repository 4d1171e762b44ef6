"""The packets of one young connection, kept as they lie in the capture until it can be read as a whole.

Knows what is kept of a connection that is recorded, and how the time in front of a packet is read; must not know when
recording begins or ends (``recorder``), nor how the packets become bytes in order (``assembly``).

A record is what a batch holds of a packet up to the end of its IP datagram: 16 bytes of time and lengths
(``capture.batch``), then the frame. Both directions share two lists, since an empty list costs as much as a packet.

Limits: ``MAX_PACKETS`` a connection, then it is read as far as it has come; ``recorder`` bounds the sum.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from tlseku.network.words import IS_COMPILED

if TYPE_CHECKING:
    from mypy_extensions import i64

# Packets kept of a connection. A handshake has some twenty; what a side may say after it and is still followed record
# by record (``recognition.MAX_FOLLOWED``) takes as many more, and twice that where each is acknowledged.
MAX_PACKETS: Final = 80
# What a record costs beside its bytes: the object, a number, two places in a list.
RECORD_COST: Final = 96

HEADER: Final = 16
_BIG_ENDIAN: Final = Struct(">III")
_LITTLE_ENDIAN: Final = Struct("<III")


class RecordHeader:
    """How the 16 bytes in front of a packet are read: two numbers of time, captured and original length, in the
    ``byte_order`` of ``struct``. The time is seconds and a fraction in units of ``unit_ns`` nanoseconds, or a count of
    ``ticks_per_second`` ticks, high word first, plus ``offset_s`` seconds (``capture.batch.Clock``)."""

    __slots__ = ("_by_bytes", "_offset_s", "_ticks_per_second", "_unit_ns", "_words")

    def __init__(self, byte_order: str, unit_ns: int, ticks_per_second: int, offset_s: int) -> None:
        self._words = _BIG_ENDIAN if byte_order == ">" else _LITTLE_ENDIAN
        self._unit_ns: i64 = unit_ns
        self._ticks_per_second = ticks_per_second
        self._offset_s = offset_s
        self._by_bytes = IS_COMPILED and byte_order == "<" and not ticks_per_second

    def read(self, record: bytes) -> tuple[int, int]:
        """The time of a recorded packet in nanoseconds, and the number of bytes captured."""
        if self._by_bytes:
            # Classic pcap in little-endian order, without making objects.
            b0: i64 = record[0]
            b1: i64 = record[1]
            b2: i64 = record[2]
            b3: i64 = record[3]
            seconds: i64 = b0 | b1 << 8 | b2 << 16 | b3 << 24
            b0 = record[4]
            b1 = record[5]
            b2 = record[6]
            b3 = record[7]
            fraction: i64 = b0 | b1 << 8 | b2 << 16 | b3 << 24
            b0 = record[8]
            b1 = record[9]
            b2 = record[10]
            b3 = record[11]
            ts_ns: i64 = seconds * 1_000_000_000 + fraction * self._unit_ns
            length: i64 = b0 | b1 << 8 | b2 << 16 | b3 << 24
            return ts_ns, length
        high, low, captured = self._words.unpack_from(record)
        if self._ticks_per_second:
            ticks = high << 32 | low
            return ticks * 1_000_000_000 // self._ticks_per_second + self._offset_s * 1_000_000_000, captured
        return high * 1_000_000_000 + low * self._unit_ns, captured

    def captured(self, data: bytes, start: i64) -> int:
        """How many bytes were captured of the packet that begins at ``start``."""
        return self.read(data[start - HEADER : start])[1]


_NO_RECORDS: Final[list[bytes]] = []
_NO_MARKS: Final[list[int]] = []


class Recording:
    """``records`` has the packets of both sides in the order of the capture, ``marks`` for each its frame, doubled,
    plus its side. ``first`` and ``other_first`` are the sequence numbers of the first bytes of side 0 and 1, -1 where
    nothing told; ``by_syn`` says that SYNs did. ``odd_ack`` says that, before there was any payload, something else was
    acknowledged than these. ``fin`` and ``other_fin`` are the numbers behind the last bytes, as FIN tells them, else
    -1. When the packets were read, ``size`` and ``other_size`` say how many bytes they held."""

    __slots__ = (
        "by_syn",
        "fin",
        "first",
        "marks",
        "odd_ack",
        "other_fin",
        "other_first",
        "other_size",
        "records",
        "size",
    )

    def __init__(self, first: i64, by_syn: bool) -> None:
        self.records: list[bytes] = []
        self.marks: list[int] = []
        self.first: i64 = first
        self.other_first: i64 = -1
        self.fin: i64 = -1
        self.other_fin: i64 = -1
        self.size: i64 = 0
        self.other_size: i64 = 0
        self.by_syn = by_syn
        self.odd_ack = False

    def add(self, side: i64, frame: i64, record: bytes) -> None:
        """One more packet."""
        self.marks.append(frame << 1 | side)
        self.records.append(record)

    def first_of(self, side: int) -> int:
        """The sequence number of a side's first byte, -1 if nothing told."""
        return self.other_first if side else self.first

    def size_of(self, side: int) -> int:
        """How many bytes of a side were read."""
        return self.other_size if side else self.size

    def end_of(self, side: int) -> int:
        """The position where FIN put the end of a side that was read, -1 if none did: nothing is read beyond it."""
        return self.size_of(side) if (self.other_fin if side else self.fin) >= 0 else -1

    def begun_by_syn(self, side: int) -> bool:
        """Whether a SYN or its answer told where a side begins."""
        return self.by_syn and self.first_of(side) >= 0

    def packets(self) -> list[tuple[int, bytes]]:
        """Frame and record of all packets, in the order of the capture."""
        return [(mark >> 1, record) for mark, record in zip(self.marks, self.records, strict=True)]

    def drop_packets(self) -> None:
        """They were read and are not needed any more."""
        self.records, self.marks = _NO_RECORDS, _NO_MARKS

    def cost(self) -> int:
        """What it takes in bytes."""
        total: i64 = 0
        for record in self.records:
            total += len(record) + RECORD_COST
        return total
