"""Connections in the order in which they came, of which any may leave.

Knows only that order. The oldest must be found at once however many left before it, which a dict cannot do, and without
an object more for each, which ``OrderedDict`` needs: a flood of connections would pay for it. So the connections
themselves are the links of a chain, and none can be in two of these at a time."""

from __future__ import annotations

from tlseku.network.tcp.connection import Connection


class AgeList:
    """``oldest`` is in front, ``count`` is how many there are. Whoever takes one out must know that it is in."""

    __slots__ = ("_newest", "count", "oldest")

    def __init__(self) -> None:
        self.oldest: Connection | None = None
        self._newest: Connection | None = None
        self.count = 0

    def add(self, connection: Connection) -> None:
        """Put one that is in no order behind all others."""
        newest = self._newest
        if newest is None:
            self.oldest = connection
        else:
            newest.newer = connection
            connection.older = newest
        self._newest = connection
        self.count += 1

    def remove(self, connection: Connection) -> None:
        """Take one out."""
        older, newer = connection.older, connection.newer
        if older is None:
            self.oldest = newer
        else:
            older.newer = newer
            # No link stays behind, or one that is gone would keep its neighbours in memory.
            connection.older = None
        if newer is None:
            self._newest = older
        else:
            newer.older = older
            connection.newer = None
        self.count -= 1

    def all(self) -> list[Connection]:
        """Those that are in now, the oldest first."""
        found: list[Connection] = []
        connection = self.oldest
        while connection is not None:
            found.append(connection)
            connection = connection.newer
        return found

    def clear(self) -> None:
        """Take all out, so that none holds another."""
        for connection in self.all():
            connection.older = connection.newer = None
        self.oldest = self._newest = None
        self.count = 0
