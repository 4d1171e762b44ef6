"""Connections that were given up amid what they said, known again by their addresses and ports, in bounded memory.

Knows keys; must not know why anything was given up. What still comes of such a connection begins in its middle: taken
for another connection it would be one more flow, of which nothing is known, for each time that room is needed.

A key is kept as its hash of 64 bits, some sixty bytes each. When ``MAX_GIVEN_UP`` have come, those before them are
forgotten.
"""

from __future__ import annotations

from tlseku.network.decode.segment import reversed_key

# Twice as many are known at the most: eight megabytes.
MAX_GIVEN_UP = 65_536


class GivenUp:
    """Keys of either direction stand for both."""

    __slots__ = ("_before", "_now")

    def __init__(self) -> None:
        self._now: set[int] = set()
        self._before: set[int] = set()

    @property
    def is_empty(self) -> bool:
        """Whether none was given up: mostly, and then nobody need ask."""
        return not self._now and not self._before

    def add(self, key: bytes) -> None:
        """A connection was given up."""
        if len(self._now) >= MAX_GIVEN_UP:
            self._before, self._now = self._now, set()
        self._now.add(_of(key))

    def has(self, key: bytes) -> bool:
        """Whether a packet with this key is of one of them."""
        number = _of(key)
        return number in self._now or number in self._before

    def forget(self, key: bytes) -> None:
        """Another connection has begun with this key."""
        number = _of(key)
        self._now.discard(number)
        self._before.discard(number)


def _of(key: bytes) -> int:
    return hash(min(key, reversed_key(key)))
