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
from typing import Protocol

from tlseku.network.recording import MAX_PACKETS, RECORD_COST, Assembled, ReadHeader, Recording, assemble
from tlseku.network.segment import ACK, FIN, RST, SYN, Segment, reversed_key
from tlseku.network.stream import Listener, Stream
from tlseku.network.waiting import Held

# After RST or both FINs, this long is waited for what the capture delivers late or what was crossing.
LINGER_NS = 2_000_000_000
# Nothing for this long and a connection counts as over (TCP's own user timeout is 5 minutes, RFC 9293 3.8.3;
# an idle TLS connection may live longer, but its handshake does not).
IDLE_NS = 3_600_000_000_000
# How often idle connections are looked for.
SWEEP_NS = 60_000_000_000
# A connection without payload costs some 1,500 bytes; a flood of SYNs must not cost more than this many.
MAX_CONNECTIONS = 20_000
# What waits behind holes in all connections together; a few dozen transfers with a hole each need no more.
MAX_HELD_BYTES = 64 * 1024 * 1024
# What recordings may take together before the oldest of them are played.
MAX_RECORDED_BYTES = 12 * 1024 * 1024

Fate = list[object]
"""What ``skim`` does with the packets of a direction: a recording's log takes them; or one of the two below."""

DONE: Fate = []
"""Nobody wants the bytes any more."""

WATCHED: Fate = []
"""Nobody wants the bytes, but for segments that begin with an alert or a handshake record."""


class ConnectionListener(Listener, Protocol):
    """Takes a connection's bytes, and is told how it ends."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over: ``fin``, ``rst`` (``side`` sent it), ``reused``, ``idle``, ``evicted`` or
        ``capture`` (the capture ends); ``side`` is -1 where none applies."""


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


class Connection:
    """One TCP connection. ``key`` is that of its first segment, whose sender is side 0.

    ``syn_side`` is the side that opened it (-1 unknown), ``first_frame`` and ``first_ts`` when it was first seen,
    ``last_ts`` when last; ``payload_seen`` has a flag a side. ``closed_by`` is the side whose FIN or RST came first
    (-1: none came), at ``closed_ts``.
    """

    __slots__ = (
        "closed_by",
        "closed_ts",
        "ended",
        "first_frame",
        "first_ts",
        "key",
        "last_frame",
        "last_ts",
        "listener",
        "muted",
        "number",
        "payload_seen",
        "recording",
        "reset_by",
        "syn_side",
        "watched",
        "_held",
        "_read",
        "_streams",
    )

    def __init__(self, key: bytes, frame: int, ts_ns: int, held: Held | None = None) -> None:
        self.key = key
        self.first_frame = self.last_frame = frame
        self.first_ts = self.last_ts = ts_ns
        self.listener: ConnectionListener | None = None
        self.recording: Recording | None = None
        # The number that a whole reader gave it.
        self.number = 0
        self._held = held
        self._streams: tuple[Stream, Stream] | None = None
        # What a whole reader has read of each side: first sequence number, size, end, begun by a SYN.
        self._read: list[tuple[int, int, int, bool]] = []
        self.syn_side = -1
        self.reset_by = -1
        self.closed_by = -1
        self.closed_ts = ts_ns
        self.ended = False
        self.muted = False
        self.watched = False
        self.payload_seen = [False, False]

    @property
    def streams(self) -> tuple[Stream, Stream]:
        """The streams of both sides, made when they are first needed."""
        streams = self._streams
        if streams is None:
            held = Held() if self._held is None else self._held
            streams = self._streams = Stream(0, None, held), Stream(1, None, held)
            for stream, (first, size, end, by_syn) in zip(streams, self._read, strict=False):
                if first >= 0:
                    stream.resume(first, size, end, by_syn)
                if self.muted:
                    stream.mute(self.listener if self.watched else None)
        return streams

    def ends_at(self, side: int) -> int:
        """The position where FIN put the end of a side, -1 if none did."""
        if self._streams is None:
            return self._read[side][2] if self._read else -1
        return self._streams[side].end

    def begun_by_syn(self, side: int) -> bool:
        """Whether a SYN or its answer told where the bytes of a side begin."""
        if self._streams is None:
            return self._read[side][3] if self._read else False
        return self._streams[side].started_by_syn

    @property
    def complete(self) -> bool:
        """Whether everything of both sides up to their announced ends was handed on."""
        if self._streams is None:
            return all(end >= 0 for _, _, end, _ in self._read) and len(self._read) == 2
        return self._streams[0].complete and self._streams[1].complete

    @property
    def has_streams(self) -> bool:
        """Whether streams were made."""
        return self._streams is not None

    def was_left(self, recording: Recording) -> None:
        """Nothing but openings was seen: there is nothing to read."""
        self._read = [(first, 0, -1, first >= 0 and recording.by_syn) for first in recording.firsts]
        self.recording = None

    def not_read(self, recording: Recording) -> None:
        """A whole reader could not read it after all."""
        self._read = []
        self.payload_seen = [False, False]
        self.recording = recording

    def was_read(self, one: Assembled, other: Assembled, by_syn: tuple[bool, bool]) -> None:
        """A whole reader has read everything up to here."""
        self._read = [
            (one.first, one.size, one.end, by_syn[0]),
            (other.first, other.size, other.end, by_syn[1]),
        ]
        self.payload_seen = [one.size > 0, other.size > 0]
        self.recording = None

    def mute(self, watch: bool) -> None:
        """Nobody needs the bytes any more, only the end; with ``watch`` the listener still takes segments that begin
        with an alert or a handshake record, as ``late``."""
        self.muted = True
        self.watched = watch
        if self._streams is not None or not self._read:
            for stream in self.streams:
                stream.mute(self.listener if watch else None)

    def listen(self, listener: ConnectionListener | None) -> None:
        """Send the bytes of both sides to ``listener``; None drops whatever is kept for one."""
        self.listener = listener
        if listener is None and self._streams is None:
            return
        for stream in self.streams:
            if listener is None:
                stream.forget()
            else:
                stream.listener = listener


