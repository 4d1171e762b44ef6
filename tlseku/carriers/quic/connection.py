"""One QUIC connection: its packets go in, the handshake messages in them come out.

Knows which packets belong to which encryption level and side (RFC 9001 section 4), what a packet says that ends a
connection, and that a secret may be logged after it was needed; must not know UDP, how packets are opened (``levels``),
nor what a message says. Hands on what it finds as ``tls.reader`` does: an Initial packet is in clear for everybody who
saw the client's first one, a Handshake packet without secret is a record of ciphertext like any other, and what comes
in 1-RTT packets is application data. Implements ``decryption.opening.Opening``.

Packets whose secret is not known yet wait, ``MAX_AWAITED`` bytes of a connection and no more than ``PendingBudget``
allows for all. A packet behind Initial that comes before the ServerHello was read waits in any case.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlseku.carriers.carrier import DATAGRAM_LOST, CarrierHost, MessageSession
from tlseku.carriers.outer import Outer
from tlseku.carriers.quic.crypto_stream import CryptoStream
from tlseku.carriers.quic.frames import ConnectionClose, Crypto, NewConnectionId, Stream, read_frames
from tlseku.carriers.quic.levels import CLIENT, SERVER, EncryptionLevels
from tlseku.carriers.quic.packets import QuicPacket
from tlseku.carriers.quic.versions import HANDSHAKE, INITIAL, ONE_RTT, RETRY
from tlseku.decryption.cipher_parameters import SECRETS_DO_NOT_FIT, TLS13, UNSUPPORTED_SUITE, suite_of
from tlseku.decryption.connection_keys import NO_SECRETS
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.quic_packets import PacketContent
from tlseku.decryption.record_decryptor import MAX_AWAITED
from tlseku.errors import Malformed
from tlseku.network.tcp.connection import Connection
from tlseku.tls.handshake_types import (
    FINISHED,
    HOLE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.hello import ClientHello, ServerHello
from tlseku.tls.message import Message

MAX_INITIALS: Final = 64
"""Initial packets of a side that are opened: a hello of any size, sent a few times, takes fewer."""

MAX_HANDSHAKES: Final = 1024
"""Handshake packets of a side that are opened: a megabyte of chain has no more."""

MAX_ONE_RTT: Final = 4096
"""1-RTT packets of a connection that are opened: what refuses a certificate comes within a round trip."""

MAX_SEALED: Final = 64
"""Packets behind Initial of a connection that are looked at where nothing opens them."""

MAX_IDS: Final = 64
"""Connection ids of a side that are remembered; an endpoint hands out some eight."""

_FATAL: Final = 2
_MAX_REASON: Final = 100


class _Waiting(NamedTuple):
    """A packet that waits for a secret: its bytes, and where in them it stands."""

    side: int
    packet: QuicPacket
    data: bytes
    frame: int
    ts_ns: int


class QuicConnection:
    """One connection. The client is ``client_side`` of ``connection``; ``ids`` are the connection ids by which each
    side wants to be called."""

    __slots__ = (
        "_closes",
        "_counts",
        "_ended",
        "_failed",
        "_held",
        "_host",
        "_latest",
        "_levels",
        "_patient",
        "_problems",
        "_random",
        "_sealed",
        "_session",
        "_store_revision",
        "_streams",
        "_version",
        "_versions",
        "_waiting",
        "_went_on",
        "client_side",
        "connection",
        "finished",
        "ids",
        "inner_session",
        "last_frame",
        "last_ts",
    )

    def __init__(
        self,
        host: CarrierHost,
        connection: Connection,
        client_side: int,
        version: int,
        levels: EncryptionLevels,
    ) -> None:
        self.connection = connection
        self.last_frame = connection.first_frame
        self.last_ts = connection.first_ts
        self._ended = False
        self.client_side = client_side
        self.ids: tuple[set[bytes], set[bytes]] = (set(), set())
        self.finished = [0, 0]
        self.inner_session = False
        self._host = host
        self._levels = levels
        self._version = version
        self._versions = {version}
        self._random: bytes | None = None
        self._store_revision = -1
        self._streams: dict[tuple[int, int], CryptoStream] = {}
        self._counts: dict[tuple[int, int], int] = {}
        self._sealed = 0
        self._waiting: list[_Waiting] = []
        self._held = 0
        self._patient = True
        self._failed = [False, False]
        # Whether a side sent 1-RTT packets, which come behind its last flight or, of a server, its first.
        self._went_on = [False, False]
        self._closes: set[tuple[int, int]] = set()
        self._problems = 0
        self._latest = (connection.first_frame, connection.first_ts)
        self._session: MessageSession = host.new_message_session(connection, "quic", opening=self)
        self._session.tell(Outer(quic_version=version))

    # What the carrier tells of.

    @property
    def wants_more(self) -> bool:
        """Whether packets with a short header are of any use."""
        opened = self._counts.get((0, ONE_RTT), 0) + self._counts.get((1, ONE_RTT), 0)
        return self._sealed < MAX_SEALED and opened < MAX_ONE_RTT

    def packet(self, side: int, packet: QuicPacket, data: bytes, frame: int, ts_ns: int) -> None:
        """A packet of a side, ``data[packet.start:packet.end]``."""
        self._latest = frame, ts_ns
        if packet.kind in (INITIAL, HANDSHAKE, RETRY):
            self._note_id(side, packet.source)
        if packet.kind == INITIAL:
            self._initial(side, packet, data, frame, ts_ns)
        elif packet.kind in (HANDSHAKE, ONE_RTT):
            self._went_on[side] = self._went_on[side] or packet.kind == ONE_RTT
            self._behind_initial(side, packet, data, frame, ts_ns)

    def frames(self, side: int, level: int, payload: bytes, frame: int, ts_ns: int) -> None:
        """The frames of an opened packet."""
        spoke = 0
        try:
            for each in read_frames(payload):
                if isinstance(each, Crypto):
                    self._crypto(side, level, each, frame, ts_ns)
                elif isinstance(each, ConnectionClose):
                    self._close(side, level, each, frame, ts_ns)
                elif isinstance(each, NewConnectionId):
                    self._note_id(side, each.connection_id)
                elif isinstance(each, Stream):
                    spoke += len(each.data)
        except Malformed as problem:
            self._complain(str(problem), frame)
        if spoke:
            self._tell(side, RECORD_APPLICATION_DATA, b"", spoke, frame, ts_ns, opened=True)

    @property
    def waiting(self) -> int:
        """Bytes of messages that are kept until more comes; packets that wait are ``PendingBudget``'s."""
        return sum(stream.held for stream in self._streams.values())

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        """The connection is over; its flow ends with its last datagram."""
        if not self._ended:
            self._ended = True
            self._session.ended(how)

    # What the message log asks, and tells of (``Opening``).

    @property
    def active(self) -> bool:
        """Whether there is anything to open with."""
        return self._levels.has_secrets

    @property
    def had_secrets(self) -> bool:
        """Whether a secret of the connection is known."""
        return self._levels.has_secrets

    @property
    def agreed_tls13(self) -> bool:
        """QUIC has no other version of TLS (RFC 9001 section 4.2)."""
        return True

    def why_not_decrypted(self, side: int) -> str | None:
        """Why the Handshake packets of a side were not opened; None if they were."""
        suite = self._levels.cipher_suite
        if not self._levels.has_secret(self._role(side), HANDSHAKE):
            return NO_SECRETS
        if suite and suite_of(suite, TLS13) is None:
            return UNSUPPORTED_SUITE
        return SECRETS_DO_NOT_FIT if self._failed[side] else None

    def lacks_secret(self, side: int) -> bool:
        """Whether what a side says waits for a secret."""
        return any(each.side == side for each in self._waiting)

    def heard(self, message: Message, hello: ClientHello | ServerHello | None) -> None:
        """A whole message: hellos bring the session and its suite."""
        if isinstance(hello, ClientHello):
            self._random = hello.random
            self._learn()
        elif isinstance(hello, ServerHello) and not hello.is_hello_retry_request:
            self._levels.cipher_suite = hello.cipher_suite
            self._go_on()
        elif message.kind == FINISHED:
            self.finished[message.side] += 1

    def arrived(self, message: Message) -> None:
        """Nothing waits that is told later than what came behind it."""

    def change_cipher_spec(self, message: Message) -> None:
        """There is none in QUIC (RFC 9001 section 8.4)."""

    def close(self, reason: str) -> None:
        """Nothing more comes."""
        self.let_go()
        for stream in self._streams.values():
            cut = stream.close(*self._latest)
            if cut is not None:
                self._session.message(cut)
            if stream.amid_message:
                self._tell_lost(stream.side)
        for side in (0, 1):
            if self._lacks_messages(side):
                self._tell_lost(side)

    def _lacks_messages(self, side: int) -> bool:
        """Whether the handshake went on behind messages of a side that are not in the capture."""
        role = self._role(side)
        if role == SERVER and not self._levels.cipher_suite:
            return self._sealed > 0 and self.connection.payload_seen[side]
        return self._went_on[side] and self._levels.has_secret(role, HANDSHAKE) and not self.finished[side]

    def _tell_lost(self, side: int) -> None:
        self._tell(side, HOLE, b"", 0, *self._latest, cut=DATAGRAM_LOST)

    # What ends the waiting (``PendingBudget``).

    def retry(self) -> None:
        """Secrets came: maybe one of this connection."""
        self._learn()
        self._go_on()

    def let_go(self) -> None:
        """Wait no longer."""
        self._patient = False
        if not self._levels.cipher_suite:
            self._find_suite()
        waiting, self._waiting = self._waiting, []
        self._hold()
        for each in waiting:
            if not self._open(each):
                self._tell_sealed(each)

    def _find_suite(self) -> None:
        """No ServerHello came that names the suite: one of the few there are may open what waits."""
        self._learn()
        for each in self._waiting:
            role = self._role(each.side)
            if each.packet.kind == HANDSHAKE and self._levels.find_suite(
                role, each.data, each.packet, self._version
            ):
                return

    # How packets are opened.

    def _initial(self, side: int, packet: QuicPacket, data: bytes, frame: int, ts_ns: int) -> None:
        if not self._count(side, INITIAL, MAX_INITIALS):
            return
        if packet.version not in self._versions and len(self._versions) < _MAX_VERSIONS:
            # The server may answer in another version that both know (RFC 9368 section 2.3).
            self._versions.add(packet.version)
            self._levels.use_version(packet.version)
            self._version = packet.version
            self._session.tell(Outer(quic_version=packet.version))
        try:
            opened = self._levels.open_initial(self._role(side), data, packet)
        except DoesNotFit:
            self._complain("an Initial packet does not open", frame)
            return
        self.frames(side, INITIAL, opened.payload, frame, ts_ns)

    def _behind_initial(self, side: int, packet: QuicPacket, data: bytes, frame: int, ts_ns: int) -> None:
        if not self._open(_Waiting(side, packet, data, frame, ts_ns)):
            self._wait(side, packet, data, frame, ts_ns)

    def _open(self, each: _Waiting) -> bool:
        """Open a packet behind Initial; whether it was, or never will be."""
        role, level = self._role(each.side), each.packet.kind
        if not self._levels.cipher_suite or not self._levels.has_secret(role, level):
            return False
        limit = MAX_ONE_RTT if level == ONE_RTT else MAX_HANDSHAKES
        if not self._count(each.side, level, limit):
            return True
        try:
            opened = self._open_behind(role, each)
        except DoesNotFit:
            self._tell_sealed(each)
            if level == HANDSHAKE and not self._failed[each.side] and not self.finished[each.side]:
                self._failed[each.side] = True
                self._complain("a Handshake packet does not open with the session's secrets", each.frame)
            return True
        if level == HANDSHAKE:
            self._failed[each.side] = False
        self.frames(each.side, level, opened.payload, each.frame, each.ts_ns)
        return True

    def _open_behind(self, role: int, each: _Waiting) -> PacketContent:
        """Open a packet behind Initial; of a short header nobody knows how long the connection id is. Raises
        ``DoesNotFit``."""
        packet = each.packet
        if packet.kind != ONE_RTT:
            return self._levels.open(role, each.data, packet, self._version)
        names = self.ids[1 - each.side]
        called = {len(name) for name in names if each.data.startswith(name, packet.start + 1)}
        for length in sorted(called or {len(name) for name in names}, reverse=True)[:_MAX_LENGTHS]:
            try:
                numbered = packet._replace(number_at=packet.start + 1 + length)
                return self._levels.open(role, each.data, numbered, self._version)
            except DoesNotFit:
                continue
        raise DoesNotFit("no connection id of the other side fits")

    def _wait(self, side: int, packet: QuicPacket, data: bytes, frame: int, ts_ns: int) -> None:
        size = packet.end - packet.start
        may_come = self._host.secrets is not None or not self._levels.cipher_suite
        moved = packet._replace(start=0, number_at=packet.number_at - packet.start, end=size)
        waiting = _Waiting(side, moved, data[packet.start : packet.end], frame, ts_ns)
        if not self._patient or not may_come or self._held + size > MAX_AWAITED:
            self._tell_sealed(waiting)
            return
        self._waiting.append(waiting)
        self._hold()

    def _learn(self) -> None:
        store = self._host.secrets
        if store is None or self._random is None or store.revision == self._store_revision:
            return
        self._store_revision = store.revision
        if store.has_session(self._random):
            store.claim(self._random)
        self._levels.learn(store.of(self._random))

    def _go_on(self) -> None:
        """Look at what waits again."""
        self._learn()
        waiting, self._waiting = self._waiting, []
        may_come = self._patient and self._host.secrets is not None
        for each in waiting:
            if self._open(each):
                continue
            if may_come or not self._levels.cipher_suite:
                self._waiting.append(each)
            else:
                self._tell_sealed(each)
        self._hold()

    def _hold(self) -> None:
        held = sum(len(each.data) for each in self._waiting)
        if held != self._held:
            self._held = held
            self._host.pending.holds(self, held)

    def _count(self, side: int, level: int, limit: int) -> bool:
        count = self._counts.get((side, level), 0)
        self._counts[side, level] = count + 1
        return count < limit

    def _role(self, side: int) -> int:
        return CLIENT if side == self.client_side else SERVER

    # What is told.

    def _crypto(self, side: int, level: int, crypto: Crypto, frame: int, ts_ns: int) -> None:
        stream = self._streams.get((side, level))
        if stream is None:
            stream = self._streams[side, level] = CryptoStream(side, opened=level != INITIAL)
        was_read = stream.problem is None
        for message in stream.add(crypto.offset, crypto.data, frame, ts_ns):
            self._session.message(message)
        if was_read and stream.problem is not None:
            self._complain(stream.problem, frame)

    def _close(self, side: int, level: int, close: ConnectionClose, frame: int, ts_ns: int) -> None:
        if (side, close.code) in self._closes or len(self._closes) >= MAX_IDS:
            # It is said again, and in each level that the other side may be able to read.
            return
        self._closes.add((side, close.code))
        if close.alert is not None:
            body = bytes((_FATAL, close.alert))
            self._tell(side, RECORD_ALERT, body, 0, frame, ts_ns, opened=level != INITIAL)
        elif close.code and not close.by_application:
            words = close.reason[:_MAX_REASON].decode("utf-8", "replace")
            self._complain(f"CONNECTION_CLOSE with error 0x{close.code:x} {words}".rstrip(), frame)
        if self.connection.closed_by < 0:
            self.connection.closed_by = side
            self.connection.closed_frame, self.connection.closed_ts = frame, ts_ns

    def _tell_sealed(self, each: _Waiting) -> None:
        self._sealed += 1
        kind = RECORD_APPLICATION_DATA if each.packet.kind == ONE_RTT else RECORD_ENCRYPTED_HANDSHAKE
        self._tell(each.side, kind, b"", each.packet.end - each.packet.start, each.frame, each.ts_ns)

    def _tell(
        self,
        side: int,
        kind: int,
        body: bytes,
        length: int,
        frame: int,
        ts_ns: int,
        *,
        cut: str | None = None,
        opened: bool = False,
    ) -> None:
        self._session.message(Message(side, kind, frame, ts_ns, body, length, None, cut, opened))

    def _note_id(self, side: int, connection_id: bytes) -> None:
        if len(self.ids[side]) < MAX_IDS:
            self.ids[side].add(connection_id)

    def _complain(self, problem: str, frame: int) -> None:
        self._problems += 1
        if self._problems <= MAX_SEALED:
            self._session.defect(f"QUIC: {problem}", frame)


_MAX_VERSIONS: Final = 3
_MAX_LENGTHS: Final = 3
