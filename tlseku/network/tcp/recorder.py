"""Which connections are recorded, and until when.

Knows what a connection looks like that can be read as a whole: it begins with a SYN or with what the reader knows, its
handshake of TCP is the usual one, and nothing repeats a SYN. Must not know the table of connections,
nor what is said. ``dispatch`` replays to streams whatever is not, or no longer, as simple as that. Each doubt ends the
recording: a connection that streams read needlessly costs time, one that was read wrongly gives a wrong answer.

Limits: ``MAX_RECORDED_BYTES`` in all; reaching it gives up the oldest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tlseku.network.decode.segment import ACK, FIN, RST, SYN
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import (
    CONNECTION_COST,
    OPENING,
    RECORDED,
    TO_TABLE,
    WATCHED,
    Connection,
    ConnectionListener,
    pack_oldest,
)
from tlseku.network.tcp.reassembly import Assembled, assemble
from tlseku.network.tcp.recording import Recording
from tlseku.network.tcp.time_wait import TIME_WAIT_NS

if TYPE_CHECKING:
    from mypy_extensions import i64

# What recordings may take together before the oldest of them are replayed.
MAX_RECORDED_BYTES: Final = 11 * 1024 * 1024
# With more than this of it in a count, some are; without, none.
GIVES_UP_ABOVE: Final = MAX_RECORDED_BYTES * 3 // 4
# Nothing for this long and a connection counts as over (TCP's own user timeout is 5 minutes, RFC 9293 3.8.3;
# an idle TLS connection may live longer, but its handshake does not).
IDLE_NS: Final = 3_600_000_000_000

# What became of a packet of a connection that is recorded.
NOT_SIMPLE: Final = 0  # nothing: the connection is not as simple as it was
KEPT: Final = 1
CLOSED: Final = 2  # it was kept, and may be the last


class RecordingReader(Protocol):
    """Reads connections that were recorded."""

    def opens(self, connection: Connection, data: bytes) -> bool:
        """Whether ``data``, the first bytes of side 0, begin something that can be read as a whole later."""

    def is_nothing(self, data: bytes) -> bool:
        """Whether nobody wants anything of a connection in which ``data`` are the first bytes of side 0, which opened
        it."""

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> ConnectionListener | None:
        """Read both sides; the listener for what follows, or None if it takes streams to read them. With ``goes_on``
        the connection is then muted and watched."""


class Recorder:
    """``whole`` reads what was recorded. Without a reader, or before ``start``, nothing is recorded.

    Packets come as what matters of them: ``seq``, ``ack`` and ``flags`` of the segment, and its ``payload``. Times are
    at most ``packet_header.LATEST``.

    Since ``measure`` all recordings took no more than ``peak`` bytes at any time."""

    __slots__ = ("_bytes", "_is_on", "_max_bytes", "_measured", "_measures_at", "_whole", "peak")

    def __init__(self, whole: RecordingReader | None, max_bytes: int = 0) -> None:
        self._whole = whole
        # 0 stands for the usual limit.
        self._max_bytes = max_bytes or MAX_RECORDED_BYTES
        self._is_on = False
        self._bytes = 0
        self._measured = 0
        self._measures_at = -1
        self.peak = 0

    def start(self) -> None:
        """Record from now on, if it was not stopped."""
        self._is_on = self._whole is not None

    def can_begin(self, flags: i64, size: i64) -> bool:
        """Whether a packet can be the first of a connection to be recorded: a SYN, or payload without one."""
        if not self._is_on:
            return False
        if size == 0:
            return flags & (SYN | ACK | FIN | RST) == SYN
        return flags & (SYN | FIN | RST) == 0

    def begin(
        self, connection: Connection, seq: i64, ack: i64, flags: i64, payload: bytes, frame: i64, ts_ns: i64
    ) -> bool:
        """Begin to record; False if the reader does not know these first bytes: the connection is to be replayed."""
        if flags & SYN:
            recording = Recording((seq + 1) & 0xFFFFFFFF, True)
            connection.syn_side = 0
        else:
            recording = Recording(seq, False)
            if flags & ACK:
                recording.other_first = ack
        recording.add(0, frame, ts_ns, seq, ack, flags, payload)
        connection.recording = recording
        connection.disposition = OPENING
        return flags & SYN > 0 or self._opens(connection, payload)

    def go_on(
        self,
        connection: Connection,
        side: i64,
        seq: i64,
        ack: i64,
        flags: i64,
        payload: bytes,
        frame: i64,
        ts_ns: i64,
    ) -> i64:
        """Record one more packet, KEPT, or CLOSED where it may be the last; NOT_SIMPLE, and not recorded, if the
        connection is not as simple as it was, or silence has made two of it."""
        recording = connection.recording
        if recording is None or ts_ns - connection.last_ts > IDLE_NS or recording.is_full:
            return NOT_SIMPLE
        size: i64 = len(payload)
        how: i64 = KEPT
        # 1. A SYN: only the usual answer to the first one. Anything else (a SYN sent again, one of each side, TCP Fast
        # Open) has rules of its own, which streams know.
        if flags & SYN:
            answers = side == 1 and flags & ACK and ack == recording.first
            known = recording.other_first >= 0 or connection.disposition != OPENING
            if not answers or known or size or flags & (FIN | RST):
                return NOT_SIMPLE
            recording.other_first = (seq + 1) & 0xFFFFFFFF
        # 2. No payload so far: the first bytes of side 0 decide whether the reader knows what begins here.
        elif connection.disposition == OPENING:
            if flags & (FIN | RST):
                return NOT_SIMPLE
            if size and (side or seq != recording.first):
                return NOT_SIMPLE
            # Whoever gives it a number asks for the packet.
            connection.last_frame = frame
            if flags & ACK and ack != (recording.first if side else recording.other_first):
                recording.odd_ack = True
            if (
                size
                and not self._opens(connection, payload)
                and not self._is_nothing(connection, recording, flags, payload)
            ):
                return NOT_SIMPLE
        # 3. Amid the recording, all but the ends is kept as it is.
        elif flags & (FIN | RST) and _closes(connection, recording, side, seq + size, flags, frame, ts_ns):
            how = CLOSED
        # Given up with its first bytes, it needs no packets any more.
        if connection.disposition != WATCHED:
            recording.add(side, frame, ts_ns, seq, ack, flags, payload)
        if ts_ns > connection.last_ts:
            connection.last_ts = ts_ns
        connection.last_frame = frame
        return how

    def read(self, connection: Connection, goes_on: bool) -> bool:
        """Read what was recorded of a connection, which is over or goes on; False if it takes streams to read it."""
        recording, whole = connection.recording, self._whole
        if recording is None or whole is None:
            return False
        # What came so late is beyond TIME_WAIT, and streams would have ended the connection before it.
        if connection.closed_by >= 0 and connection.last_ts > connection.closed_ts + TIME_WAIT_NS:
            return False
        assembled = assemble(recording)
        if assembled is None:
            return False
        one, other = assembled
        connection.last_frame = recording.last_frame
        recording.size, recording.other_size = one.size, other.size
        connection.was_read(recording)
        listener = whole.read(connection, one, other, goes_on)
        if listener is None:
            connection.not_read(recording)
            return False
        recording.drop_packets()
        connection.disposition = TO_TABLE
        connection.listener = listener
        return True

    def too_many(self, recorded: int, oldest: Connection | None, compressor: Compressor) -> list[Connection]:
        """With ``recorded`` more bytes: of the connections from the ``oldest`` on those to give up, if all together are
        too many also when they are packed."""
        self._bytes += recorded
        if self._measures_at >= 0:
            self._measure(recorded, oldest)
        if self._bytes <= self._max_bytes:
            return []
        recording: list[Connection] = []
        # The sum only grows until here, since what was read meanwhile is not subtracted: count anew.
        self._bytes = 0
        connection = oldest
        while connection is not None:
            if connection.recording is not None:
                self._bytes += connection.recording.cost()
                recording.append(connection)
            connection = connection.newer
        given_up: list[Connection] = []
        # If little was read meanwhile, down to half of it, so that the next count is not due at once.
        if self._bytes > self._max_bytes * 3 // 4:
            self._bytes = pack_oldest(recording, compressor, self._bytes, self._max_bytes // 2)
            # What is packed well may stay.
            if self._bytes <= self._max_bytes * 3 // 4:
                return given_up
            for each in recording:
                if self._bytes <= self._max_bytes // 2:
                    break
                self._bytes -= each.cost() - CONNECTION_COST
                given_up.append(each)
        return given_up

    def measure(self, every: int, oldest: Connection | None) -> None:
        """From now on keep ``peak`` up to date. Bytes are counted whenever they may have become more than ``every``:
        the less that is, the closer is the peak."""
        self._measures_at = every
        self._measured = self.peak = _cost_of(oldest)

    def stop(self) -> None:
        """Record nothing more, and read nothing."""
        self._whole = None
        self._is_on = False

    def _measure(self, recorded: int, oldest: Connection | None) -> None:
        self._measured += recorded
        self.peak = max(self.peak, self._measured)
        if self._measured > self._measures_at:
            self._measured = _cost_of(oldest)

    def _opens(self, connection: Connection, payload: bytes) -> bool:
        if self._whole is None or not self._whole.opens(connection, payload):
            return False
        connection.disposition = RECORDED
        return True

    def _is_nothing(self, connection: Connection, recording: Recording, flags: i64, payload: bytes) -> bool:
        """Give up a connection whose first bytes nobody wants, if both SYNs were seen and all acknowledge just these:
        then there is nothing else that streams would know of it."""
        whole = self._whole
        if whole is None or recording.odd_ack or recording.other_first < 0 or not flags & ACK:
            return False
        if not recording.by_syn or not whole.is_nothing(payload):
            return False
        recording.size = len(payload)
        connection.was_given_up(recording)
        return True


def _cost_of(oldest: Connection | None) -> int:
    """What is recorded of connections, from the ``oldest`` on, takes in bytes."""
    total = 0
    connection = oldest
    while connection is not None:
        if connection.recording is not None:
            total += connection.recording.cost()
        connection = connection.newer
    return total


def _closes(
    connection: Connection, recording: Recording, side: i64, end: i64, flags: i64, frame: i64, ts_ns: i64
) -> bool:
    """Take note of a FIN or RST, behind which ``end`` is the next sequence number; whether nothing more is to come."""
    if flags & RST:
        if connection.reset_by >= 0:
            return False
        connection.reset_by = side
    elif side:
        recording.other_fin = end & 0xFFFFFFFF
    else:
        recording.fin = end & 0xFFFFFFFF
    if connection.closed_by < 0:
        connection.closed_by, connection.closed_ts, connection.closed_frame = side, ts_ns, frame
        connection.closed_by_rst = flags & RST > 0
    return flags & RST > 0 or (recording.fin if side else recording.other_fin) >= 0
