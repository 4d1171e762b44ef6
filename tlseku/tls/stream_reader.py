"""One direction of a TLS connection: records, handshake messages, alerts.

Knows when a direction turns to ciphertext and how to read what is still in clear; must not know the other direction,
TCP, or what a certificate says. What it finds goes to a ``TlsListener``, with the frame that completes it.

Plan: handshake records stream into the ``HandshakeReader`` until ChangeCipherSpec. After it, a handshake record is
ciphertext (TLS 1.2), unless TLS 1.3 was agreed, in which ChangeCipherSpec means nothing and ciphertext is never of
handshake type (RFC 8446 appendix D.4 and section 5.2), or the record holds exactly one hello: the second one after a
HelloRetryRequest, where that was not seen. A like test decides where the capture begins in the middle and nobody knows
whether encryption is on.
"""

from __future__ import annotations

from typing import Protocol

from tlseku.tls import records
from tlseku.tls.handshake import PLAUSIBLE_TYPES, HandshakeMessage, HandshakeReader
from tlseku.tls.handshake_types import CERTIFICATE, HELLOS
from tlseku.tls.records import RecordReader


class TlsListener(Protocol):
    """Takes what one or both directions say. ``side`` is the sender."""

    def handshake_message(self, side: int, message: HandshakeMessage) -> None:
        """A handshake message in clear, whole or cut."""

    def change_cipher_spec(self, side: int, frame: int, ts_ns: int) -> None:
        """A ChangeCipherSpec."""

    def alert(self, side: int, level: int, code: int, frame: int, ts_ns: int) -> None:
        """An alert in clear."""

    def encrypted_record(self, side: int, content_type: int, length: int, frame: int, ts_ns: int) -> None:
        """A complete record of ciphertext: handshake, alert or application data, ``length`` bytes long."""

    def bytes_lost(self, side: int, reason: str) -> None:
        """Bytes are missing from this direction."""

    def not_tls(self, side: int, frame: int) -> None:
        """After TLS records, something follows that is none."""

    def record_version(self, side: int, version: int) -> None:
        """The version field of this direction's first record."""


class SealedRecords(Protocol):
    """Takes records of ciphertext where session secrets may open them."""

    def wants(self, side: int, length: int) -> bool:
        """Whether the bytes of a record of application data type are needed."""

    def sealed_record(
        self,
        side: int,
        content_type: int,
        version: int,
        content: bytes,
        frames: tuple[int, ...],
        frame: int,
        ts_ns: int,
    ) -> None:
        """A whole record of ciphertext; ``frames`` carried its content."""

    def passed_over(self, side: int, content_type: int, length: int, frame: int, ts_ns: int) -> None:
        """A whole record of ciphertext whose bytes were not wanted."""

    def lost(self, side: int, length: int, reason: str) -> None:
        """``length`` bytes are missing with all records in them; 0 says that a single record is."""


