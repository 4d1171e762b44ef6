"""The protected records of one connection, decrypted with its session's secrets.

Stands between the TLS streams and the message log: takes protected records in the order of each side, hands what they
hold on as messages and alerts, and application data as nothing but a record. Knows when a record can be decrypted;
must not know how keys are made (``connection_keys``), in which order the sides are read (``hello_order``), nor what a
message is good for. Imports ``cryptography``: to be imported only when there are secrets.

Each side has a queue (``pending_items``). What needs something that the other side says, and that was not read yet
because segments came late, waits in it: early data for the ServerHello, a ServerHello for its ClientHello. So does what
needs a secret that is not known yet, since a key log may grow while the capture is read. ``MAX_HELD`` bytes may wait
for the other side, ``MAX_AWAITED`` for a secret, and no more than ``PendingBudget`` allows for all connections; beyond,
and at the end, everything is processed in the order in which it came. Without keys for either side the decryptor then
turns inactive, and the connection is read as if there were none.
"""

from __future__ import annotations

from typing import Protocol

from tlseku.decryption.cipher_parameters import SECRETS_DO_NOT_FIT, TLS13, UNSUPPORTED_SUITE
from tlseku.decryption.connection_keys import CLIENT, NO_SECRETS, SERVER, ConnectionKeys
from tlseku.decryption.decrypted_messages import DecryptedMessages
from tlseku.decryption.hello_order import HelloOrder
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.decryption.pending_items import (
    Item,
    MissingBytes,
    PendingItems,
    WaitingChangeCipherSpec,
    WaitingMessage,
    WaitingRecord,
)
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.secret_store import SecretStore
from tlseku.tls import extensions as ext
from tlseku.tls import records
from tlseku.tls.handshake_types import (
    FINISHED,
    HELLO_VERIFY_REQUEST,
    HOLE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_ALERT,
)
from tlseku.tls.hello import ClientHello, ServerHello
from tlseku.tls.message import Message

MAX_HELD = 256 * 1024
"""Bytes of protected records that wait for the other side: more than anybody sends as early data."""

MAX_AWAITED = 64 * 1024
"""Bytes of protected records that wait for a secret: handshakes with both chains, and what a server asks for late."""

MAX_INSIDE = 4096
"""Bytes of application data of a side that are decrypted for their content: a refusing answer comes first."""


class Sink(Protocol):
    """Takes what records hold."""

    def decrypted(self, message: Message) -> None:
        """A handshake message or an alert that was encrypted; a record that was not decrypted, or that holds
        application data, with the first ``MAX_INSIDE`` bytes of a side; a ChangeCipherSpec, in its place among
        what was encrypted; a hole."""

    def add_defect(self, layer: str, reason: str, frame: int | None) -> None:
        """Something wrong with the bytes."""


class Contents(Protocol):
    """Takes the content of one side's opened handshake records, and gives whole messages."""

    def content(self, record: Message, content: bytes) -> list[Message]:
        """The messages that ``content``, decrypted out of ``record``, completes."""

    def lose(self, reason: str) -> Message | None:
        """A record is missing or was not decrypted: what there is of a message that this cuts."""

    def close(self, reason: str) -> Message | None:
        """Nothing more comes: what there is of a message that is not complete."""


