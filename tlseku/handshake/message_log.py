"""What both sides of one TLS connection have said so far.

Collects, in order, the messages, alerts and records of ciphertext that the two TLS streams tell of, and reads those
that decide what follows. Must not know how TLS was recognised (``recognition``), must not judge (``policy``) nor turn
facts into a flow (``flow_builder``). Implements the listener of ``tls.stream_reader``.

Limits: see the named constants. What is left out because of one is a defect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from tlseku.errors import Malformed
from tlseku.network.tcp.connection import Connection
from tlseku.tls import extensions as ext
from tlseku.tls import records
from tlseku.tls.certificate_message import CertificateMessage, read_certificate_message
from tlseku.tls.certificate_request import CertificateRequest, read_certificate_request
from tlseku.tls.cursor import Cursor
from tlseku.tls.handshake import HandshakeMessage
from tlseku.tls.hello import (
    TLS13,
    ClientHello,
    ServerHello,
    read_client_hello,
    read_server_hello,
    read_ssl2_client_hello,
)

if TYPE_CHECKING:
    from tlseku.decryption.record_decryptor import RecordDecryptor

# Encrypted records that are remembered a side with their length, for what can be told of TLS 1.3 from the outside.
MAX_ENCRYPTED_RECORDS = 32
# Messages that are remembered: a handshake has about ten; thousands of HelloRequests are an attack.
MAX_MESSAGES = 256
# Bytes of Certificate and CertificateRequest messages that are kept a connection; a handshake has some kilobytes.
MAX_KEPT_BYTES = 4 * 1024 * 1024

CLIENT_HELLO = 1
SERVER_HELLO = 2
ENCRYPTED_EXTENSIONS = 8
CERTIFICATE = 11
CERTIFICATE_REQUEST = 13
SERVER_HELLO_DONE = 14
FINISHED = 20
COMPRESSED_CERTIFICATE = 25
RAW_PUBLIC_KEY = 2


class Said(NamedTuple):
    """One thing that a side said, in the order seen. ``kind`` is a handshake type, or one of the constants below.
    ``opened`` says that it was encrypted and opened with the session's secrets."""

    side: int
    kind: int
    frame: int
    frames: tuple[int, ...]
    ts_ns: int
    cut: str | None = None
    opened: bool = False


SAID_CHANGE_CIPHER_SPEC = -20
SAID_ALERT = -21
SAID_ENCRYPTED_HANDSHAKE = -22
SAID_APPLICATION_DATA = -23


class SaidHello(NamedTuple):
    """A ClientHello or ServerHello with its place in ``said``."""

    side: int
    hello: ClientHello | ServerHello
    frame: int
    ts_ns: int
    opened: bool = False


class SaidCertificate(NamedTuple):
    """A Certificate message; ``cut`` is why the rest is missing, None if it is whole."""

    side: int
    message: CertificateMessage
    frame: int
    frames: tuple[int, ...]
    ts_ns: int
    cut: str | None
    opened: bool = False


class SaidRequest(NamedTuple):
    """A CertificateRequest; ``request`` is None if it cannot be read or was ``cut``."""

    side: int
    request: CertificateRequest | None
    frame: int
    ts_ns: int
    cut: str | None = None
    opened: bool = False


class SaidAlert(NamedTuple):
    """An alert, ``level`` and ``code`` -1 if encrypted."""

    side: int
    level: int
    code: int
    frame: int
    ts_ns: int


class EncryptedRecord(NamedTuple):
    """A record of ciphertext and its length."""

    side: int
    content_type: int
    length: int
    frame: int
    ts_ns: int


