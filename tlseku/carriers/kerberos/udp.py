"""Kerberos over UDP: a request and the answer that comes back.

Knows whose datagram is whose; must not know what is in the messages.
"""

from __future__ import annotations

from typing import Final

from tlseku.carriers.carrier import READ, CarrierHost
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.kerberos.exchange import PkinitExchange
from tlseku.carriers.kerberos.message import AS_REP, AS_REQ, read_kerberos
from tlseku.errors import Malformed
from tlseku.network.decode.segment import KERBEROS, NOT_TCP, Datagram, reversed_key
from tlseku.network.tcp.connection import Connection

MAX_KNOWN: Final = 16
"""Messages of an exchange that are known where they come again; it has two, and some errors before them."""


class Kerberos(ConversationCarrier[PkinitExchange]):
    """All exchanges over UDP in a capture."""

    __slots__ = ("_by_key",)

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, "Kerberos")
        # By the key of the request.
        self._by_key: dict[bytes, PkinitExchange] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram; what has no PKINIT shows no certificate."""
        _, key, data, start, end, missing = datagram
        if missing:
            return KERBEROS
        try:
            message = read_kerberos(data[start:end])
        except Malformed:
            # The first bytes alone are no sign of Kerberos.
            return NOT_TCP
        asked = key if message.kind == AS_REQ else reversed_key(key)
        exchange = self._by_key.get(asked)
        said = hash(message)
        if exchange is not None and exchange.answered:
            if said in exchange.known:
                self._table.heard(exchange, frame, ts_ns)
                return READ
            self._table.end(exchange, "reused", frame, ts_ns)
            exchange = None
        if exchange is None:
            if not message.with_pkinit:
                return NOT_TCP
            exchange = PkinitExchange(self._host, Connection(asked, frame, ts_ns), over_tcp=False)
            self._by_key[asked] = exchange
            self._host.claimed[reversed_key(asked)] = KERBEROS
        if len(exchange.known) < MAX_KNOWN:
            exchange.known.add(said)
        read = exchange.take(message, 0 if message.kind == AS_REQ else 1, frame, ts_ns)
        self._table.heard(exchange, frame, ts_ns)
        if message.kind == AS_REP:
            # It is kept to know its messages again.
            exchange.answered = True
            exchange.end("answered", frame, ts_ns)
        return READ if read else NOT_TCP

    def _forget(self, exchange: PkinitExchange) -> None:
        key = exchange.key
        if self._by_key.get(key) is exchange:
            del self._by_key[key]
            self._host.claimed.pop(reversed_key(key), None)
