"""Whether a segment belongs to the connection of its addresses and ports, or begins another one.

Knows sequence numbers, SYN and what a connection has come to (RFC 9293 section 3.6.1 allows a port to be used again);
must not know the table of connections. A wrong yes cuts a connection in two, a wrong no puts two
into one."""

from __future__ import annotations

from tlseku.network.decode.segment import ACK, RST, SYN, Segment
from tlseku.network.tcp.connection import Connection


def is_another(connection: Connection, side: int, segment: Segment) -> bool:
    """Whether ``segment``, sent by ``side`` if it is of ``connection``, belongs to a new one."""
    stream, other = connection.streams[side], connection.streams[1 - side]
    flags = segment.flags
    if not flags & SYN:
        has_payload = segment.start < segment.end or segment.missing > 0
        return connection.ended and has_payload and not flags & RST and not stream.may_repeat(segment.seq)
    suits = stream.may_begin_after(segment.seq)
    any_payload = connection.payload_seen[0] or connection.payload_seen[1]
    if flags & ACK:
        if suits is False and stream.position > 0:
            # Not a second answer to the same SYN, unless it acknowledges that one.
            return other.may_begin_after(segment.ack - 1) is not True
        return connection.ended and not suits
    if suits is None:
        # The other side alone was seen so far: its SYN was missed, or it is of the connection before this one.
        return connection.ended or any_payload
    # The same SYN again after it was refused is another attempt.
    refused = (connection.reset_by >= 0 or connection.ended) and not any_payload
    return not suits or refused
