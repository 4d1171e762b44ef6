"""The table of TCP connections: which segment belongs to which, when one begins and when it is over.

Knows SYN, FIN, RST, acknowledgements, port reuse and idle time (RFC 9293 section 3); must not know what the bytes
mean. Each connection has two streams and one listener, which the table's user makes and which is told when the
connection ends. Time comes from packets, never from a clock.

Limits: see the named constants. What is given up because of one is counted in ``limits`` and, where bytes were
lost by it, said to the listener as a gap. Whatever is kept in order of age is an ``OrderedDict``: the oldest entry
of a plain dict is slow to find once many older ones were deleted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

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


class ConnectionListener(Listener, Protocol):
    """Takes a connection's bytes, and is told how it ends."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over: ``fin``, ``rst`` (``side`` sent it), ``reused``, ``idle``, ``evicted`` or
        ``capture`` (the capture ends); ``side`` is -1 where none applies."""


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
        "payload_seen",
        "reset_by",
        "streams",
        "syn_side",
        "watched",
    )

    def __init__(self, key: bytes, frame: int, ts_ns: int, held: Held | None = None) -> None:
        self.key = key
        self.first_frame = self.last_frame = frame
        self.first_ts = self.last_ts = ts_ns
        self.listener: ConnectionListener | None = None
        held = Held() if held is None else held
        self.streams = (Stream(0, None, held), Stream(1, None, held))
        self.syn_side = -1
        self.reset_by = -1
        self.closed_by = -1
        self.closed_ts = ts_ns
        self.ended = False
        self.muted = False
        self.watched = False
        self.payload_seen = [False, False]

    def mute(self, watch: bool) -> None:
        """Nobody needs the bytes any more, only the end; with ``watch`` the listener still takes segments that begin
        with an alert or a handshake record, as ``late``."""
        self.muted = True
        self.watched = watch
        for stream in self.streams:
            stream.mute(self.listener if watch else None)

    def listen(self, listener: ConnectionListener | None) -> None:
        """Send the bytes of both sides to ``listener``; None drops whatever is kept for one."""
        self.listener = listener
        for stream in self.streams:
            if listener is None:
                stream.forget()
            else:
                stream.listener = listener


class Connections:
    """All connections of a capture. ``new_listener`` makes the listener of a new one.

    ``count`` counts connections seen, ``limits`` how often each named limit was reached.
    """

    def __init__(self, new_listener: Callable[[Connection], ConnectionListener]) -> None:
        self._new_listener = new_listener
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
        # The directions of muted connections, for ``skim``; the value says whether they are watched.
        self.done: dict[bytes, bool] = {}

    def segment(self, segment: Segment, frame: int, ts_ns: int) -> None:
        """Take one segment of the capture, seen in ``frame`` at ``ts_ns``."""
        if self._lingering and ts_ns > self._next_linger_end:
            self._end_lingering(ts_ns)
        if ts_ns >= self._next_sweep:
            self._sweep(ts_ns)
        key, seq, ack, flags, data, start, end, missing = segment
        found = self._sides.get(key)
        if found is None or self._is_another(found[0], found[1], segment):
            if found is not None:
                self._remove(found[0], "reused", frame, ts_ns)
            found = self._begin(key, frame, ts_ns)
        connection, side = found
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

    def touch(self, key: bytes, frame: int, ts_ns: int) -> None:
        """A direction of ``done`` had packets up to this one."""
        found = self._sides.get(key)
        if found is not None and not found[0].ended and ts_ns > found[0].last_ts:
            found[0].last_ts = ts_ns
            found[0].last_frame = frame

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: every connection ends, the oldest first."""
        for connection, _ in list(self._sides.values()):
            self._end(connection, "capture", -1, frame, ts_ns)
        for table in (self._sides, self._lingering, self._over, self._holders):
            table.clear()

    def _begin(self, key: bytes, frame: int, ts_ns: int) -> tuple[Connection, int]:
        while len(self._sides) >= 2 * MAX_CONNECTIONS:
            if self._over:
                # Nothing is lost with it.
                oldest = next(iter(self._over))
            else:
                self._reached("MAX_CONNECTIONS")
                oldest = next(iter(self._sides.values()))[0]
            self._remove(oldest, "evicted", frame, ts_ns)
        connection = Connection(key, frame, ts_ns, self._held)
        connection.listen(self._new_listener(connection))
        # A connection of a port with itself has one key for both directions: all of it is side 0.
        self._sides[reversed_key(key)] = connection, 1
        self._sides[key] = connection, 0
        self.count += 1
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
            self.done[connection.key] = self.done[reversed_key(connection.key)] = connection.watched

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
            complete = connection.streams[0].complete and connection.streams[1].complete
            if connection.reset_by < 0 and not complete and ts_ns - connection.last_ts <= LINGER_NS:
                # Bytes before a FIN are still on their way.
                self._lingering[connection] = connection.last_ts + LINGER_NS
                continue
            how = "rst" if connection.reset_by >= 0 else "fin"
            self._end(connection, how, connection.reset_by, connection.last_frame, connection.last_ts)

    def _sweep(self, ts_ns: int) -> None:
        if self._next_sweep >= 0:
            for connection, side in list(self._sides.values()):
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
        connection.ended = True
        if connection.muted:
            self.done.pop(connection.key, None)
            self.done.pop(reversed_key(connection.key), None)
        self._lingering.pop(connection, None)
        self._over[connection] = None
        if connection.reset_by >= 0:
            how, side = "rst", connection.reset_by
        elif connection.streams[0].complete and connection.streams[1].complete:
            how = "fin"
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
