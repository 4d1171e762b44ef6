"""DTLS over UDP: which datagrams belong to one association, when it begins, and when it is over.

Knows that an association has the addresses and ports of its first datagram and begins with a handshake message in clear
(RFC 6347 section 4.2), that a ClientHello with another random begins a new one (section 4.2.8), and that STUN stands
beside the DTLS of WebRTC (RFC 7983 section 7); must not know how records are read (``reader``) nor what a certificate
says. Out come flows, through ``carriers.carrier``'s ``MessageSession``.

UDP has no FIN: an association is over after ``IDLE_NS`` of silence, with the capture, or when another one takes its
place. Who repeats its last flight and gets no answer is told by ``Outer.repeated``. Limits: those of
``conversation_table``, and ``MAX_CONVERSATIONS`` pairs of ends with STUN.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tlseku.carriers.carrier import (
    DATAGRAM_LOST,
    FRAGMENT_LOST,
    IDLE_NS,
    MAX_CONVERSATIONS,
    READ,
    CarrierHost,
    MessageSession,
)
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.dtls.handshake_messages import read_fragments
from tlseku.carriers.dtls.opened_messages import OpenedMessages
from tlseku.carriers.dtls.reader import DtlsReader
from tlseku.carriers.dtls.records import (
    APPLICATION_DATA,
    HANDSHAKE,
    begins_record,
    payload_start,
    read_records,
)
from tlseku.carriers.outer import Outer
from tlseku.errors import Malformed
from tlseku.network.decode.segment import DTLS, NOT_TCP, STUN, Datagram, reversed_key
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.stream import SNAPLEN_TRUNCATED
from tlseku.registry.protocol_versions import DTLS13
from tlseku.tls import extensions as ext
from tlseku.tls.cursor import Cursor
from tlseku.tls.handshake import PLAUSIBLE_TYPES
from tlseku.tls.handshake_types import (
    CLIENT_HELLO,
    CLIENT_KEY_EXCHANGE,
    HELLO_REQUEST,
    HELLO_VERIFY_REQUEST,
    HELLOS,
    RECORD_CHANGE_CIPHER_SPEC,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from tlseku.tls.hello import read_client_hello, read_server_hello
from tlseku.tls.message import Message

MAX_FOLLOWED: Final = 256
"""Datagrams of application data of an association that are read record by record where no secrets open them."""

MAX_CLAIMED: Final = 64
"""Datagrams of DTLS 1.3 whose first byte tells nobody what they are, that are asked for behind its hellos."""

SILENCE: Final = 2
"""How often a flight is said again before the silence about it says something: a datagram may get lost."""

# A HelloRequest, twelve zeros, begins nothing that was not there before.
_FIRST_SEEN: Final = (PLAUSIBLE_TYPES | {HELLO_VERIFY_REQUEST}) - {HELLO_REQUEST}
_RANDOM = slice(2, 34)


class DtlsAssociations(ConversationCarrier["Association"]):
    """All associations of a capture."""

    __slots__ = ("_by_key", "_stun")

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, "DTLS")
        # By the key of the first datagram; and pairs of ends with STUN between them.
        self._by_key: dict[bytes, Association] = {}
        self._stun: dict[bytes, None] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram, as ``Carrier`` has it."""
        if datagram.kind == STUN:
            self._note_stun(datagram.key)
            return NOT_TCP
        if datagram.start >= datagram.end:
            return NOT_TCP
        found, side = self._find(datagram.key)
        start = payload_start(datagram.data, datagram.start, datagram.end)
        if found is not None and ts_ns - found.last_ts > IDLE_NS:
            self._table.end(found, "idle", found.last_frame, found.last_ts)
            found = None
        hello = _begins_handshake(datagram, start)
        if found is not None and hello is not None and found.is_another(hello):
            self._table.end(found, "reused", frame, ts_ns)
            found = None
        if found is None:
            if hello is None:
                return DTLS
            found, side = self._begin(datagram.key, frame, ts_ns), 0
        taken = found.take(side, datagram, start, frame, ts_ns)
        if taken == READ:
            self._table.heard(found, frame, ts_ns)
        return taken

    def _find(self, key: bytes) -> tuple[Association | None, int]:
        found = self._by_key.get(key)
        if found is not None:
            return found, 0
        return self._by_key.get(reversed_key(key)), 1

    def _begin(self, key: bytes, frame: int, ts_ns: int) -> Association:
        beside_stun = key in self._stun or reversed_key(key) in self._stun
        begun = self._by_key[key] = Association(self._host, Connection(key, frame, ts_ns), beside_stun)
        self._table.heard(begun, frame, ts_ns)
        return begun

    def _forget(self, association: Association) -> None:
        self._by_key.pop(association.connection.key, None)

    def _note_stun(self, key: bytes) -> None:
        if key in self._stun or reversed_key(key) in self._stun:
            return
        if len(self._stun) >= MAX_CONVERSATIONS:
            del self._stun[next(iter(self._stun))]
        self._stun[key] = None
        found, _ = self._find(key)
        if found is not None:
            found.stands_beside_stun()


