"""When connections end: after FIN or RST, after long silence, for want of room, or with the capture.

Knows the dates; must not know segments. Time comes from packets, never from a clock; one packet with a time far from
all others (a broken clock, a damaged file) moves nothing, and neither does the second clock of another interface: time
jumps only when a run of packets agrees, and nobody was silent because of a jump. A connection that was recorded is
read when it ends, and replayed to streams if that cannot be done; whoever makes this says how to replay one. Then its
listener is told how it ended.

Replaying may end the connection and begin another one with the same addresses, since what was recorded may hold an hour
of silence: each step here looks again at what is there.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.network.tcp.connection import OPENING, TO_TABLE, Connection
from tlseku.network.tcp.connection_table import ConnectionTable
from tlseku.network.tcp.last_packets import LastPackets
from tlseku.network.tcp.out_of_order_budget import OutOfOrderBudget
from tlseku.network.tcp.recorder import IDLE_NS, Recorder
from tlseku.network.tcp.time_wait import TIME_WAIT_NS, TimeWait

# How often idle connections are looked for: all are looked at, so not with every packet.
SWEEP_NS = 60_000_000_000
# A time further than this from the last one, ahead or behind, is doubted until so many packets in a row agree.
FAR_NS = 600_000_000_000
RUN = 8
# Ended at once when a capture is over: each is concluded, and handed on, before the next are.
MOST_AT_ONCE = 64
# Before any time: what is doubted is looked at with every packet.
_BEFORE = -(1 << 62)


class Lifetimes:
    """Ends the connections of ``table``. ``time_wait`` has those that are closed, ``budget`` their streams that wait,
    ``recorder`` reads and ``replay`` replays what was recorded of one. ``doubted`` counts the last packets whose time
    is doubted: unless it is 0, ``tick`` needs the time of every packet. ``stray`` is the frame of the first packet
    whose time was far ahead of all others, and how far in nanoseconds; None where there was none. ``is_orderly`` says
    that no time was doubted, nor nearly so. With ``keeps_all`` no connection that is over is forgotten; ``on_removed``
    is told of those that are, ``on_limit`` of those of which a limit of their own was reached."""

    __slots__ = (
        "_budget",
        "_doubted_since",
        "_doubtful",
        "_epoch",
        "_has_begun",
        "_last_packets",
        "_next_sweep",
        "_now",
        "_recorder",
        "_replay",
        "_sweep_at",
        "_table",
        "_time_wait",
        "doubted",
        "is_orderly",
        "keeps_all",
        "on_limit",
        "on_removed",
        "stray",
    )

    def __init__(
        self,
        table: ConnectionTable,
        time_wait: TimeWait,
        budget: OutOfOrderBudget,
        last_packets: LastPackets,
        recorder: Recorder,
        replay: Callable[[Connection], None],
    ) -> None:
        self._table = table
        self._time_wait = time_wait
        self._budget = budget
        self._last_packets = last_packets
        self._recorder = recorder
        self._replay = replay
        self.is_orderly = True
        self.keeps_all = False
        self.on_limit: Callable[[Connection, str], None] | None = None
        self.on_removed: Callable[[Connection], None] | None = None
        self._has_begun = False
        # The time that was last believed, when it last jumped, and how many packets in a row contradict it.
        self._now = 0
        self._epoch = _BEFORE
        self.doubted = 0
        self._doubtful = _BEFORE
        self._doubted_since = -1, 0
        self.stray: tuple[int, int] | None = None
        # When to look for what is idle, and the same as ``tick`` asks for it: at once where there is doubt.
        self._sweep_at = 0
        self._next_sweep = _BEFORE

    def tick(self, ts_ns: int, frame: int = -1) -> None:
        """A packet, in ``frame``, says that it is ``ts_ns``: believe it or not. Nothing ends by that."""
        if ts_ns >= self._next_sweep:
            self._is_time(ts_ns, frame)

    def end_due(self, ts_ns: int, frame: int = -1) -> None:
        """Time has come to ``ts_ns``: end what was waited for until now, in the order in which it began."""
        if ts_ns > self._time_wait.next_end and self._is_time(ts_ns, frame):
            self._end_time_waits(ts_ns)

    def sweep(self, ts_ns: int, frame: int = -1) -> None:
        """Time has come to ``ts_ns``: if that is due, end what was idle for too long, in the order in which it began,
        and forget what has been over for a while."""
        if ts_ns >= self._next_sweep and self._is_time(ts_ns, frame) and ts_ns >= self._sweep_at:
            self._sweep(ts_ns)

    def advance(self, ts_ns: int) -> None:
        """It is ``ts_ns``, as somebody with a clock says: end what is due."""
        self._has_begun = True
        self._now = ts_ns
        self.doubted = 0
        self._next_sweep = self._sweep_at
        self._end_time_waits(ts_ns)
        if ts_ns >= self._sweep_at:
            self._sweep(ts_ns)

    def has_come_to(self, ts_ns: int) -> bool:
        """Whether that is about the time that is believed."""
        return -FAR_NS <= ts_ns - self._now <= FAR_NS

    def is_due(self, connection: Connection, ts_ns: int) -> bool:
        """Whether one was waited for, and that is over at ``ts_ns``."""
        return connection.closed_by >= 0 and self._time_wait.is_due(connection, ts_ns)

    def end_if_due(self, connection: Connection, ts_ns: int) -> None:
        """End one connection if its TIME_WAIT is over at ``ts_ns``."""
        if self.is_due(connection, ts_ns):
            self._time_wait.drop(connection)
            self._end_time_wait(connection, ts_ns)

    def is_forgotten(self, connection: Connection, ts_ns: int) -> bool:
        """Whether one has been over for so long at ``ts_ns`` that what comes belongs to another one."""
        return (
            connection.ended
            and ts_ns - max(connection.last_ts, self._epoch) > SWEEP_NS
            and self.has_come_to(ts_ns)
        )

    def remove(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        """End a connection, if it is not over, and take it out of the table. ``how`` as the listener is told."""
        self._end(connection, how, frame, ts_ns)
        self._table.remove(connection)
        if self.on_removed is not None:
            self.on_removed(connection)

    def end_all(self, frame: int, ts_ns: int) -> None:
        """The capture is over: every connection ends, the oldest first."""
        while self.end_some(MOST_AT_ONCE, frame, ts_ns):
            pass

    def end_some(self, most: int, frame: int, ts_ns: int) -> bool:
        """The capture is over: the oldest connections end, ``most`` of them. Whether there are others."""
        # Replaying a recording with an hour of silence in it begins another connection, which is the next one then.
        for _ in range(most):
            oldest = self._table.alive.oldest
            if oldest is None:
                return False
            self._end(oldest, "capture", frame, ts_ns)
        return True

    def _end_time_waits(self, ts_ns: int) -> None:
        for connection in self._time_wait.due(ts_ns):
            self._end_time_wait(connection, ts_ns)

    def _end_time_wait(self, connection: Connection, ts_ns: int) -> None:
        if connection.recording is not None and not self._recorder.read(connection, goes_on=False):
            self._replay(connection)
            # Streams may have taken its end for none, or for a later one.
            self.end_if_due(connection, ts_ns)
        else:
            self._end_closed(connection, ts_ns)

    def _end_closed(self, connection: Connection, ts_ns: int) -> None:
        """The TIME_WAIT of a connection is over."""
        if connection.reset_by < 0 and not connection.complete and ts_ns - connection.last_ts <= TIME_WAIT_NS:
            # Bytes before a FIN are still on their way.
            self._time_wait.add(connection, connection.last_ts + TIME_WAIT_NS)
            return
        self._end(connection, "fin", connection.last_frame, connection.last_ts)

    def _is_time(self, ts_ns: int, frame: int = -1) -> bool:
        """Whether it is ``ts_ns`` now, or at least about that."""
        if not self._has_begun:
            # The first packet of a capture only starts the clock.
            self._has_begun = True
            self._set_clock(ts_ns)
        elif self.has_come_to(ts_ns):
            # What is on the verge of doubt may be beyond it for somebody who has seen other packets.
            self.is_orderly = self.is_orderly and -FAR_NS // 2 <= ts_ns - self._now <= FAR_NS // 2
            # Packets without a time (simple packet blocks) have 0, from which all others are far.
            if self.doubted and self.stray is None and self._now > FAR_NS and self._doubted_since[0] >= 0:
                self.stray = self._doubted_since
            self._now = max(self._now, ts_ns)
            self.doubted = 0
            self._next_sweep = self._sweep_at
        else:
            self.is_orderly = False
            # A packet may be looked at twice.
            if ts_ns != self._doubtful:
                self._doubtful = ts_ns
                self.doubted += 1
                if self.doubted == 1:
                    self._doubted_since = -1, ts_ns - self._now
            # Some ask before the packet itself is taken, and do not know its frame.
            if self.doubted == 1 and frame >= 0:
                self._doubted_since = frame, self._doubted_since[1]
            self._next_sweep = _BEFORE
            if self.doubted < RUN:
                return False
            self._set_clock(ts_ns)
        return True

    def _set_clock(self, ts_ns: int) -> None:
        self._now = self._epoch = ts_ns
        self.doubted = 0
        self._sweep_at = self._next_sweep = ts_ns + SWEEP_NS

    def _sweep(self, ts_ns: int) -> None:
        """Remove what was idle for too long, and what has been over for a while."""
        before = self._table.count
        self._last_packets.note_all()
        for connection in self._table.over.all() + self._table.alive.all():
            quiet = ts_ns - max(connection.last_ts, self._epoch)
            if quiet > IDLE_NS or (connection.ended and quiet > SWEEP_NS):
                if self.keeps_all:
                    self._end(connection, "idle", connection.last_frame, connection.last_ts)
                else:
                    self.remove(connection, "idle", connection.last_frame, connection.last_ts)
        self._sweep_at = self._next_sweep = ts_ns + SWEEP_NS
        if self._table.count > before:
            # What was replayed has begun another one, which may be idle, too.
            self._sweep(ts_ns)

    def _end(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        """End a connection. What was seen of a RST, or of both FINs, is a better reason than ``how``."""
        if connection.ended:
            return
        recording = connection.recording
        if recording is not None:
            if connection.disposition == OPENING:
                # No payload: there is nothing to read, and nobody to tell.
                connection.was_left(recording)
            elif not self._recorder.read(connection, goes_on=False):
                self._replay(connection)
        self._end_now(connection, how, frame, ts_ns)

    def _end_now(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        if connection.ended:
            # What was replayed has ended it.
            return
        # Its last packets may be among those that the fast path ignored.
        if connection.muted:
            self._last_packets.note(connection)
        connection.ended = True
        connection.disposition = TO_TABLE
        self._time_wait.drop(connection)
        self._table.ended(connection)
        side = -1
        if connection.reset_by >= 0:
            how, side = "rst", connection.reset_by
        elif connection.complete:
            how = "fin"
        self._tell(connection, how, side, frame, ts_ns)

    def _tell(self, connection: Connection, how: str, side: int, frame: int, ts_ns: int) -> None:
        """Hand on what waits, then the end, and let go of all that was kept for the listener."""
        if connection.has_streams:
            for stream in connection.streams:
                self._budget.drop(stream)
                stream.close(frame, ts_ns)
                if stream.limit_reached:
                    self._table.reached(stream.limit_reached)
                    if self.on_limit is not None:
                        self.on_limit(connection, stream.limit_reached)
        if connection.listener is not None:
            connection.listener.ended(how, side, frame, ts_ns)
        connection.listen(None)
