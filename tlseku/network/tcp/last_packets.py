"""When the connections whose packets the fast path ignores had their last one.

Knows the index of that packet in the batch; must not know batches, whose owner tells frame and time of an index. The
fast path ignores millions of packets and notes one number for each, since a time would cost more than all the rest: it
is looked up when somebody asks, or when the batch is over.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.network.tcp.connection import Connection


class LastPackets:
    """``touched`` are the connections with an ignored packet in this batch, each once; ``moment_of`` gives frame and
    time (nanoseconds) of the packet with an index."""

    __slots__ = ("moment_of", "touched")

    def __init__(self) -> None:
        self.touched: list[Connection] = []
        self.moment_of: Callable[[int], tuple[int, int]] = _no_moment

    def note(self, connection: Connection) -> None:
        """Let a connection know when it had its last packet."""
        if connection.touched >= 0:
            frame, ts_ns = self.moment_of(connection.touched)
            # Captures of several queues are not quite in the order of time.
            if ts_ns > connection.last_ts:
                connection.last_ts = ts_ns
                connection.last_frame = frame

    def note_all(self) -> None:
        """The batch is over: let all know, since the indexes mean nothing any more."""
        for connection in self.touched:
            # What one that is over still sends does not change when it ended.
            if not connection.ended:
                self.note(connection)
            connection.touched = -1
        self.touched.clear()


def _no_moment(index: int) -> tuple[int, int]:
    return 0, 0
