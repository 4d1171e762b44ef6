"""What one segment does to a connection that has streams (RFC 9293 section 3.10.7, "SEGMENT ARRIVES", as an onlooker).

Knows SYN, ACK, FIN and RST; must not know the table of connections: that the segment belongs to this connection was
decided before. Out come bytes and gaps through the connection's streams, and a date in TIME_WAIT when it is closed.
"""

from __future__ import annotations

from tlseku.network.decode.segment import ACK, FIN, RST, SYN, Segment
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.connection_table import ConnectionTable
from tlseku.network.tcp.out_of_order_budget import OutOfOrderBudget
from tlseku.network.tcp.stream import Stream
from tlseku.network.tcp.stream_numbers import saw
from tlseku.network.tcp.time_wait import TIME_WAIT_NS, TimeWait


class SegmentArrival:
    """``table`` counts the limits that are reached, ``budget`` bounds what waits, ``time_wait`` gets what is closed."""

    __slots__ = ("_budget", "_table", "_time_wait")

    def __init__(self, table: ConnectionTable, budget: OutOfOrderBudget, time_wait: TimeWait) -> None:
        self._table = table
        self._budget = budget
        self._time_wait = time_wait

    def take(self, connection: Connection, side: int, segment: Segment, frame: int, ts_ns: int) -> None:
        """Take a segment that ``side`` sent in ``frame`` at ``ts_ns``."""
        _, seq, ack, flags, data, start, end, missing = segment
        if ts_ns > connection.last_ts:
            connection.last_ts = ts_ns
        connection.last_frame = frame
        stream, other = connection.streams[side], connection.streams[1 - side]
        if connection.tcp_stream >= 0:
            saw(connection, side, seq, ack, flags)

        # 1. SYN takes a sequence number of its own; payload begins behind it.
        if flags & SYN:
            _syn(connection, side, segment)
            seq = (seq + 1) & 0xFFFFFFFF

        # 2. What the sender acknowledges it has received: the capture will not show it any more.
        if flags & ACK:
            other.acked(ack)
            if other.waiting:
                other.give_up_holes(ts_ns)

        # 3. Payload. That of a RST is a text for people (RFC 9293 section 3.5.3), no part of the stream.
        if start < end or missing:
            if not flags & RST:
                connection.saw_payload(side)
                stream.segment(seq, data[start:end], missing, frame, ts_ns)
                if stream.waiting:
                    self._table.reached("MAX_HELD_BYTES", self._budget.waits(stream))
                elif connection.muted:
                    # The listener has heard enough.
                    connection.settle()
        elif stream.waiting:
            # Time has gone on, and patience with a hole ends without payload, too.
            stream.give_up_holes(ts_ns)

        # 4. FIN and RST.
        if flags & (FIN | RST) and not connection.ended:
            self._close(connection, side, seq + (end - start) + missing, flags, frame, ts_ns)
        if (
            connection.closed_by >= 0
            and not connection.muted
            and not connection.ended
            and connection.complete
        ):
            # All was handed on: what still comes is repeated, and nobody compares it.
            connection.ignore()

    def _close(self, connection: Connection, side: int, seq: int, flags: int, frame: int, ts_ns: int) -> None:
        """A FIN or RST, in front of which the stream of ``side`` ends at ``seq``."""
        stream, other = connection.streams[side], connection.streams[1 - side]
        if flags & RST:
            # The first credible one counts; anybody can send one with a guessed number (RFC 5961 section 3).
            if connection.reset_by >= 0 or not stream.may_reset_at(seq & 0xFFFFFFFF):
                return
            connection.reset_by = side
        else:
            stream.finish(seq & 0xFFFFFFFF)
        if connection.closed_by < 0:
            connection.closed_by, connection.closed_ts, connection.closed_frame = side, ts_ns, frame
            connection.closed_by_rst = flags & RST > 0
        # After one FIN the other side may go on for as long as it likes (half-closed).
        if flags & RST or other.fin_seen:
            self._time_wait.add(connection, ts_ns + TIME_WAIT_NS)


def _syn(connection: Connection, side: int, segment: Segment) -> None:
    answered: Stream = connection.streams[1 - side]
    connection.streams[side].syn(segment.seq)
    if segment.flags & ACK and not answered.anchored:
        # What it acknowledges is the SYN of the other side, whose first byte is thus known.
        answered.syn(segment.ack - 1)
    if connection.syn_side < 0:
        connection.syn_side = 1 - side if segment.flags & ACK else side
