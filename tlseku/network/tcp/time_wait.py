"""TIME_WAIT: connections that are closed and still waited for.

Knows until when each is waited for; must not know what becomes of it then. When one is due depends on no other, so that
what is found in a part of a capture does not depend on the rest of it."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final

from tlseku.network.tcp.connection import Connection

# After RST or both FINs, this long is waited for what the capture delivers late or what was crossing. TCP itself waits
# for minutes; here what comes later still is told from a new connection by its sequence number (``port_reuse``).
TIME_WAIT_NS: Final = 2_000_000_000
# Later than any time that fits in 62 bits, which are cheaper than more; a later one finds nothing that is due.
NEVER: Final = (1 << 62) - 1
# Dates of connections that are no longer waited for, before they are looked for.
_SPARE: Final = 64


class TimeWait:
    """``next_end`` is a time before which none is due."""

    __slots__ = ("_added", "_dates", "_until", "next_end")

    def __init__(self) -> None:
        self._until: dict[Connection, int] = {}
        # A heap, in which those that were dropped stay for a while; the number keeps connections from being compared.
        self._dates: list[tuple[int, int, Connection]] = []
        self._added = 0
        self.next_end = NEVER

    def add(self, connection: Connection, until: int) -> None:
        """Wait for one until then, if it is not waited for already."""
        # A FIN that is sent again does not keep a connection alive.
        if connection not in self._until:
            self._until[connection] = until
            self._push(connection, until)
            if until < self.next_end:
                self.next_end = until

    def drop(self, connection: Connection) -> None:
        """Wait for one no longer, if it was waited for."""
        self._until.pop(connection, None)

    def is_due(self, connection: Connection, ts_ns: int) -> bool:
        """Whether one is waited for, and that is over at ``ts_ns``."""
        until = self._until.get(connection)
        return until is not None and ts_ns > until

    def due(self, ts_ns: int) -> list[Connection]:
        """Those that were waited for until before ``ts_ns``, and are no longer, in the order in which they began."""
        over: list[Connection] = []
        dates = self._dates
        while dates and ts_ns > dates[0][0]:
            until, _, connection = heappop(dates)
            if self._until.get(connection) == until:
                del self._until[connection]
                over.append(connection)
        self.next_end = dates[0][0] if dates else NEVER
        over.sort(key=_beginning)
        return over

    def clear(self) -> None:
        """Wait for none."""
        self._until.clear()
        self._dates.clear()
        self.next_end = NEVER

    def _push(self, connection: Connection, until: int) -> None:
        # What was dropped must not stay in memory for as long as time stands still.
        if len(self._dates) > 2 * len(self._until) + _SPARE:
            self._dates = [date for date in self._dates if self._until.get(date[2]) == date[0]]
            heapify(self._dates)
        self._added += 1
        heappush(self._dates, (until, self._added, connection))


def _beginning(connection: Connection) -> int:
    return connection.first_frame
