"""One buffer and where its packets lie: the unit in which a capture is handed on.

Knows the record layout that classic pcap and pcapng share (the 16 bytes before a packet's bytes hold time,
captured length and original length); must not know files or what a packet contains. A batch makes no object
per packet: whoever wants one asks for it by index.

Plan: a reader cuts its input into batches of some hundred packets, all of one link type and one clock. The
canonical layout is ``time (8 bytes) | captured length (4) | original length (4) | bytes``, in the byte order
of the batch's clock; a reader whose records look otherwise (modified pcap, Simple Packet Block) writes a
canonical copy.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from librt.vecs import vec
from mypy_extensions import i64

RECORD_HEADER_LENGTH: Final = 16

LATEST_NS: Final = 1 << 62
"""Times end here, in 2116, and as far before 1970: a file may claim any, and 64 bits hold the difference of two."""

_WORDS = {"<": Struct("<IIII"), ">": Struct(">IIII")}


class Packet(NamedTuple):
    """One captured packet: frame ``number`` (from 1 per file), ``ts_ns`` nanoseconds since 1970-01-01 UTC,
    ``linktype`` (LINKTYPE_ number of the tcpdump registry), ``data`` the captured bytes, ``original_length``
    the length on the wire in bytes, ``file`` the index of its file in the capture."""

    number: int
    ts_ns: int
    linktype: int
    data: bytes
    original_length: int
    file: int = 0


class Clock(NamedTuple):
    """How the 8 time bytes of a record become nanoseconds.

    Classic pcap: two words, seconds and a fraction of ``unit_ns`` nanoseconds each (``ticks_per_second`` 0).
    pcapng: one 64-bit count, high word first, of ``ticks_per_second`` ticks (``if_tsresol``), plus ``offset_s``
    seconds (``if_tsoffset``). ``byte_order`` is ``<`` or ``>``, as for ``struct``.
    """

    byte_order: str
    unit_ns: int = 1000
    ticks_per_second: int = 0
    offset_s: int = 0

    def ts_ns(self, high: int, low: int) -> int:
        """The two numbers of time as nanoseconds since 1970-01-01 UTC, at most ``LATEST_NS`` from it."""
        if not self.ticks_per_second:
            return high * 1_000_000_000 + low * self.unit_ns
        return max(1 - LATEST_NS, min(self._claimed_ns(high, low), LATEST_NS))

    def is_absurd(self, high: int, low: int) -> bool:
        """Whether the two numbers claim a time further than ``LATEST_NS`` from 1970."""
        return self.ticks_per_second > 0 and abs(self._claimed_ns(high, low)) > LATEST_NS

    def sound_high(self) -> int:
        """Up to this high word no time is later than ``LATEST_NS``, whatever the low one is; -1 if none is sure."""
        if not self.ticks_per_second:
            return 0xFFFFFFFF
        room_ns = LATEST_NS - self.offset_s * 1_000_000_000
        if self.offset_s * 1_000_000_000 < -LATEST_NS:
            return -1
        return max(-1, min((room_ns * self.ticks_per_second // 1_000_000_000 >> 32) - 1, 0xFFFFFFFF))

    def _claimed_ns(self, high: int, low: int) -> int:
        return (high << 32 | low) * 1_000_000_000 // self.ticks_per_second + self.offset_s * 1_000_000_000


class Batch(NamedTuple):
    """``starts[i]`` is the offset in ``data`` of the first byte of packet ``first_number + i``; together they are a
    vector of 64-bit numbers, ``vec[i64]([16, …])``.

    ``linktype`` and ``clock`` hold for all of them; ``file`` is the index of the file in the capture.
    """

    data: bytes
    starts: vec[i64]
    first_number: int
    linktype: int
    clock: Clock
    file: int = 0

    @property
    def size(self) -> int:
        """Bytes from the first record to the end of the last one."""
        last = self.starts[-1] + self.captured_length(len(self.starts) - 1)
        return last - self.starts[0] + RECORD_HEADER_LENGTH

    def captured_length(self, index: int) -> int:
        """Bytes captured of packet ``index``."""
        return self._words(index)[2]

    def original_length(self, index: int) -> int:
        """Bytes that packet ``index`` had on the wire."""
        return self._words(index)[3]

    def ts_ns(self, index: int) -> int:
        """Time of packet ``index`` in nanoseconds since 1970-01-01 UTC."""
        return self.header(index)[0]

    def header(self, index: int) -> tuple[int, int, int]:
        """Time, captured and original length of packet ``index``."""
        high, low, captured, original = self._words(index)
        return self.clock.ts_ns(high, low), captured, original

    def _words(self, index: int) -> tuple[int, int, int, int]:
        at = self.starts[index] - RECORD_HEADER_LENGTH
        return _WORDS[self.clock.byte_order].unpack_from(self.data, at)

    def packet(self, index: int) -> Packet:
        """Packet ``index`` as an object of its own."""
        start = self.starts[index]
        return Packet(
            self.first_number + index,
            self.ts_ns(index),
            self.linktype,
            self.data[start : start + self.captured_length(index)],
            self.original_length(index),
            self.file,
        )
