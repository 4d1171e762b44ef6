"""The stretches of chosen flows by whose packets they are, in few bytes each.

Knows ``Stretch`` and the keys of connections; must not know captures. A capture may show a million flows, and all of
them are kept before the first packet is copied: as bytes, of which those asked for last are at hand as they were.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from struct import Struct
from typing import Final

from tlseku.network.decode.segment import reversed_key
from tlseku.output.captures.handshake_frames import Stretch

MOST_RECENT: Final = 256
"""Keys whose stretches are at hand: connections whose packets come in turn."""

MOST_FRAMES: Final = 64
"""Frames of a stretch that is packed: so few numbers are looked through as fast as a set. Hardly any has more."""

_LAYOUT: Final = Struct("<Q16s16sQI?cI")
"""What a stretch has besides its key and its frames, then how frames are written, and how many bytes these take."""

_TIME: Final = 16
"""Bytes of a time: interfaces of pcapng files may count seconds in 64 bits, which are more nanoseconds."""

_PORTS: Final = 4


class PackedStretches:
    """Stretches by the key of their connection, in either direction, or by the address of a link; in their order."""

    def __init__(self) -> None:
        self._packed: dict[bytes, bytes | bytearray] = {}
        # To unpack these again and again would take too long.
        self._large: dict[bytes, list[Stretch]] = {}
        self._between: dict[bytes, list[bytes]] = {}
        self._recent: dict[bytes, list[Stretch]] = {}

    def add(self, stretch: Stretch) -> None:
        """One more of a connection."""
        self._add(_either_way(stretch.key), stretch)

    def add_on_link(self, stretch: Stretch) -> None:
        """One more of the two stations of a link: either may speak to a group."""
        for address in (stretch.key[:6], stretch.key[6:12]):
            self._add(address, stretch)

    def of(self, key: bytes) -> Sequence[Stretch]:
        """Those of the connection whose packet has this key."""
        found = self._recent.get(key)
        return self._at_hand(key, (_either_way(key),)) if found is None else found

    def on_link(self, address: bytes) -> Sequence[Stretch]:
        """Those in which a station speaks or is spoken to."""
        found = self._recent.get(address)
        return self._at_hand(address, (address,)) if found is None else found

    def between(self, ends: bytes) -> Sequence[Stretch]:
        """Those of all connections of two addresses, source and destination."""
        found = self._recent.get(ends)
        if found is not None:
            return found
        if not self._between:
            # Few captures have packets in pieces.
            for key in {**self._packed, **self._large}:
                for each in {key[:-_PORTS], reversed_key(key)[:-_PORTS]}:
                    self._between.setdefault(each, []).append(key)
        return self._at_hand(ends, self._between.get(ends, ()))

    def _add(self, key: bytes, stretch: Stretch) -> None:
        if len(stretch.frames) > MOST_FRAMES:
            self._large.setdefault(key, []).append(stretch)
        else:
            known = self._packed.get(key)
            if known is None:
                self._packed[key] = _packed(stretch)
            else:
                # Most have one. Ports that are used a thousand times are not copied as often.
                if isinstance(known, bytes):
                    known = self._packed[key] = bytearray(known)
                known += _packed(stretch)

    def _at_hand(self, asked: bytes, keys: Collection[bytes]) -> Sequence[Stretch]:
        if len(self._recent) == MOST_RECENT:
            del self._recent[next(iter(self._recent))]
        found = [stretch for key in keys for stretch in _unpacked(key, self._packed.get(key, b""))]
        found += [stretch for key in keys for stretch in self._large.get(key, ())]
        found.sort(key=lambda stretch: stretch.flow)
        self._recent[asked] = found
        return found


def _either_way(key: bytes) -> bytes:
    return min(key, reversed_key(key))


def _packed(stretch: Stretch) -> bytes:
    frames = sorted(stretch.frames)
    code = "I" if not frames or frames[-1] < 1 << 32 else "Q"
    written = array(code, frames).tobytes()
    start, end = (time.to_bytes(_TIME, "little", signed=True) for time in (stretch.start_ns, stretch.end_ns))
    head = stretch.flow, start, end, stretch.last, stretch.run, stretch.whole
    return _LAYOUT.pack(*head, code.encode(), len(written)) + written


def _unpacked(key: bytes, packed: bytes | bytearray) -> Iterator[Stretch]:
    at = 0
    while at < len(packed):
        flow, *times, last, run, whole, code, length = _LAYOUT.unpack_from(packed, at)
        start, end = (int.from_bytes(time, "little", signed=True) for time in times)
        at += _LAYOUT.size
        frames = array(code.decode(), bytes(packed[at : at + length]))
        at += length
        yield Stretch(flow, key, start, end, last, frames, run, whole)
