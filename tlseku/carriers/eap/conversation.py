"""One authentication: an authenticator asks, a peer answers, packet by packet.

Knows the order of EAP (RFC 3748 section 4.1: one Request at a time, answered under its identifier) and what it tells
of packets that were not captured or came twice; must not know who carried the packets. Bytes of TLS go to a session,
the answer and the identity into an ``Outer``. The peer is the TLS client, whoever asks is the server (RFC 5216).
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from tlseku.carriers.carrier import DATAGRAM_LOST, FRAGMENT_LOST, CarrierHost, TlsSession
from tlseku.carriers.eap.packet import (
    IDENTITY,
    REQUEST,
    RESPONSE,
    SUCCESS,
    WITH_TLS,
    EapPacket,
    read_tls_piece,
)
from tlseku.carriers.eap.tls_message import TlsMessage
from tlseku.carriers.outer import Carrier, Outer
from tlseku.errors import Malformed
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.stream import STARTS_MID

PEER: Final = 0
AUTHENTICATOR: Final = 1

MAX_RECENT: Final = 16
"""Packets by which one that comes again is known. Identifiers come round after 256."""

MAX_IDENTITY: Final = 253
"""Bytes of an identity that are kept: what fits into a RADIUS attribute (RFC 2865 section 5.1)."""

# A record of a handshake or an alert, then the type of a hello.
_HANDSHAKE, _ALERT = 22, 21
_FIRST_MESSAGES = (1, 2)


class EapConversation:
    """What both ends of ``connection`` say; its key is that of what the peer sends.

    ``request_id`` is the identifier of the last Request, -1 before the first; ``over`` says that it was accepted,
    rejected or given up; ``in_tls`` that a method with TLS goes on.
    """

    __slots__ = (
        "_by_one",
        "_carrier",
        "_connection",
        "_host",
        "_messages",
        "_otherwise",
        "_recent",
        "_session",
        "_spoke",
        "answered",
        "in_tls",
        "last_frame",
        "last_ts",
        "outer",
        "over",
        "request_id",
    )

    def __init__(self, host: CarrierHost, connection: Connection, carrier: Carrier) -> None:
        self._host = host
        self._connection = connection
        self._carrier: Carrier = carrier
        self._session: TlsSession | None = None
        self._recent: deque[int] = deque(maxlen=MAX_RECENT)
        self._messages = TlsMessage(PEER), TlsMessage(AUTHENTICATOR)
        self._spoke = [False, False]
        # How often the identifier of a Request was the next one, and how often another.
        self._by_one = 0
        self._otherwise = 0
        self.outer = Outer()
        self.request_id = -1
        self.answered = False
        self.in_tls = False
        self.over = False
        self.last_frame = connection.first_frame
        self.last_ts = connection.first_ts

    @property
    def waiting(self) -> int:
        """Bytes that are kept until their message is whole."""
        return self._messages[PEER].waiting + self._messages[AUTHENTICATOR].waiting

    def take(self, packet: EapPacket, frame: int, ts_ns: int) -> None:
        """The next packet of either end. What was repeated is passed over."""
        if self.over:
            return
        self._connection.last_frame = frame
        self._connection.last_ts = max(self._connection.last_ts, ts_ns)
        said = hash(packet)
        if said in self._recent:
            # Sent again, perhaps after its answer, or captured twice.
            return
        self._recent.append(said)
        if (
            packet.code in (REQUEST, RESPONSE)
            and 0 < (self.request_id - packet.identifier) & 0xFF < MAX_RECENT
        ):
            for each in self._messages:
                each.doubtful = self.request_id >= 0
        if self._is_late(packet):
            # Captured behind what answers it: nobody knows where its bytes belong.
            message = self._messages[AUTHENTICATOR if packet.code == REQUEST else PEER]
            if message.amid:
                message.disordered()
        elif packet.code == REQUEST:
            self._request(packet, frame, ts_ns)
        elif packet.code == RESPONSE:
            self._response(packet, frame, ts_ns)
        else:
            accepted = packet.code == SUCCESS
            self.answer(accepted, "EAP-Success" if accepted else "EAP-Failure", frame, ts_ns)

    def knows(self, packet: EapPacket) -> bool:
        """Whether this very packet came a short time ago."""
        return hash(packet) in self._recent

    def tell(self, outer: Outer) -> None:
        """What is known around TLS, in place of what was."""
        if outer != self.outer:
            self.outer = outer
            if self._session is not None:
                self._session.tell(outer)

    def answer(self, accepted: bool, words: str, frame: int, ts_ns: int) -> None:
        """The peer is let in or not: the conversation is over."""
        if self.over:
            return
        self._connection.last_ts = max(self._connection.last_ts, ts_ns)
        self.tell(
            replace(
                self.outer,
                answer="accept" if accepted else "reject",
                answered_as=words,
                answer_frame=frame,
                answer_ts=ts_ns,
            )
        )
        self.end("answered", frame, ts_ns)

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        """Nothing more comes; may be called again."""
        if self.over:
            return
        self.over = True
        session = self._session
        if session is not None:
            for message in self._messages:
                message.end(session, frame, ts_ns)
            session.ended(how, -1, frame, ts_ns)
            self._session = None

    def _request(self, packet: EapPacket, frame: int, ts_ns: int) -> None:
        peer, authenticator = self._messages
        if self.in_tls and self.request_id >= 0:
            if not self.answered:
                # Its Response was not captured; where more of a message was to follow, it was an acknowledgement.
                if not authenticator.amid:
                    peer.lost(self._why_lost(PEER), certain=True)
            elif packet.identifier != (self.request_id + 1) & 0xFF:
                # Most count by one: a Request and its Response may both be missing.
                for message in self._messages:
                    if message.amid:
                        message.lost(DATAGRAM_LOST, certain=self._counts_by_one)
        if self.request_id >= 0:
            if packet.identifier == (self.request_id + 1) & 0xFF:
                self._by_one += 1
            else:
                self._otherwise += 1
        self.request_id = packet.identifier
        self.answered = False
        self._tls(packet, AUTHENTICATOR, frame, ts_ns)

    @property
    def _counts_by_one(self) -> bool:
        """Whether the authenticator plainly counts its Requests, as most do."""
        return self._by_one >= 2 and self._by_one > self._otherwise

    def _is_late(self, packet: EapPacket) -> bool:
        """Whether a Request or Response belongs before the last Request, as far as identifiers tell."""
        if packet.code not in (REQUEST, RESPONSE) or self.request_id < 0 or not self.in_tls:
            return False
        return self._counts_by_one and 0 < (self.request_id - packet.identifier) & 0xFF < MAX_RECENT

    def _response(self, packet: EapPacket, frame: int, ts_ns: int) -> None:
        if packet.identifier != self.request_id:
            # Its Request was not captured; amid a message of the peer it was an acknowledgement.
            if self.in_tls and not self._messages[PEER].amid:
                self._messages[AUTHENTICATOR].lost(self._why_lost(AUTHENTICATOR), certain=True)
            self.request_id = packet.identifier
        elif self.answered:
            if self._session is not None:
                said = f"another answer to EAP-Request {packet.identifier} than before; the first one counts"
                self._session.defect(PEER, said, frame)
            return
        self.answered = True
        if packet.method == IDENTITY:
            name = packet.data[:MAX_IDENTITY].decode("utf-8", "replace")
            self.tell(replace(self.outer, identity=name))
        self._tls(packet, PEER, frame, ts_ns)

    def _tls(self, packet: EapPacket, side: int, frame: int, ts_ns: int) -> None:
        if packet.method not in WITH_TLS:
            return
        if packet.method != self.outer.method:
            self.tell(replace(self.outer, method=packet.method))
        self.in_tls = True
        try:
            piece = read_tls_piece(packet)
        except Malformed as problem:
            if self._session is not None:
                self._session.defect(side, f"EAP: {problem}", frame)
            return
        if piece.start or not (piece.data or piece.missing):
            return
        session = self._session
        if session is None:
            session = self._session = self._host.new_session(self._connection, self._carrier)
            session.tell(self.outer)
        other = self._messages[1 - side]
        if other.amid:
            # Who answers has had all of it.
            other.lost(self._why_lost(1 - side), certain=True)
            other.end(session, frame, ts_ns)
        if not self._spoke[side]:
            self._spoke[side] = True
            self._connection.saw_payload(side)
            if not _begins_tls(piece.data):
                session.gap(side, 0, STARTS_MID, frame, ts_ns)
        self._messages[side].add(piece, packet.identifier, session, frame, ts_ns)

    def _why_lost(self, side: int) -> str:
        """Why a packet of a side is not there: perhaps only some of its IP fragments are."""
        key = self._connection.key if side == PEER else self._connection.reverse
        return FRAGMENT_LOST if self._host.is_in_pieces(key[:-4]) else DATAGRAM_LOST


def _begins_tls(data: bytes) -> bool:
    """Whether the first thing that a side says begins here: a hello, or an alert in its place."""
    if data[:1] == bytes((_HANDSHAKE,)):
        return len(data) < 6 or data[5] in _FIRST_MESSAGES
    return data[:1] == bytes((_ALERT,))