class MessageLog:
    """What was said. ``number`` is the flow's. ``lost`` is, for each side, why bytes of its clear flight are missing;
    ``mid_stream`` whether the capture starts amid what it says; ``defects`` are (layer, reason, frame)."""

    __slots__ = (
        "_encrypted_records",
        "_kept_bytes",
        "_notify",
        "alerts",
        "any_lost",
        "application_data",
        "certificates",
        "change_cipher_specs",
        "client_hellos",
        "connection",
        "decryptor",
        "defects",
        "encrypted",
        "encrypted_handshakes",
        "end_ts",
        "ended_how",
        "inside",
        "lost",
        "mid_stream",
        "negotiated",
        "number",
        "on_tls13",
        "requests",
        "said",
        "server_hellos",
        "start_ts",
        "starttls",
        "unread_certificates",
    )

    def __init__(
        self,
        connection: Connection,
        number: int,
        notify: Callable[[MessageLog, str], None],
        on_tls13: Callable[[], None],
    ) -> None:
        self.connection = connection
        self.number = number
        self._notify = notify
        self.on_tls13 = on_tls13
        self._kept_bytes = 0
        self.decryptor: RecordDecryptor | None = None
        # The EncryptedExtensions of TLS 1.3.
        self.negotiated: ext.Extensions = ()
        # Why the certificate of a side stays hidden although its message was opened.
        self.unread_certificates: list[str | None] = [None, None]
        self.start_ts = connection.first_ts
        self.starttls: str | None = None
        self.mid_stream = [False, False]
        self.said: list[Said] = []
        self.client_hellos: list[SaidHello] = []
        self.server_hellos: list[SaidHello] = []
        self.certificates: list[SaidCertificate] = []
        self.requests: list[SaidRequest] = []
        self.alerts: list[SaidAlert] = []
        self.change_cipher_specs = [0, 0]
        self.encrypted: list[EncryptedRecord] = []
        self._encrypted_records = [0, 0]
        self.encrypted_handshakes = [0, 0]
        self.application_data = [False, False]
        # The first decrypted application data of each side, as far as the decryptor hands it on.
        self.inside = [b"", b""]
        self.lost: list[str | None] = [None, None]
        self.any_lost = False
        self.defects: list[tuple[str, str, int | None]] = []
        self.ended_how = ""
        self.end_ts = connection.first_ts

    @property
    def handshake_over(self) -> bool:
        """Whether nothing more in clear can come of the handshake: both sides speak ciphertext."""
        return all(self.encrypted_handshakes[side] or self.application_data[side] for side in (0, 1))

    @property
    def opens(self) -> bool:
        """Whether records of ciphertext are opened with secrets."""
        return self.decryptor is not None and self.decryptor.active

    @property
    def finished(self) -> tuple[bool, bool]:
        """Whether a Finished of each side was read, which is always an opened one."""
        decryptor = self.decryptor
        return (False, False) if decryptor is None else (decryptor.finished[0] > 0, decryptor.finished[1] > 0)

    def ended(self, how: str) -> None:
        """The connection is over."""
        self.ended_how = how
        self.end_ts = self.connection.last_ts
        self._notify(self, "ended")

    # A listener of the TLS streams.

    def handshake_message(self, side: int, message: HandshakeMessage) -> None:
        """A handshake message in clear."""
        self._message(side, message, False)

    def opened_message(self, side: int, message: HandshakeMessage) -> None:
        """A handshake message that was encrypted."""
        self._message(side, message, True)

    def opened_data(self, side: int, content: bytes) -> None:
        """The content of application data."""
        self.inside[side] += content

    def opened_alert(self, side: int, level: int, code: int, frame: int, ts_ns: int) -> None:
        """An alert that was encrypted."""
        self._alert(side, level, code, frame, ts_ns, True)

    def change_cipher_spec(self, side: int, frame: int, ts_ns: int) -> None:
        """A ChangeCipherSpec."""
        self.change_cipher_specs[side] += 1
        if self.decryptor is not None:
            self.decryptor.change_cipher_spec(side, frame, ts_ns)
        else:
            self.changed_cipher_spec(side, frame, ts_ns)

    def changed_cipher_spec(self, side: int, frame: int, ts_ns: int) -> None:
        """A ChangeCipherSpec, in its place among what was encrypted."""
        self._say(Said(side, SAID_CHANGE_CIPHER_SPEC, frame, (frame,), ts_ns))

    def alert(self, side: int, level: int, code: int, frame: int, ts_ns: int) -> None:
        """An alert in clear."""
        self._alert(side, level, code, frame, ts_ns)

    def encrypted_record(self, side: int, content_type: int, length: int, frame: int, ts_ns: int) -> None:
        """A record of ciphertext."""
        if content_type == records.ALERT:
            self._alert(side, -1, -1, frame, ts_ns)
        elif content_type == records.HANDSHAKE:
            self.encrypted_handshakes[side] += 1
            self._say(Said(side, SAID_ENCRYPTED_HANDSHAKE, frame, (frame,), ts_ns))
        elif not self.application_data[side]:
            self.application_data[side] = True
            self._say(Said(side, SAID_APPLICATION_DATA, frame, (frame,), ts_ns))
        self._encrypted_records[side] += 1
        if self._encrypted_records[side] <= MAX_ENCRYPTED_RECORDS:
            self.encrypted.append(EncryptedRecord(side, content_type, length, frame, ts_ns))

    def bytes_lost(self, side: int, reason: str) -> None:
        """Bytes of a side are missing amid TLS."""
        self.any_lost = True
        # What is lost behind the end of a side's clear flight hides no certificate.
        over = self.change_cipher_specs[side] or any(
            said.side == side and said.kind == SERVER_HELLO_DONE for said in self.said
        )
        decryptor = self.decryptor
        if (
            decryptor is not None
            and decryptor.active
            and decryptor.agreed_tls13
            and not decryptor.lacks_secret(side)
        ):
            over = decryptor.finished[side] > 0
        if not over:
            self.lost[side] = self.lost[side] or reason

    def ssl2_client_hello(
        self, side: int, body: bytes, frame: int, frames: tuple[int, ...], ts_ns: int
    ) -> None:
        """A ClientHello in SSL 2.0 format, without its two length bytes."""
        self._say(Said(side, CLIENT_HELLO, frame, frames, ts_ns))
        try:
            hello = read_ssl2_client_hello(body)
            self.client_hellos.append(SaidHello(side, hello, frame, ts_ns))
            if self.decryptor is not None:
                self.decryptor.heard(
                    side, HandshakeMessage(CLIENT_HELLO, body[1:], frame, frames, ts_ns), hello
                )
        except Malformed as problem:
            self.add_defect("tls", f"ClientHello in SSL 2.0 format: {problem}", frame)

    def not_tls(self, side: int, frame: int) -> None:
        """A side stopped speaking TLS."""
        self.add_defect("tls", "bytes that are no TLS record follow", frame)

    def record_version(self, side: int, version: int) -> None:
        """The version of the first record says nothing that the hellos do not say better."""

    # How what is said is kept.

    def _message(self, side: int, message: HandshakeMessage, opened: bool) -> None:
        kind = message.type
        said = Said(side, kind, message.frame, message.frames, message.ts_ns, message.cut, opened)
        listed = self._say(said)
        if not listed and self.decryptor is None:
            return
        hello: ClientHello | ServerHello | None = None
        try:
            if message.cut is None and kind == CLIENT_HELLO:
                hello = read_client_hello(message.body)
            elif message.cut is None and kind == SERVER_HELLO:
                hello = read_server_hello(message.body)
            if listed:
                self._note(side, message, hello, opened)
        except Malformed as problem:
            self.add_defect("tls", f"handshake message {kind}: {problem}", message.frame)
        if self.decryptor is not None and message.cut is None:
            self.decryptor.heard(side, message, hello)

    def _note(
        self, side: int, message: HandshakeMessage, hello: ClientHello | ServerHello | None, opened: bool
    ) -> None:
        if message.type == CERTIFICATE:
            self._certificate(side, message, opened)
        elif message.type == CERTIFICATE_REQUEST:
            self._request(side, message, opened)
        elif isinstance(hello, ClientHello):
            self.client_hellos.append(SaidHello(side, hello, message.frame, message.ts_ns, opened))
        elif isinstance(hello, ServerHello):
            self._server_hello(side, hello, message, opened)
        elif message.cut is not None or not opened:
            return
        elif message.type == ENCRYPTED_EXTENSIONS:
            self.negotiated = ext.read_extensions(Cursor(message.body))
        elif message.type == COMPRESSED_CERTIFICATE:
            self._compressed(side, message)

    def _say(self, said: Said) -> bool:
        if len(self.said) < MAX_MESSAGES:
            self.said.append(said)
            self._notify(self, "said")
            return True
        reason = f"more than {MAX_MESSAGES} messages; the rest is not listed"
        if not any(defect[1] == reason for defect in self.defects):
            self.defects.append(("tls", reason, said.frame))
        return False

    def _kept(self, message: HandshakeMessage) -> HandshakeMessage:
        """The message, without its body where too much is kept already."""
        self._kept_bytes += len(message.body)
        if self._kept_bytes <= MAX_KEPT_BYTES:
            return message
        reason = f"more than {MAX_KEPT_BYTES} bytes of Certificate and CertificateRequest"
        self.add_defect("tls", reason, message.frame)
        return message._replace(body=b"", cut=reason)

    def _server_hello(self, side: int, hello: ServerHello, message: HandshakeMessage, opened: bool) -> None:
        self.server_hellos.append(SaidHello(side, hello, message.frame, message.ts_ns, opened))
        if hello.version >= TLS13:
            self.on_tls13()

    def _compressed(self, side: int, message: HandshakeMessage) -> None:
        from tlseku.tls.compressed_certificate import (
            UNSUPPORTED_COMPRESSION,
            decompress,
            read_compressed_certificate,
        )

        compressed = read_compressed_certificate(message.body)
        body = decompress(compressed)
        if body is None:
            self.unread_certificates[side] = UNSUPPORTED_COMPRESSION
            reason = f"a certificate is compressed with algorithm {compressed.algorithm}, which cannot be undone here"
            self.add_defect("tls", reason, message.frame)
        else:
            self._certificate(side, message._replace(type=CERTIFICATE, body=body), True)

    def _is_raw_public_key(self, side: int) -> bool:
        """Whether a side was agreed to present a raw public key instead of a chain (RFC 7250)."""
        from_client = bool(self.client_hellos) and self.client_hellos[0].side == side
        kind = ext.CLIENT_CERTIFICATE_TYPE if from_client else ext.SERVER_CERTIFICATE_TYPE
        # Before TLS 1.3, the ServerHello says so.
        agreed = self.negotiated or (self.server_hellos[-1].hello.extensions if self.server_hellos else ())
        return ext.find(agreed, kind) == bytes((RAW_PUBLIC_KEY,))

    def _certificate(self, side: int, message: HandshakeMessage, opened: bool) -> None:
        message = self._kept(message)
        tls13 = opened and self.decryptor is not None and self.decryptor.agreed_tls13
        if self._is_raw_public_key(side):
            # Without a key the list is empty, or before TLS 1.3 the key; a request's context precedes it (RFC 7250).
            context = 1 + message.body[0] if tls13 and message.body else 0
            if any(message.body[context : context + 3]):
                self.unread_certificates[side] = "raw_public_key"
                return
        read = read_certificate_message(message.body, tls13=tls13, cut=message.cut is not None)
        if tls13 and read.extensions and ext.find(read.extensions[0], ext.DELEGATED_CREDENTIAL) is not None:
            reason = "a delegated credential (RFC 9345) stands in for the key of the certificate"
            self.add_defect("tls", reason, message.frame)
        if read.problem is not None and message.cut is None:
            self.add_defect("tls", f"Certificate: {read.problem}", message.frame)
        self.certificates.append(
            SaidCertificate(side, read, message.frame, message.frames, message.ts_ns, message.cut, opened)
        )
        self._notify(self, "certificate")

    def _request(self, side: int, message: HandshakeMessage, opened: bool) -> None:
        message = self._kept(message)
        version = None
        for said in self.server_hellos:
            if isinstance(said.hello, ServerHello):
                version = said.hello.version
        request = None
        if message.cut is None:
            try:
                request = read_certificate_request(message.body, version)
            except Malformed as problem:
                self.add_defect("tls", f"CertificateRequest: {problem}", message.frame)
        self.requests.append(SaidRequest(side, request, message.frame, message.ts_ns, message.cut, opened))
        self._notify(self, "request")

    def _alert(self, side: int, level: int, code: int, frame: int, ts_ns: int, opened: bool = False) -> None:
        if len(self.alerts) < MAX_MESSAGES:
            self.alerts.append(SaidAlert(side, level, code, frame, ts_ns))
            self._say(Said(side, SAID_ALERT, frame, (frame,), ts_ns, None, opened))
            self._notify(self, "alert")

    def add_defect(self, layer: str, reason: str, frame: int | None) -> None:
        """Something wrong with the bytes; the same is told once."""
        if len(self.defects) < MAX_MESSAGES and (layer, reason, frame) not in self.defects:
            self.defects.append((layer, reason, frame))
