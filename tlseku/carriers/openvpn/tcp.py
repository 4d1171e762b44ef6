"""OpenVPN over TCP: packets with their length in front.

Knows the length of two bytes (openvpn, src/openvpn/socket.h); must not know what is in the packets. Where the capture
begins in the middle, and behind a gap, the next packet is looked for at the beginning of each segment: OpenVPN writes a
packet at a time.
"""

from __future__ import annotations

from tlseku.carriers.carrier import CarrierHost
from tlseku.carriers.length_prefixed import LengthPrefixedStream
from tlseku.carriers.openvpn.conversation import OpenVpnConversation
from tlseku.carriers.openvpn_packet import DATA, layout_amid, layout_of, opcode_of
from tlseku.network.tcp.connection import Connection

_LENGTH = 2
_LONGEST = (1 << 16) - 1
_SHORTEST = 10


class OpenVpnStream(LengthPrefixedStream):
    """The listener of a TCP connection that speaks OpenVPN."""

    __slots__ = ("_conversation",)

    def __init__(self, host: CarrierHost, connection: Connection) -> None:
        self._conversation = OpenVpnConversation(
            lambda frame, ts_ns: connection,
            lambda connection: host.new_session(connection, "openvpn"),
            over_tcp=True,
        )
        super().__init__(_LENGTH, _LONGEST)
        for side, stream_of in enumerate(connection.streams):
            if not stream_of.started_by_syn:
                self._sides[side].lose()

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side."""
        packets = self._sides[side]
        if packets.is_lost and _begins_packet(data):
            packets.begin()
        for packet in packets.data(data):
            if len(packet) >= _SHORTEST:
                self._conversation.take(packet, 0, side, frame, ts_ns)

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes are missing, and with them where the next packet begins."""
        self._sides[side].lose()
        self._conversation.gap(side, reason, frame, ts_ns)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        self._conversation.end(how, frame, ts_ns)


def _begins_packet(data: bytes) -> bool:
    """Whether a packet with its length in front begins with these bytes, which begin a segment."""
    if len(data) < _LENGTH + _SHORTEST:
        return False
    length = int.from_bytes(data[:_LENGTH], "big")
    packet = data[_LENGTH : _LENGTH + length]
    if opcode_of(packet) in DATA:
        return len(data) == _LENGTH + length
    return layout_of(packet) is not None or layout_amid(packet) is not None