class Association:
    """One association: its two sides, and what their datagrams say beside messages."""

    __slots__ = (
        "_agreed_tls13",
        "_asking",
        "_begun",
        "_claims",
        "_data_datagrams",
        "_ended",
        "_first_change",
        "_first_repeated",
        "_host",
        "_news",
        "_outer",
        "_randoms",
        "_readers",
        "_repetitions",
        "_said",
        "_session",
        "_why_lost",
        "connection",
        "last_frame",
        "last_ts",
    )

    def __init__(self, host: CarrierHost, connection: Connection, beside_stun: bool) -> None:
        self.connection = connection
        self.last_frame = connection.first_frame
        self.last_ts = connection.first_ts
        self._ended = False
        self._host = host
        contents = OpenedMessages(0), OpenedMessages(1)
        self._session: MessageSession = host.new_message_session(connection, "dtls", contents=contents)
        self._readers = (
            DtlsReader(0, self, self._session.sealed),
            DtlsReader(1, self, self._session.sealed),
        )
        self._outer = Outer(beside_stun=beside_stun)
        self._session.tell(self._outer)
        self._begun = False
        self._randoms: set[bytes] = set()
        # What each side said in clear, who first changed its keys, and why something of a side may be missing.
        self._said: tuple[set[int], set[int]] = (set(), set())
        self._first_change = -1
        self._why_lost: list[str] = [DATAGRAM_LOST, DATAGRAM_LOST]
        self._agreed_tls13 = False
        self._data_datagrams = 0
        self._claims = 0
        # Whether the datagram that is being read says anything new; whose last flight has no answer yet (-1: nobody's),
        # and how often it was said again.
        self._news = False
        self._asking = -1
        self._repetitions = 0
        self._first_repeated = 0

    def is_another(self, hello: bytes) -> bool:
        """Whether a ClientHello in clear, by its random, begins another association."""
        return self._begun and hello not in self._randoms and hello != b""

    def take(self, side: int, datagram: Datagram, start: int, frame: int, ts_ns: int) -> int:
        """A datagram of a side; the payload begins at ``start``."""
        data, end = datagram.data, datagram.end
        claimed = self._claims > 0 and not begins_record(data, start, end)
        if claimed and not 0x20 <= data[start] < 0x40:
            return NOT_TCP
        if claimed:
            self._claims -= 1
            if not self._claims:
                self._claim(0)
        connection = self.connection
        connection.last_frame, connection.last_ts = frame, max(ts_ns, connection.last_ts)
        connection.saw_payload(side)
        if data[start] == APPLICATION_DATA and self._session.sealed is None:
            self._data_datagrams += 1
            if self._data_datagrams > MAX_FOLLOWED:
                return READ
        self._news = False
        reader = self._readers[side]
        self._note_loss(side, datagram, frame)
        reader.datagram(data, start, end, frame, ts_ns, datagram.missing)
        self._note_turns(side, frame)
        problems, reader.problems = reader.problems, []
        for problem, where in problems:
            self._session.defect(f"DTLS: {problem}", where)
        return READ

    def message(self, message: Message) -> None:
        """What a side says: told on, and looked at where the reading of records hangs on it."""
        if not self._begun:
            self._note_beginning(message)
        if message.cut is None and not message.opened:
            self._said[message.side].add(message.kind)
        if message.kind == RECORD_CHANGE_CIPHER_SPEC and self._first_change < 0:
            self._first_change = message.side
        self._news = self._begun = True
        if message.kind in HELLOS and message.cut is None:
            self._note_hello(message)
        self._session.message(message)

    def stands_beside_stun(self) -> None:
        """STUN was seen between the same ends."""
        self._tell(replace(self._outer, beside_stun=True))

    @property
    def waiting(self) -> int:
        """Bytes that are kept until more comes."""
        return self._readers[0].waiting + self._readers[1].waiting

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        """The association is over; its flow ends with its last datagram."""
        if self._ended:
            return
        self._ended = True
        self._claim(0)
        for side, reader in enumerate(self._readers):
            reader.close(self._why_lost[side], self._lacks_flight(side))
        self._session.ended(how)

    def _note_loss(self, side: int, datagram: Datagram, frame: int) -> None:
        """Why something of a side may be missing: the capture keeps a part of each packet, or loses IP fragments."""
        if datagram.missing:
            if self._why_lost[side] != SNAPLEN_TRUNCATED:
                self._session.defect("DTLS: datagrams were cut by the snaplen", frame)
            self._why_lost[side] = SNAPLEN_TRUNCATED
        for each, key in enumerate((self.connection.key, self.connection.reverse)):
            if self._why_lost[each] == DATAGRAM_LOST and self._host.is_in_pieces(key[:-4]):
                self._why_lost[each] = FRAGMENT_LOST

    def _lacks_flight(self, side: int) -> bool:
        """Whether a side must have said more in clear, since the handshake went on behind it.

        In a full handshake the client is the first to send ChangeCipherSpec; it has sent its ClientKeyExchange then,
        and had the server's ServerHelloDone. In an abbreviated one the server is, and has sent nothing but its hello
        (RFC 5246 section 7.3).
        """
        said, other = self._said[side], self._said[1 - side]
        of_client = CLIENT_HELLO in said or SERVER_HELLO in other or HELLO_VERIFY_REQUEST in other
        if self._readers[side].begins_amid or self._first_change < 0 or self._agreed_tls13:
            return False
        is_full = (self._first_change == side) is of_client
        if not is_full:
            return (CLIENT_HELLO if of_client else SERVER_HELLO) not in said
        return (CLIENT_KEY_EXCHANGE if of_client else SERVER_HELLO_DONE) not in said

    def _note_turns(self, side: int, frame: int) -> None:
        """Whether a side that says its last flight again had an answer to it."""
        if self._news or side != self._asking:
            self._asking = side if self._news else -1
            self._repetitions = 0
            if self._outer.repeated is not None:
                self._tell(replace(self._outer, repeated=None))
            return
        self._repetitions += 1
        if self._repetitions == 1:
            self._first_repeated = frame
        elif self._repetitions == SILENCE:
            self._tell(replace(self._outer, repeated=self._first_repeated))

    def _tell(self, outer: Outer) -> None:
        self._outer = outer
        self._session.tell(outer)

    def _note_beginning(self, message: Message) -> None:
        """Where the first message is no ClientHello, the capture starts later than the handshake."""
        if message.kind != CLIENT_HELLO:
            self._begins_amid(1 - message.side)
            if message.kind not in (SERVER_HELLO, HELLO_VERIFY_REQUEST):
                self._begins_amid(message.side)

    def _begins_amid(self, side: int) -> None:
        self._session.begins_amid(side)
        self._readers[side].begins_amid = True

    def _note_hello(self, message: Message) -> None:
        try:
            if message.kind == CLIENT_HELLO:
                extensions = read_client_hello(message.body).extensions
                if len(self._randoms) < MAX_CLAIMED:
                    self._randoms.add(message.body[_RANDOM])
            else:
                hello = read_server_hello(message.body)
                extensions = hello.extensions
                if hello.version == DTLS13:
                    self._agreed_tls13 = True
                    self._claim(MAX_CLAIMED)
            asked = ext.find(extensions, ext.CONNECTION_ID)
            if asked is not None:
                # The other side writes it into its records (RFC 9146 section 3).
                self._readers[1 - message.side].id_length = len(
                    Cursor(asked).vector_bytes(1, "a connection id")
                )
        except Malformed:
            # The log, which reads all of it, says so.
            return

    def _claim(self, count: int) -> None:
        if count and not self._claims:
            self._host.claimed[self.connection.key] = self._host.claimed[self.connection.reverse] = DTLS
        elif not count and self._claims:
            self._host.claimed.pop(self.connection.key, None)
            self._host.claimed.pop(self.connection.reverse, None)
        self._claims = count


def _begins_handshake(datagram: Datagram, start: int) -> bytes | None:
    """The random of the ClientHello with which a datagram begins, b"" for another handshake message in clear, None
    where it begins with none."""
    data, end = datagram.data, datagram.end
    if not begins_record(data, start, end) or data[start] != HANDSHAKE:
        return None
    try:
        record = next(read_records(data, start, end))
        if record.epoch:
            return None
        fragment = next(read_fragments(data, record.start, record.end), None)
    except Malformed:
        return None
    if fragment is None or fragment.kind not in _FIRST_SEEN:
        return None
    if fragment.kind == CLIENT_HELLO and fragment.offset == 0 and fragment.end - fragment.start >= 34:
        return data[fragment.start + 2 : fragment.start + 34]
    return b""
