"""What was said in a recorded connection, as far as its flow and the kind of that depend on it.

Knows which messages, in which order and how tightly packed, and which facts of hellos, chains and requests decide what
is concluded; must not know conclusions. What is odd is not read: a flow with it is concluded by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from librt.strings import BytesWriter

from tlseku._build import mypyc_attr
from tlseku.frames.arrivals import add_arrival
from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.before_close import BeforeClose
from tlseku.handshake.hello_facts import ClientFacts, HelloReader, ServerFacts
from tlseku.handshake.sealed_records import SealedRecords
from tlseku.handshake.shared_chains import SharedChain, SharedChains, SharedRequest
from tlseku.policy.request_match import Match
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CLIENT_HELLO,
    HOLE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from tlseku.tls.hello import TLS13
from tlseku.tls.message import Message

if TYPE_CHECKING:
    from mypy_extensions import i64

_NO_MATCHES: Mapping[str, Match] = {}


@mypyc_attr(acyclic=True)
class Said:
    """Reads what was said, message by message.

    ``codes`` has two bytes a message: side, whether its type is no HandshakeType, and whether it came in the frame of
    the one before; then its type. ``arrivals`` has frame and time of each (``frames.arrivals``), ``carried`` the frames
    of those that came in several, by their place among them. Each of ``chains`` stands at the place beside it.
    ``matches`` is how the client's chain meets the request, None if it does not."""

    __slots__ = (
        "_chains",
        "_data_seen",
        "_flight_over",
        "_hellos",
        "_previous",
        "_request_body",
        "alert_words",
        "arrivals",
        "before_close",
        "bytes_lost",
        "carried",
        "chains",
        "client",
        "client_chain",
        "codes",
        "count",
        "last_ts",
        "matches",
        "places",
        "request",
        "request_place",
        "sealed",
        "server",
        "server_chain",
        "version",
    )

    def __init__(self, chains: SharedChains, hellos: HelloReader, before_close: BeforeClose) -> None:
        self._chains = chains
        self._hellos = hellos
        self.before_close = before_close
        self.client: ClientFacts | None = None
        self.server: ServerFacts | None = None
        self.version: i64 = 0
        self.alert_words = b""
        self.server_chain: SharedChain | None = None
        self.client_chain: SharedChain | None = None
        self.chains: tuple[SharedChain, ...] = ()
        self.places: tuple[int, ...] = ()
        self.carried: dict[int, tuple[int, ...]] | None = None
        self.request: SharedRequest | None = None
        self.request_place: i64 = -1
        self._request_body = b""
        self.matches: Mapping[str, Match] | None = _NO_MATCHES
        self.sealed: SealedRecords | None = None
        self.codes = BytesWriter()
        self.arrivals = BytesWriter()
        self.count: i64 = 0
        self.last_ts = 0
        # Bits of the sides that sent application data, and whose flight in clear is over.
        self._data_seen: i64 = 0
        self._flight_over: i64 = 0
        self.bytes_lost = False
        self._previous: i64 = -1

    def read(self, messages: list[Message]) -> bool:
        """Take all of it; False if anything is odd."""
        for message in messages:
            if message.kind == HOLE and self._flight_over & (message.side + 1):
                # Behind the end of a side's clear flight it hides nothing.
                self.bytes_lost = True
            # What is missing has its own consequences, and may have kept one side waiting.
            elif message.kind <= HOLE or message.cut is not None or not self._take(message):
                return False
        # After a HelloRetryRequest there are two hellos of each side.
        return self.client is not None and (self.server is None or not self.server.retry)

    def _take(self, message: Message) -> bool:
        frame: i64 = message.frame & FRAME_MASK
        kind: i64 = message.kind
        bit: i64 = message.side + 1
        if frame < self._previous:
            return False
        self.last_ts = message.ts_ns
        is_first_data = kind == RECORD_APPLICATION_DATA and not self._data_seen & bit
        if kind < 0:
            if kind < RECORD_ALERT and self.sealed is not None:
                if kind == RECORD_ENCRYPTED_HANDSHAKE:
                    return False
                self.sealed.add(message.side == 0, message.length, frame)
            self.before_close.encrypted(
                message.side, kind, message.frame, message.ts_ns, not self._data_seen & bit
            )
        else:
            self.before_close.word(message.frame, message.ts_ns)
        if kind == RECORD_APPLICATION_DATA and not is_first_data:
            return True
        self._data_seen |= bit if is_first_data else 0
        code: int = message.side * 4 + (2 if kind < 0 else 0) + (1 if frame == self._previous else 0)
        self.codes.append(code)
        code = kind & 0xFF
        self.codes.append(code)
        self._previous = frame
        if not (self._hello(message) if kind in (CLIENT_HELLO, SERVER_HELLO) else self._other(message)):
            return False
        add_arrival(self.arrivals, frame, message.ts_ns)
        if message.carried is not None:
            if self.carried is None:
                self.carried = {}
            self.carried[self.count] = _in_order(message.carried)
        self.count += 1
        return True

    def _hello(self, message: Message) -> bool:
        if message.kind == CLIENT_HELLO:
            client = self._hellos.client(message.body)
            self.client = client if self.client is None else self.client
            return client is not None and message.side == 0
        server = self._hellos.server(message.body)
        self.server = server
        if server is None or message.side == 0:
            return False
        self.version = server.version
        self.sealed = SealedRecords() if server.version >= TLS13 else None
        return True

    def _other(self, message: Message) -> bool:
        kind: i64 = message.kind
        if kind == CERTIFICATE:
            return self._certificate(message)
        if kind == CERTIFICATE_REQUEST:
            if self.request is not None or self.version >= TLS13 or not self.version or message.side == 0:
                return False
            self.request = self._chains.request(message.body, self.version)
            self.request_place = self.count
            self._request_body = message.body
            return self.request is not None
        if kind in (RECORD_CHANGE_CIPHER_SPEC, SERVER_HELLO_DONE):
            self._flight_over |= message.side + 1
        elif kind == RECORD_ALERT:
            self.alert_words += message.body
        return True

    def _certificate(self, message: Message) -> bool:
        if self.version >= TLS13 or (self.server_chain if message.side else self.client_chain) is not None:
            return False
        chain = self._chains.chain(message.side, message.body)
        if not chain.is_plain or message.ts_ns < chain.valid_from or message.ts_ns > chain.valid_until:
            return False
        self.chains = (*self.chains, chain)
        self.places = (*self.places, self.count)
        if message.side:
            self.server_chain = chain
            return True
        self.client_chain = chain
        if self.request is not None:
            self.matches = self._chains.matches(
                self.request, chain, self._request_body, message.body, self.version
            )
        return self.matches is not None


def _in_order(frames: tuple[int, ...]) -> tuple[int, ...]:
    """The frames that carried a message, each once: one whose bytes overlap others may have brought two pieces."""
    previous: i64 = -1
    for frame in frames:
        if frame <= previous:
            return tuple([each & FRAME_MASK for each in sorted(set(frames))])
        previous = frame
    return frames if previous <= FRAME_MASK else tuple([each & FRAME_MASK for each in frames])
