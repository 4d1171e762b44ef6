"""Which connections are recorded, and until when.

Knows what a connection looks like that can be read as a whole: it begins with a SYN or with what the reader knows, in
plain frames, its handshake of TCP is the usual one, and nothing repeats a SYN. Must not know the table of connections,
nor what is said. ``connections`` plays to streams whatever is not, or no longer, as simple as that.

Limits: ``MAX_RECORDED_BYTES`` in all; reaching it gives up the oldest.
"""

from __future__ import annotations

from typing import Final, Protocol

from tlseku.network.connection import Connection, ConnectionListener
from tlseku.network.recording import (
    MAX_PACKETS,
    RECORD_COST,
    Assembled,
    Log,
    RecordHeader,
    Recording,
    assemble,
)
from tlseku.network.segment import ACK, FIN, RST, SYN, Segment, reversed_key

# What recordings may take together before the oldest of them are played.
MAX_RECORDED_BYTES = 12 * 1024 * 1024
# Nothing for this long and a connection counts as over (TCP's own user timeout is 5 minutes, RFC 9293 3.8.3;
# an idle TLS connection may live longer, but its handshake does not).
IDLE_NS = 3_600_000_000_000
# After RST or both FINs, this long is waited for what the capture delivers late or what was crossing.
LINGER_NS = 2_000_000_000

DONE = Log()
"""The fate of a direction whose bytes nobody wants any more."""

WATCHED = Log()
"""Nobody wants the bytes, but for segments that begin with an alert or a handshake record."""

NOT_SIMPLE: Final = 0
RECORDED: Final = 1
CLOSED: Final = 2


class WholeReader(Protocol):
    """Reads connections that were recorded."""

    def opens(self, connection: Connection, data: bytes) -> bool:
        """Whether ``data``, the first bytes of side 0, begin something that can be read as a whole later."""

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> ConnectionListener | None:
        """Read both sides; the listener for what follows, or None if it takes streams to read them. With ``goes_on``
        the connection is then muted and watched."""

    def segment_of(self, record: bytes, ts_ns: int) -> Segment | None:
        """The segment in a recorded packet; None if there is none."""


