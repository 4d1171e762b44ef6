"""What one side of a DTLS connection says: datagrams go in, messages come out.

Knows the epochs in which a side speaks (RFC 6347 section 4.1), what of them is in clear, and that a datagram may be
lost, repeated or overtaken; must not know UDP, the other side, keys, or what a message says. What it finds goes to a
listener as with ``tls.reader``: what is said over DTLS is said like over TLS from there on.

Nothing but the first epoch is in clear. What a side says under an epoch that its ChangeCipherSpec has not begun yet
overtook it, and waits for it. A flight that is sent again (section 4.2.4) says nothing new: messages are known by their
number, and encrypted handshake records before the first data of their epoch are the Finished again, or parts of it.
"""

from __future__ import annotations

from typing import Final

from tlseku.carriers.dtls.handshake_messages import MessageAssembler
from tlseku.carriers.dtls.records import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    DTLS13_CIPHERTEXT,
    HANDSHAKE,
    TLS12_CID,
    DtlsRecord,
    read_records,
)
from tlseku.errors import Malformed
from tlseku.tls.handshake_types import (
    HOLE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.message import Message
from tlseku.tls.reader import Decryptor, MessageListener

MAX_EARLY: Final = 16
"""Records that may wait for the ChangeCipherSpec that they overtook."""

MAX_EPOCHS: Final = 64
"""Epochs whose beginning is remembered: each is a handshake of its own."""

PARTS_DIFFER: Final = 32
"""By how many bytes records with the whole or a part of a Finished differ at most: twelve bytes of it, and a block."""

MAX_ALERTS: Final = 256
"""Alerts whose record's number is remembered, to know one that was captured twice."""


_NEVER_OPENED: Final = frozenset({TLS12_CID, DTLS13_CIPHERTEXT})
_PROTECTED: Final = {
    HANDSHAKE: RECORD_ENCRYPTED_HANDSHAKE,
    ALERT: RECORD_ENCRYPTED_ALERT,
    APPLICATION_DATA: RECORD_APPLICATION_DATA,
    DTLS13_CIPHERTEXT: RECORD_APPLICATION_DATA,
}


class DtlsReader:
    """Reads what ``side`` says. ``decryptor`` takes protected records where there are secrets: as content their epoch
    and number in eight bytes, then what follows the header. ``id_length`` is the length of connection ids in this
    side's records, ``begins_amid`` says that the capture starts amid what it says, ``problems`` are what is wrong with
    the bytes, with the frame."""

    __slots__ = (
        "_alerts",
        "_assembler",
        "_begun",
        "_decryptor",
        "_early",
        "_finished",
        "_latest",
        "_listener",
        "_side",
        "_ts_ns",
        "_with_data",
        "begins_amid",
        "id_length",
        "problems",
    )

    def __init__(self, side: int, listener: MessageListener, decryptor: Decryptor | None = None) -> None:
        self._side = side
        self._listener = listener
        self._decryptor = decryptor
        self._assembler = MessageAssembler(side, opened=False)
        # Epochs that a ChangeCipherSpec has ended.
        self._begun: set[int] = set()
        self._early: list[tuple[DtlsRecord, bytes, int, int]] = []
        # By epoch, the lengths of the encrypted handshake records with its Finished; and epochs with data.
        self._finished: dict[int, set[int]] = {}
        self._with_data: set[int] = set()
        self._alerts: set[int] = set()
        self._latest = 0
        self._ts_ns = 0
        self.begins_amid = False
        self.id_length = 0
        self.problems: list[tuple[str, int]] = []

    @property
    def waiting(self) -> int:
        """Bytes that are kept until more comes."""
        return self._assembler.held + sum(len(each[1]) for each in self._early)

    def datagram(self, data: bytes, start: int, end: int, frame: int, ts_ns: int, missing: int = 0) -> None:
        """A datagram ``data[start:end]`` of this side, of which ``missing`` bytes were not captured."""
        self._latest, self._ts_ns = frame, ts_ns
        try:
            for record in read_records(data, start, end, self.id_length, missing):
                self._record(record, data, frame, ts_ns)
        except Malformed as problem:
            self.problems.append((f"datagram: {problem}", frame))
        self.problems += [(problem, frame) for problem in self._assembler.take_problems()]

    def close(self, reason: str, flight_lost: bool = False) -> None:
        """Nothing more comes: what is incomplete is handed on as cut for ``reason``. ``flight_lost`` says that this
        side must have said more in clear than was seen."""
        self._let_early_in(None)
        missing = self._assembler.missing(self.begins_amid)
        for message in self._assembler.close(self._ts_ns, reason):
            self._listener.message(message)
            missing += 1
        if missing or flight_lost:
            self._tell(HOLE, b"", 0, self._latest, self._ts_ns, reason)

    def _record(self, record: DtlsRecord, data: bytes, frame: int, ts_ns: int) -> None:
        if record.content_type == DTLS13_CIPHERTEXT:
            self._protected(record, data, frame, ts_ns)
        elif record.content_type == ALERT and self._is_repeated(record):
            return
        elif record.epoch == 0:
            self._clear(record, data, frame, ts_ns)
        elif record.epoch - 1 in self._begun or len(self._early) >= MAX_EARLY:
            self._let_early_in(record.epoch)
            self._protected(record, data, frame, ts_ns)
        else:
            self._early.append((record, data, frame, ts_ns))

    def _is_repeated(self, record: DtlsRecord) -> bool:
        """Whether this record was seen before. Of others than alerts the content tells, since some servers count anew
        behind a HelloVerifyRequest."""
        repeated = record.number in self._alerts
        if len(self._alerts) < MAX_ALERTS:
            self._alerts.add(record.number)
        return repeated

    def _clear(self, record: DtlsRecord, data: bytes, frame: int, ts_ns: int) -> None:
        if record.content_type == HANDSHAKE:
            for message in self._assembler.content(
                data, record.start, record.end, frame, ts_ns, record.missing
            ):
                self._listener.message(message)
        elif record.content_type == ALERT:
            if record.end - record.start == 2 and not record.missing:
                self._tell(RECORD_ALERT, data[record.start : record.end], 0, frame, ts_ns)
            else:
                self.problems.append((f"an alert of {record.end - record.start} bytes", frame))
        elif record.content_type == CHANGE_CIPHER_SPEC:
            self._change_cipher_spec(record, frame, ts_ns)

    def _change_cipher_spec(self, record: DtlsRecord, frame: int, ts_ns: int) -> None:
        if record.epoch in self._begun or len(self._begun) >= MAX_EPOCHS:
            return
        self._begun.add(record.epoch)
        self._tell(RECORD_CHANGE_CIPHER_SPEC, b"", 0, frame, ts_ns)
        self._let_early_in(record.epoch + 1)

    def _let_early_in(self, epoch: int | None) -> None:
        """Take the records that overtook the beginning of ``epoch``, or all that wait."""
        waiting, self._early = self._early, []
        for each in waiting:
            if epoch is None or each[0].epoch <= epoch:
                self._protected(*each)
            else:
                self._early.append(each)

    def _protected(self, record: DtlsRecord, data: bytes, frame: int, ts_ns: int) -> None:
        length = record.end - record.start + record.missing
        kind = _PROTECTED.get(record.content_type)
        if record.content_type == TLS12_CID:
            # Its true type is encrypted; the first one of an epoch holds the Finished.
            first = length in self._finished.get(record.epoch, {length})
            kind = RECORD_ENCRYPTED_HANDSHAKE if first else RECORD_APPLICATION_DATA
        if record.content_type == CHANGE_CIPHER_SPEC:
            # Of a renegotiation, in clear only by its type.
            self._change_cipher_spec(record, frame, ts_ns)
        if kind is None:
            return
        if kind == RECORD_APPLICATION_DATA and len(self._with_data) < MAX_EPOCHS:
            self._with_data.add(record.epoch)
        again = kind == RECORD_ENCRYPTED_HANDSHAKE and self._repeats_finished(record.epoch, length)
        if again and self._decryptor is None:
            return
        if self._decryptor is None or record.missing or record.content_type in _NEVER_OPENED:
            if not again:
                self._tell(kind, b"", length, frame, ts_ns)
            return
        self._seal(record, kind, data, frame, ts_ns, again)

    def _repeats_finished(self, epoch: int, length: int) -> bool:
        """Whether an encrypted handshake record of an epoch is another one with its Finished, or a part of it."""
        if epoch not in self._finished and len(self._finished) < MAX_EPOCHS:
            self._finished[epoch] = {length}
            return False
        known = self._finished.get(epoch, set())
        # Whoever has sent data in the epoch has ended the handshake: what is new behind it belongs to another one.
        is_part = epoch not in self._with_data and abs(length - min(known, default=0)) <= PARTS_DIFFER
        if is_part:
            known.add(length)
        return length in known

    def _seal(self, record: DtlsRecord, kind: int, data: bytes, frame: int, ts_ns: int, again: bool) -> None:
        decryptor = self._decryptor
        if decryptor is None:
            return
        length = record.end - record.start
        content = b""
        if kind != RECORD_APPLICATION_DATA or decryptor.wants(self._side, length):
            content = record.number.to_bytes(8, "big") + data[record.start : record.end]
        message = Message(self._side, kind, frame, ts_ns, content, length, (frame,), None, False)
        decryptor.sealed(message, record.version, again)

    def _tell(
        self, kind: int, body: bytes, length: int, frame: int, ts_ns: int, cut: str | None = None
    ) -> None:
        self._listener.message(Message(self._side, kind, frame, ts_ns, body, length, None, cut, False))
