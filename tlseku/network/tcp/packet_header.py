"""What stands before a packet in a batch: its time and how much of it was captured.

Knows the sixteen bytes of ``capture.batch``; must not know packets. The fast path asks this for each packet that is
recorded: whatever can be computed once a capture is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from librt.strings import read_i64_be, read_i64_le

if TYPE_CHECKING:
    from mypy_extensions import i64

HEADER: Final = 16
# Times that are recorded fit in 62 bits, which are cheaper than more.
LATEST: Final = (1 << 62) - 1

_MASK: Final = 0xFFFFFFFF
_SECOND: Final = 1_000_000_000


class RecordHeader:
    """Reads the headers of packets. ``byte_order``, ``unit_ns``, ``ticks_per_second`` and ``offset_s`` are those of the
    batch's ``Clock``."""

    __slots__ = (
        "_is_little",
        "_most_ticks",
        "_offset_ns",
        "_offset_s",
        "_tick_ns",
        "_ticks_per_second",
        "_unit_ns",
    )

    def __init__(self, byte_order: str, unit_ns: int, ticks_per_second: int, offset_s: int) -> None:
        self._is_little = byte_order == "<"
        self._unit_ns: i64 = unit_ns
        self._ticks_per_second = ticks_per_second
        self._offset_s = offset_s
        # Where a tick is a whole number of nanoseconds, as nearly always, and the offset an ordinary one: both in
        # nanoseconds, and how many ticks give no more than 62 bits.
        self._tick_ns: i64 = 0
        self._offset_ns: i64 = 0
        self._most_ticks: i64 = -1
        offset_ns = offset_s * _SECOND
        if (
            0 < ticks_per_second <= _SECOND
            and _SECOND % ticks_per_second == 0
            and -LATEST < offset_ns < LATEST
        ):
            self._tick_ns = _SECOND // ticks_per_second
            self._offset_ns = offset_ns
            self._most_ticks = min(LATEST, LATEST - offset_ns) // (_SECOND // ticks_per_second)

    def timestamp(self, data: bytes, start: i64) -> i64:
        """The time of the packet that begins at ``start``, in nanoseconds since 1970-01-01 UTC; -1 if it is before that
        or after ``LATEST``, or would be without a negative offset."""
        if self._is_little:
            words: i64 = read_i64_le(data, start - HEADER)
            high: i64 = words & _MASK
            low: i64 = (words >> 32) & _MASK
        else:
            words = read_i64_be(data, start - HEADER)
            high = (words >> 32) & _MASK
            low = words & _MASK
        if self._ticks_per_second == 0:
            return high * _SECOND + low * self._unit_ns
        if self._tick_ns == 0 or high > _MASK >> 2:
            return self._by_division(high, low)
        ticks: i64 = high << 32 | low
        # Checked before the product, which might not fit in 64 bits.
        if ticks > self._most_ticks:
            return -1
        return max(-1, ticks * self._tick_ns + self._offset_ns)

    def _by_division(self, high: int, low: int) -> i64:
        ts_ns = (high << 32 | low) * _SECOND // self._ticks_per_second + self._offset_s * _SECOND
        return ts_ns if 0 <= ts_ns <= LATEST else -1

    def captured(self, data: bytes, start: i64) -> i64:
        """How many bytes were captured of the packet that begins at ``start``."""
        if self._is_little:
            return read_i64_le(data, start - 8) & _MASK
        return (read_i64_be(data, start - 8) >> 32) & _MASK
