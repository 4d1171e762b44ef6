"""The encrypted records of one connection, opened with its session's secrets.

Stands between the TLS streams and the message log: takes records of ciphertext in the order of each side, hands what
they hold back as messages and alerts, and application data as nothing but a record. Knows in which order the two sides
must be heard so that keys exist when they are needed; must not know how keys are made (``connection_keys``) or what a
message is good for. Imports ``cryptography``: to be imported only when there are secrets.

Plan: each side has a queue. What needs something that the other side says, and that was not read yet because segments
came late, waits in it: early data for the ServerHello, a ServerHello for its ClientHello. So does what needs a secret
that is not known yet, since a key log may grow while the capture is read. ``MAX_HELD`` bytes may wait for the other
side, ``MAX_AWAITED`` for a secret, and no more than ``PendingBudget`` allows for all connections; beyond, and at the
end, everything is processed in the order in which it came. Without keys for either side the decryptor then turns
inactive, and the connection is read as if there were none.
"""

from __future__ import annotations

from collections import deque
from operator import itemgetter
from typing import NamedTuple, Protocol

from tlseku.decryption.cipher_parameters import TLS13, UNSUPPORTED_SUITE
from tlseku.decryption.connection_keys import CLIENT, SECRETS_DO_NOT_FIT, SERVER, ConnectionKeys
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.secret_store import SecretStore
from tlseku.registry.names import HANDSHAKE_TYPES
from tlseku.tls import extensions as ext
from tlseku.tls import records
from tlseku.tls.handshake import MAX_MESSAGE, HandshakeReader
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    COMPRESSED_CERTIFICATE,
    FINISHED,
    HOLE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_ALERT,
)
from tlseku.tls.hello import ClientHello, ServerHello
from tlseku.tls.message import Message

MAX_HELD = 256 * 1024
"""Bytes of ciphertext that wait for the other side: more than anybody sends as early data."""

MAX_AWAITED = 64 * 1024
"""Bytes of ciphertext that wait for a secret: handshakes with both chains, and what a server asks for late."""

_ITEM_COST = 64
_LONG_MESSAGES = (CERTIFICATE, CERTIFICATE_REQUEST, COMPRESSED_CERTIFICATE)


class Sink(Protocol):
    """Takes what records hold."""

    def decrypted(self, message: Message) -> None:
        """A handshake message or an alert that was encrypted; a record that was not opened, or that holds application
        data; a ChangeCipherSpec, in its place among what was encrypted; a hole."""

    def add_defect(self, layer: str, reason: str, frame: int | None) -> None:
        """Something wrong with the bytes."""


class _Heard(NamedTuple):
    """A whole handshake message."""

    message: Message
    hello: ClientHello | ServerHello | None


class _Sealed(NamedTuple):
    """A whole record of ciphertext, with its content or, if that was not wanted, without."""

    message: Message
    version: int


class _ChangeCipherSpec(NamedTuple):
    message: Message


class _Lost(NamedTuple):
    length: int
    reason: str


_Item = _Heard | _Sealed | _ChangeCipherSpec | _Lost


