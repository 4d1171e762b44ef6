"""The table of TCP connections: which segment belongs to which, when one begins and when it is over.

Knows SYN, FIN, RST, acknowledgements, port reuse and idle time (RFC 9293 section 3); must not know what the bytes
mean. Each connection has two streams and one listener, which the table's user makes and which is told when the
connection ends. Time comes from packets, never from a clock.

Plan: a connection that begins with a SYN or a plain beginning, in plain frames, is *recorded*: its packets are kept as
they are, and mostly ``skim`` appends them without coming here. When it is over, or long enough, a ``WholeReader`` reads
it at once. If it is not simple enough for that, its packets are *played* to streams and listener, as those of all other
connections are at once. Nobody can tell afterwards which way was taken.

Limits: see the named constants. What is given up because of one is counted in ``limits`` and, where bytes were
lost by it, said to the listener as a gap. Whatever is kept in order of age is an ``OrderedDict``: the oldest entry
of a plain dict is slow to find once many older ones were deleted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from tlseku.network.connection import Connection, ConnectionListener
from tlseku.network.recorder import (
    CLOSED,
    DONE,
    IDLE_NS,
    LINGER_NS,
    NOT_SIMPLE,
    WATCHED,
    Recorder,
    WholeReader,
)
from tlseku.network.recording import Log, RecordHeader
from tlseku.network.segment import ACK, FIN, RST, SYN, Segment, reversed_key
from tlseku.network.stream import Stream
from tlseku.network.waiting import Held

# How often idle connections are looked for.
SWEEP_NS = 60_000_000_000
# A connection costs 1,300 bytes, and what is recorded of its beginning; a flood must not cost more than this many.
MAX_CONNECTIONS = 14_000
# What waits behind holes in all connections together; a few dozen transfers with a hole each need no more.
MAX_HELD_BYTES = 64 * 1024 * 1024


class Connections:
    """All connections of a capture. ``new_listener`` makes the listener of a new one, ``whole`` reads recordings:
    without it, or before ``record_with``, nothing is recorded. ``on_new`` is told the key of each new one.

    ``count`` counts connections seen, ``limits`` how often each named limit was reached.
    """

    def __init__(
        self,
        new_listener: Callable[[Connection], ConnectionListener],
        whole: WholeReader | None = None,
        on_new: Callable[[bytes], None] | None = None,
    ) -> None:
        self._new_listener = new_listener
        self._on_new = on_new
        # Both directions of every connection, the one that began first in front.
        self._sides: OrderedDict[bytes, tuple[Connection, int]] = OrderedDict()
        # Connections that RST or FIN has closed, and until when they are waited for.
        self._lingering: OrderedDict[Connection, int] = OrderedDict()
        # Connections that are over and stay in the table for what still comes of them.
        self._over: OrderedDict[Connection, None] = OrderedDict()
        # Streams in which something waits, or waited; the one that has waited longest in front.
        self._holders: OrderedDict[Stream, None] = OrderedDict()
        self._held = Held()
        self._next_linger_end = -1
        self._next_sweep = -1
        self.count = 0
        self.limits: dict[str, int] = {}
        # For ``skim``: what to do with the packets of a direction, and for those that nobody wants the index of the
        # last one in the batch, whose frame and time ``moment_of`` tells.
        self.fates: dict[bytes, Log] = {}
        self._recorder = Recorder(whole, self.fates)
        self.touched: dict[bytes, int] = {}
        self.moment_of: Callable[[int], tuple[int, int]] = _no_moment

    def tick(self, ts_ns: int) -> None:
        """Time has come to ``ts_ns``: end what is due."""
        if self._lingering and ts_ns > self._next_linger_end:
            self._end_lingering(ts_ns)
        if ts_ns >= self._next_sweep:
            self._sweep(ts_ns)

    def segment(self, segment: Segment, frame: int, ts_ns: int, record: bytes = b"") -> None:
        """Take one segment of the capture, seen in ``frame`` at ``ts_ns``. ``record`` is its packet, to be recorded, if
        its frame is a plain one."""
        if self._lingering and ts_ns > self._next_linger_end:
            self._end_lingering(ts_ns)
        if ts_ns >= self._next_sweep:
            self._sweep(ts_ns)
        key = segment.key
        found = self._sides.get(key)
        if found is not None:
            if found[0].recording is not None:
                how = self._recorder.go_on(found[0], found[1], segment, frame, ts_ns, record)
                if how != NOT_SIMPLE:
                    if how == CLOSED:
                        self._linger(found[0], ts_ns)
                    return
                self.play(found[0])
                # An hour of silence among what was played has made two of one.
                found = self._sides.get(key, found)
            if ts_ns - found[0].last_ts > IDLE_NS:
                self._touch(found[0], found[0].key)
                self._touch(found[0], reversed_key(found[0].key))
            if ts_ns - found[0].last_ts > IDLE_NS:
                self._remove(found[0], "idle", found[0].last_frame, found[0].last_ts)
                found = None
            elif self._is_another(found[0], found[1], segment):
                self._remove(found[0], "reused", frame, ts_ns)
                found = None
        if found is None:
            if record and self._recorder.can_begin(segment) and reversed_key(key) not in self._sides:
                connection = self._new(key, frame, ts_ns)
                if not self._recorder.begin(connection, segment, frame, record):
                    self.play(connection)
                return
            found = self._begin(key, frame, ts_ns)
        self._process(found[0], found[1], segment, frame, ts_ns)

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
                connection.payload_seen[side] = True
                stream.segment(seq, data[start:end], missing, frame, ts_ns)
                if stream.waiting:
                    self._hold(stream)
                elif connection.muted:
                    self._done(connection)
        elif stream.waiting:
            stream.give_up_holes(ts_ns)
        if flags & (FIN | RST) and not connection.ended:
            self._close_side(connection, side, seq + (end - start) + missing, flags, frame, ts_ns)

    def touch_all(self) -> None:
        """Take note of when the directions in ``touched`` had their last packets."""
        for key in self.touched:
            found = self._sides.get(key)
            if found is not None and not found[0].ended:
                self._touch(found[0], key)
        self.touched.clear()

    def _touch(self, connection: Connection, key: bytes) -> None:
        index = self.touched.get(key)
        if index is not None:
            frame, ts_ns = self.moment_of(index)
            if ts_ns > connection.last_ts:
                connection.last_ts = ts_ns
                connection.last_frame = frame

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: every connection ends, the oldest first."""
        ended = -1
        while ended < self.count:
            # Playing a recording with an hour of silence in it begins another connection.
            ended = self.count
            for connection, _ in list(self._sides.values()):
                self._end(connection, "capture", -1, frame, ts_ns)
        for table in (self._sides, self._lingering, self._over, self._holders):
            table.clear()

    def ripe(self, key: bytes) -> None:
        """The log of a direction is full: read what was recorded so far, or go on with streams."""
        found = self._sides.get(key)
        if found is None or found[0].recording is None:
            return
        connection = found[0]
        if connection.closed_by < 0 and self._recorder.read(connection, goes_on=True):
            connection.muted = connection.watched = True
            self._done(connection)
        else:
            self.play(connection)

    def bound_recordings(self, recorded: int) -> None:
        """``recorded`` more bytes may have been recorded: play the oldest recordings if all together are too many."""
        for connection in self._recorder.too_many(recorded):
            self._reached("MAX_RECORDED_BYTES")
            self.play(connection)

    def stop_recording(self) -> None:
        """Play everything that was recorded, and record nothing more."""
        for connection in self._recorder.stop():
            self.play(connection)

    def record_with(self, header: RecordHeader) -> None:
        """Record from now on; ``header`` knows the records of the capture."""
        self._recorder.header = header

    def play(self, connection: Connection) -> None:
        """Hand what was recorded of a connection to streams and a listener, packet by packet."""
        recording = connection.recording
        if recording is None:
            return
        self._recorder.forget(connection)
        connection.syn_side = connection.reset_by = connection.closed_by = -1
        connection.last_ts = connection.closed_ts = connection.first_ts
        self._lingering.pop(connection, None)
        connection.listen(self._new_listener(connection))
        for frame, record in recording.packets():
            ts_ns = recording.header.read(record)[0]
            segment = self._recorder.segment_of(record, ts_ns)
            if segment is not None:
                self.segment(segment, frame, ts_ns)

    def _new(self, key: bytes, frame: int, ts_ns: int) -> Connection:
        while len(self._sides) >= 2 * MAX_CONNECTIONS:
            if self._over:
                # Nothing is lost with it.
                oldest = next(iter(self._over))
            else:
                self._reached("MAX_CONNECTIONS")
                oldest = next(iter(self._sides.values()))[0]
            self._remove(oldest, "evicted", frame, ts_ns)
        connection = Connection(key, frame, ts_ns, self._held)
        # A connection of a port with itself has one key for both directions: all of it is side 0.
        self._sides[reversed_key(key)] = connection, 1
        self._sides[key] = connection, 0
        self.count += 1
        if self._on_new is not None:
            self._on_new(key)
        return connection

    def _begin(self, key: bytes, frame: int, ts_ns: int) -> tuple[Connection, int]:
        connection = self._new(key, frame, ts_ns)
        connection.listen(self._new_listener(connection))
        return connection, 0

    def _is_another(self, connection: Connection, side: int, segment: Segment) -> bool:
        """Whether the segment belongs to a new connection with the same addresses and ports."""
        stream, other = connection.streams[side], connection.streams[1 - side]
        flags = segment.flags
        if not flags & SYN:
            has_payload = segment.start < segment.end or segment.missing > 0
            return connection.ended and has_payload and not flags & RST and not stream.may_repeat(segment.seq)
        suits = stream.may_begin_after(segment.seq)
        if flags & ACK:
            if suits is False and stream.position > 0:
                # Not a second answer to the same SYN, unless it acknowledges that one.
                return other.may_begin_after(segment.ack - 1) is not True
            return connection.ended and not suits
        if suits is None:
            # The other side alone was seen so far: its SYN was missed, or it is of the connection before this one.
            return connection.ended or any(connection.payload_seen)
        # The same SYN again after it was refused is another attempt.
        refused = (connection.reset_by >= 0 or connection.ended) and not any(connection.payload_seen)
        return not suits or refused

    def _done(self, connection: Connection) -> None:
        if not connection.ended:
            fate = WATCHED if connection.watched else DONE
            self.fates[connection.key] = self.fates[reversed_key(connection.key)] = fate

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
            connection.closed_by, connection.closed_ts = side, ts_ns
        if not flags & RST and not other.fin_seen:
            return
        self._linger(connection, ts_ns)

    def _linger(self, connection: Connection, ts_ns: int) -> None:
        if connection not in self._lingering:
            if not self._lingering:
                self._next_linger_end = ts_ns + LINGER_NS
            self._lingering[connection] = ts_ns + LINGER_NS

    def _end_lingering(self, ts_ns: int) -> None:
        while self._lingering:
            connection, until = next(iter(self._lingering.items()))
            if ts_ns <= until:
                self._next_linger_end = until
                return
            del self._lingering[connection]
            if connection.recording is not None and not self._recorder.read(connection, goes_on=False):
                self.play(connection)
                # What was played lingers again, if streams take its end for one.
                if self._lingering.pop(connection, None) is None:
                    continue
            complete = connection.complete
            if connection.reset_by < 0 and not complete and ts_ns - connection.last_ts <= LINGER_NS:
                # Bytes before a FIN are still on their way.
                self._lingering[connection] = connection.last_ts + LINGER_NS
                continue
            how = "rst" if connection.reset_by >= 0 else "fin"
            self._end(connection, how, connection.reset_by, connection.last_frame, connection.last_ts)

    def _sweep(self, ts_ns: int) -> None:
        before = self.count
        if self._next_sweep >= 0:
            self.touch_all()
            for connection, side in list(self._sides.values()):
                if connection.recording is not None:
                    connection.last_ts = max(connection.last_ts, connection.recording.last_time())
                quiet = ts_ns - connection.last_ts
                if side == 0 and (quiet > IDLE_NS or (connection.ended and quiet > SWEEP_NS)):
                    self._remove(connection, "idle", connection.last_frame, connection.last_ts)
        self._next_sweep = ts_ns + SWEEP_NS
        if self.count > before:
            # What was played has begun another one, which may be idle, too.
            self._sweep(ts_ns)

    def _remove(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        self._end(connection, how, -1, frame, ts_ns)
        self._over.pop(connection, None)
        for key in (connection.key, reversed_key(connection.key)):
            found = self._sides.get(key)
            if found is not None and found[0] is connection:
                del self._sides[key]

    def _end(self, connection: Connection, how: str, side: int, frame: int, ts_ns: int) -> None:
        if connection.ended:
            return
        recording = connection.recording
        if recording is not None:
            if recording.young:
                connection.was_left(recording)
                self._recorder.forget(connection)
            elif not self._recorder.read(connection, goes_on=False):
                self.play(connection)
        self._end_now(connection, how, side, frame, ts_ns)

    def _end_now(self, connection: Connection, how: str, side: int, frame: int, ts_ns: int) -> None:
        if connection.ended:
            # What was played had ended before.
            return
        connection.ended = True
        if connection.muted:
            if self.touched:
                self._touch(connection, connection.key)
                self._touch(connection, reversed_key(connection.key))
            self.fates.pop(connection.key, None)
            self.fates.pop(reversed_key(connection.key), None)
        self._lingering.pop(connection, None)
        self._over[connection] = None
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