class Connections:
    """All connections of a capture. ``new_listener`` makes the listener of a new one, ``whole`` reads recordings: without
    it, or while ``read_header`` is None, nothing is recorded. ``on_new`` is told the key of each new one.

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
        self._whole = whole
        self.read_header: ReadHeader | None = None
        # Connections that are recorded, the one that began first in front.
        self._recorded: OrderedDict[Connection, None] = OrderedDict()
        self._recorded_bytes = 0
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
        self.fates: dict[bytes, Fate] = {}
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
                if record and self._record(found[0], found[1], segment, frame, ts_ns, record):
                    return
                self.play(found[0])
            if self._is_another(found[0], found[1], segment):
                self._remove(found[0], "reused", frame, ts_ns)
                found = None
        if found is None:
            if record and self._whole is not None and self._begin_recording(segment, frame, ts_ns, record):
                return
            found = self._begin(key, frame, ts_ns)
        self._process(found[0], found[1], segment, frame, ts_ns)

    def _process(
        self, connection: Connection, side: int, segment: Segment, frame: int, ts_ns: int
    ) -> None:
        key, seq, ack, flags, data, start, end, missing = segment
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
        for connection, _ in list(self._sides.values()):
            self._end(connection, "capture", -1, frame, ts_ns)
        for table in (self._sides, self._lingering, self._over, self._holders, self._recorded):
            table.clear()

    def ripe(self, key: bytes) -> None:
        """The log of a direction is full: read what was recorded so far, or go on with streams."""
        found = self._sides.get(key)
        if found is None or found[0].recording is None:
            return
        connection = found[0]
        if connection.closed_by < 0 and self._read_whole(connection, goes_on=True):
            connection.muted = connection.watched = True
            self._done(connection)
        else:
            self.play(connection)

    def bound_recordings(self, recorded: int) -> None:
        """``recorded`` more bytes may have been recorded: play the oldest recordings if all together are too many."""
        self._recorded_bytes += recorded
        if self._recorded_bytes <= MAX_RECORDED_BYTES:
            return
        sizes = {connection: _size_of(connection) for connection in self._recorded}
        self._recorded_bytes = sum(sizes.values())
        if self._recorded_bytes > MAX_RECORDED_BYTES * 3 // 4:
            self._reached("MAX_RECORDED_BYTES")
            for connection, size in sizes.items():
                if self._recorded_bytes <= MAX_RECORDED_BYTES // 2:
                    break
                self._recorded_bytes -= size
                self.play(connection)

    def stop_recording(self) -> None:
        """Play everything that was recorded, and record nothing more."""
        self._whole, whole = None, self._whole
        for connection in list(self._recorded):
            self._play(connection, whole)

    def play(self, connection: Connection) -> None:
        """Hand what was recorded of a connection to streams and a listener, packet by packet."""
        self._play(connection, self._whole)

    def _play(self, connection: Connection, whole: WholeReader | None) -> None:
        recording = connection.recording
        if recording is None or whole is None:
            return
        self._forget_recording(connection)
        connection.syn_side = connection.reset_by = connection.closed_by = -1
        connection.last_ts = connection.closed_ts = connection.first_ts
        self._lingering.pop(connection, None)
        connection.listen(self._new_listener(connection))
        for frame, _, record in recording.packets():
            ts_ns = recording.read_header(record)[0]
            segment = whole.segment_of(record, ts_ns)
            if segment is not None:
                self.segment(segment, frame, ts_ns)

    def _forget_recording(self, connection: Connection) -> None:
        connection.recording = None
        self._recorded.pop(connection, None)
        self.fates.pop(connection.key, None)
        self.fates.pop(reversed_key(connection.key), None)

    def _begin_recording(self, segment: Segment, frame: int, ts_ns: int, record: bytes) -> bool:
        """Begin to record where a SYN, or the first bytes of something, come in a plain frame."""
        if self.read_header is None or self._whole is None:
            return False
        flags = segment.flags
        has_payload = segment.start < segment.end
        by_syn = flags & (SYN | ACK | FIN | RST) == SYN
        key = segment.key
        reverse = reversed_key(key)
        if reverse == key or by_syn == has_payload or (not by_syn and flags & (SYN | FIN | RST)):
            return False
        if has_payload and self._sides.get(reverse) is not None:
            return False
        connection = self._new(key, frame, ts_ns)
        recording = Recording(segment.seq + by_syn & 0xFFFFFFFF, self.read_header)
        connection.recording = recording
        if by_syn:
            connection.syn_side = 0
        else:
            recording.by_syn = False
            if flags & ACK:
                recording.firsts[1] = segment.ack
            if not self._whole.opens(connection, segment.data[segment.start : segment.end]):
                recording.logs[0].append(frame)
                recording.logs[0].append(record)
                self._recorded[connection] = None
                self.play(connection)
                return True
            self._grown_up(connection, recording)
        self._recorded[connection] = None
        recording.logs[0].append(frame)
        recording.logs[0].append(record)
        return True

    def _grown_up(self, connection: Connection, recording: Recording) -> None:
        recording.young = False
        self.fates[connection.key] = recording.logs[0]
        self.fates[reversed_key(connection.key)] = recording.logs[1]

    def _record(
        self, connection: Connection, side: int, segment: Segment, frame: int, ts_ns: int, record: bytes
    ) -> bool:
        """Record one more packet; False if the connection is not as simple as it was."""
        recording, whole = connection.recording, self._whole
        if recording is None or whole is None:
            return False
        flags = segment.flags
        has_payload = segment.start < segment.end
        if flags & SYN:
            answers = side == 1 and flags & ACK and segment.ack == recording.firsts[0]
            if not answers or has_payload or recording.firsts[1] >= 0 or not recording.young:
                return False
            recording.firsts[1] = (segment.seq + 1) & 0xFFFFFFFF
        elif recording.young:
            if flags & (FIN | RST) or len(recording.logs[side]) >= 2 * MAX_PACKETS:
                return False
            if has_payload:
                if side or segment.seq != recording.firsts[0]:
                    return False
                if not whole.opens(connection, segment.data[segment.start : segment.end]):
                    return False
                self._grown_up(connection, recording)
        elif flags & (FIN | RST):
            self._close_recorded(connection, recording, side, segment, ts_ns)
        recording.logs[side].append(frame)
        recording.logs[side].append(record)
        if ts_ns > connection.last_ts:
            connection.last_ts = ts_ns
        connection.last_frame = frame
        return True

    def _close_recorded(
        self, connection: Connection, recording: Recording, side: int, segment: Segment, ts_ns: int
    ) -> None:
        if segment.flags & RST:
            if connection.reset_by >= 0:
                return
            connection.reset_by = side
        else:
            recording.fins[side] = (segment.seq + segment.end - segment.start) & 0xFFFFFFFF
        if connection.closed_by < 0:
            connection.closed_by, connection.closed_ts = side, ts_ns
        if segment.flags & RST or recording.fins[1 - side] >= 0:
            self._linger(connection, ts_ns)

    def _read_whole(self, connection: Connection, goes_on: bool) -> bool:
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
        connection.last_ts = max(last_ts, connection.first_ts)
        connection.last_frame = max(last_frame, connection.last_frame)
        by_syn = recording.by_syn, recording.by_syn and recording.firsts[1] >= 0
        connection.was_read(one, other, by_syn)
        listener = whole.read(connection, one, other, goes_on)
        if listener is None:
            connection.not_read(recording)
            return False
        self._forget_recording(connection)
        connection.listener = listener
        return True

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
            if connection.recording is not None and not self._read_whole(connection, goes_on=False):
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
        if self._next_sweep >= 0:
            for connection, side in list(self._sides.values()):
                if connection.recording is not None:
                    connection.last_ts = max(connection.last_ts, connection.recording.last_time())
                quiet = ts_ns - connection.last_ts
                if side == 0 and (quiet > IDLE_NS or (connection.ended and quiet > SWEEP_NS)):
                    self._remove(connection, "idle", connection.last_frame, connection.last_ts)
        self._next_sweep = ts_ns + SWEEP_NS

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
                self._forget_recording(connection)
            elif not self._read_whole(connection, goes_on=False):
                self.play(connection)
                if connection.ended:
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


def _size_of(connection: Connection) -> int:
    recording = connection.recording
    if recording is None:
        return 0
    size = 0
    for log in recording.logs:
        for entry in log:
            if isinstance(entry, bytes):
                size += len(entry) + RECORD_COST
    return size
