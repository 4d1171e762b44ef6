"""Text that is made once and said again and again, with bounded memory.

Knows keys and values; must not know what either is about. Whoever writes thousands of flows says the same of most of
them: the pieces are remembered by all that they depend on, and forgotten when they were not asked for through as many
others as are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

MOST_REMEMBERED = 2048
"""Of each kind of piece, twice: some hundred bytes each."""

MOST_WITH_FINDINGS = 256
"""Of pieces that keep alive what is found of a chain or a request, twice: some two kilobytes each."""

_V = TypeVar("_V")


class Remembered(Generic[_V]):
    """Values by key, at least ``most`` and at most twice as many of those last asked for."""

    __slots__ = ("_before", "_most", "_now")

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._now: dict[Hashable, _V] = {}
        self._before: dict[Hashable, _V] = {}

    def get(self, key: Hashable) -> _V | None:
        """The value of a key, None if it is not known."""
        value = self._now.get(key)
        if value is None and (value := self._before.get(key)) is not None:
            self.put(key, value)
        return value

    def put(self, key: Hashable, value: _V) -> _V:
        """Remember a value, which is not None, and give it back."""
        if len(self._now) >= self._most:
            self._before, self._now = self._now, {}
        self._now[key] = value
        return value

    def of(self, key: Hashable, make: Callable[[], _V]) -> _V:
        """The value of a key, made now if it is not known."""
        value = self.get(key)
        return self.put(key, make()) if value is None else value
