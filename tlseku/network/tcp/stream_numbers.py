"""The number of each connection as Wireshark counts them: its field ``tcp.stream``.

Knows Wireshark's rule, which is not this project's: all packets between two ends are one stream for ever, until a SYN
without ACK comes from where sequence numbers did not begin (``packet-tcp.c``: *port numbers reused*). Neither FIN nor
silence ends a stream, so that what comes long after a connection was taken out of the table has the number of before.
Must not know what else begins a connection. Sequence numbers begin one below the first that a side was seen to send, or
was told to have received, and at its SYN.

Limits: ``MAX_FORMER``; a connection of which nothing was heard for so many others gets a new number if it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tlseku.network.decode.segment import ACK, SYN
from tlseku.network.tcp.connection import Connection

if TYPE_CHECKING:
    from mypy_extensions import i64

# Two generations of so many connections, of some 200 bytes each, stay known after they left the table.
MAX_FORMER = 4096

_MASK: Final = 0xFFFFFFFF

# The bits of a sequence number, and one that is one above the largest.
_SHIFT: Final = 33
_BASES: Final = (1 << _SHIFT) - 1

_Former = dict[bytes, int]


class StreamNumbers:
    """``count`` is how many streams there were, and the number of the next one. ``on_count`` is told of each
    connection that gets a new one."""

    __slots__ = ("_earlier", "_latest", "count", "on_count")

    def __init__(self) -> None:
        self.count = 0
        # By the key of side 0: the number, and behind it what is one above the first sequence number of each side, all
        # in one number. When one dict is full, the other
        # is forgotten: that costs nothing a connection, and a flood has a million of them.
        self._latest: _Former = {}
        self._earlier: _Former = {}
        self.on_count: Callable[[Connection], None] | None = None

    def begins(self, connection: Connection) -> None:
        """Number a connection that begins: as before, if there was one between the same ends."""
        if self._latest or self._earlier:
            former = self._pop(connection.key)
            if former is not None:
                connection.tcp_stream, connection.base_seq, connection.other_base_seq = _taken_apart(former)
                return
            former = self._pop(connection.reverse)
            if former is not None:
                connection.tcp_stream, connection.other_base_seq, connection.base_seq = _taken_apart(former)
                return
        self._next(connection)

    def syn(self, connection: Connection, side: int, seq: int) -> None:
        """A SYN without ACK: unless the numbers of its side begin there, or nowhere yet, a stream begins."""
        if connection.base_seq_of(side) not in (-1, seq):
            self._next(connection)
            connection.base_seq = connection.other_base_seq = -1

    def left(self, connection: Connection) -> None:
        """A connection left the table."""
        if len(self._latest) >= MAX_FORMER:
            self._earlier, self._latest = self._latest, {}
        # More than 64 bits.
        number: int = connection.tcp_stream
        one, other = connection.base_seq_of(0) + 1, connection.base_seq_of(1) + 1
        self._latest[connection.key] = number << 2 * _SHIFT | one << _SHIFT | other

    def former(self) -> list[bytes]:
        """The keys of connections that left the table and whose numbers are known."""
        return [*self._latest, *self._earlier]

    def _next(self, connection: Connection) -> None:
        connection.tcp_stream = self.count
        self.count += 1
        if self.on_count is not None:
            self.on_count(connection)

    def _pop(self, key: bytes) -> int | None:
        former = self._latest.pop(key, None)
        return self._earlier.pop(key, None) if former is None else former


def _taken_apart(former: int) -> tuple[int, int, int]:
    return former >> 2 * _SHIFT, (former >> _SHIFT & _BASES) - 1, (former & _BASES) - 1


def saw(connection: Connection, side: i64, seq: i64, ack: i64, flags: i64) -> None:
    """Note where the sequence numbers of both sides begin, as far as a packet of ``side`` tells."""
    base = connection.other_base_seq if side else connection.base_seq
    if flags & (SYN | ACK) == SYN | ACK:
        # An answer to another SYN than the one before: its sender begins anew, without a stream of its own.
        base = seq
    elif base < 0:
        base = seq if flags & SYN else (seq - 1) & _MASK
    peer_base = connection.base_seq if side else connection.other_base_seq
    # The ACK field of a SYN without the flag means nothing.
    if peer_base < 0 and flags & ACK:
        peer_base = (ack - 1) & _MASK
    if side:
        connection.base_seq, connection.other_base_seq = peer_base, base
    else:
        connection.base_seq, connection.other_base_seq = base, peer_base
