"""The connections of a capture by their addresses and ports, and how much memory they may take together.

Knows keys, age and cost; must not know segments, nor how a connection begins or ends. Both directions of a connection
lead to it. One that is over stays for a while, so that what still comes of it does not count as another one; when room
is needed, those go first, since nothing is lost with them. Then what the oldest said is packed. Then goes what they
keep to compare retransmissions with. Then go those without payload, so that a flood of SYNs drives out SYNs and no
handshake; then those of which nobody wants the bytes any more; and only then what is being read, the oldest in front.

What connections take changes with each packet, so nobody keeps the sum exactly: what comes is added as if all of it
stayed, and when that is too much all are counted anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tlseku.network.tcp.age_list import AgeList
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import CONNECTION_COST, Connection, pack_oldest
from tlseku.network.tcp.lookup_cache import LookupCache
from tlseku.network.tcp.out_of_order_budget import MAX_HELD_BYTES
from tlseku.network.tcp.recorder import MAX_RECORDED_BYTES
from tlseku.network.tcp.stream_numbers import StreamNumbers

if TYPE_CHECKING:
    from mypy_extensions import i64

# What all connections may take together, their recordings and what their listeners keep included.
MAX_TABLE_BYTES = 22 * 1024 * 1024
# With no more than this none are removed.
REMOVES_ABOVE: Final = MAX_TABLE_BYTES // 16 * 15

# With those that are not over above this, what the oldest said is packed, long before any has to go; and so much more
# comes before they are looked at again.
PACKS_ABOVE = 16 * 1024 * 1024
_PACKS_AFTER: Final = 1024 * 1024

# How much may have come before ``at_most`` counts again.
_COUNTS_AFTER: Final = 3 * 1024 * 1024


MAX_TOGETHER: Final = MAX_TABLE_BYTES + MAX_HELD_BYTES
"""What connections may take in all: in the table, and behind holes."""


class Room(NamedTuple):
    """The bytes that connections may take: all of them in their ``table``, of which ``recorded`` is a part, and what is
    ``held`` behind holes. 0 stands for the usual limit of each."""

    table: int = 0
    recorded: int = 0
    held: int = 0


_USUAL: Final = Room(MAX_TABLE_BYTES, MAX_RECORDED_BYTES, MAX_HELD_BYTES)


def room_of(max_bytes: int | None) -> Room:
    """The room that so many bytes together give, in the usual proportions; the usual one for None."""
    if max_bytes is None:
        return Room()
    return Room(*[max(1, max_bytes * usual // MAX_TOGETHER) for usual in _USUAL])


class ConnectionTable:
    """``by_key`` has each connection under the keys of both directions. ``count`` counts connections seen, ``limits``
    how often each named limit was reached. ``stream_numbers`` numbers them, unless it is None; ``compressor`` packs
    what they said."""

    __slots__ = (
        "_bytes",
        "_counted",
        "_max_bytes",
        "_packs_at",
        "_since",
        "alive",
        "by_key",
        "compressor",
        "count",
        "limits",
        "lookup_cache",
        "over",
        "stream_numbers",
    )

    def __init__(self, stream_numbers: StreamNumbers | None = None, max_bytes: int = 0) -> None:
        self.stream_numbers = stream_numbers
        # 0 stands for the usual limit.
        self._max_bytes = max_bytes
        self.compressor = Compressor()
        # What those that are not over must take at most before they are looked at.
        self._packs_at: i64 = PACKS_ABOVE
        self.by_key: dict[bytes, Connection] = {}
        self.lookup_cache = LookupCache(self.by_key)
        # Those that are not over, the one that began first in front.
        self.alive = AgeList()
        # Those that are over and stay for what still comes of them.
        self.over = AgeList()
        self.count = 0
        self.limits: dict[str, int] = {}
        # The most that all may take now.
        self._bytes: i64 = 0
        # The same for ``at_most``: what was counted, and what came since.
        self._counted: i64 = 0
        self._since: i64 = 0

    def add(self, connection: Connection) -> None:
        """A connection has begun."""
        if self.stream_numbers is not None:
            self.stream_numbers.begins(connection)
        # A connection of a port with itself has one key for both directions: all of it is side 0.
        self.by_key[connection.key] = self.by_key[connection.reverse] = connection
        self.alive.add(connection)
        self.count += 1
        self._bytes += CONNECTION_COST
        self._since += CONNECTION_COST

    def grew(self, more: i64) -> None:
        """The connections that are there may take ``more`` bytes."""
        self._bytes += more
        self._since += more

    def at_most(self) -> int:
        """What all take at most now; asking removes none."""
        most = self._counted + self._since
        if self._since > _COUNTS_AFTER:
            total = 0
            for connection in self.over.all() + self.alive.all():
                total += connection.cost()
            self._counted, self._since = total, 0
        return most

    @property
    def is_full(self) -> bool:
        """Whether all may take too much: those that are surplus are to be removed."""
        return self._bytes > (self._max_bytes or MAX_TABLE_BYTES)

    def pack(self) -> None:
        """Pack what the oldest connections said, where all take much: who asks for it mostly asks when they end."""
        if self._bytes <= self._packs_at:
            return
        alive = self.alive.all()
        total = 0
        for connection in alive:
            total += connection.cost()
        if total > PACKS_ABOVE:
            total = pack_oldest(alive, self.compressor, total, PACKS_ABOVE // 8 * 7)
        for connection in self.over.all():
            total += connection.cost()
        self._bytes = total
        self._packs_at = max(PACKS_ABOVE, total + _PACKS_AFTER)

    def surplus(self) -> list[Connection]:
        """The connections to remove so that there is room for others; empty where all take less than it seemed."""
        over, alive = self.over.all(), self.alive.all()
        total = 0
        for connection in over:
            total += connection.cost()
        for connection in alive:
            total += connection.cost()
        found: list[Connection] = []
        # Between these two lies what must come before all are counted again.
        most = self._max_bytes or MAX_TABLE_BYTES
        if total > most // 32 * 31:
            enough = most // 16 * 15
            for connection in over:
                if total <= enough:
                    break
                total -= connection.cost()
                found.append(connection)
            if total > enough:
                total = pack_oldest(alive, self.compressor, total, enough)
            for connection in alive:
                if total <= enough:
                    break
                total -= connection.forget_history()
            for connection in _least_worth_first(alive) if total > enough else ():
                if total <= enough:
                    break
                total -= connection.cost()
                found.append(connection)
            # Only what is lost with one that is not over is worth telling.
            self.reached("MAX_TABLE_BYTES", max(0, len(found) - len(over)))
        self._bytes = total
        return found

    def ended(self, connection: Connection) -> None:
        """A connection is over, and stays until it is removed."""
        self.alive.remove(connection)
        self.over.add(connection)

    def remove(self, connection: Connection) -> None:
        """Take out one that is over, unless that was done before."""
        # Replaying it may have begun another one under the same key.
        if self.by_key.get(connection.key) is connection:
            del self.by_key[connection.key]
            self.by_key.pop(connection.reverse, None)
            self.lookup_cache.forget(connection)
            self.over.remove(connection)
            if self.stream_numbers is not None and connection.tcp_stream >= 0:
                self.stream_numbers.left(connection)

    def reached(self, limit: str, times: int = 1) -> None:
        """Something was given up because of a limit."""
        if times:
            self.limits[limit] = self.limits.get(limit, 0) + times

    def clear(self) -> None:
        """Take out all; counts stay."""
        self.by_key.clear()
        self.lookup_cache.clear()
        self.over.clear()
        self._bytes = 0


def _least_worth_first(alive: list[Connection]) -> list[Connection]:
    """Connections in the order in which to give them up, from those that are not over, the oldest first."""
    opening: list[Connection] = []
    done: list[Connection] = []
    read: list[Connection] = []
    # What has only just begun may be the next handshake.
    young = len(alive) - len(alive) // 8 - 1
    for index, connection in enumerate(alive):
        if index < young and connection.has_no_payload:
            opening.append(connection)
        elif connection.muted:
            done.append(connection)
        else:
            read.append(connection)
    return opening + done + read
