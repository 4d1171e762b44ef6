"""RADIUS in TLS (RadSec, RFC 6614), where the TLS around it was decrypted: EAP in it is read as in datagrams.

Knows where one packet ends in a stream and the next begins; must not know TLS. Whether a stream is RADIUS is told by
its first packet, whatever the port. What was lost takes with it where the next packet begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlseku.carriers.carrier import Carrier, CarrierHost
from tlseku.carriers.eap.radius import Radius
from tlseku.carriers.eap.radius_packet import HEADER, read_radius
from tlseku.errors import Malformed
from tlseku.network.decode.segment import RADIUS, Datagram
from tlseku.network.tcp.connection import Connection

MAX_PACKET: Final = 4096
"""The longest packet (RFC 2865 section 3); RFC 7930 allows more, which nobody sends without asking."""

# Access-Request to -Challenge with accounting, Status-Server, and RFC 5176's requests and answers.
_CODES = frozenset({1, 2, 3, 4, 5, 11, 12, 40, 41, 42, 43, 44, 45})


class RadsecStream:
    """What both sides of a TLS connection say inside. ``take_all`` is called when that turns out to be RADIUS: all of
    it is wanted. ``is_over`` says that nothing is wanted (any more)."""

    __slots__ = ("_buffers", "_carrier", "_connection", "_take_all", "is_over")

    def __init__(
        self, carrier: Callable[[], Carrier], connection: Connection, take_all: Callable[[], None]
    ) -> None:
        self._carrier = carrier
        self._connection = connection
        self._take_all: Callable[[], None] | None = take_all
        self._buffers = bytearray(), bytearray()
        self.is_over = False

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next decrypted bytes of a side."""
        buffer = self._buffers[side]
        buffer += data
        while not self.is_over and len(buffer) >= HEADER:
            length = buffer[2] << 8 | buffer[3]
            if buffer[0] not in _CODES or not HEADER <= length <= MAX_PACKET:
                self.lost()
                return
            if length > len(buffer):
                return
            packet = bytes(buffer[:length])
            del buffer[:length]
            self._packet(packet, side, frame, ts_ns)

    def lost(self) -> None:
        """Bytes are missing, or this is no RADIUS."""
        self.is_over = True
        for buffer in self._buffers:
            buffer.clear()

    def _packet(self, packet: bytes, side: int, frame: int, ts_ns: int) -> None:
        if self._take_all is not None:
            try:
                read_radius(packet)
            except Malformed:
                self.lost()
                return
            self._take_all()
            self._take_all = None
        key = self._connection.key if side == 0 else self._connection.reverse
        self._carrier().take(Datagram(RADIUS, key, packet, 0, len(packet), 0), frame, ts_ns)


class RadiusInTls(Radius):
    """The carrier of RADIUS in TLS: apart from that over UDP, whose ends may have the same ports."""

    __slots__ = ()

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, over_tcp=True)
