"""IKE, as far as certificates stand in clear in it: version 1 in aggressive mode.

Knows the header and the chain of payloads (RFC 2408 sections 3.1, 3.2 and 3.9); must not know who is let in, which is
encrypted. Version 2 encrypts every certificate, and so do the other modes of version 1: these packets are named and
counted. The chains go to a session as Certificate messages of TLS do, as those of Kerberos.
"""

from __future__ import annotations

from typing import Final

from tlseku.carriers.carrier import CARRIER_ENCRYPTED, READ, CarrierHost, TlsSession
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.outer import Outer
from tlseku.carriers.tls_records import certificate_message
from tlseku.errors import Malformed
from tlseku.network.decode.segment import IKE, Datagram, reversed_key
from tlseku.network.tcp.connection import Connection

MAX_PAYLOADS: Final = 64
"""Payloads of a message that are looked at; one has about ten."""

_HEADER = 28
_COOKIE = 8
_NON_ESP_MARKER = bytes(4)
_VERSION_1 = 0x10
_ENCRYPTED = 0x01
_CERTIFICATE_PAYLOAD = 6
# X.509 certificate for signature, and for key exchange.
_X509 = (4, 5)


def certificates_in(message: bytes) -> tuple[bytes, ...]:
    """The X.509 certificates that stand in clear in an IKE message, DER, in their order. Raises ``Malformed``."""
    if len(message) < _HEADER:
        raise Malformed(len(message), f"an IKE header of {_HEADER} bytes")
    if message[17] != _VERSION_1 or message[19] & _ENCRYPTED:
        return ()
    end = int.from_bytes(message[24:28], "big")
    if not _HEADER <= end <= len(message):
        raise Malformed(24, "a length of IKE that the datagram holds")
    kind, at = message[16], _HEADER
    found: list[bytes] = []
    for _ in range(MAX_PAYLOADS):
        if not kind:
            break
        if at + 4 > end:
            raise Malformed(at, "the header of a payload")
        size = message[at + 2] << 8 | message[at + 3]
        if size < 4 or at + size > end:
            raise Malformed(at + 2, "a length of a payload that the message holds")
        if kind == _CERTIFICATE_PAYLOAD and size > 5 and message[at + 4] in _X509:
            found.append(message[at + 5 : at + size])
        kind, at = message[at], at + size
    return tuple(found)


class _Exchange:
    """A phase 1 of which certificates were seen."""

    __slots__ = ("cookie", "last_frame", "last_ts", "session")

    def __init__(self, cookie: bytes, session: TlsSession, frame: int, ts_ns: int) -> None:
        self.cookie = cookie
        self.session = session
        self.last_frame = frame
        self.last_ts = ts_ns

    @property
    def waiting(self) -> int:
        return 0

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        self.session.ended(how, -1, frame, ts_ns)


class Ike(ConversationCarrier[_Exchange]):
    """All exchanges in a capture."""

    __slots__ = ("_by_cookie",)

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, "IKE")
        # By the initiator's cookie, with the connection, whose key is that of what the initiator sends.
        self._by_cookie: dict[bytes, tuple[_Exchange, Connection]] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram; what shows no certificate is counted as IKE."""
        kind, key, data, start, end, missing = datagram
        message = data[start:end]
        if kind != IKE or missing:
            return kind
        if message.startswith(_NON_ESP_MARKER) and message[_COOKIE : 2 * _COOKIE] != bytes(_COOKIE):
            # RFC 3948 section 2.2, on port 4500.
            message = message[len(_NON_ESP_MARKER) :]
        try:
            shown = certificates_in(message)
        except Malformed:
            return kind
        cookie = message[:_COOKIE]
        known = self._by_cookie.get(cookie)
        if not shown:
            if known is not None:
                self._without(known, message, key, frame, ts_ns)
            return kind
        if known is None:
            # The initiator's first message has no cookie of the responder; mostly it is the answer that shows one.
            asks = message[_COOKIE : 2 * _COOKIE] == bytes(_COOKIE)
            connection = Connection(key if asks else reversed_key(key), frame, ts_ns)
            session = self._host.new_session(connection, "ike")
            session.client_is(0)
            session.tell(Outer())
            known = self._by_cookie[cookie] = _Exchange(cookie, session, frame, ts_ns), connection
        exchange, connection = known
        side = 0 if key == connection.key else 1
        connection.saw_payload(side)
        connection.last_ts = max(connection.last_ts, ts_ns)
        exchange.session.data(side, certificate_message(shown), frame, ts_ns)
        self._table.heard(exchange, frame, ts_ns)
        return READ

    def _without(
        self, known: tuple[_Exchange, Connection], message: bytes, key: bytes, frame: int, ts_ns: int
    ) -> None:
        """A message that shows no certificate, of an exchange in which others did."""
        exchange, connection = known
        side = 0 if key == connection.key else 1
        connection.saw_payload(side)
        if message[19] & _ENCRYPTED:
            exchange.session.gap(side, 0, CARRIER_ENCRYPTED, frame, ts_ns)

    def _forget(self, exchange: _Exchange) -> None:
        self._by_cookie.pop(exchange.cookie, None)