class TlsStream:
    """Reads one direction. ``searching`` says that its first byte need not begin a record (the capture starts in
    the middle); ``decryptor`` takes the records of ciphertext where there are secrets."""

    __deletable__ = ("_handshake", "_records")
    __slots__ = (
        "_encrypted",
        "_gap",
        "_half_alert",
        "_handshake",
        "_listener",
        "_opener",
        "_reading",
        "_records",
        "_tls13",
        "_unsure",
        "_version",
        "side",
    )

    def __init__(
        self,
        side: int,
        listener: TlsListener,
        searching: bool = False,
        decryptor: SealedRecords | None = None,
    ) -> None:
        self.side = side
        self._opener = decryptor
        self._version = 0
        self._listener = listener
        self._records = RecordReader(self, searching)
        self._handshake = HandshakeReader(self._deliver)
        self._encrypted = False
        self._half_alert = b""
        self._tls13 = False
        self._unsure = searching
        self._reading = True
        self._gap = 0

    def data(self, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes in order, all from one frame."""
        # A record's header may come late while its content is there already.
        self._handshake.reached(frame, ts_ns)
        self._records.data(data, frame, ts_ns)

    def gap(self, length: int, reason: str) -> None:
        """``length`` bytes are missing here."""
        self._listener.bytes_lost(self.side, reason)
        self._gap = length
        self._records.gap(length, reason)

    def close(self, reason: str) -> None:
        """Nothing more comes: an unfinished message is handed on as cut for ``reason``."""
        self._handshake.close(reason)

    def release(self) -> None:
        """Nobody hands in anything more: let go of the readers, which hold this in turn, so that all goes with its flow
        and not when somebody looks for circles."""
        del self._handshake, self._records

    def agreed_tls13(self) -> None:
        """TLS 1.3 was agreed: what comes in handshake records is in clear, whatever stands before it."""
        self._tls13 = True

    # From here on, a ``RecordListener``.

    def begin_record(self, content_type: int, version: int, length: int) -> int:
        """How to read a record of this type now."""
        self._version = version
        if self._reading:
            self._listener.record_version(self.side, version)
            self._reading = False
        if content_type == records.HANDSHAKE:
            if self._tls13 and not self._unsure:
                return records.STREAM
            return records.KEEP if self._encrypted or self._unsure else records.STREAM
        if content_type == records.ALERT:
            return records.KEEP
        if self._opener is not None and content_type == records.APPLICATION_DATA:
            return records.KEEP if self._opener.wants(self.side, length) else records.SKIP
        return records.SKIP

    def fragment(self, data: bytes, first: bool, length: int, frame: int, ts_ns: int) -> None:
        """Content of a clear handshake record."""
        if first:
            self._handshake.begin_record(data[:4], length)
        self._handshake.data(data, frame, ts_ns)

    def record(self, content_type: int, length: int, content: bytes, frame: int, ts_ns: int) -> None:
        """A complete record."""
        if content_type == records.HANDSHAKE:
            if content:
                self._kept_handshake(content, frame, ts_ns)
        elif content_type == records.ALERT:
            self._alert(content, frame, ts_ns)
        elif content_type == records.CHANGE_CIPHER_SPEC and length > 0:
            self._encrypted = True
            self._unsure = False
            self._listener.change_cipher_spec(self.side, frame, ts_ns)
        elif content_type == records.APPLICATION_DATA:
            self._encrypted = True
            self._unsure = False
            self._sealed(content_type, length, content, frame, ts_ns)

    def missing(self, length: int, reason: str) -> None:
        """Bytes are missing inside a clear handshake record."""
        self._handshake.hole(length, reason)

    def broken(self, content_type: int, reason: str) -> None:
        """A record of ciphertext or an alert lacks bytes: nothing can be said of it."""
        self._half_alert = b""
        if content_type == records.APPLICATION_DATA:
            self._encrypted = True
        if self._opener is not None and self._encrypted:
            self._opener.lost(self.side, 0, reason)

    def lost(self, reason: str) -> None:
        """Record boundaries are lost, and with them whether encryption was turned on meanwhile."""
        self._handshake.lose(reason)
        self._unsure = not self._encrypted
        if self._opener is not None:
            self._opener.lost(self.side, max(self._gap, 1), reason)

    def not_tls(self, frame: int) -> None:
        """The TLS records are over."""
        self._listener.not_tls(self.side, frame)

    def _deliver(self, message: HandshakeMessage) -> None:
        self._listener.handshake_message(self.side, message)

    def _kept_handshake(self, content: bytes, frame: int, ts_ns: int) -> None:
        if _is_one_hello(content) or (self._unsure and _is_clear(content)):
            self._unsure = self._encrypted = False
            self._handshake.begin_record(content[:4], len(content))
            self._handshake.data(content, frame, ts_ns)
        elif not self._unsure:
            self._sealed(records.HANDSHAKE, len(content), content, frame, ts_ns)
        # Else a later piece of the message that the hole hit, or ciphertext: that is still open, so nothing is said.

    def _sealed(self, content_type: int, length: int, content: bytes, frame: int, ts_ns: int) -> None:
        if self._opener is None:
            self._listener.encrypted_record(self.side, content_type, length, frame, ts_ns)
        elif content:
            frames = tuple(self._records.frames)
            self._opener.sealed_record(self.side, content_type, self._version, content, frames, frame, ts_ns)
        else:
            self._opener.passed_over(self.side, content_type, length, frame, ts_ns)

    def _alert(self, content: bytes, frame: int, ts_ns: int) -> None:
        # Ciphertext is never as short as two bytes. Several clear alerts may share a record, and one may be cut over
        # two (RFC 5246 section 6.2.1).
        whole = self._half_alert + content
        self._half_alert = b""
        clear = len(whole) <= 2 or (not self._encrypted and len(whole) <= 8 and set(whole[::2]) <= {1, 2})
        if not clear:
            self._sealed(records.ALERT, len(content), content, frame, ts_ns)
            return
        for at in range(0, len(whole) - 1, 2):
            self._listener.alert(self.side, whole[at], whole[at + 1], frame, ts_ns)
        if len(whole) % 2:
            self._half_alert = whole[-1:]


def _is_one_hello(content: bytes) -> bool:
    """Whether a record is exactly one ClientHello or ServerHello; ciphertext is that once in 2**40 cases."""
    return (
        len(content) >= 38
        and content[0] in HELLOS
        and int.from_bytes(content[1:4], "big") == len(content) - 4
        and content[4:6] == b"\x03\x03"
    )


def _is_clear(content: bytes) -> bool:
    """Whether a record reads as whole handshake messages, or as the beginning of a long Certificate."""
    at = 0
    while at + 4 <= len(content):
        if content[at] not in PLAUSIBLE_TYPES:
            return False
        length = int.from_bytes(content[at + 1 : at + 4], "big")
        if at + 4 + length > len(content):
            return at == 0 and content[0] == CERTIFICATE and len(content) > 1000
        at += 4 + length
    return at == len(content)
