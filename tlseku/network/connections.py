"""The table of TCP connections: which segment belongs to which, when one begins and when it is over.

Knows SYN, FIN, RST, acknowledgements, port reuse and idle time (RFC 9293 section 3); must not know what the bytes
mean. Each connection has two streams and one listener, which the table's user makes and which is told when the
connection ends. Time comes from packets, never from a clock.

Limits: see the named constants. What is given up because of one is counted in ``limits`` and, where bytes were
lost by it, said to the listener as a gap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from tlseku.network.segment import ACK, FIN, RST, SYN, Segment, reversed_key
from tlseku.network.sequence import distance
from tlseku.network.stream import Listener, Stream

# After RST or both FINs, this long is waited for what the capture delivers late or what was crossing.
LINGER_NS = 2_000_000_000
# Nothing for this long and a connection counts as over (TCP's own user timeout is 5 minutes, RFC 9293 3.8.3;
# an idle TLS connection may live longer, but its handshake does not).
IDLE_NS = 3_600_000_000_000
# How often idle connections are looked for.
SWEEP_NS = 60_000_000_000
# A connection without payload costs some 700 bytes; a flood of SYNs must not cost more than this many.
MAX_CONNECTIONS = 20_000
# A sequence number further than this from what is expected is another connection's (a window is at most 1 GiB).
MAX_DISTANCE = 1 << 30


class ConnectionListener(Listener, Protocol):
    """Takes a connection's bytes, and is told how it ends."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over: ``fin``, ``rst`` (``side`` sent it), ``reused``, ``idle``, ``evicted`` or
        ``capture`` (the capture ends); ``side`` is -1 where none applies."""


class Connection:
    """One TCP connection. ``key`` is that of its first segment, whose sender is side 0.

    ``syn_side`` is the side that opened it (-1 unknown), ``first_frame`` and ``first_ts`` when it was first seen,
    ``last_ts`` when last; ``payload_seen`` has a flag a side.
    """

    __slots__ = (
        "ended",
        "first_frame",
        "first_ts",
        "key",
        "last_frame",
        "last_ts",
        "listener",
        "payload_seen",
        "reset_by",
        "reset_frame",
        "streams",
        "syn_side",
    )

    def __init__(self, key: bytes, frame: int, ts_ns: int) -> None:
        self.key = key
        self.first_frame = self.last_frame = frame
        self.first_ts = self.last_ts = ts_ns
        self.listener: ConnectionListener | None = None
        self.streams = (Stream(0, None), Stream(1, None))
        self.syn_side = -1
        self.reset_by = -1
        self.reset_frame = 0
        self.ended = False
        self.payload_seen = [False, False]

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
        self._sides: dict[bytes, tuple[Connection, int]] = {}
        self._lingering: deque[tuple[int, Connection]] = deque()
        self._next_sweep = -1
        self.count = 0
        self.limits: dict[str, int] = {}

    def segment(self, segment: Segment, frame: int, ts_ns: int) -> None:
        """Take one segment of the capture, seen in ``frame`` at ``ts_ns``."""
        if self._lingering and ts_ns > self._lingering[0][0]:
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
        connection.last_ts = max(connection.last_ts, ts_ns)
        connection.last_frame = frame
        stream = connection.streams[side]
        if flags & SYN:
            stream.syn(seq)
            if connection.syn_side < 0:
                # A SYN with ACK answers the one who opened.
                connection.syn_side = 1 - side if flags & ACK else side
            seq = (seq + 1) & 0xFFFFFFFF
        if flags & ACK:
            connection.streams[1 - side].acked(ack)
        if start < end or missing:
            if not flags & RST:
                connection.payload_seen[side] = True
                stream.segment(seq, data[start:end], missing, frame, ts_ns)
        elif stream.waiting:
            stream.give_up_holes(ts_ns)
        other = connection.streams[1 - side]
        if other.waiting:
            other.give_up_holes(ts_ns)
        if flags & (FIN | RST) and not connection.ended:
            self._close_side(connection, side, seq + (end - start) + missing, flags, frame, ts_ns)

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: every connection ends, the oldest first."""
        for connection, _ in list(self._sides.values()):
            self._end(connection, "capture", -1, frame, ts_ns)
        self._sides.clear()
        self._lingering.clear()

    def _begin(self, key: bytes, frame: int, ts_ns: int) -> tuple[Connection, int]:
        while len(self._sides) >= 2 * MAX_CONNECTIONS:
            self._reached("MAX_CONNECTIONS")
            oldest = next(iter(self._sides.values()))[0]
            self._remove(oldest, "evicted", frame, ts_ns)
        connection = Connection(key, frame, ts_ns)
        connection.listen(self._new_listener(connection))
        self._sides[key] = connection, 0
        self._sides[reversed_key(key)] = connection, 1
        self.count += 1
        return connection, 0

    def _is_another(self, connection: Connection, side: int, segment: Segment) -> bool:
        """Whether the segment belongs to a new connection with the same addresses and ports."""
        stream = connection.streams[side]
        if segment.flags & SYN:
            if segment.flags & ACK:
                return connection.ended
            if not stream.anchored:
                # The SYN of a connection whose other side alone was seen so far, unless that one was over.
                return connection.ended or any(connection.payload_seen)
            return (segment.seq + 1) & 0xFFFFFFFF != stream.anchor
        if not connection.ended or segment.start >= segment.end or segment.flags & RST or not stream.anchored:
            return False
        ahead = distance(segment.seq, (stream.anchor + stream.position) & 0xFFFFFFFF)
        return abs(ahead) > MAX_DISTANCE

    def _close_side(
        self, connection: Connection, side: int, seq: int, flags: int, frame: int, ts_ns: int
    ) -> None:
        stream, other = connection.streams[side], connection.streams[1 - side]
        if flags & RST:
            if connection.reset_by < 0 and self._reset_is_credible(stream, seq):
                connection.reset_by = side
                connection.reset_frame = frame
                self._lingering.append((ts_ns + LINGER_NS, connection))
            return
        stream.finish(seq & 0xFFFFFFFF)
        if stream.complete and other.complete:
            self._lingering.append((ts_ns + LINGER_NS, connection))

    @staticmethod
    def _reset_is_credible(stream: Stream, seq: int) -> bool:
        """A reset outside the window is to be ignored (RFC 5961 section 3); 0 answers a SYN."""
        if not stream.anchored or seq == 0:
            return True
        return abs(distance(seq & 0xFFFFFFFF, (stream.anchor + stream.position) & 0xFFFFFFFF)) <= MAX_DISTANCE

    def _end_lingering(self, ts_ns: int) -> None:
        while self._lingering and ts_ns > self._lingering[0][0]:
            connection = self._lingering.popleft()[1]
            if not connection.ended:
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
        for key in (connection.key, reversed_key(connection.key)):
            found = self._sides.get(key)
            if found is not None and found[0] is connection:
                del self._sides[key]

    def _end(self, connection: Connection, how: str, side: int, frame: int, ts_ns: int) -> None:
        if connection.ended:
            return
        connection.ended = True
        if connection.reset_by >= 0:
            how, side = "rst", connection.reset_by
        elif connection.streams[0].complete and connection.streams[1].complete:
            how = "fin"
        for stream in connection.streams:
            stream.close(frame, ts_ns)
            if stream.limit_reached:
                self._reached("MAX_WAITING_BYTES")
        if connection.listener is not None:
            connection.listener.ended(how, side, frame, ts_ns)
        connection.listen(None)

    def _reached(self, limit: str) -> None:
        self.limits[limit] = self.limits.get(limit, 0) + 1
