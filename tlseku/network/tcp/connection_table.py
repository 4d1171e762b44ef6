"""The table of TCP connections: which segment belongs to which, when one begins and when it is over.

Knows SYN, FIN, RST, acknowledgements, port reuse and idle time (RFC 9293 section 3); must not know what the bytes
mean. Each connection has two streams and one listener, which the table's user makes and which is told when the
connection ends. Time comes from packets, never from a clock.

Plan: a connection that begins with a SYN or a plain beginning is *recorded*: its packets are kept, and mostly ``skim``
appends them without coming here. When it is over, or long enough, a ``WholeReader`` reads
it at once. If it is not simple enough for that, its packets are *played* to streams and listener, as those of all other
connections are at once. Nobody can tell afterwards which way was taken.

Limits: see the named constants. What is given up because of one is counted in ``limits`` and, where bytes were
lost by it, said to the listener as a gap. Whatever is kept in order of age must tell its oldest at once, which a plain
dict cannot once many older entries were deleted: connections are in one of two ``Ages``, other things in an
``OrderedDict``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from tlseku.network.decode.segment import ACK, FIN, RST, SYN, Segment
from tlseku.network.tcp.age_list import Ages
from tlseku.network.tcp.connection import (
    DONE,
    OPENING,
    RECORDED,
    TAKEN,
    WATCHED,
    Connection,
    ConnectionListener,
)
from tlseku.network.tcp.lookup_cache import Recent
from tlseku.network.tcp.out_of_order import Held
from tlseku.network.tcp.packet_header import LATEST, RecordHeader
from tlseku.network.tcp.port_reuse import is_another
from tlseku.network.tcp.recorder import CLOSED, IDLE_NS, LINGER_NS, NOT_SIMPLE, Recorder, WholeReader
from tlseku.network.tcp.stream import Stream
from tlseku.network.tcp.time_wait import Lingering

if TYPE_CHECKING:
    from mypy_extensions import i64

# How often idle connections are looked for.
SWEEP_NS = 60_000_000_000
# A connection costs 800 bytes, and what is recorded of its beginning; a flood must not cost more than this many.
MAX_CONNECTIONS = 14_000
# What waits behind holes in all connections together; a few dozen transfers with a hole each need no more.
MAX_HELD_BYTES = 64 * 1024 * 1024


class Connections:
    """All connections of a capture. ``new_listener`` makes the listener of a new one, ``whole`` reads recordings:
    without it, or before ``record_with``, nothing is recorded. ``on_new`` is told the key of each new one until it says
    False.

    ``count`` counts connections seen, ``limits`` how often each named limit was reached.
    """

    def __init__(
        self,
        new_listener: Callable[[Connection], ConnectionListener],
        whole: WholeReader | None = None,
        on_new: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._new_listener = new_listener
        self._on_new = on_new
        # Both directions of every connection.
        self.table: dict[bytes, Connection] = {}
        self.recent = Recent(self.table)
        # Those that are not over, the one that began first in front.
        self._alive = Ages()
        # Those that are over and stay in the table for what still comes of them.
        self._over = Ages()
        # Those that RST or FIN has closed.
        self._lingering = Lingering()
        # Streams in which something waits, or waited; the one that has waited longest in front.
        self._holders: OrderedDict[Stream, None] = OrderedDict()
        self._held = Held()
        self._next_sweep = -1
        self.count = 0
        self.limits: dict[str, int] = {}
        self._recorder = Recorder(whole)
        # What reads the headers of packets, where any are to be recorded.
        self.header: RecordHeader | None = None
        # Connections of which ``skim`` passed over packets in this batch, and what tells frame and time of one.
        self.touched: list[Connection] = []
        self.moment_of: Callable[[int], tuple[int, int]] = _no_moment

    def tick(self, ts_ns: int) -> bool:
        """Time has come to ``ts_ns``: end what is due. Whether connections may have ended or begun."""
        is_due = ts_ns > self._lingering.next_end
        if not is_due and ts_ns < self._next_sweep:
            return False
        if is_due:
            self._end_lingering(ts_ns)
        if ts_ns >= self._next_sweep:
            self._sweep(ts_ns)
        return True

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
        """Take a plain packet of ``key`` and, as found in the table, its ``connection``, if that needs no ``Segment``:
        when it goes on with a recording, its SYN begins one, or nobody wants the connection any more. Otherwise nothing
        was done. ``recorder`` says what the numbers are."""
        if self.tick(ts_ns):
            connection = self.table.get(key)
        if connection is not None and connection.fate == DONE and not flags & (SYN | FIN | RST):
            if ts_ns > connection.last_ts:
                connection.last_ts = ts_ns
            connection.last_frame = frame
            return True
        if connection is None:
            if flags & SYN == 0 or not self._recorder.can_begin(flags, len(payload)):
                return False
            connection = self._new(key, frame, ts_ns)
            return self._recorder.begin(connection, seq, ack, flags, payload, frame, ts_ns)
        side: i64 = 0 if key == connection.key else 1
        how = self._recorder.go_on(connection, side, seq, ack, flags, payload, frame, ts_ns)
        return self._was_kept(connection, how, ts_ns)

    def _was_kept(self, connection: Connection, how: i64, ts_ns: int) -> bool:
        """Whether the recorder kept a packet, after which the connection is waited for if it may be the last."""
        recording = connection.recording
        if how == CLOSED:
            self._lingering.add(connection, ts_ns + LINGER_NS)
            if (
                recording is not None
                and recording.has_both_ends
                and self._recorder.read(connection, goes_on=False)
            ):
                # All is there, and the processor has it at hand: nothing can be added but a RST.
                self._mute(connection, watch=False)
        elif (
            recording is not None
            and recording.is_full
            and connection.fate == RECORDED
            and connection.closed_by < 0
        ):
            self.ripe(connection)
        return how != NOT_SIMPLE

    def _mute(self, connection: Connection, watch: bool) -> None:
        """Enough of a connection was handed on; with ``watch`` alerts and handshake records still are."""
        connection.mute(watch)
        self._done(connection)

    def segment(self, segment: Segment, frame: int, ts_ns: int) -> None:
        """Take one segment of the capture, seen in ``frame`` at ``ts_ns``."""
        self.tick(ts_ns)
        self._segment(segment, frame, ts_ns, segment.missing == 0 and 0 <= ts_ns <= LATEST)

    def _segment(self, segment: Segment, frame: int, ts_ns: int, may_record: bool) -> None:
        key, seq, ack, flags, data, start, end, _ = segment
        found = self.table.get(key)
        if found is not None:
            if found.recording is not None:
                side = 0 if key == found.key else 1
                if may_record:
                    how = self._recorder.go_on(found, side, seq, ack, flags, data[start:end], frame, ts_ns)
                    if self._was_kept(found, how, ts_ns):
                        return
                self.play(found)
                # An hour of silence among what was played has made two of one.
                found = self.table.get(key, found)
            if ts_ns - found.last_ts > IDLE_NS:
                self._touch(found)
            if ts_ns - found.last_ts > IDLE_NS:
                self._remove(found, "idle", found.last_frame, found.last_ts)
                found = None
            elif is_another(found, 0 if key == found.key else 1, segment):
                self._remove(found, "reused", frame, ts_ns)
                found = None
        if found is None:
            if may_record and self._recorder.can_begin(flags, end - start):
                found = self._new(key, frame, ts_ns)
                if not self._recorder.begin(found, seq, ack, flags, data[start:end], frame, ts_ns):
                    self.play(found)
                return
            found = self._begin(key, frame, ts_ns)
        self._process(found, 0 if key == found.key else 1, segment, frame, ts_ns)

    def _process(self, connection: Connection, side: int, segment: Segment, frame: int, ts_ns: int) -> None:
        _, seq, ack, flags, data, start, end, missing = segment
        if ts_ns > connection.last_ts:
            connection.last_ts = ts_ns
        connection.last_frame = frame
        stream, other = connection.streams[side], connection.streams[1 - side]
        if flags & SYN:
            self._syn(connection, side, segment)
            seq = (seq + 1) & 0xFFFFFFFF
        if flags & ACK:
            other.acked(ack)
            if other.waiting:
                other.give_up_holes(ts_ns)
        if start < end or missing:
            if not flags & RST:
                connection.saw_payload(side)
                stream.segment(seq, data[start:end], missing, frame, ts_ns)
                if stream.waiting:
                    self._hold(stream)
                elif connection.muted:
                    self._done(connection)
        elif stream.waiting:
            stream.give_up_holes(ts_ns)
        if flags & (FIN | RST) and not connection.ended:
            self._close_side(connection, side, seq + (end - start) + missing, flags, frame, ts_ns)
        if (
            connection.closed_by >= 0
            and not connection.muted
            and not connection.ended
            and connection.complete
        ):
            # What still comes is repeated, and nobody compares it.
            self._mute(connection, watch=False)

    def touch_all(self) -> None:
        """Take note of when those in ``touched`` had their last packets."""
        for connection in self.touched:
            if not connection.ended:
                self._touch(connection)
            connection.touched = -1
        self.touched.clear()

    def _touch(self, connection: Connection) -> None:
        if connection.touched >= 0:
            frame, ts_ns = self.moment_of(connection.touched)
            if ts_ns > connection.last_ts:
                connection.last_ts = ts_ns
                connection.last_frame = frame

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: every connection ends, the oldest first."""
        # Playing a recording with an hour of silence in it begins another connection, which is the next one then.
        while (oldest := self._alive.oldest) is not None:
            self._end(oldest, "capture", -1, frame, ts_ns)
        self.table.clear()
        self.recent.clear()
        self._over.clear()
        self._lingering.clear()
        self._holders.clear()

    def ripe(self, connection: Connection) -> None:
        """A recording is full: read what was recorded so far, or go on with streams."""
        if connection.closed_by < 0 and self._recorder.read(connection, goes_on=True):
            self._mute(connection, watch=True)
        else:
            self.play(connection)

    def bound_recordings(self, recorded: int) -> None:
        """``recorded`` more bytes may have been recorded: play the oldest recordings if all together are too many."""
        for connection in self._recorder.too_many(recorded, self._alive.oldest):
            self._reached("MAX_RECORDED_BYTES")
            self.play(connection)

    def stop_recording(self) -> None:
        """Play everything that was recorded, and record nothing more."""
        self._recorder.stop()
        # Nobody reads times of records any more, whose clock may change.
        self.header = None
        for connection in self._alive.all():
            self.play(connection)

    def record_with(self, header: RecordHeader) -> None:
        """Record from now on; ``header`` knows the records of the batch."""
        self.header = header
        self._recorder.start()

    def play(self, connection: Connection) -> None:
        """Hand what was recorded of a connection to streams and a listener, packet by packet."""
        recording = connection.recording
        if recording is None:
            return
        connection.recording = None
        connection.fate = TAKEN
        connection.syn_side = connection.reset_by = connection.closed_by = -1
        connection.last_ts = connection.closed_ts = connection.first_ts
        self._lingering.drop(connection)
        connection.listen(self._new_listener(connection))
        for side, frame, ts_ns, seq, ack, flags, payload in recording.packets():
            # Time goes on for this one alone: for all others it did so when the packet came.
            played = self.table.get(connection.key)
            if played is not None and self._lingering.is_due(played, ts_ns):
                self._lingering.drop(played)
                self._end_closed(played, ts_ns)
            key = connection.reverse if side else connection.key
            self._segment(Segment(key, seq, ack, flags, payload, 0, len(payload), 0), frame, ts_ns, False)

    def _new(self, key: bytes, frame: int, ts_ns: int) -> Connection:
        while len(self.table) >= 2 * MAX_CONNECTIONS:
            # Nothing is lost with one that is over.
            oldest = self._over.oldest
            if oldest is None:
                oldest = self._alive.oldest
                if oldest is None:
                    break
                self._reached("MAX_CONNECTIONS")
            self._remove(oldest, "evicted", frame, ts_ns)
        connection = Connection(key, frame, ts_ns, self._held)
        # A connection of a port with itself has one key for both directions: all of it is side 0.
        self.table[key] = self.table[connection.reverse] = connection
        self._alive.add(connection)
        self.count += 1
        if self._on_new is not None and not self._on_new(key):
            self._on_new = None
        return connection

    def _begin(self, key: bytes, frame: int, ts_ns: int) -> Connection:
        connection = self._new(key, frame, ts_ns)
        connection.listen(self._new_listener(connection))
        return connection

    def _done(self, connection: Connection) -> None:
        if not connection.ended:
            connection.fate = WATCHED if connection.watched else DONE

    def _syn(self, connection: Connection, side: int, segment: Segment) -> None:
        connection.streams[side].syn(segment.seq)
        if segment.flags & ACK and not connection.streams[1 - side].anchored:
            # What it acknowledges is the SYN of the other side, whose first byte is thus known.
            connection.streams[1 - side].syn(segment.ack - 1)
        if connection.syn_side < 0:
            connection.syn_side = 1 - side if segment.flags & ACK else side

    def _hold(self, stream: Stream) -> None:
        """Remember who waits; if all together hold back too much, those that began first wait no longer."""
        self._holders[stream] = None
        while self._holders and self._held.bytes > MAX_HELD_BYTES:
            oldest = self._holders.popitem(last=False)[0]
            if oldest.waiting:
                self._reached("MAX_HELD_BYTES")
                oldest.stop_waiting()

    def _close_side(
        self, connection: Connection, side: int, seq: int, flags: int, frame: int, ts_ns: int
    ) -> None:
        stream, other = connection.streams[side], connection.streams[1 - side]
        if flags & RST:
            if connection.reset_by >= 0 or not stream.may_reset_at(seq & 0xFFFFFFFF):
                return
            connection.reset_by = side
        else:
            stream.finish(seq & 0xFFFFFFFF)
        if connection.closed_by < 0:
            connection.closed_by, connection.closed_ts, connection.closed_frame = side, ts_ns, frame
            connection.closed_by_rst = flags & RST > 0
        if not flags & RST and not other.fin_seen:
            return
        self._lingering.add(connection, ts_ns + LINGER_NS)

    def _end_lingering(self, ts_ns: int) -> None:
        while (connection := self._lingering.due(ts_ns)) is not None:
            if connection.recording is not None and not self._recorder.read(connection, goes_on=False):
                self.play(connection)
                # What was played lingers again, if streams take its end for one, and perhaps for longer.
                if not self._lingering.is_due(connection, ts_ns):
                    continue
                self._lingering.drop(connection)
            self._end_closed(connection, ts_ns)

    def _end_closed(self, connection: Connection, ts_ns: int) -> None:
        complete = connection.complete
        if connection.reset_by < 0 and not complete and ts_ns - connection.last_ts <= LINGER_NS:
            # Bytes before a FIN are still on their way.
            self._lingering.add(connection, connection.last_ts + LINGER_NS)
            return
        how = "rst" if connection.reset_by >= 0 else "fin"
        self._end(connection, how, connection.reset_by, connection.last_frame, connection.last_ts)

    def _sweep(self, ts_ns: int) -> None:
        before = self.count
        if self._next_sweep >= 0:
            self.touch_all()
            for connection in self._over.all() + self._alive.all():
                quiet = ts_ns - connection.last_ts
                if quiet > IDLE_NS or (connection.ended and quiet > SWEEP_NS):
                    self._remove(connection, "idle", connection.last_frame, connection.last_ts)
        self._next_sweep = ts_ns + SWEEP_NS
        if self.count > before:
            # What was played has begun another one, which may be idle, too.
            self._sweep(ts_ns)

    def _remove(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        self._end(connection, how, -1, frame, ts_ns)
        if self.table.get(connection.key) is connection:
            del self.table[connection.key]
            self.table.pop(connection.reverse, None)
            connection.gone = True
            self._over.remove(connection)

    def _end(self, connection: Connection, how: str, side: int, frame: int, ts_ns: int) -> None:
        if connection.ended:
            return
        recording = connection.recording
        if recording is not None:
            if connection.fate == OPENING:
                connection.was_left(recording)
            elif not self._recorder.read(connection, goes_on=False):
                self.play(connection)
        self._end_now(connection, how, side, frame, ts_ns)

    def _end_now(self, connection: Connection, how: str, side: int, frame: int, ts_ns: int) -> None:
        if connection.ended:
            # What was played had ended before.
            return
        if connection.muted:
            self._touch(connection)
        connection.ended = True
        connection.fate = TAKEN
        self._lingering.drop(connection)
        self._alive.remove(connection)
        self._over.add(connection)
        if connection.reset_by >= 0:
            how, side = "rst", connection.reset_by
        elif connection.complete:
            how = "fin"
        if connection.has_streams:
            for stream in connection.streams:
                self._holders.pop(stream, None)
                stream.close(frame, ts_ns)
                if stream.limit_reached:
                    self._reached(stream.limit_reached)
        if connection.listener is not None:
            connection.listener.ended(how, side, frame, ts_ns)
        connection.listen(None)

    def _reached(self, limit: str) -> None:
        self.limits[limit] = self.limits.get(limit, 0) + 1


def _no_moment(index: int) -> tuple[int, int]:
    return 0, 0
