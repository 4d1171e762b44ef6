"""How much may wait behind holes in all streams together.

Knows which streams have something waiting and since when; must not know what waits. A hole that nobody fills holds back
all that comes behind it. One stream has limits of its own, but a flood of streams with a hole each would take any
amount of memory: when all together hold back too much, the stream that has waited longest gives up its holes first.
"""

from __future__ import annotations

from collections import OrderedDict

from tlseku.network.tcp.out_of_order import QueuedBytes
from tlseku.network.tcp.stream import Stream

# What waits behind holes in all connections together; a few dozen transfers with a hole each need no more.
MAX_HELD_BYTES = 8 * 1024 * 1024


class OutOfOrderBudget:
    """``queued`` counts the bytes of all streams that were made with it."""

    __slots__ = ("_max_bytes", "_streams", "queued")

    def __init__(self, max_bytes: int = 0) -> None:
        # 0 stands for the usual limit.
        self._max_bytes = max_bytes
        self.queued = QueuedBytes()
        # Streams in which something waits, or waited; the one that has waited longest in front. Not a plain dict, which
        # cannot tell its oldest at once when many older ones were deleted.
        self._streams: OrderedDict[Stream, None] = OrderedDict()

    def waits(self, stream: Stream) -> int:
        """Something waits in a stream; how many streams had to give up their holes because of it."""
        self._streams[stream] = None
        given_up = 0
        while self._streams and self.queued.bytes > (self._max_bytes or MAX_HELD_BYTES):
            oldest = self._streams.popitem(last=False)[0]
            if oldest.waiting:
                given_up += 1
                oldest.stop_waiting()
        return given_up

    def drop(self, stream: Stream) -> None:
        """Nothing will wait in a stream any more."""
        self._streams.pop(stream, None)

    def clear(self) -> None:
        """Nothing will wait in any."""
        self._streams.clear()
