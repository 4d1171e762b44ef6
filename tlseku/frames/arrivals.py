"""When bytes came: frame and time of each of many pieces, sixteen bytes a piece.

Knows only that layout: two numbers of 64 bits, the frame reference and nanoseconds since 1970-01-01 UTC. Lists of
integers would cost an object a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from librt.strings import BytesWriter, read_i64_le, write_i64_le

if TYPE_CHECKING:
    from mypy_extensions import i64


def add_arrival(arrivals: BytesWriter, frame: i64, ts_ns: i64) -> None:
    """One more piece."""
    write_i64_le(arrivals, frame)
    write_i64_le(arrivals, ts_ns)


def frame_at(arrivals: bytes, index: i64) -> i64:
    """The frame that brought a piece."""
    return read_i64_le(arrivals, index * 16)


def time_at(arrivals: bytes, index: i64) -> i64:
    """The time at which a piece came."""
    return read_i64_le(arrivals, index * 16 + 8)
