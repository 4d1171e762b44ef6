"""What a decoder saw in a frame, in words that tests can compare.

Knows ``Segment`` and ``Decoder``; must not know what a test expects.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import Datagram, Segment, endpoints
from tlseku.network.decode.skip_reasons import skip_words


class Seen(NamedTuple):
    """A segment as values: endpoints as (address, port), the payload as bytes of its own."""

    source: tuple[str, int]
    destination: tuple[str, int]
    seq: int
    ack: int
    flags: int
    payload: bytes
    missing: int


def values(segment: Segment | Datagram | int | None) -> Seen | str | None:
    """The segment as values, or the words for the reason why there is none."""
    if isinstance(segment, int):
        return skip_words(segment)
    if isinstance(segment, Datagram):
        return skip_words(segment.kind)
    if segment is None:
        return None
    key, seq, ack, flags, data, start, end, missing = segment
    assert 0 <= start <= end <= len(data)
    assert missing >= 0
    return Seen(*endpoints(key), seq, ack, flags, data[start:end], missing)


def decoded(frame: bytes, linktype: int = 1, *, missing: int = 0) -> Seen | str | None:
    """What a new decoder sees in one frame, which lies in the middle of other bytes."""
    data = b"\x45" * 7 + frame + b"\x45" * 64
    return values(Decoder().decode(linktype, data, 7, 7 + len(frame), missing, 0))
