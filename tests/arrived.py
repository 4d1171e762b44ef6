"""Frames and times of pieces, from pairs to what ``tlseku.frames.arrivals`` reads, and back."""

from __future__ import annotations

from collections.abc import Iterable

from librt.strings import BytesWriter

from tlseku.frames.arrivals import add_arrival, frame_at, time_at


def packed(pairs: Iterable[tuple[int, int]]) -> bytes:
    """Arrivals of pieces, each with its frame and time."""
    writer = BytesWriter()
    for frame, ts_ns in pairs:
        add_arrival(writer, frame, ts_ns)
    return writer.getvalue()


def unpacked(arrivals: bytes) -> list[tuple[int, int]]:
    """Frame and time of every piece."""
    return [(frame_at(arrivals, index), time_at(arrivals, index)) for index in range(len(arrivals) // 16)]
