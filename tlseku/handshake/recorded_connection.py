"""Reads recorded connections at once, and goes on from there.

Joins recordings (``network.tcp.recording``) with ``RecordedMessages``; must not know how either is made. What comes
after a recorded connection was read is only looked at for alerts and handshake records, as ``tls_detection`` does. The
flow's number is given when its first bytes come, as everywhere."""

from __future__ import annotations

from collections.abc import Callable

from tlseku.handshake.following import why_cut
from tlseku.handshake.recorded_messages import BothSides, RecordedMessages
from tlseku.handshake.tls_detection import is_nothing
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.reassembly import Assembled
from tlseku.tls.handshake_types import CLIENT_HELLO
from tlseku.tls.records import HANDSHAKE
from tlseku.tls.stream_start import TLS, opens_as


class RecordedConnectionReader:
    """A ``RecordingReader``. ``number`` gives a connection the next flow's number, ``ended`` takes what was said in a
    connection that is over."""

    def __init__(
        self, number: Callable[[Connection], int], ended: Callable[[RecordedMessages], None]
    ) -> None:
        self._number = number
        self._ended = ended

    def opens(self, connection: Connection, data: bytes) -> bool:
        """Whether side 0 begins with a ClientHello."""
        if data[0] != HANDSHAKE or opens_as(data) != TLS or data[5] != CLIENT_HELLO:
            return False
        connection.number = self._number(connection)
        return True

    def is_nothing(self, data: bytes) -> bool:
        """Whether nothing that begins so is TLS, nor turns into it."""
        return is_nothing(data)

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> Follower | None:
        """What takes what follows, once both sides were read; None if it takes streams to read them."""
        both = BothSides()
        if not both.read(one, other, goes_on):
            return None
        return Follower(RecordedMessages(connection, connection.number, both.messages), both, self._ended)


class Follower:
    """The listener of a connection that was read at once, for what comes after that."""

    __slots__ = ("_both", "_ended", "recorded")

    def __init__(
        self, recorded: RecordedMessages, both: BothSides, ended: Callable[[RecordedMessages], None]
    ) -> None:
        self.recorded = recorded
        self._both = both
        self._ended = ended

    def is_start(self, side: int, data: bytes) -> bool:
        """Nothing starts here any more."""
        return False

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The connection is muted."""

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """The connection is muted."""

    def defect(self, side: int, reason: str, frame: int) -> None:
        """The connection is muted."""

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment that begins with an alert or a handshake record."""
        self._both.late(side, data, frame, ts_ns)

    def held(self) -> int:
        """Bytes of messages."""
        return self.recorded.held()

    def pack(self, compressor: Compressor) -> int:
        """Keep the messages in less room."""
        return self.recorded.pack(compressor)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        self._both.close(why_cut(how))
        self.recorded.how = how
        self.recorded.end_ts = self.recorded.connection.last_ts
        self._ended(self.recorded)
