"""What is noted of a part of a capture, so that it can be joined with the parts before it.

Knows connections by their keys, when they began and in which frame they were given a number; must not know processes.
A part begins amid connections of which it has not seen the beginning: whoever reads the part before it says which, and
asks here what was made of them. Numbers stand in arrays and keys as their hashes, since there may be a million.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from tlseku._objects import frozen
from tlseku.handshake.engine import Engine
from tlseku.network.decode.segment import PAYLOAD_CUT, reversed_key
from tlseku.network.decode.skip_reasons import skipped_in_words
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.stream_numbers import MAX_FORMER

UNKNOWN = 1 << 62
"""A frame behind all others."""

CUT = PAYLOAD_CUT
"""The code under which ``Engine.skipped`` counts segments that were cut short."""


class Ending(NamedTuple):
    """A flow that is over: its ``number`` and ``tcp_stream`` in the part, the frame in which its connection began, its
    key, and its place in the order of endings, together with that beginning."""

    number: int
    tcp_stream: int
    first_frame: int
    key: bytes
    place: int


class Behind(NamedTuple):
    """What others have seen of a key: a frame behind which nothing of it came (0 if nothing did at all), those in which
    connections began (``begun``), and of these those that others can go on with (``taken``)."""

    last: int
    begun: tuple[int, ...]
    taken: tuple[int, ...]


@frozen
class Seen:
    """What a part made of a key: the frames in which connections with it began (``begun``), and a frame behind which
    nothing of it came (``last``). ``numbers`` are those of its flows, ``streams`` those of Wireshark's, and ``cut`` how
    many of its segments were cut short, ``limits`` those that it reached alone, each with the frame in which the
    connection began."""

    begun: tuple[int, ...]
    numbers: tuple[tuple[int, int], ...]
    streams: tuple[tuple[int, int], ...]
    cut: tuple[tuple[int, int], ...]
    limits: tuple[tuple[str, int], ...]
    last: int


class Notes:
    """``RangeNotes`` of one engine. ``numbered_at`` has the place at which each number was given, in their order, and
    ``numbered_first`` the frame in which the connection began."""

    def __init__(self) -> None:
        self.numbered_at = array("q")
        self._numbered_keys = array("q")
        self.numbered_first = array("q")
        # Places at which connections got a number of Wireshark's, and where they began.
        self.streamed_at = array("q")
        self.streamed_first = array("q")
        self._streamed_keys = array("q")
        # How many had been removed when a connection began.
        self._removed_before = array("q")
        # Limits of single connections, by name, and by key with the frames in which these began.
        self.limits: dict[str, int] = {}
        self._limits: dict[bytes, list[tuple[str, int]]] = {}
        self._cut: dict[bytes, list[tuple[int, int]]] = {}
        self._begun_keys = array("q")
        self._begun_at = array("q")
        self._removed_keys = array("q")
        self._removed_last = array("q")
        self._endings: list[Ending] = []
        # The connections that began while one was there that something came of after its end: the most, and which.
        self.farthest_stray = 0
        self.strays: list[tuple[int, int]] = []
        self.follows = False
        # By key: where others have seen connections begin, behind the part.
        self.begun_behind: Mapping[bytes, Collection[int]] = {}
        self.handed_over: dict[bytes, int] = {}

    @property
    def comes_back_late(self) -> bool:
        """Whether a connection had the key of one that was removed before so many others that Wireshark's number of it
        may have been forgotten."""
        removed = {key: index for index, key in enumerate(self._removed_keys)}
        for key, before in zip(self._begun_keys, self._removed_before, strict=True):
            index = removed.get(key, before)
            if index < before and before - index >= MAX_FORMER:
                return True
        return False

    @property
    def begun_at(self) -> array[int]:
        """The frames in which connections began, in their order."""
        return self._begun_at

    def begun(self, connection: Connection) -> None:
        """See ``ConnectionWatcher``."""
        self._begun_keys.append(_hash(connection.key))
        self._begun_at.append(connection.first_frame)
        self._removed_before.append(len(self._removed_keys))

    def stray(self, connection: Connection, frame: int) -> None:
        """See ``ConnectionWatcher``."""
        since = len(self._begun_at) - bisect_right(self._begun_at, connection.first_frame)
        if self.follows:
            self.strays.append((frame, since))
        elif since > self.farthest_stray:
            self.farthest_stray = since

    def limited(self, connection: Connection, limit: str) -> None:
        """See ``ConnectionWatcher``."""
        self.limits[limit] = self.limits.get(limit, 0) + 1
        self._limits.setdefault(canonical(connection.key), []).append((limit, connection.first_frame))

    def removed(self, connection: Connection) -> None:
        """See ``ConnectionWatcher``."""
        self._removed_keys.append(_hash(connection.key))
        self._removed_last.append(connection.last_frame if connection.closed_by >= 0 else UNKNOWN)

    def is_handed_over(self, key: bytes, frame: int) -> bool:
        """See ``ConnectionWatcher``. Both have seen it begin in the same frame, or it stays here."""
        same = canonical(key)
        begun = self.begun_behind.get(same)
        if begun is not None and frame not in begun:
            return False
        if begun is not None:
            self.handed_over[same] = frame
        return True

    def streamed(self, connection: Connection, place: int) -> None:
        """See ``RangeNotes``."""
        self.streamed_at.append(place)
        self.streamed_first.append(connection.first_frame)
        self._streamed_keys.append(_hash(connection.key))

    def numbered(self, connection: Connection, place: int) -> None:
        """See ``RangeNotes``."""
        self.numbered_at.append(place)
        self._numbered_keys.append(_hash(connection.key))
        self.numbered_first.append(connection.first_frame)

    def ended(self, connection: Connection, number: int, place: int) -> None:
        """See ``RangeNotes``."""
        self._endings.append(
            Ending(number, connection.tcp_stream, connection.first_frame, connection.key, place)
        )

    def cut(self, connection: Connection, segments: int) -> None:
        """See ``RangeNotes``."""
        self._cut.setdefault(canonical(connection.key), []).append((segments, connection.first_frame))

    def take_endings(self) -> list[Ending]:
        """What ended since the last call."""
        endings, self._endings = self._endings, []
        return endings

    def seen(self, keys: Collection[bytes], engine: Engine) -> dict[bytes, Seen]:
        """What was made of those of the ``keys`` (``canonical`` ones) that occurred."""
        wanted = {_hash(key): key for key in keys}
        begun = _by_key(wanted, self._begun_keys, self._begun_at)
        last = _by_key(wanted, self._removed_keys, self._removed_last)
        numbers = _counted(wanted, self._numbered_keys, self.numbered_first, 1)
        streams = _counted(wanted, self._streamed_keys, self.streamed_first, 0)
        found = {}
        for key, frames in begun.items():
            lasts = last.get(key, [])
            there = engine.connection_of(key)
            if there is not None:
                lasts.append(there.last_frame if there.closed_by >= 0 else UNKNOWN)
            found[key] = Seen(
                tuple(frames),
                tuple(numbers.get(key, ())),
                tuple(streams.get(key, ())),
                tuple(self._cut.get(key, ())),
                tuple(self._limits.get(key, ())),
                max(lasts, default=UNKNOWN),
            )
        return found


def skipped_together(counts: Iterable[Mapping[int, int]]) -> dict[str, int]:
    """What the engines of several parts passed over together, in words, as one engine would say it."""
    sums: dict[int, int] = {}
    for each in counts:
        for code, count in each.items():
            sums[code] = sums.get(code, 0) + count
    return skipped_in_words({code: count for code, count in sums.items() if count or code != CUT})


def canonical(key: bytes) -> bytes:
    """The same key for both directions."""
    return min(key, reversed_key(key))


def _hash(key: bytes) -> int:
    return hash(canonical(key))


def _counted(
    wanted: Mapping[int, bytes], keys: array[int], firsts: array[int], first_number: int
) -> dict[bytes, list[tuple[int, int]]]:
    found: dict[bytes, list[tuple[int, int]]] = {}
    for index, hashed in enumerate(keys):
        if hashed in wanted:
            found.setdefault(wanted[hashed], []).append((index + first_number, firsts[index]))
    return found


def _by_key(wanted: Mapping[int, bytes], keys: array[int], frames: array[int]) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for hashed, frame in zip(keys, frames, strict=True):
        if hashed in wanted:
            found.setdefault(wanted[hashed], []).append(frame)
    return found
