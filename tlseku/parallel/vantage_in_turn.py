"""From where the flows of many captures are seen, decided where one process that reads them in turn decides it.

Knows when ``BeginOrder`` decides: when no host can take part in all flows any more, or when the flows that have ended
are more than may be held. Must not know flows. Each reader notes what its own capture says (``Steps``); whoever knows
what was in the captures before puts these together in their order (``Decision``), which is soon: after some hundred
flows.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.handshake import begin_order
from tlseku.handshake.vantage import Told, Vantage, VantageFinder

Step = tuple[int, Told]
"""How many bytes of flows had ended in a capture before its finder was told of others."""


class Steps:
    """What one capture says, batch by batch."""

    def __init__(self) -> None:
        self.held = 0
        self._last: Told = (None, None)
        self._new: list[Step] = []

    def batch(self, finder: VantageFinder, held: int) -> None:
        """In a batch, of which the ``finder`` of the capture was told, flows ended that take so many bytes."""
        told = finder.told()
        if told != self._last:
            self._last = told
            self._new.append((self.held, told))
        self.held += held

    def take_new(self) -> list[Step]:
        """Those that were not taken before."""
        new, self._new = self._new, []
        return new


class Decision:
    """Of all captures together. ``vantage`` is None while it is not decided."""

    def __init__(self) -> None:
        self.vantage: Vantage | None = None
        self._held = 0
        self._held_here = 0
        # Of the captures that have ended; with them, of the one whose turn it is.
        self._before = VantageFinder()
        self._now = VantageFinder()

    def take(self, steps: Sequence[Step], held: int) -> Vantage | None:
        """Of the capture whose turn it is these steps are new, and by now flows of so many bytes have ended. Gives the
        vantage once it is decided."""
        for at, told in steps:
            if self._decided(at) is not None:
                return self.vantage
            self._now = VantageFinder()
            self._now.add(self._before)
            self._now.add_told(told)
        self._held_here = held
        return self._decided(held)

    def end(self, finder: VantageFinder) -> None:
        """A capture has ended, whose finder says this."""
        self._before.add(finder)
        self._now = VantageFinder()
        self._now.add(self._before)
        self._held += self._held_here
        self._held_here = 0

    def rest(self) -> Vantage:
        """All captures have ended."""
        if self.vantage is None:
            self.vantage = self._now.found()
        return self.vantage

    def _decided(self, held: int) -> Vantage | None:
        if self.vantage is None and (self._now.hopeless or self._held + held > begin_order.MAX_HELD_BYTES):
            self.vantage = self._now.found()
        return self.vantage
