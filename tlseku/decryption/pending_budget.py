"""Ciphertext that is held back until its session's secret, or what the other side says, is known: of all connections.

Knows who holds how many bytes; must not know what they are. Connections are let go in the order in which they began to
hold, the oldest first, when all together hold more than ``MAX_HELD_IN_ALL``; ``let_go`` counts them.
"""

from __future__ import annotations

from typing import Protocol

MAX_HELD_IN_ALL = 64 << 20
"""Bytes. A connection whose secret never comes holds its first 64 KiB, so that this is room for a thousand of them, and
for some ten thousand that have said little more than their handshake."""


class Holder(Protocol):
    """One connection that holds ciphertext."""

    def retry(self) -> None:
        """Secrets came: maybe there is one to go on with."""

    def let_go(self) -> None:
        """Wait no longer."""


class PendingBudget:
    """Who holds how much. ``held`` is the sum in bytes, ``let_go`` counts connections that had to give up."""

    __slots__ = ("_by_holder", "_limit", "held", "let_go")

    def __init__(self, limit: int = MAX_HELD_IN_ALL) -> None:
        self._by_holder: dict[Holder, int] = {}
        self._limit = limit
        self.held = 0
        self.let_go = 0

    def __len__(self) -> int:
        """How many connections hold something."""
        return len(self._by_holder)

    def holds(self, holder: Holder, size: int) -> None:
        """``holder`` now has ``size`` bytes. Lets others go, or itself, if that is too much."""
        self.held += size - self._by_holder.get(holder, 0)
        if size:
            self._by_holder[holder] = size
        else:
            self._by_holder.pop(holder, None)
        while self.held > self._limit and self._by_holder:
            oldest = next(iter(self._by_holder))
            self.let_go += 1
            oldest.let_go()
            self.held -= self._by_holder.pop(oldest, 0)

    @property
    def limits(self) -> dict[str, int]:
        """How often the limit was reached, for the summary; empty if never."""
        return {"MAX_HELD_IN_ALL": self.let_go} if self.let_go else {}

    def secrets_came(self) -> None:
        """Let everybody look again."""
        for holder in list(self._by_holder):
            holder.retry()