class Recorder:
    """``whole`` reads what was recorded, ``fates`` tells ``skim`` where logs are. Without a reader, or before
    ``header`` is set, nothing is recorded."""

    def __init__(self, whole: WholeReader | None, fates: dict[bytes, Log]) -> None:
        self._whole = whole
        self._fates = fates
        self.header: RecordHeader | None = None
        # The connection that began first in front; nobody asks for a single one, so that a plain dict will do.
        self._recorded: dict[Connection, None] = {}
        self._bytes = 0
        self._stopped = False

    def can_begin(self, segment: Segment) -> bool:
        """Whether a segment can be the first of a connection to be recorded: a SYN, or payload without one."""
        if self._whole is None or self.header is None or self._stopped:
            return False
        if segment.start == segment.end:
            return segment.flags & (SYN | ACK | FIN | RST) == SYN
        return not segment.flags & (SYN | FIN | RST)

    def begin(self, connection: Connection, segment: Segment, frame: int, record: bytes) -> bool:
        """Begin to record; False if the reader does not know these first bytes, and the connection is to be played."""
        whole, header = self._whole, self.header
        if whole is None or header is None:
            return False
        flags = segment.flags
        by_syn = flags & SYN > 0
        recording = Recording((segment.seq + by_syn) & 0xFFFFFFFF, header)
        recording.logs[0].frames.append(frame)
        recording.logs[0].records.append(record)
        connection.recording = recording
        self._recorded[connection] = None
        if by_syn:
            connection.syn_side = 0
            return True
        recording.by_syn = False
        if flags & ACK:
            recording.firsts[1] = segment.ack
        if not whole.opens(connection, segment.data[segment.start : segment.end]):
            return False
        self._grown_up(connection, recording)
        return True

    def go_on(
        self, connection: Connection, side: int, segment: Segment, frame: int, ts_ns: int, record: bytes
    ) -> int:
        """Record one more packet, RECORDED, or CLOSED where it may be the last; NOT_SIMPLE, and not recorded, if the
        connection is not as simple as it was, or ``record`` is empty."""
        recording, whole = connection.recording, self._whole
        if recording is None or whole is None or not record:
            return NOT_SIMPLE
        flags = segment.flags
        how = RECORDED
        if flags & SYN:
            answers = side == 1 and flags & ACK and segment.ack == recording.firsts[0]
            known = recording.firsts[1] >= 0 or not recording.young
            if not answers or known or segment.start < segment.end:
                return NOT_SIMPLE
            recording.firsts[1] = (segment.seq + 1) & 0xFFFFFFFF
        elif recording.young:
            if flags & (FIN | RST) or len(recording.logs[side].records) >= MAX_PACKETS:
                return NOT_SIMPLE
            if segment.start < segment.end:
                if side or segment.seq != recording.firsts[0]:
                    return NOT_SIMPLE
                if not whole.opens(connection, segment.data[segment.start : segment.end]):
                    return NOT_SIMPLE
                self._grown_up(connection, recording)
        elif flags & (FIN | RST):
            how = _close(connection, recording, side, segment, ts_ns)
        log = recording.logs[side]
        log.frames.append(frame)
        log.records.append(record)
        if ts_ns > connection.last_ts:
            connection.last_ts = ts_ns
        connection.last_frame = frame
        return how

    def read(self, connection: Connection, goes_on: bool) -> bool:
        """Read what was recorded of a connection, which is over or goes on; False if it takes streams to read it."""
        recording, whole = connection.recording, self._whole
        if recording is None or whole is None:
            return False
        assembled = assemble(recording, len(connection.key) > 12)
        if assembled is None:
            return False
        one, other, last_ts, last_frame = assembled
        if connection.closed_by >= 0 and last_ts > connection.closed_ts + LINGER_NS:
            return False
        if last_ts - connection.first_ts > IDLE_NS:
            # Silence may have made two connections of it.
            return False
        connection.last_ts = max(last_ts, connection.first_ts)
        connection.last_frame = max(last_frame, connection.last_frame)
        by_syn = recording.by_syn, recording.by_syn and recording.firsts[1] >= 0
        connection.was_read(one, other, by_syn)
        listener = whole.read(connection, one, other, goes_on)
        if listener is None:
            connection.not_read(recording)
            return False
        self.forget(connection)
        connection.listener = listener
        return True

    def forget(self, connection: Connection) -> None:
        """What was recorded is not needed any more."""
        connection.recording = None
        self._recorded.pop(connection, None)
        self._fates.pop(connection.key, None)
        self._fates.pop(reversed_key(connection.key), None)

    def segment_of(self, record: bytes, ts_ns: int) -> Segment | None:
        """The segment in a recorded packet."""
        return None if self._whole is None else self._whole.segment_of(record, ts_ns)

    def too_many(self, recorded: int) -> list[Connection]:
        """With ``recorded`` more bytes: the connections to give up, oldest first, if all together are too many."""
        self._bytes += recorded
        if self._bytes <= MAX_RECORDED_BYTES:
            return []
        sizes = [(connection, _size_of(connection)) for connection in self._recorded]
        self._bytes = sum(size for _, size in sizes)
        given_up: list[Connection] = []
        if self._bytes > MAX_RECORDED_BYTES * 3 // 4:
            for connection, size in sizes:
                if self._bytes <= MAX_RECORDED_BYTES // 2:
                    break
                self._bytes -= size
                given_up.append(connection)
        return given_up

    def stop(self) -> list[Connection]:
        """Record nothing more; what is recorded is to be played."""
        self._stopped = True
        return list(self._recorded)

    def _grown_up(self, connection: Connection, recording: Recording) -> None:
        recording.young = False
        self._fates[connection.key] = recording.logs[0]
        self._fates[reversed_key(connection.key)] = recording.logs[1]


def _close(connection: Connection, recording: Recording, side: int, segment: Segment, ts_ns: int) -> int:
    is_reset = segment.flags & RST
    if is_reset:
        if connection.reset_by >= 0:
            return RECORDED
        connection.reset_by = side
    else:
        recording.fins[side] = (segment.seq + segment.end - segment.start) & 0xFFFFFFFF
    if connection.closed_by < 0:
        connection.closed_by, connection.closed_ts = side, ts_ns
    return CLOSED if is_reset or recording.fins[1 - side] >= 0 else RECORDED


def _size_of(connection: Connection) -> int:
    recording = connection.recording
    if recording is None:
        return 0
    return sum(len(record) + RECORD_COST for log in recording.logs for record in log.records)
