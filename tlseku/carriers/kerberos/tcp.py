"""Kerberos over TCP: messages with their length in front (RFC 4120 section 7.2.2).

Knows the length; must not know what is in the messages.
"""

from __future__ import annotations

from tlseku.carriers.carrier import CarrierHost
from tlseku.carriers.kerberos.exchange import PkinitExchange
from tlseku.carriers.kerberos.message import MAX_MESSAGE, read_kerberos
from tlseku.carriers.length_prefixed import LengthPrefixedStream
from tlseku.errors import Malformed
from tlseku.network.tcp.connection import Connection

_LENGTH = 4


class KerberosStream(LengthPrefixedStream):
    """The listener of a TCP connection that speaks Kerberos."""

    __slots__ = ("_exchange",)

    def __init__(self, host: CarrierHost, connection: Connection) -> None:
        self._exchange = PkinitExchange(host, connection, over_tcp=True)
        super().__init__(_LENGTH, MAX_MESSAGE)

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side."""
        for message in self._sides[side].data(data):
            try:
                self._exchange.take(read_kerberos(message), side, frame, ts_ns)
            except Malformed:
                # Other messages of Kerberos show no certificate.
                continue

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes are missing, and with them where the next message begins."""
        self._sides[side].lose()
        self._exchange.gap(side, reason, frame, ts_ns)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        self._exchange.end(how, frame, ts_ns)
