"""Connections whose bytes somebody else has put in order: no packets, no sequence numbers, no holes to wait for.

Knows who sends to whom and the limit of their number; must not know what the bytes mean. Bytes go straight to the
streams of a ``Connection`` and its listener, the same that the table of connections (``connection_table``) hands on
what it puts in order itself.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.network.decode.segment import key_of
from tlseku.network.tcp.connection import Connection, ConnectionListener
from tlseku.network.tcp.recorder import IDLE_NS

# Connections that are not over. Whoever gives bytes in order keeps connections, too, and can say when one is over.
MAX_CONNECTIONS = 14_000


class ByteStreams:
    """The connections that are not over. ``new_listener`` makes the listener of a new one, ``on_new`` is told its key.

    ``count`` counts connections seen, ``limits`` how often a named limit was reached. There are ``max_connections`` at
    most, by default ``MAX_CONNECTIONS``.
    """

    __slots__ = ("_max_connections", "_new_listener", "_on_new", "_open", "count", "limits")

    def __init__(
        self,
        new_listener: Callable[[Connection], ConnectionListener],
        on_new: Callable[[bytes], bool],
        max_connections: int | None = None,
    ) -> None:
        self._max_connections = max_connections
        self._new_listener = new_listener
        self._on_new = on_new
        # By the key of whoever spoke first; the one that began first in front.
        self._open: dict[bytes, Connection] = {}
        self.count = 0
        self.limits: dict[str, int] = {}

    def take(
        self,
        source: tuple[str, int],
        destination: tuple[str, int],
        data: bytes,
        missing: int,
        end: bool,
        frame: int,
        ts_ns: int,
    ) -> None:
        """The next bytes that ``source`` sends, ``missing`` lost ones after them, and whether the connection is over.

        Raises ValueError for an address that is none.
        """
        connection, side = self._find(key_of(source, destination), key_of(destination, source), frame, ts_ns)
        connection.last_ts = max(connection.last_ts, ts_ns)
        connection.last_frame = frame
        if data or missing:
            stream = connection.streams[side]
            connection.saw_payload(side)
            stream.segment(stream.position & 0xFFFFFFFF, data, missing, frame, ts_ns)
        if end:
            self._end(connection, "fin", frame, ts_ns)

    def end_silent(self, ts_ns: int) -> None:
        """End those of which nothing came in the ``IDLE_NS`` before ``ts_ns``."""
        for connection in [each for each in self._open.values() if ts_ns - each.last_ts > IDLE_NS]:
            self._end(connection, "idle", connection.last_frame, connection.last_ts)

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: end them all, the one that began first in front."""
        for connection in list(self._open.values()):
            self._end(connection, "capture", frame, ts_ns)

    def _find(self, key: bytes, reverse: bytes, frame: int, ts_ns: int) -> tuple[Connection, int]:
        """The connection of these two ends, begun if need be, and the side that sends."""
        connection = self._open.get(key)
        if connection is not None:
            return connection, 0
        connection = self._open.get(reverse)
        if connection is not None:
            return connection, 1
        self._make_room(frame, ts_ns)
        connection = self._open[key] = Connection(key, frame, ts_ns)
        self._on_new(key)
        self.count += 1
        connection.listen(self._new_listener(connection))
        for stream in connection.streams:
            # The first byte given is the first byte there is.
            stream.syn(-1)
        return connection, 0

    def _make_room(self, frame: int, ts_ns: int) -> None:
        # Whoever never says that one is over must not fill the memory.
        most = MAX_CONNECTIONS if self._max_connections is None else self._max_connections
        while len(self._open) >= most:
            self._end(next(iter(self._open.values())), "evicted", frame, ts_ns)
            self.limits["MAX_CONNECTIONS"] = self.limits.get("MAX_CONNECTIONS", 0) + 1

    def _end(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        del self._open[connection.key]
        connection.ended = True
        if connection.listener is not None:
            connection.listener.ended(how, -1, frame, ts_ns)
