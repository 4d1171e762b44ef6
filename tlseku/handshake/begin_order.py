"""Flows in the order in which they began, from flows as they end, with bounded memory.

Knows numbers and sizes of flows, and that a vantage is inferred; must not know how flows are made, nor who wants them
in order. Flows come in as they end and go out by their numbers, each with the vantage, as soon as every flow with a
smaller number is out and the vantage is known.

One bound in bytes holds for both waits. When it is reached the vantage is what was seen until then, and the wait for
the oldest flow that is still open is given up: it comes out when it ends, behind flows that began later, and is counted
in ``late``. In captures of servers a few dozen flows are held; one connection that lasts from the first packet to the
last is the ordinary way to the bound.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from tlseku.flow import Flow
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.handshake.vantage import Vantage, VantageFinder

MAX_HELD_BYTES = 2 << 20
"""What is held back at most: 250 ordinary flows with certificates on both sides, or two of 750 kB each."""

FLOW_BYTES = 2500
"""What a flow takes besides what it carries: the objects of its connection, and an entry here."""

MESSAGE_BYTES = 200
"""What a message takes besides its body."""


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


_E = TypeVar("_E", bound=_Numbered)


class BeginOrder(Generic[_E]):
    """Gives flows in the order of their numbers, which count from ``first_number``.

    With a ``finder`` the vantage is inferred: it must be told of each flow before that is given here. Without one
    ``vantage`` is what each flow comes with. ``max_bytes`` bounds what is held, by default ``MAX_HELD_BYTES``; ``late``
    counts the flows that came out behind one with a larger number.
    """

    def __init__(
        self,
        finder: VantageFinder | None,
        vantage: Vantage | None = None,
        *,
        first_number: int = 1,
        max_bytes: int | None = None,
    ) -> None:
        self.late = 0
        self._finder = finder
        self._vantage = Vantage() if vantage is None else vantage
        self._next = first_number
        self._max_bytes = MAX_HELD_BYTES if max_bytes is None else max_bytes
        self._held: list[tuple[int, int, int, _E]] = []
        self._bytes = 0
        # Numbers are each given once; the count keeps flows themselves from ever being compared.
        self._count = 0

    def in_order(self, ended: Iterable[_E]) -> Iterator[tuple[_E, Vantage]]:
        """Each of the flows with the vantage, as soon as it is its turn."""
        for each in ended:
            yield from self.take((each,))
        yield from self.rest()

    def take(self, ended: Sequence[_E]) -> list[tuple[_E, Vantage]]:
        """Those whose turn it is now that these have ended, each with the vantage."""
        out: list[tuple[_E, Vantage]] = []
        for each in ended:
            if not self._held and self._finder is None and each.number == self._next:
                # It need not be held, which is what it is mostly.
                self._next += 1
                out.append((each, self._vantage))
            else:
                self._hold(each)
                self._release_due(out)
        return out

    def rest(self) -> list[tuple[_E, Vantage]]:
        """All that wait, when no other will end."""
        self._decide()
        out: list[tuple[_E, Vantage]] = []
        while self._held:
            out.append(self._release())
        return out

    def _hold(self, each: _E) -> None:
        size = held_bytes(each)
        self._count += 1
        self._bytes += size
        heapq.heappush(self._held, (each.number, self._count, size, each))

    def _release_due(self, out: list[tuple[_E, Vantage]]) -> None:
        """Add what need not, or may not, be held any longer."""
        if self._finder is not None:
            if not self._finder.hopeless and self._bytes <= self._max_bytes:
                return
            self._decide()
        while self._held and (self._held[0][0] <= self._next or self._bytes > self._max_bytes):
            out.append(self._release())

    def _decide(self) -> None:
        """The vantage is what was seen until now."""
        if self._finder is not None:
            self._vantage = self._finder.found()
            self._finder = None

    def _release(self) -> tuple[_E, Vantage]:
        number, _, size, each = heapq.heappop(self._held)
        self._bytes -= size
        if number < self._next:
            self.late += 1
        else:
            self._next = number + 1
        return each, self._vantage


def held_bytes(ended: object) -> int:
    """About how many bytes a flow that is over takes: what stands for a flow that another process has says so in its
    attribute ``held``. Certificates count in each flow, since those that a capture holds
    once are all that a bound is for."""
    if not isinstance(ended, Flow):
        held: int = getattr(ended, "held", FLOW_BYTES)
        return held
    if isinstance(ended.view, FlowOfKind):
        return ended.view.footprint
    certificates = sum(len(each.der) for presented in ended.presented for each in presented.chain)
    return FLOW_BYTES + MESSAGE_BYTES * len(ended.messages) + certificates
