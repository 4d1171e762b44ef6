"""DTLS over UDP: which datagrams belong to one association, when it begins, and when it is over.

Knows that an association has the addresses and ports of its first datagram and begins with a handshake message in clear
(RFC 6347 section 4.2), that a ClientHello with another random begins a new one (section 4.2.8), and that STUN stands
beside the DTLS of WebRTC (RFC 7983 section 7); must not know how records are read (``reader``) nor what a certificate
says. Out come flows, through ``carriers.carrier``'s ``MessageSession``.

UDP has no FIN: an association is over after ``IDLE_NS`` of silence, with the capture, or when another one takes its
place. Who repeats its last flight and gets no answer is told by ``Outer.repeated``. Limits: ``MAX_CONVERSATIONS``
associations and as many pairs of ends with STUN; the oldest go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tlseku.carriers.carrier import (
    IDLE_NS,
    MAX_CONVERSATIONS,
    READ,
    CarrierHost,
    MessageSession,
)
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
from tlseku.registry.protocol_versions import DTLS13
from tlseku.tls import extensions as ext
from tlseku.tls.cursor import Cursor
from tlseku.tls.handshake import PLAUSIBLE_TYPES
from tlseku.tls.handshake_types import CLIENT_HELLO, HELLO_REQUEST, HELLO_VERIFY_REQUEST, HELLOS, SERVER_HELLO
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


def carrier(host: CarrierHost) -> DtlsAssociations:
    """The carrier for datagrams of DTLS, and of STUN, which says something of DTLS beside it."""
    return DtlsAssociations(host)


class DtlsAssociations:
    """All associations of a capture."""

    __slots__ = ("_associations", "_evicted", "_host", "_stun")

    def __init__(self, host: CarrierHost) -> None:
        self._host = host
        # By the key of the first datagram, in the order of their last one; and pairs of ends with STUN between them.
        self._associations: dict[bytes, Association] = {}
        self._stun: dict[bytes, None] = {}
        self._evicted = 0

    @property
    def limits(self) -> dict[str, int]:
        """How often each named bound was met."""
        return {"DTLS MAX_CONVERSATIONS": self._evicted} if self._evicted else {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram, as ``Carrier`` has it."""
        if datagram.kind == STUN:
            self._note_stun(datagram.key)
            return NOT_TCP
        found, side = self._find(datagram.key)
        start = payload_start(datagram.data, datagram.start, datagram.end)
        if found is not None and ts_ns - found.connection.last_ts > IDLE_NS:
            self._end(found, "idle")
            found = None
        hello = _begins_handshake(datagram, start)
        if found is not None and hello is not None and found.is_another(hello):
            self._end(found, "reused")
            found = None
        if found is None:
            if hello is None:
                return DTLS
            found, side = self._begin(datagram.key, frame, ts_ns), 0
        return found.take(side, datagram, start, frame, ts_ns)

    def advance(self, ts_ns: int) -> None:
        """End what was silent for too long."""
        silent = [each for each in self._associations.values() if ts_ns - each.connection.last_ts > IDLE_NS]
        for each in silent:
            self._end(each, "idle")

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over."""
        for each in list(self._associations.values()):
            self._end(each, "capture")

    def _find(self, key: bytes) -> tuple[Association | None, int]:
        found = self._associations.get(key)
        if found is not None:
            return found, 0
        return self._associations.get(reversed_key(key)), 1

    def _begin(self, key: bytes, frame: int, ts_ns: int) -> Association:
        if len(self._associations) >= MAX_CONVERSATIONS:
            self._evicted += 1
            self._end(next(iter(self._associations.values())), "evicted")
        beside_stun = key in self._stun or reversed_key(key) in self._stun
        begun = Association(self._host, Connection(key, frame, ts_ns), beside_stun)
        self._associations[key] = begun
        return begun

    def _end(self, association: Association, how: str) -> None:
        del self._associations[association.connection.key]
        association.end(how)

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
        "_asking",
        "_begun",
        "_claims",
        "_data_datagrams",
        "_first_repeated",
        "_host",
        "_news",
        "_outer",
        "_randoms",
        "_readers",
        "_repetitions",
        "_session",
        "connection",
    )

    def __init__(self, host: CarrierHost, connection: Connection, beside_stun: bool) -> None:
        self.connection = connection
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
        reader.datagram(data, start, end, frame, ts_ns)
        self._note_turns(side, frame)
        problems, reader.problems = reader.problems, []
        for problem, where in problems:
            self._session.defect(f"DTLS: {problem}", where)
        if datagram.missing:
            self._session.defect("DTLS: a datagram was cut by the snaplen", frame)
        return READ

    def message(self, message: Message) -> None:
        """What a side says: told on, and looked at where the reading of records hangs on it."""
        if not self._begun:
            self._note_beginning(message)
        self._news = self._begun = True
        if message.kind in HELLOS and message.cut is None:
            self._note_hello(message)
        self._session.message(message)

    def stands_beside_stun(self) -> None:
        """STUN was seen between the same ends."""
        self._tell(replace(self._outer, beside_stun=True))

    def end(self, how: str) -> None:
        """The association is over."""
        self._claim(0)
        for reader in self._readers:
            reader.close()
        self._session.ended(how)

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
