"""The connections of a capture by their addresses and ports, and how many of them may be kept.

Knows keys and age; must not know segments, nor how a connection begins or ends. Both directions of a connection lead to
it. One that is over stays for a while, so that what still comes of it does not count as another one; when room is
needed, those go first, since nothing is lost with them.
"""

from __future__ import annotations

from tlseku.network.tcp.age_list import AgeList
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.lookup_cache import LookupCache
from tlseku.network.tcp.stream_numbers import StreamNumbers

# A connection costs 800 bytes, and what is recorded of its beginning; a flood must not cost more than this many.
MAX_CONNECTIONS = 14_000


class ConnectionTable:
    """``by_key`` has each connection under the keys of both directions. ``count`` counts connections seen, ``limits``
    how often each named limit was reached. ``stream_numbers`` numbers them, unless it is None."""

    __slots__ = ("alive", "by_key", "count", "limits", "lookup_cache", "over", "stream_numbers")

    def __init__(self, stream_numbers: StreamNumbers | None = None) -> None:
        self.stream_numbers = stream_numbers
        self.by_key: dict[bytes, Connection] = {}
        self.lookup_cache = LookupCache(self.by_key)
        # Those that are not over, the one that began first in front.
        self.alive = AgeList()
        # Those that are over and stay for what still comes of them.
        self.over = AgeList()
        self.count = 0
        self.limits: dict[str, int] = {}

    def add(self, connection: Connection) -> None:
        """A connection has begun."""
        if self.stream_numbers is not None:
            self.stream_numbers.begins(connection)
        # A connection of a port with itself has one key for both directions: all of it is side 0.
        self.by_key[connection.key] = self.by_key[connection.reverse] = connection
        self.alive.add(connection)
        self.count += 1

    def surplus(self) -> Connection | None:
        """The connection to remove before another one is added; None if there is room for it."""
        # Two keys a connection, but for one of a port with itself.
        if len(self.by_key) < 2 * MAX_CONNECTIONS:
            return None
        if self.over.oldest is not None:
            return self.over.oldest
        # Only what is lost with one that is not over is worth telling.
        if self.alive.oldest is not None:
            self.reached("MAX_CONNECTIONS")
        return self.alive.oldest

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