class RecordDecryptor:
    """Decrypts the records of one connection. ``active`` is False where there is nothing (more) to decrypt with.

    ``contents`` put the messages of both sides together, where not as TLS does over a stream.

    ``decryption_failures`` holds the frame of the first record of each side that did not open with its keys.
    """

    __slots__ = (
        "_all_inside",
        "_arrived",
        "_budget",
        "_gaps",
        "_inside",
        "_keys",
        "_messages",
        "_order",
        "_patient",
        "_pending",
        "_reached",
        "_reported",
        "_revision",
        "_sink",
        "_store",
        "_stuck",
        "active",
        "decryption_failures",
    )

    def __init__(
        self,
        store: SecretStore,
        sink: Sink,
        budget: PendingBudget | None = None,
        contents: tuple[Contents, Contents] | None = None,
    ) -> None:
        self._store = store
        self._revision = store.revision
        self._sink = sink
        self._keys = ConnectionKeys(store)
        self._order = HelloOrder()
        # How much came so far, and the place of each side's last item that was processed.
        self._arrived = 0
        self._reached = [0, 0]
        self._messages: tuple[Contents, Contents] = (
            (DecryptedMessages(0), DecryptedMessages(1)) if contents is None else contents
        )
        self._pending = PendingItems()
        self._budget = PendingBudget() if budget is None else budget
        # What the budget was told last.
        self._reported = 0
        self._patient = True
        self._gaps = [False, False]
        # Bytes of application data whose content was handed on.
        self._inside = [0, 0]
        self._all_inside = False
        # Whether what is first in the queue fits no secret that is known so far.
        self._stuck = [False, False]
        self.active = True
        self.decryption_failures: list[int | None] = [None, None]

    @property
    def finished(self) -> list[int]:
        """How many Finished of each side were read."""
        return self._order.finished

    @property
    def had_secrets(self) -> bool:
        """Whether a secret was known for one of the connection's handshakes."""
        return self._keys.had_secrets

    @property
    def inner_session(self) -> bool:
        """Whether the secrets are those of an inner hello: the server accepted Encrypted Client Hello."""
        return self._keys.inner_session

    @property
    def agreed_tls13(self) -> bool:
        """Whether TLS 1.3 was agreed."""
        return self._keys.version == TLS13

    def why_not_decrypted(self, side: int) -> str | None:
        """Why what this side says encrypted is not decrypted: ``no_secrets``, ``unsupported_suite``,
        ``secrets_do_not_fit``; None where it is."""
        why = self._keys.why_not_decrypted(self._role(side))
        if why == UNSUPPORTED_SUITE and not self._keys.had_secrets:
            return NO_SECRETS
        if why is None and self.decryption_failures[side] is not None:
            return SECRETS_DO_NOT_FIT
        return why

    # What the streams tell of.

    def wants(self, side: int, length: int) -> bool:
        """Whether the bytes of a record of application data type are needed."""
        if not self.active:
            return False
        waits = self._pending.waits(side) or (self._patient and self.lacks_secret(side))
        if waits or not self._keys.version:
            if self._pending.held + length <= self._limit():
                return True
            if not self._force():
                return False
        if self._keys.is_blind(self._role(side)):
            return False
        # In TLS 1.3 any record may hold a ticket, a KeyUpdate or a late question; how long is followed is bounded.
        if self._keys.version == TLS13 or self._keys.needs_every_record(self._role(side)):
            return True
        return self._all_inside or self._inside[side] < MAX_INSIDE

    def take_all(self) -> None:
        """Hand on all application data from now on, not only the first ``MAX_INSIDE`` bytes."""
        self._all_inside = True

    def sealed(self, message: Message, version: int, again: bool = False) -> None:
        """A whole protected record, without a body if that was not wanted; ``version`` stands in its header. ``again``
        says that it seems to repeat another one: only what it holds is told."""
        self.arrived(message)
        self._take(message.side, WaitingRecord(message, version, again))

    def lost(self, side: int, length: int, reason: str) -> None:
        """``length`` bytes of a side are missing, and a record with them at least; 0 says that it is just one."""
        self._take(side, MissingBytes(length, reason))

    # What the message log tells of.

    def arrived(self, message: Message) -> None:
        """Something came that may be told before what waits: it gets the place that all the rest has, too."""
        self._arrived += 1
        message.place = self._arrived

    def heard(self, message: Message, hello: ClientHello | ServerHello | None) -> None:
        """A whole handshake message, in clear or decrypted, with what could be read of a hello."""
        if hello is not None:
            self._order.heard(message.side, hello)
        self._take(message.side, WaitingMessage(message, hello))

    def change_cipher_spec(self, message: Message) -> None:
        """A ChangeCipherSpec."""
        self._take(message.side, WaitingChangeCipherSpec(message))

    def close(self, reason: str) -> None:
        """Nothing more comes: process what waits; an unfinished message is handed on as cut for ``reason``."""
        self._force()
        for each in self._messages:
            self._tell_cut(each.close(reason))

    # What may end the waiting.

    def lacks_secret(self, side: int) -> bool:
        """Whether what this side says encrypted waits for a secret."""
        if not self.active or not self._patient:
            return False
        if self._revision != self._store.revision:
            self._revision = self._store.revision
            self._keys.look_again()
            self._stuck = [False, False]
        return self._stuck[side] or self._keys.lacks_secret(self._role(side))

    def retry(self) -> None:
        """Secrets came: go on if there is one that was waited for."""
        if self.active and not self._pending.processing:
            self._drain()
            self._report_held()

    def let_go(self) -> None:
        """Wait no longer."""
        self._force()

    # How the two sides wait: for each other, and for secrets.

    def _take(self, side: int, item: Item) -> None:
        if not self.active:
            self._tell_undecrypted(item)
            return
        found_in_record = self._pending.processing
        self._pending.add(side, item)
        if found_in_record:
            return
        self._drain()
        if self._pending.held > self._limit():
            self._force()
        self._report_held()

    def _limit(self) -> int:
        return MAX_AWAITED if self.lacks_secret(0) or self.lacks_secret(1) else MAX_HELD

    def _report_held(self) -> None:
        held = self._pending.held
        if held != self._reported:
            self._reported = held
            self._budget.holds(self, held)

    def _force(self) -> bool:
        """Process what waits, in the order in which it came; whether there is still something to decrypt with."""
        self._patient = False
        if self._order.client < 0 or (self._keys.version and not self._can_decrypt()):
            self._give_up()
        else:
            self._drain()
        self._report_held()
        return self.active

    def _drain(self) -> None:
        while self.active:
            side = self._next_side()
            if side < 0:
                return
            self._process(side, self._pending.take(side))
            self._pending.put_found()
        self._give_up()

    def _give_up(self) -> None:
        self.active = False
        for item in self._pending.clear():
            self._tell_undecrypted(item)

    def _next_side(self) -> int:
        """The side whose first in the queue may be processed, of two the one that came first; -1 for neither."""
        best, earliest = -1, 0
        for side in (0, 1):
            first = self._pending.first(side)
            if first is None or (best >= 0 and first[0] >= earliest):
                continue
            if self._is_ready(side, first[1]):
                best, earliest = side, first[0]
        return best

    def _is_ready(self, side: int, item: Item) -> bool:
        if not self._patient or not self.active:
            return True
        if self._waits_for_secret(side, item):
            return False
        return self._order.may_follow(side, item.hello if isinstance(item, WaitingMessage) else None)

    def _waits_for_secret(self, side: int, item: Item) -> bool:
        if isinstance(item, WaitingMessage):
            return False
        # Before TLS 1.3, keys are made with the ChangeCipherSpec.
        if isinstance(item, WaitingChangeCipherSpec):
            return not self.agreed_tls13 and self.lacks_secret(side)
        if not self.agreed_tls13 or not self.lacks_secret(side):
            return False
        return not (isinstance(item, WaitingRecord) and self._finds_session(side, item))

    def _finds_session(self, side: int, record: WaitingRecord) -> bool:
        """Whether the first encrypted record of the server tells which secrets are the connection's."""
        if self._role(side) != SERVER or not record.message.body:
            return False
        return self._keys.search(_content_type(record), record.version, record.message.body)

    def _can_decrypt(self) -> bool:
        keys = self._keys
        # During a renegotiation the old keys still count, so that the two sides are asked apart.
        why = {keys.why_not_decrypted(CLIENT), keys.why_not_decrypted(SERVER)}
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

    def _role(self, side: int) -> int:
        return CLIENT if side == max(self._order.client, 0) else SERVER

    # What is done with each item.

    def _process(self, side: int, item: Item) -> None:
        if not isinstance(item, MissingBytes):
            self._reached[side] = item.message.place
        if isinstance(item, WaitingRecord):
            if item.message.body:
                self._decrypt(side, item)
            elif item.message.cut is None or self._keys.why_not_decrypted(self._role(side)) is not None:
                self._keys.skip(self._role(side))
                self._tell_undecrypted(item)
            else:
                # What it held nobody knows: not even that it was application data.
                self._lose(side, MissingBytes(0, item.message.cut))
        elif isinstance(item, WaitingMessage):
            self._tell_keys(side, item.message, item.hello)
        elif isinstance(item, WaitingChangeCipherSpec):
            self._tell_undecrypted(item)
            self._keys.change_cipher_spec(self._role(side))
            if side == self._order.client and self._keys.version and not self.agreed_tls13:
                self.active = self._keys.why_not_decrypted(CLIENT) is None
        else:
            self._lose(side, item)

    def _tell_undecrypted(self, item: Item) -> None:
        """Tell of an item as if there were no secrets; nobody needs the content of a record then."""
        if isinstance(item, WaitingRecord):
            if item.again:
                return
            told = item.message.holding(item.message.kind, b"", None)
            told.carried = None
            self._sink.decrypted(told)
        elif isinstance(item, WaitingChangeCipherSpec):
            self._sink.decrypted(item.message)

    def _tell_keys(self, side: int, message: Message, hello: ClientHello | ServerHello | None) -> None:
        if isinstance(hello, ClientHello):
            early_data = ext.find(hello.extensions, ext.EARLY_DATA) is not None
            # In SSL 2.0 format the challenge is the random's end (RFC 5246 appendix E.2).
            may_be_outer = ext.may_be_outer_hello(hello.extensions)
            self._keys.client_hello(hello.random.rjust(32, b"\0"), early_data, may_be_outer)
            self._order.client_hello()
        elif isinstance(hello, ServerHello):
            self._tell_server_hello(hello)
        elif message.kind == HELLO_VERIFY_REQUEST:
            # The client says its hello again, as behind a HelloRetryRequest (RFC 6347 section 4.2.1).
            self._order.server_hello(retry=True)
        if message.kind == FINISHED:
            self._order.finished[side] += 1
        whole = bytes((message.kind,)) + len(message.body).to_bytes(3, "big") + message.body
        self._keys.message(self._role(side), message.kind, whole)

    def _tell_server_hello(self, hello: ServerHello) -> None:
        self._order.server_hello(hello.is_hello_retry_request)
        if hello.is_hello_retry_request:
            self._keys.hello_retry_request()
            return
        self._keys.server_hello(
            hello.random,
            hello.version,
            hello.cipher_suite,
            ext.find(hello.extensions, ext.ENCRYPT_THEN_MAC) is not None,
            ext.find(hello.extensions, ext.EXTENDED_MASTER_SECRET) is not None,
        )
        self.active = self._can_decrypt()

    # How a record is decrypted, and what is told of its content.

    def _decrypt(self, side: int, record: WaitingRecord) -> None:
        role = self._role(side)
        message = record.message
        try:
            kind, content = self._keys.open(role, _content_type(record), record.version, message.body)
        except DoesNotFit:
            if self._patient and self._gaps[side] and self._keys.lacks_later(role):
                # A later secret may fit: the record waits again, in its place.
                self._stuck[side] = True
                self._pending.add(side, record)
            else:
                self._fail(side, record)
            return
        if kind == records.HANDSHAKE:
            for complete in self._messages[side].content(message, content):
                complete.place = message.place
                self._sink.decrypted(complete)
        elif kind == records.ALERT:
            self._tell_alerts(content, message)
        elif kind == records.APPLICATION_DATA:
            self._tell_data(side, content, message)
        else:
            self._sink.add_defect("tls", f"an encrypted record holds content of type {kind}", message.frame)

    def _tell_data(self, side: int, content: bytes, record: Message) -> None:
        left = len(content) if self._all_inside else max(0, MAX_INSIDE - self._inside[side])
        self._inside[side] += len(content)
        self._tell(record, RECORD_APPLICATION_DATA, content[:left], record.length, False)

    def _tell_alerts(self, content: bytes, record: Message) -> None:
        if len(content) % 2 or not content:
            self._sink.add_defect("tls", f"an encrypted alert of {len(content)} bytes", record.frame)
        for at in range(0, len(content) - 1, 2):
            self._tell(record, RECORD_ALERT, content[at : at + 2], 0, True)

    def _tell(self, record: Message, kind: int, body: bytes, length: int, opened: bool) -> None:
        """Tell of what a record holds, by the frame that completed it."""
        told = Message(record.side, kind, record.frame, record.ts_ns, body, length, None, None, opened)
        told.place = record.place
        self._sink.decrypted(told)

    def _tell_cut(self, message: Message | None) -> None:
        """Hand on what there is of a message that was not complete."""
        if message is not None:
            message.place = self._reached[message.side]
            self._sink.decrypted(message)

    def _fail(self, side: int, record: WaitingRecord) -> None:
        """A record did not open with the keys that are in force."""
        role = self._role(side)
        self._tell_undecrypted(record)
        if self._keys.expects_early_data(role):
            return
        self._tell_cut(self._messages[side].lose(SECRETS_DO_NOT_FIT))
        # Without keys nothing was tried; behind a gap nobody knows how many records are missing.
        tried = self._keys.why_not_decrypted(role) is None and not self._keys.is_blind(role)
        if tried and not self._gaps[side] and self.decryption_failures[side] is None:
            self.decryption_failures[side] = record.message.frame
            reason = "an encrypted record does not open with the session's secrets"
            self._sink.add_defect("tls", reason, record.message.frame)

    def _lose(self, side: int, item: MissingBytes) -> None:
        self._gaps[side] = True
        # Where that waited for a secret, it was told as what hides nothing.
        self._sink.decrypted(Message(side, HOLE, 0, 0, b"", item.length, None, item.reason, False))
        self._tell_cut(self._messages[side].lose(item.reason))
        if item.length:
            self._keys.lost(self._role(side), item.length)
        else:
            self._keys.skip(self._role(side))


def _content_type(record: WaitingRecord) -> int:
    """The content type in a protected record's header: its kind below 0, but for alerts, which may be in clear."""
    kind = record.message.kind
    return records.ALERT if kind == RECORD_ENCRYPTED_ALERT else -kind