class RecordDecryptor:
    """Opens the records of one connection. ``active`` is False where there is nothing (more) to open with.

    ``finished`` counts the Finished of each side that were read, ``misfits`` holds the frame of the first record of
    each side that did not open.
    """

    __slots__ = (
        "_answered",
        "_asked",
        "_awaiting",
        "_carried",
        "_client",
        "_fresh",
        "_gaps",
        "_handshakes",
        "_held",
        "_keys",
        "_patient",
        "_queues",
        "_readers",
        "_resync",
        "_retried",
        "_revision",
        "_sink",
        "_store",
        "_stuck",
        "_taken",
        "_told",
        "active",
        "finished",
        "misfits",
    )

    def __init__(self, store: SecretStore, sink: Sink, awaiting: PendingBudget | None = None) -> None:
        self._store = store
        self._revision = store.revision
        self._sink = sink
        self._awaiting = PendingBudget() if awaiting is None else awaiting
        self._keys = ConnectionKeys(store)
        self._client = -1
        # What waits, with its number in the order in which it came.
        self._queues: tuple[deque[tuple[int, _Item]], deque[tuple[int, _Item]]] = (deque(), deque())
        self._taken = 0
        self._told = 0
        self._held = 0
        self._patient = True
        self._fresh: list[_Item] | None = None
        self._asked = 0
        self._answered = 0
        self._handshakes = 0
        self._retried = False
        self._readers = [HandshakeReader(0, True), HandshakeReader(1, True)]
        self._resync = [False, False]
        self._gaps = [False, False]
        # Whether what is first in the queue fits no secret that is known so far.
        self._stuck = [False, False]
        self._carried: list[tuple[int, ...]] = [(), ()]
        self.active = True
        self.finished = [0, 0]
        self.misfits: list[int | None] = [None, None]

    @property
    def had_secrets(self) -> bool:
        """Whether a secret was known for one of the connection's handshakes."""
        return self._keys.had_secrets

    @property
    def agreed_tls13(self) -> bool:
        """Whether TLS 1.3 was agreed."""
        return self._keys.version == TLS13

    def why_shut(self, side: int) -> str | None:
        """Why what this side says encrypted stays shut: ``no_secrets``, ``unsupported_suite``, ``secrets_do_not_fit``;
        None where it is open."""
        why = self._keys.why_shut(self._side(side))
        if why == UNSUPPORTED_SUITE and not self._keys.had_secrets:
            return "no_secrets"
        if why is None and self.misfits[side] is not None:
            return SECRETS_DO_NOT_FIT
        return why

    # What the streams tell of.

    def wants(self, side: int, length: int) -> bool:
        """Whether the bytes of a record of application data type are needed."""
        if not self.active:
            return False
        if self._queues[side] or not self._keys.version or (self._patient and self.lacks_secret(side)):
            if self._held + length <= self._limit():
                return True
            if not self._force():
                return False
        if self._keys.is_blind(self._side(side)):
            return False
        # In TLS 1.3 any record may hold a ticket, a KeyUpdate or a late question; how long is followed is bounded.
        return self._keys.version == TLS13 or self._keys.needs_every_record(self._side(side))

    def sealed(self, message: Message, version: int) -> None:
        """A whole record of ciphertext, without a body if that was not wanted; ``version`` stands in its header."""
        self._take(message.side, _Sealed(message, version))

    def lost(self, side: int, length: int, reason: str) -> None:
        """``length`` bytes of a side are missing, and a record with them at least; 0 says that it is just one."""
        self._take(side, _Lost(length, reason))

    # What the conversation tells of.

    def heard(self, message: Message, hello: ClientHello | ServerHello | None) -> None:
        """A whole handshake message, in clear or opened, with what could be read of a hello."""
        side = message.side
        if self._client < 0 and hello is not None:
            self._client = side if isinstance(hello, ClientHello) else 1 - side
        self._take(side, _Heard(message, hello))

    def change_cipher_spec(self, message: Message) -> None:
        """A ChangeCipherSpec."""
        self._take(message.side, _ChangeCipherSpec(message))

    def close(self, reason: str) -> None:
        """Nothing more comes: process what waits; an unfinished message is handed on as cut for ``reason``."""
        self._force()
        for reader in self._readers:
            self._give(reader.close(reason))

    # What may end the waiting.

    def lacks_secret(self, side: int) -> bool:
        """Whether what this side says encrypted waits for a secret."""
        if not self.active or not self._patient:
            return False
        if self._revision != self._store.revision:
            self._revision = self._store.revision
            self._keys.look_again()
            self._stuck = [False, False]
        return self._stuck[side] or self._keys.lacks_secret(self._side(side))

    def retry(self) -> None:
        """Secrets came: go on if there is one that was waited for."""
        if self.active and self._fresh is None:
            self._drain()
            self._tell_held()

    def let_go(self) -> None:
        """Wait no longer."""
        self._force()

    # How the two sides wait for each other.

    def _take(self, side: int, item: _Item) -> None:
        if not self.active:
            self._tell_shut(item)
        elif self._fresh is not None:
            # Found in the record that is just being opened: it comes before what waits behind that.
            self._fresh.append(item)
        else:
            self._taken += 1
            self._queues[side].append((self._taken, item))
            self._held += _cost(item)
            self._drain()
            if self._held > self._limit():
                self._force()
            self._tell_held()

    def _limit(self) -> int:
        return MAX_AWAITED if self.lacks_secret(0) or self.lacks_secret(1) else MAX_HELD

    def _tell_held(self) -> None:
        if self._held != self._told:
            self._told = self._held
            self._awaiting.holds(self, self._held)

    def _force(self) -> bool:
        """Process what waits, in the order in which it came; whether there is still something to open with."""
        self._patient = False
        if self._client < 0 or (self._keys.version and not self._can_open()):
            self._give_up()
        else:
            self._drain()
        self._tell_held()
        return self.active

    def _drain(self) -> None:
        while self.active:
            side = self._next_side()
            if side < 0:
                return
            queue = self._queues[side]
            number, item = queue.popleft()
            self._held -= _cost(item)
            self._fresh = []
            self._process(side, item)
            found, self._fresh = self._fresh, None
            self._held += sum(map(_cost, found))
            queue.extendleft((number, each) for each in reversed(found))
        self._give_up()

    def _next_side(self) -> int:
        """The side whose first in the queue may be processed, of two the one that came first; -1 for neither."""
        best = -1
        for side in (0, 1):
            queue = self._queues[side]
            if (
                queue
                and (best < 0 or queue[0][0] < self._queues[best][0][0])
                and self._is_ready(side, queue[0][1])
            ):
                best = side
        return best

    def _is_ready(self, side: int, item: _Item) -> bool:
        if not self._patient or not self.active:
            return True
        if self._client < 0 or self._waits_for_secret(side, item):
            return False
        hello = item.hello if isinstance(item, _Heard) else None
        if side != self._client:
            return not isinstance(hello, ServerHello) or self._asked > self._answered
        if self._answered < self._asked:
            return False
        # A renegotiation must not begin before the server's part of the handshake before it was read.
        return (
            not isinstance(hello, ClientHello) or self._retried or self.finished[1 - side] >= self._handshakes
        )

    def _waits_for_secret(self, side: int, item: _Item) -> bool:
        if isinstance(item, _Heard):
            return False
        # Before TLS 1.3, keys are made with the ChangeCipherSpec.
        keyed = self._keys.version != TLS13 if isinstance(item, _ChangeCipherSpec) else self.agreed_tls13
        return keyed and self.lacks_secret(side)

    def _give_up(self) -> None:
        self.active = False
        self._held = 0
        left = [(number, item) for side in (0, 1) for number, item in self._queues[side]]
        for queue in self._queues:
            queue.clear()
        for _, item in sorted(left, key=itemgetter(0)):
            self._tell_shut(item)

    def _tell_shut(self, item: _Item) -> None:
        """Hand on what is not opened, which nobody needs the content of."""
        if isinstance(item, _Sealed):
            told = item.message.holding(item.message.kind, b"", None)
            told.carried = None
            self._sink.decrypted(told)
        elif isinstance(item, _ChangeCipherSpec):
            self._sink.decrypted(item.message)

    def _side(self, side: int) -> int:
        return CLIENT if side == max(self._client, 0) else SERVER

    # What is done with each.

    def _process(self, side: int, item: _Item) -> None:
        if not self.active:
            self._tell_shut(item)
        elif isinstance(item, _Sealed):
            if item.message.body:
                self._open(side, item)
            else:
                self._keys.skip(self._side(side))
                self._tell_shut(item)
        elif isinstance(item, _Heard):
            self._tell_keys(side, item.message, item.hello)
        elif isinstance(item, _ChangeCipherSpec):
            self._tell_shut(item)
            self._keys.change_cipher_spec(self._side(side))
            if side == self._client and self._keys.version and self._keys.version != TLS13:
                self.active = self._keys.why_shut(CLIENT) is None
        else:
            self._lose(side, item)

    def _tell_keys(self, side: int, message: Message, hello: ClientHello | ServerHello | None) -> None:
        keys = self._keys
        if isinstance(hello, ClientHello):
            early_data = ext.find(hello.extensions, ext.EARLY_DATA) is not None
            # In SSL 2.0 format the challenge is the random's end (RFC 5246 appendix E.2).
            keys.client_hello(hello.random.rjust(32, b"\0"), early_data)
            self._asked += 1
            self._retried = False
        elif isinstance(hello, ServerHello):
            self._answered += 1
            if hello.is_hello_retry_request:
                self._retried = True
                keys.hello_retry_request()
            else:
                self._handshakes += 1
                keys.server_hello(
                    hello.random,
                    hello.version,
                    hello.cipher_suite,
                    ext.find(hello.extensions, ext.ENCRYPT_THEN_MAC) is not None,
                    ext.find(hello.extensions, ext.EXTENDED_MASTER_SECRET) is not None,
                )
                self.active = self._can_open()
        if message.kind == FINISHED:
            self.finished[side] += 1
        whole = bytes((message.kind,)) + len(message.body).to_bytes(3, "big") + message.body
        keys.message(self._side(side), message.kind, whole)

    def _can_open(self) -> bool:
        keys = self._keys
        # During a renegotiation the old keys still count, so that the two sides are asked apart.
        why = {keys.why_shut(CLIENT), keys.why_shut(SERVER)}
        if None in why:
            return True
        if UNSUPPORTED_SUITE in why:
            return False
        if self._patient:
            # They may still be logged.
            return True
        if keys.version == TLS13:
            return False
        return keys.had_secrets or self._store.has_pre_masters

    def _open(self, side: int, record: _Sealed) -> None:
        mapped = self._side(side)
        message = record.message
        content_type = records.ALERT if message.kind == RECORD_ENCRYPTED_ALERT else -message.kind
        try:
            opened = self._keys.open(mapped, content_type, record.version, message.body)
        except DoesNotFit:
            if (
                self._patient
                and self._gaps[side]
                and self._keys.lacks_later(mapped)
                and self._fresh is not None
            ):
                self._stuck[side] = True
                self._fresh.append(record)
            else:
                self._does_not_fit(side, record)
            return
        kind, content = opened
        if kind == records.HANDSHAKE:
            self._handshake(side, content, message)
        elif kind == records.ALERT:
            if len(content) % 2 or not content:
                self._sink.add_defect("tls", f"an encrypted alert of {len(content)} bytes", message.frame)
            for at in range(0, len(content) - 1, 2):
                self._tell(message, RECORD_ALERT, content[at : at + 2], 0, True)
        elif kind == records.APPLICATION_DATA:
            self._tell(message, RECORD_APPLICATION_DATA, b"", message.length, False)
        else:
            self._sink.add_defect("tls", f"an encrypted record holds content of type {kind}", message.frame)

    def _tell(self, record: Message, kind: int, body: bytes, length: int, opened: bool) -> None:
        """Tell of what a record holds, by the frame that completed it."""
        told = Message(record.side, kind, record.frame, record.ts_ns, body, length, None, None, opened)
        self._sink.decrypted(told)

    def _does_not_fit(self, side: int, record: _Sealed) -> None:
        mapped = self._side(side)
        self._tell_shut(record)
        if self._keys.expects_early_data(mapped):
            return
        self._lose_messages(side, SECRETS_DO_NOT_FIT)
        # Behind a gap nobody knows how many records are missing.
        shut = self._keys.why_shut(mapped) is not None or self._keys.is_blind(mapped)
        if not shut and not self._gaps[side] and self.misfits[side] is None:
            self.misfits[side] = record.message.frame
            reason = "an encrypted record does not open with the session's secrets"
            self._sink.add_defect("tls", reason, record.message.frame)

    def _lose(self, side: int, item: _Lost) -> None:
        self._gaps[side] = True
        # Where that waited for a secret, it was told as what hides nothing.
        self._sink.decrypted(Message(side, HOLE, 0, 0, b"", item.length, None, item.reason, False))
        self._lose_messages(side, item.reason)
        if item.length:
            self._keys.lost(self._side(side), item.length)
        else:
            self._keys.skip(self._side(side))

    def _lose_messages(self, side: int, reason: str) -> None:
        self._give(self._readers[side].close(reason))
        self._readers[side] = HandshakeReader(side, True)
        self._carried[side] = ()
        self._resync[side] = True

    def _handshake(self, side: int, content: bytes, record: Message) -> None:
        if self._resync[side] and not _begins_message(content):
            return
        self._resync[side] = False
        reader = self._readers[side]
        reader.reached(record.frame, record.ts_ns)
        carried = (*self._carried[side], *record.frames)
        for message in reader.data(content, 0, len(content), record.frame):
            message.carried = tuple(dict.fromkeys(carried))
            carried = record.frames
            self._sink.decrypted(message)
        self._carried[side] = carried if reader.amid_message else ()

    def _give(self, message: Message | None) -> None:
        """Hand on what there is of a message that was not complete."""
        if message is not None:
            message.carried = tuple(dict.fromkeys(self._carried[message.side])) or message.carried
            self._sink.decrypted(message)


def _cost(item: _Item) -> int:
    return _ITEM_COST + (len(item.message.body) if isinstance(item, _Sealed) else 0)


def _begins_message(content: bytes) -> bool:
    """Whether opened content begins with a message, where it may be the rest of one whose beginning is missing."""
    if len(content) < 4 or content[0] not in HANDSHAKE_TYPES:
        return False
    length = int.from_bytes(content[1:4], "big")
    return length + 4 <= len(content) or (content[0] in _LONG_MESSAGES and length < MAX_MESSAGE)
