"""TIME_WAIT: connections that are closed and still waited for, in the order in which they were closed.

Knows until when each is waited for; must not know what becomes of it then. Not a heap: dates are nearly in order, and
one that is late delays those behind it by seconds of the capture."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from tlseku.network.tcp.connection import Connection

# After RST or both FINs, this long is waited for what the capture delivers late or what was crossing. TCP itself waits
# for minutes; here what comes later still is told from a new connection by its sequence number (``port_reuse``).
TIME_WAIT_NS: Final = 2_000_000_000
# Later than any time that fits in 62 bits, which are cheaper than more; a later one finds nothing that is due.
NEVER: Final = (1 << 62) - 1


class TimeWait:
    """``next_end`` is a time before which none is due."""

    __slots__ = ("_until", "next_end")

    def __init__(self) -> None:
        self._until: OrderedDict[Connection, int] = OrderedDict()
        self.next_end = NEVER

    def add(self, connection: Connection, until: int) -> None:
        """Wait for one until then, if it is not waited for already."""
        # A FIN that is sent again does not keep a connection alive.
        if connection not in self._until:
            if not self._until:
                self.next_end = until
            self._until[connection] = until

    def drop(self, connection: Connection) -> None:
        """Wait for one no longer, if it was waited for."""
        self._until.pop(connection, None)

    def is_due(self, connection: Connection, ts_ns: int) -> bool:
        """Whether one is waited for, and that is over at ``ts_ns``."""
        until = self._until.get(connection)
        return until is not None and ts_ns > until

    def due(self, ts_ns: int) -> Connection | None:
        """The first one, which is waited for no longer, if that is over at ``ts_ns``."""
        if not self._until:
            self.next_end = NEVER
            return None
        connection, until = self._until.popitem(last=False)
        if ts_ns > until:
            return connection
        # Not due: back to the front.
        self._until[connection] = until
        self._until.move_to_end(connection, last=False)
        self.next_end = until
        return None

    def clear(self) -> None:
        """Wait for none."""
        self._until.clear()
