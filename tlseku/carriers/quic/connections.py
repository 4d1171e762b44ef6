"""QUIC over UDP: which packets belong to which connection, when one begins, and when it is over.

Knows that a connection begins with a client's Initial packet that opens with the keys it gives away itself (RFC 9001
section 5.2), and that packets find their connection by its ids (RFC 9000 section 5.2) and otherwise by their ends; must
not know what a packet holds. Out come flows, through ``carriers.carrier``'s ``MessageSession``.

Datagrams between the ends of a connection are asked for (``CarrierHost.claimed``) as long as its packets with short
headers are of any use; those say nothing of themselves. UDP has no FIN: a connection is over after ``IDLE_NS`` of
silence or with the capture. Limits: those of ``conversation_table``, and ``MAX_BETWEEN_TWO_ENDS``.
"""

from __future__ import annotations

from tlseku.carriers.carrier import READ, CarrierHost
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.quic.connection import QuicConnection
from tlseku.carriers.quic.levels import CLIENT, EncryptionLevels
from tlseku.carriers.quic.packets import QuicPacket, begins_long_header, read_packets
from tlseku.carriers.quic.versions import HANDSHAKE, INITIAL, ONE_RTT
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.errors import Malformed
from tlseku.network.decode.segment import NOT_TCP, QUIC, Datagram, reversed_key
from tlseku.network.tcp.connection import Connection

MAX_BETWEEN_TWO_ENDS = 64
"""Connections between the same ends and ports at a time: some clients use one socket for all of them."""

_TOO_MANY = "QUIC MAX_BETWEEN_TWO_ENDS"


class QuicConnections(ConversationCarrier[QuicConnection]):
    """All connections of a capture."""

    __slots__ = ("_between",)

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, "QUIC")
        # By the key of the first datagram, the connections between the same ends, the newest last.
        self._between: dict[bytes, list[QuicConnection]] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram, as ``Carrier`` has it."""
        _, key, data, start, end, _ = datagram
        read = False
        try:
            for packet in read_packets(data, start, end):
                read = self._packet(key, packet, data, frame, ts_ns) or read
        except Malformed:
            # Whatever it is, what stands before it was read.
            pass
        if read:
            return READ
        return QUIC if begins_long_header(data, start, end) else NOT_TCP

    def _packet(self, key: bytes, packet: QuicPacket, data: bytes, frame: int, ts_ns: int) -> bool:
        """Give a packet to its connection; whether there is one."""
        first, side = key, 0
        if key not in self._between and reversed_key(key) in self._between:
            first, side = reversed_key(key), 1
        known = self._between.get(first, [])
        found = _called(known, side, packet, data)
        if found is None and packet.kind == INITIAL:
            found = self._begin(first, side, packet, data, frame, ts_ns)
        elif found is None and packet.kind in (HANDSHAKE, ONE_RTT) and known:
            # It has no id, or one that nobody could read of or that came later.
            found = known[-1]
        if found is None:
            return False
        connection = found.connection
        connection.last_frame, connection.last_ts = frame, max(ts_ns, connection.last_ts)
        connection.saw_payload(side)
        found.packet(side, packet, data, frame, ts_ns)
        self._table.heard(found, frame, ts_ns)
        if not found.wants_more:
            self._unclaim(connection)
        return True

    def _begin(
        self, key: bytes, side: int, packet: QuicPacket, data: bytes, frame: int, ts_ns: int
    ) -> QuicConnection | None:
        """The connection that a client's first packet begins; None if it is not one."""
        levels = EncryptionLevels()
        try:
            levels.open_initial(CLIENT, data, packet)
        except DoesNotFit:
            return None
        between = self._between.get(key, [])
        if len(between) >= MAX_BETWEEN_TWO_ENDS:
            self._table.limits[_TOO_MANY] = self._table.limits.get(_TOO_MANY, 0) + 1
            self._table.end(between[0], "evicted", frame, ts_ns)
        begun = QuicConnection(self._host, Connection(key, frame, ts_ns), side, packet.version, levels)
        # Until the server says how it wants to be called, the client invents a name for it.
        begun.ids[1 - side].add(packet.destination)
        self._between.setdefault(key, []).append(begun)
        self._table.heard(begun, frame, ts_ns)
        self._host.claimed[key] = self._host.claimed[reversed_key(key)] = QUIC
        return begun

    def _forget(self, connection: QuicConnection) -> None:
        key = connection.connection.key
        between = self._between[key]
        between.remove(connection)
        if not between:
            del self._between[key]
        self._unclaim(connection.connection)

    def _unclaim(self, connection: Connection) -> None:
        if any(each.wants_more for each in self._between.get(connection.key, ())):
            return
        self._host.claimed.pop(connection.key, None)
        self._host.claimed.pop(connection.reverse, None)


def _called(known: list[QuicConnection], side: int, packet: QuicPacket, data: bytes) -> QuicConnection | None:
    """The connection of which a packet of ``side`` calls the other side by name; the newest first."""
    if packet.kind != ONE_RTT:
        return next((each for each in reversed(known) if packet.destination in each.ids[1 - side]), None)
    for each in reversed(known):
        if any(name and data.startswith(name, packet.start + 1) for name in each.ids[1 - side]):
            return each
    return None
