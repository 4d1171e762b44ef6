"""Reads recorded connections as a whole, and goes on from there.

Joins recordings (``network.tcp.recording``) with transcripts; must not know how either is made. A recorded connection
that is over, or of which enough was followed, becomes a ``RecordedMessages``; what comes later of it is only looked
at for alerts and handshake records, as ``tls_detection`` does. The flow's number is given when its first
bytes come, as everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlseku.frames.arrivals import frame_at, time_at
from tlseku.handshake.recorded_messages import RecordedMessages, end_of_following, read_both
from tlseku.handshake.tls_detection import MAX_FOLLOWED, MAX_FOLLOWED_ALONE
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.reassembly import Assembled
from tlseku.tls.not_tls import is_nothing
from tlseku.tls.records import ALERT, HANDSHAKE, is_record_header
from tlseku.tls.stream_start import TLS, opens_as
from tlseku.tls.whole_direction import HEARD_ENCRYPTED_ALERT, HEARD_ENCRYPTED_HANDSHAKE, Heard

_CLIENT_HELLO: Final = 1
# Late alerts and handshake records that are kept; a conversation lists no more.
_MAX_LATE: Final = 512


class Whole:
    """A ``RecordingReader``. ``number`` gives the next flow's number, ``ended`` takes the transcript of one that is
    over."""

    def __init__(self, number: Callable[[], int], ended: Callable[[RecordedMessages], None]) -> None:
        self._number = number
        self._ended = ended

    def opens(self, connection: Connection, data: bytes) -> bool:
        """Whether side 0 begins with a ClientHello."""
        if data[0] != HANDSHAKE or opens_as(data) != TLS or data[5] != _CLIENT_HELLO:
            return False
        connection.number = self._number()
        return True

    def is_nothing(self, data: bytes) -> bool:
        """Whether nothing that begins so is TLS, nor turns into it."""
        return is_nothing(data)

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> Follower | None:
        """The transcript of both sides, with its ``Follower``; None if it takes streams to read them."""
        heard = read_both(one, other)
        if heard is None:
            return None
        last = end_of_following(heard, one, other, MAX_FOLLOWED, MAX_FOLLOWED_ALONE)
        if last == -2 or (last == -1 and goes_on):
            return None
        recorded = RecordedMessages(connection, connection.number, heard)
        follower = Follower(recorded, self._ended)
        if last >= 0:
            recorded.heard = [each for each in heard if each.frame <= last]
            later = [
                (frame_at(assembled.arrivals, index), side, time_at(assembled.arrivals, index), piece)
                for side, assembled in ((0, one), (1, other))
                for index, piece in enumerate(assembled.pieces)
                if frame_at(assembled.arrivals, index) > last
            ]
            for frame, side, ts_ns, piece in sorted(later):
                follower.late(side, piece, frame, ts_ns)
        return follower


class Follower:
    """The listener of a connection that was read as a whole, for what comes after that."""

    __slots__ = ("_ended", "recorded")

    def __init__(self, recorded: RecordedMessages, ended: Callable[[RecordedMessages], None]) -> None:
        self.recorded = recorded
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
        if not data or data[0] not in (ALERT, HANDSHAKE):
            return
        at = 0
        while at + 5 <= len(data) and is_record_header(data, at):
            length = data[at + 3] << 8 | data[at + 4]
            kind = {ALERT: HEARD_ENCRYPTED_ALERT, HANDSHAKE: HEARD_ENCRYPTED_HANDSHAKE}.get(data[at])
            if kind is not None and len(self.recorded.heard) < _MAX_LATE:
                self.recorded.heard.append(Heard(frame, side, kind, ts_ns, b"", length, None))
            at += 5 + length

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        self.recorded.how = how
        self.recorded.end_ts = self.recorded.connection.last_ts
        self._ended(self.recorded)
