"""From segments to connections: which connection a segment belongs to, and which way it goes.

Knows both ways. A connection that begins with a SYN, or with bytes that the reader knows, is *recorded*: its packets
are kept, and mostly the fast path appends them without coming here. When it is over, or long enough, a
``RecordingReader`` reads it at once. If it is not simple enough for that, its packets are *replayed* to streams and a
listener, which all other connections have from their first packet. What is told of a connection is the same either way.
Must not know what the bytes mean, nor what a segment does to streams (``segment_arrival``) or when connections end
(``lifetimes``).

Each connection has one listener, which the user of ``Connections`` makes and which is told when the connection ends.
What is given up because of a limit is counted and, where bytes were lost by it, said to the listener as a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from tlseku.network.decode.segment import ACK, FIN, RST, SYN, Segment
from tlseku.network.tcp.connection import (
    IGNORED,
    RECORDED,
    STREAMS_COST,
    TO_TABLE,
    WATCHED,
    Connection,
    ConnectionListener,
)
from tlseku.network.tcp.connection_table import ConnectionTable, Room
from tlseku.network.tcp.given_up import GivenUp
from tlseku.network.tcp.last_packets import LastPackets
from tlseku.network.tcp.lifetimes import MOST_AT_ONCE, Lifetimes
from tlseku.network.tcp.out_of_order_budget import OutOfOrderBudget
from tlseku.network.tcp.packet_header import LATEST, RecordHeader
from tlseku.network.tcp.port_reuse import is_another
from tlseku.network.tcp.recorder import CLOSED, IDLE_NS, NOT_SIMPLE, Recorder, RecordingReader
from tlseku.network.tcp.segment_arrival import SegmentArrival
from tlseku.network.tcp.stream_numbers import StreamNumbers, saw
from tlseku.network.tcp.time_wait import TIME_WAIT_NS, TimeWait

if TYPE_CHECKING:
    from mypy_extensions import i64
# Content types of records (RFC 8446 section 5.1), and the first byte of their version: what begins with an alert or a
# handshake matters to who watches, and a handshake may be worth a listener.
_ALERT: Final = 0x15
_HANDSHAKE: Final = 0x16
_VERSION_HIGH: Final = 3


class ConnectionWatcher(Protocol):
    """Is told what becomes of connections, by whoever wants to join what is found in parts of a capture."""

    def begun(self, connection: Connection) -> None:
        """One begins."""

    def stray(self, connection: Connection, frame: int) -> None:
        """In ``frame`` something came of a connection that is over."""

    def limited(self, connection: Connection, limit: str) -> None:
        """A limit of one connection alone was reached."""

    def removed(self, connection: Connection) -> None:
        """One is over and forgotten."""

    def is_handed_over(self, key: bytes, frame: int) -> bool:
        """In ``frame`` a connection begins in the place of one with the same addresses and ports, where no other is
        taken: whether somebody else has it."""


class Connections:
    """All connections of a capture. ``new_listener`` makes the listener of a new one, ``reader`` reads recordings:
    without it, or before ``record_with``, nothing is recorded. ``on_new`` is told the key of each new one until it says
    False. ``stream_numbers`` numbers them as Wireshark does; ``room`` is what they may take.

    ``table`` has them by the keys of both directions, ``limits`` says how often each named limit was reached.
    ``lifetimes`` ends them, and says whether the time is in doubt; ``last_packets`` knows those
    whose packets the fast path ignored in this batch. Unless it ``takes_new`` ones, connections that begin are passed
    over. ``watcher`` is told of what is there, if anybody wants to know.
    """

    def __init__(
        self,
        new_listener: Callable[[Connection], ConnectionListener],
        reader: RecordingReader | None = None,
        on_new: Callable[[bytes], bool] | None = None,
        stream_numbers: StreamNumbers | None = None,
        room: Room | None = None,
    ) -> None:
        usual = Room() if room is None else room
        self._new_listener = new_listener
        self._on_new = on_new
        self.takes_new = True
        self._watcher: ConnectionWatcher | None = None
        self._table = ConnectionTable(stream_numbers, usual.table)
        self.table = self._table.by_key
        self.lookup_cache = self._table.lookup_cache
        self.limits = self._table.limits
        self._given_up = GivenUp()
        self._time_wait = TimeWait()
        self._budget = OutOfOrderBudget(usual.held)
        self._arrival = SegmentArrival(self._table, self._budget, self._time_wait)
        self.last_packets = LastPackets()
        self._recorder = Recorder(reader, usual.recorded)
        # What reads the headers of packets, where any are to be recorded.
        self.header: RecordHeader | None = None
        self.lifetimes = Lifetimes(
            self._table, self._time_wait, self._budget, self.last_packets, self._recorder, self.replay
        )

    @property
    def count(self) -> int:
        """How many connections were seen."""
        return self._table.count

    def count_no_streams(self) -> None:
        """Number no connection that begins from now on."""
        self._table.stream_numbers = None

    @property
    def at_most(self) -> int:
        """What all connections take at most, those that are over included."""
        return self._table.at_most()

    @property
    def open(self) -> int:
        """How many are not over."""
        return self._table.alive.count

    @property
    def held_bytes(self) -> int:
        """What waits behind holes in all streams."""
        return self._budget.queued.bytes

    @property
    def recorded_peak(self) -> int:
        """Since ``measure_recorded`` all recordings took no more than so many bytes at any time."""
        return self._recorder.peak

    def watch(self, watcher: ConnectionWatcher) -> None:
        """Tell ``watcher``."""
        self._watcher = watcher
        self.lifetimes.on_removed = watcher.removed
        self.lifetimes.on_limit = watcher.limited

    def measure_recorded(self, every: int) -> None:
        """From now on keep ``recorded_peak`` up to date; ``Recorder.measure`` says how closely."""
        self._recorder.measure(every, self._table.alive.oldest)

    def take_no_new(self) -> None:
        """From now on only what is in the table matters, and nothing is forgotten; of connections that begin only those
        are taken that have the key of one in the table, and are not handed over to somebody else."""
        self.takes_new = False
        self.lifetimes.keeps_all = True

    def segment(self, segment: Segment, frame: int, ts_ns: int) -> None:
        """Take one segment of the capture, seen in ``frame`` at ``ts_ns``, which is the time for all connections."""
        self.lifetimes.end_due(ts_ns, frame)
        self.lifetimes.sweep(ts_ns, frame)
        self.segment_of_batch(segment, frame, ts_ns)

    def segment_of_batch(self, segment: Segment, frame: int, ts_ns: int) -> None:
        """Take one segment, whose time is that of its own connection alone: whoever has a batch says what time it is
        for the others."""
        self.lifetimes.tick(ts_ns, frame)
        self._table.grew(segment.end - segment.start)
        if self._table.is_full:
            self.make_room(frame, ts_ns)
        # A recording has no room for cut packets and times out of range.
        self._dispatch(segment, frame, ts_ns, segment.missing == 0 and 0 <= ts_ns <= LATEST)

    def packet(
        self,
        connection: Connection | None,
        key: bytes,
        seq: i64,
        ack: i64,
        flags: i64,
        payload: bytes,
        frame: i64,
        ts_ns: i64,
    ) -> bool:
        """Take the packet of a common frame with its ``key`` and, as found in the table, its ``connection``, if that
        needs no ``Segment``: when it goes on with a recording, its SYN begins one, or nobody wants the connection any
        more. Otherwise nothing was done. ``recorder`` says what the numbers are."""
        self.lifetimes.tick(ts_ns, frame)
        if connection is not None and self.lifetimes.is_due(connection, ts_ns):
            return False

        # 1. Nobody wants the bytes; when they came still counts, since a FIN or RST was seen.
        if connection is not None and connection.disposition == IGNORED and not flags & (SYN | FIN | RST):
            if ts_ns > connection.last_ts:
                connection.last_ts = ts_ns
            connection.last_frame = frame
            return True

        # 2. A new connection, if any may begin: only a SYN is sure to begin one without looking at anything else.
        if connection is None:
            if not self.takes_new:
                return True
            if flags & SYN == 0 or not self._recorder.can_begin(flags, len(payload)):
                return False
            connection = self._new(key, frame, ts_ns)
            self._number(connection, 0, seq, ack, flags)
            return self._recorder.begin(connection, seq, ack, flags, payload, frame, ts_ns)

        # 3. One that is recorded, or is not.
        side: i64 = 0 if key == connection.key else 1
        how = self._recorder.go_on(connection, side, seq, ack, flags, payload, frame, ts_ns)
        return self._was_kept(connection, how, ts_ns)

    def recording_is_full(self, connection: Connection) -> None:
        """A recording is full: read what was recorded so far, or go on with streams."""
        # After a first FIN or RST what follows decides how the connection ends, and streams know about that.
        if connection.closed_by < 0 and self._recorder.read(connection, goes_on=True):
            connection.watch()
        else:
            self.replay(connection)

    def bound_recordings(self, recorded: int, frame: int, ts_ns: int) -> None:
        """``recorded`` more bytes may have been recorded: replay the oldest recordings if all together are too many,
        pack what takes much, and make room if all connections take too much."""
        for connection in self._recorder.too_many(recorded, self._table.alive.oldest, self._table.compressor):
            self._table.reached("MAX_RECORDED_BYTES")
            self.replay(connection)
        self._table.grew(recorded)
        self._table.pack()
        if self._table.is_full:
            self.make_room(frame, ts_ns)

    def make_room(self, frame: int, ts_ns: int) -> None:
        """Give up connections while all together take too much."""
        for connection in self._table.surplus():
            # Of one that is over, or of which nothing but openings came, what still comes may be a whole one.
            if not connection.ended and not connection.has_no_payload:
                self._given_up.add(connection.key)
            self.lifetimes.remove(connection, "evicted", frame, ts_ns)

    def record_with(self, header: RecordHeader) -> None:
        """Record from now on; ``header`` knows the records of the batch."""
        self.header = header
        self._recorder.start()

    def stop_recording(self) -> None:
        """Replay everything that was recorded, and record nothing more."""
        self._recorder.stop()
        # Nobody reads times of records any more, whose clock may change.
        self.header = None
        for connection in self._table.alive.all():
            self.replay(connection)

    def replay(self, connection: Connection) -> None:
        """Hand what was recorded of a connection to streams and a listener, packet by packet."""
        recording = connection.recording
        if recording is None:
            return
        # As if nothing had been seen of it yet.
        connection.recording = None
        connection.disposition = TO_TABLE
        connection.syn_side = connection.reset_by = connection.closed_by = -1
        connection.last_ts = connection.closed_ts = connection.first_ts
        self._time_wait.drop(connection)
        self._listen(connection)
        for side, frame, ts_ns, seq, ack, flags, payload in recording.packets():
            # Time goes on for this one alone: for all others it did so when the packet came.
            current = self.table.get(connection.key)
            if current is not None:
                self.lifetimes.end_if_due(current, ts_ns)
            key = connection.reverse if side else connection.key
            self._dispatch(Segment(key, seq, ack, flags, payload, 0, len(payload), 0), frame, ts_ns, False)

    def end_some(self, frame: int, ts_ns: int) -> bool:
        """The capture is over: some connections end, the oldest first. Whether there are others; ``close`` is next."""
        return self.lifetimes.end_some(MOST_AT_ONCE, frame, ts_ns)

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: every connection ends, the oldest first."""
        self.lifetimes.end_all(frame, ts_ns)
        self._table.clear()
        self._time_wait.clear()
        self._budget.clear()

    def _dispatch(self, segment: Segment, frame: int, ts_ns: int, may_record: bool) -> None:
        key, seq, ack, flags, data, start, end, _ = segment
        found = self.table.get(key)
        if found is not None and found.closed_by >= 0:
            self.lifetimes.end_if_due(found, ts_ns)
            # Replaying it may have begun another one.
            found = self.table.get(key)

        # 0. Nobody wants the bytes: only that it still lives is noted, as the fast path does (``fast_path``).
        if (
            found is not None
            and found.disposition > RECORDED
            and not flags & (SYN | FIN | RST)
            and (found.disposition == WATCHED or found.closed_by < 0)
            and not (found.disposition == WATCHED and _may_matter(data, start, end))
        ):
            if ts_ns > found.last_ts:
                found.last_ts = ts_ns
                found.last_frame = frame
            return

        # 1. One that is recorded goes on so, or continues with streams.
        if found is not None and found.recording is not None:
            side = 0 if key == found.key else 1
            if may_record:
                how = self._recorder.go_on(found, side, seq, ack, flags, data[start:end], frame, ts_ns)
                if self._was_kept(found, how, ts_ns):
                    return
            self.replay(found)
            # An hour of silence among what was replayed has made two of one.
            found = self.table.get(key, found)

        # 2. Silence, or another connection with the same addresses and ports, ends what was there.
        if found is None:
            if not self.takes_new or self._is_of_given_up(key, flags):
                return
        elif not self._goes_on(found, key, segment, frame, ts_ns):
            found = None
            if not self.takes_new and self._is_handed_over(key, frame):
                return
        if found is not None and found.ended and self._watcher is not None:
            self._watcher.stray(found, frame)

        # 3. A new connection is recorded, if it begins as one that can be, or has streams from the first packet.
        if found is None:
            found = self._new(key, frame, ts_ns)
            self._number(found, 0, seq, ack, flags)
            if may_record and self._recorder.can_begin(flags, end - start):
                if not self._recorder.begin(found, seq, ack, flags, data[start:end], frame, ts_ns):
                    self.replay(found)
                return
            self._listen(found)
        elif flags & SYN:
            self._number(found, 0 if key == found.key else 1, seq, ack, flags)
        elif (
            found.watched
            and found.listener is None
            and not found.ended
            and start < end
            and data[start] == _HANDSHAKE
        ):
            # Given up with its first bytes, it has none yet.
            found.listener = self._new_listener(found)
            found.mute(watch=True)
        self._arrival.take(found, 0 if key == found.key else 1, segment, frame, ts_ns)

    def _goes_on(self, found: Connection, key: bytes, segment: Segment, frame: int, ts_ns: int) -> bool:
        """Whether a segment belongs to the connection that has its key; if not, that one is removed."""
        if self.lifetimes.is_forgotten(found, ts_ns):
            self.lifetimes.remove(found, "idle", found.last_frame, found.last_ts)
            return False
        if ts_ns - found.last_ts > IDLE_NS:
            # The fast path may have ignored packets since then.
            self.last_packets.note(found)
        # A time that nobody else has shows no silence.
        if ts_ns - found.last_ts > IDLE_NS and self.lifetimes.has_come_to(ts_ns):
            self.lifetimes.remove(found, "idle", found.last_frame, found.last_ts)
            return False
        if is_another(found, 0 if key == found.key else 1, segment):
            self.lifetimes.remove(found, "reused", frame, ts_ns)
            return False
        return True

    def _is_of_given_up(self, key: bytes, flags: int) -> bool:
        """Whether a segment belongs to a connection that was given up, of which nothing more is told."""
        return not flags & SYN and not self._given_up.is_empty and self._given_up.has(key)

    def _is_handed_over(self, key: bytes, frame: int) -> bool:
        return self._watcher is None or self._watcher.is_handed_over(key, frame)

    def _was_kept(self, connection: Connection, how: i64, ts_ns: int) -> bool:
        """Whether the recorder kept a packet, after which the connection is waited for if it may be the last."""
        recording = connection.recording
        if how == CLOSED:
            self._time_wait.add(connection, ts_ns + TIME_WAIT_NS)
            if (
                recording is not None
                and recording.has_both_ends
                and self._recorder.read(connection, goes_on=False)
            ):
                # All is there, and the processor has it at hand: nothing can be added but a RST.
                connection.ignore()
        elif (
            recording is not None
            and recording.is_full
            and connection.disposition == RECORDED
            and connection.closed_by < 0
        ):
            self.recording_is_full(connection)
        return how != NOT_SIMPLE

    def _number(self, connection: Connection, side: i64, seq: i64, ack: i64, flags: i64) -> None:
        """Take note of a packet that may begin a stream of Wireshark's, if those are counted."""
        numbers = self._table.stream_numbers
        if numbers is not None:
            if flags & (SYN | ACK) == SYN:
                numbers.syn(connection, side, seq)
            saw(connection, side, seq, ack, flags)

    def _listen(self, connection: Connection) -> None:
        """Let the connection have streams and a listener from its first packet on."""
        connection.listen(self._new_listener(connection))
        self._table.grew(STREAMS_COST)

    def _new(self, key: bytes, frame: int, ts_ns: int) -> Connection:
        if self._table.is_full:
            self.make_room(frame, ts_ns)
        if not self._given_up.is_empty:
            self._given_up.forget(key)
        connection = Connection(key, frame, ts_ns, self._budget.queued)
        self._table.add(connection)
        if self._watcher is not None:
            self._watcher.begun(connection)
        # Once it has learned all it can, the call is saved: a flood has a hundred thousand of these.
        if self._on_new is not None and not self._on_new(key):
            self._on_new = None
        return connection


def _may_matter(data: bytes, start: int, end: int) -> bool:
    """Whether a payload begins as an alert or a handshake record does."""
    return end - start > 1 and data[start] in (_ALERT, _HANDSHAKE) and data[start + 1] == _VERSION_HIGH
