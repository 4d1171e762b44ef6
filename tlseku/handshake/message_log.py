"""What both sides of one TLS connection have said so far.

Collects, in order, the messages, alerts and records of ciphertext that the readers of both sides tell of, and reads
those that decide what follows. Must not know how TLS was detected (``tls_detection``), must not judge (``policy``) nor
turn facts into a flow (``flow_builder``). Implements the listener of ``tls.reader`` and the sink of the decryptor.

Limits: see the named constants. What is left out because of one is a defect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tlseku._build import mypyc_attr
from tlseku.carriers.dispatch import InsideReader
from tlseku.carriers.outer import Carrier, Outer
from tlseku.errors import Malformed
from tlseku.handshake.following import CAPTURE_ENDS, TABLE_FULL
from tlseku.network.tcp.compressor import LEAST_PACKED, Compressor, PackedParts
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.stream import SEGMENT_LOST, SNAPLEN_TRUNCATED, STARTS_MID
from tlseku.registry.protocol_versions import is_tls13, version_of_tls
from tlseku.tls import extensions as ext
from tlseku.tls.certificate_message import CertificateMessage, read_certificate_message
from tlseku.tls.certificate_request import CertificateRequest, read_certificate_request
from tlseku.tls.cursor import Cursor
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CLIENT_HELLO,
    COMPRESSED_CERTIFICATE,
    ENCRYPTED_EXTENSIONS,
    HOLE,
    NOT_TLS,
    RECORD_ALERT,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    RECORD_TOO_LONG,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from tlseku.tls.hello import (
    ClientHello,
    ServerHello,
    read_client_hello,
    read_server_hello,
    read_ssl2_client_hello,
)
from tlseku.tls.message import Message
from tlseku.tls.reader import Decryptor
from tlseku.tls.records import MAX_CLEAR

if TYPE_CHECKING:
    from tlseku.decryption.opening import Opening

# Encrypted records that are remembered a side with their length, for what can be told of TLS 1.3 from the outside.
MAX_ENCRYPTED_RECORDS = 32
# Messages that are remembered: a handshake has about ten; thousands of HelloRequests are an attack.
MAX_MESSAGES = 256
# Why the end of a message is not there although it was sent.
_WHY_UNSEEN: Final = frozenset({SEGMENT_LOST, SNAPLEN_TRUNCATED, STARTS_MID, TABLE_FULL, CAPTURE_ENDS})
# In front of the entries of a Certificate message stands the length of all of them.
_LIST_LENGTH: Final = 3
# What a message takes beside its body, and what a log does without any, in bytes.
MESSAGE_COST: Final = 500
# What a hello takes that was read, beside its bytes: its lists and its extensions.
HELLO_COST: Final = 600
LOG_COST: Final = 1_200
# Bytes of decrypted application data that are kept a side, for what an answer says.
MAX_INSIDE_KEPT: Final = 4096
# Bytes of Certificate and CertificateRequest messages that are kept a connection; a handshake has some kilobytes.
MAX_KEPT_BYTES = 4 * 1024 * 1024

RAW_PUBLIC_KEY = 2


@mypyc_attr(acyclic=True)
class SaidHello(Message):
    """A ClientHello or ServerHello that could be read; ``source`` is what it can be read from again, if anything."""

    __slots__ = ("_hello", "_packed", "_place_in_packed", "_source")

    def __init__(self, of: Message, hello: ClientHello | ServerHello, source: bytes = b"") -> None:
        super().__init__(of.side, of.kind, of.frame, of.ts_ns, b"", 0, of.carried, of.cut, of.opened)
        self.place = of.place
        self._hello: ClientHello | ServerHello | None = hello
        self._source = source
        self._packed: PackedParts | None = None
        self._place_in_packed = 0

    @property
    def hello(self) -> ClientHello | ServerHello:
        """What was read of it."""
        hello = self._hello
        if hello is None:
            if self._packed is not None:
                self._source = self._packed.parts()[self._place_in_packed]
                self._packed = None
            read = read_client_hello if self.kind == CLIENT_HELLO else read_server_hello
            hello = self._hello = read(self._source)
        return hello

    def parts(self) -> tuple[bytes, ...]:
        """What may be packed of it."""
        return (self._source,) if self._source and self._packed is None else ()

    def packed_in(self, packed: PackedParts, at: int) -> None:
        """It is packed, from the part ``at`` on."""
        self._packed, self._place_in_packed = packed, at
        self._hello = None
        self._source = b""


@mypyc_attr(acyclic=True)
class SaidCertificate(Message):
    """A Certificate message, as far as it could be read."""

    __slots__ = ("_certificates", "_message", "_packed", "_place_in_packed")

    def __init__(self, of: Message, message: CertificateMessage) -> None:
        super().__init__(of.side, of.kind, of.frame, of.ts_ns, b"", 0, of.carried, of.cut, of.opened)
        self.place = of.place
        self._message = message
        self._certificates = len(message.certificates)
        self._packed: PackedParts | None = None
        self._place_in_packed = 0

    @property
    def message(self) -> CertificateMessage:
        """What was read of it."""
        packed = self._packed
        if packed is not None:
            first = self._place_in_packed
            certificates = tuple(packed.parts()[first : first + self._certificates])
            self._message = replace(self._message, certificates=certificates)
            self._packed = None
        return self._message

    def parts(self) -> tuple[bytes, ...]:
        """What may be packed of it."""
        return self._message.certificates

    def packed_in(self, packed: PackedParts, at: int) -> None:
        """Its certificates are packed, from the part ``at`` on."""
        self._packed, self._place_in_packed = packed, at
        self._message = replace(self._message, certificates=())


@mypyc_attr(acyclic=True)
class SaidRequest(Message):
    """A CertificateRequest; ``request`` is None if it cannot be read or was cut."""

    __slots__ = ("_names", "_packed", "_place_in_packed", "_request")

    def __init__(self, of: Message, request: CertificateRequest | None) -> None:
        super().__init__(of.side, of.kind, of.frame, of.ts_ns, b"", 0, of.carried, of.cut, of.opened)
        self.place = of.place
        self._request = request
        self._names = 0 if request is None else len(request.authorities)
        self._packed: PackedParts | None = None
        self._place_in_packed = 0

    @property
    def request(self) -> CertificateRequest | None:
        """What was read of it."""
        packed, request = self._packed, self._request
        if packed is not None and request is not None:
            first = self._place_in_packed
            authorities = tuple(packed.parts()[first : first + self._names])
            self._request = replace(request, authorities=authorities)
            self._packed = None
        return self._request

    def parts(self) -> tuple[bytes, ...]:
        """What may be packed of it: in TLS 1.3 the names stand among the extensions as well."""
        request = self._request
        return () if request is None or request.extensions else request.authorities

    def packed_in(self, packed: PackedParts, at: int) -> None:
        """The names of CAs are packed, from the part ``at`` on."""
        if self._request is not None:
            self._packed, self._place_in_packed = packed, at
            self._request = replace(self._request, authorities=())


class MessageLog:
    """What was said. ``number`` is the flow's. ``lost`` is, for each side, why bytes of its clear flight are missing;
    ``mid_stream`` whether the capture starts amid what it says; ``defects`` are (layer, reason, frame)."""

    __slots__ = (
        "_encrypted_records",
        "_kept_bytes",
        "_notify",
        "_saved_bytes",
        "alerts",
        "any_lost",
        "application_data",
        "carrier",
        "certificates",
        "change_cipher_specs",
        "client_hellos",
        "client_side",
        "connection",
        "decryptor",
        "defects",
        "encrypted",
        "encrypted_handshakes",
        "end_ts",
        "ended_how",
        "inside",
        "inside_reader",
        "lost",
        "mid_stream",
        "negotiated",
        "number",
        "on_tls13",
        "outer",
        "requests",
        "said",
        "sealed",
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
        # How many fewer they are where they are packed.
        self._saved_bytes = 0
        self.decryptor: Opening | None = None
        # The same, where it takes protected records as they come.
        self.sealed: Decryptor | None = None
        # The EncryptedExtensions of TLS 1.3.
        self.negotiated: ext.Extensions = ()
        # Why the certificate of a side stays hidden although its message was opened.
        self.unread_certificates: list[str | None] = [None, None]
        self.start_ts = connection.first_ts
        self.starttls: str | None = None
        # What brought the bytes, and what that said around them.
        self.carrier: Carrier = "tcp"
        self.outer: Outer | None = None
        # The client as the carrier knows it, -1 if it does not.
        self.client_side = -1
        self.mid_stream = [False, False]
        self.said: list[Message] = []
        self.client_hellos: list[SaidHello] = []
        self.server_hellos: list[SaidHello] = []
        self.certificates: list[SaidCertificate] = []
        self.requests: list[SaidRequest] = []
        self.alerts: list[Message] = []
        self.change_cipher_specs = [0, 0]
        self.encrypted: list[Message] = []
        self._encrypted_records = [0, 0]
        self.encrypted_handshakes = [0, 0]
        self.application_data = [False, False]
        # The first decrypted application data of each side, as far as the decryptor hands it on.
        self.inside = [b"", b""]
        # Who reads on in it.
        self.inside_reader: InsideReader | None = None
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

    def held(self) -> int:
        """About what is kept of what was said, in bytes."""
        kept = min(self._kept_bytes, MAX_KEPT_BYTES) - self._saved_bytes
        return max(0, LOG_COST + kept) + len(self.said) * MESSAGE_COST

    def pack(self, compressor: Compressor) -> int:
        """Keep hellos, certificates and requests in less room, until somebody asks for them; how many bytes less."""
        parts: list[bytes] = []
        hellos: list[tuple[SaidHello, int]] = []
        for hello in self.client_hellos + self.server_hellos:
            if hello.parts():
                hellos.append((hello, len(parts)))
                parts += hello.parts()
        certificates: list[tuple[SaidCertificate, int]] = []
        for certificate in self.certificates:
            if certificate.parts():
                certificates.append((certificate, len(parts)))
                parts += certificate.parts()
        requests: list[tuple[SaidRequest, int]] = []
        for request in self.requests:
            if request.parts():
                requests.append((request, len(parts)))
                parts += request.parts()
        size = sum([len(part) for part in parts])
        if size < LEAST_PACKED:
            return 0
        packed = PackedParts(compressor, parts)
        for hello, at in hellos:
            hello.packed_in(packed, at)
        for certificate, at in certificates:
            certificate.packed_in(packed, at)
        for request, at in requests:
            request.packed_in(packed, at)
        saved = size - packed.size + HELLO_COST * len(hellos)
        self._saved_bytes += saved
        return saved

    def ended(self, how: str) -> None:
        """The connection is over."""
        self.ended_how = how
        self.end_ts = self.connection.last_ts
        self._notify(self, "ended")

    def message(self, message: Message) -> None:
        """What a side says, or a hole in it, as ``tls.reader`` tells it."""
        kind = message.kind
        if self.decryptor is not None:
            self.decryptor.arrived(message)
        if kind >= 0:
            self._handshake_message(message)
        elif kind == RECORD_CHANGE_CIPHER_SPEC:
            self.change_cipher_specs[message.side] += 1
            if self.decryptor is not None:
                # It comes back in its place among what was encrypted.
                self.decryptor.change_cipher_spec(message)
            else:
                self._say(message)
        elif kind == NOT_TLS:
            self.add_defect("tls", "bytes that are no TLS record follow", message.frame)
        elif kind == RECORD_TOO_LONG:
            limit = f"longer than {MAX_CLEAR} (RFC 8446 section 5.1, RFC 5246 section 6.2.1)"
            self.add_defect("tls", f"a handshake record of {message.length} bytes, {limit}", message.frame)
        else:
            self._record(message)

    def decrypted(self, message: Message) -> None:
        """What the decryptor gives back: opened, or as it came."""
        kind = message.kind
        if kind >= 0:
            self._handshake_message(message)
        elif kind == RECORD_CHANGE_CIPHER_SPEC:
            self._say(message)
        else:
            self._record(message)

    def unread(self, side: int, reason: str) -> None:
        """A certificate of a side cannot be shown, for a ``Hidden.reason``."""
        self.unread_certificates[side] = self.unread_certificates[side] or reason

    def ssl2_client_hello(self, message: Message) -> None:
        """A ClientHello in SSL 2.0 format, without its two length bytes."""
        self._say(message)
        try:
            hello = read_ssl2_client_hello(message.body)
            self.client_hellos.append(SaidHello(message, hello))
            if self.decryptor is not None:
                self.decryptor.heard(message.holding(CLIENT_HELLO, message.body[1:], None), hello)
        except Malformed as problem:
            self.add_defect("tls", f"ClientHello in SSL 2.0 format: {problem}", message.frame)

    # How what is said is kept.

    def _record(self, message: Message) -> None:
        """An alert, a record of ciphertext or a hole."""
        side, kind = message.side, message.kind
        if kind == HOLE:
            self._bytes_lost(side, message.cut or "")
            return
        if kind in (RECORD_ALERT, RECORD_ENCRYPTED_ALERT):
            if len(self.alerts) < MAX_MESSAGES:
                self.alerts.append(message)
                self._say(message)
                self._notify(self, "alert")
            if kind == RECORD_ALERT:
                return
        elif kind == RECORD_ENCRYPTED_HANDSHAKE:
            self.encrypted_handshakes[side] += 1
            self._say(message)
        else:
            if len(self.inside[side]) < MAX_INSIDE_KEPT:
                self.inside[side] += message.body
            if self.inside_reader is not None:
                self._read_inside(message)
            if not self.application_data[side]:
                self.application_data[side] = True
                self._say(message)
        self._encrypted_records[side] += 1
        if self._encrypted_records[side] <= MAX_ENCRYPTED_RECORDS:
            self.encrypted.append(message)

    def _read_inside(self, message: Message) -> None:
        reader = self.inside_reader
        if reader is None:
            return
        if message.body:
            reader.data(message.side, message.body, message.frame, message.ts_ns)
        else:
            reader.lost()
        if reader.is_over:
            self.inside_reader = None

    def _bytes_lost(self, side: int, reason: str) -> None:
        """Bytes of a side are missing amid TLS."""
        self.any_lost = True
        # What is lost behind the end of a side's clear flight hides no certificate.
        over = self.change_cipher_specs[side] > 0 or any(
            said.side == side and said.kind == SERVER_HELLO_DONE for said in self.said
        )
        answer = self.server_hellos[-1].hello if self.server_hellos else None
        if isinstance(answer, ServerHello) and answer.is_hello_retry_request:
            # Both sides may send one for the sake of middleboxes, and say hello once more (RFC 8446 appendix D.4).
            over = False
        # Messages of DTLS have numbers, so that one in clear is known to be missing whatever came behind it.
        over = over and self.carrier != "dtls"
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

    def _handshake_message(self, message: Message) -> None:
        kind = message.kind
        listed = self._say(message)
        if not listed and self.decryptor is None:
            return
        hello: ClientHello | ServerHello | None = None
        try:
            if message.cut is None and kind == CLIENT_HELLO:
                hello = read_client_hello(message.body)
            elif message.cut is None and kind == SERVER_HELLO:
                hello = read_server_hello(message.body)
            if listed:
                self._note(message, hello)
        except Malformed as problem:
            self.add_defect("tls", f"handshake message {kind}: {problem}", message.frame)
        if self.decryptor is not None and message.cut is None:
            self.decryptor.heard(message, hello)

    def _note(self, message: Message, hello: ClientHello | ServerHello | None) -> None:
        if message.kind == CERTIFICATE:
            self._certificate(message)
        elif message.kind == CERTIFICATE_REQUEST:
            self._request(message)
        elif isinstance(hello, ClientHello):
            self.client_hellos.append(SaidHello(message, hello, message.body))
        elif isinstance(hello, ServerHello):
            self.server_hellos.append(SaidHello(message, hello, message.body))
            if is_tls13(hello.version):
                self.on_tls13()
        elif message.cut is not None or not message.opened:
            return
        elif message.kind == ENCRYPTED_EXTENSIONS:
            self.negotiated = ext.read_extensions(Cursor(message.body))
        elif message.kind == COMPRESSED_CERTIFICATE:
            self._compressed(message)

    def _say(self, message: Message) -> bool:
        """List a message, without the body of a handshake message, which may be long; whether there was room."""
        if len(self.said) < MAX_MESSAGES:
            if message.kind >= 0 and message.body:
                message = message.holding(message.kind, b"", message.cut)
            self.said.append(message)
            self._notify(self, "said")
            return True
        reason = f"more than {MAX_MESSAGES} messages; the rest is not listed"
        if not any(defect[1] == reason for defect in self.defects):
            self.defects.append(("tls", reason, message.frame))
        return False

    def _kept(self, message: Message) -> Message:
        """The message, without its body where too much is kept already."""
        self._kept_bytes += len(message.body)
        if self._kept_bytes <= MAX_KEPT_BYTES:
            return message
        reason = f"more than {MAX_KEPT_BYTES} bytes of Certificate and CertificateRequest"
        self.add_defect("tls", reason, message.frame)
        return message.holding(message.kind, b"", reason)

    def _compressed(self, message: Message) -> None:
        from tlseku.tls.compressed_certificate import (
            UNSUPPORTED_COMPRESSION,
            decompress,
            read_compressed_certificate,
        )

        compressed = read_compressed_certificate(message.body)
        body = decompress(compressed)
        if body is None:
            self.unread_certificates[message.side] = UNSUPPORTED_COMPRESSION
            reason = f"a certificate is compressed with algorithm {compressed.algorithm}, which cannot be undone here"
            self.add_defect("tls", reason, message.frame)
        else:
            self._certificate(message.holding(CERTIFICATE, body, None))

    def _is_raw_public_key(self, side: int) -> bool:
        """Whether a side was agreed to present a raw public key instead of a chain (RFC 7250)."""
        from_client = bool(self.client_hellos) and self.client_hellos[0].side == side
        kind = ext.CLIENT_CERTIFICATE_TYPE if from_client else ext.SERVER_CERTIFICATE_TYPE
        # Before TLS 1.3, the ServerHello says so.
        agreed = self.negotiated or (self.server_hellos[-1].hello.extensions if self.server_hellos else ())
        return ext.find(agreed, kind) == bytes((RAW_PUBLIC_KEY,))

    def _certificate(self, message: Message) -> None:
        side = message.side
        message = self._kept(message)
        tls13 = message.opened and self.decryptor is not None and self.decryptor.agreed_tls13
        if self._is_raw_public_key(side):
            # Without a key the list is empty, or before TLS 1.3 the key; a request's context precedes it (RFC 7250).
            context = 1 + message.body[0] if tls13 and message.body else 0
            if any(message.body[context : context + 3]):
                self.unread_certificates[side] = "raw_public_key"
                return
        context = 1 + message.body[0] if tls13 and message.body else 0
        if message.cut in _WHY_UNSEEN and len(message.body) < context + _LIST_LENGTH:
            # Whether the list is empty stands in what is missing.
            self.unread_certificates[side] = message.cut
            return
        read = read_certificate_message(message.body, tls13=tls13, cut=message.cut is not None)
        if tls13 and read.extensions and ext.find(read.extensions[0], ext.DELEGATED_CREDENTIAL) is not None:
            reason = "a delegated credential (RFC 9345) stands in for the key of the certificate"
            self.add_defect("tls", reason, message.frame)
        if read.problem is not None and message.cut is None:
            self.add_defect("tls", f"Certificate: {read.problem}", message.frame)
        self.certificates.append(SaidCertificate(message, read))
        self._notify(self, "certificate")

    def _request(self, message: Message) -> None:
        message = self._kept(message)
        version = None
        for said in self.server_hellos:
            if isinstance(said.hello, ServerHello):
                version = version_of_tls(said.hello.version)
        request = None
        if message.cut is None:
            try:
                request = read_certificate_request(message.body, version)
            except Malformed as problem:
                self.add_defect("tls", f"CertificateRequest: {problem}", message.frame)
        self.requests.append(SaidRequest(message, request))
        self._notify(self, "request")

    def add_defect(self, layer: str, reason: str, frame: int | None) -> None:
        """Something wrong with the bytes; the same is told once."""
        if len(self.defects) < MAX_MESSAGES and (layer, reason, frame) not in self.defects:
            self.defects.append((layer, reason, frame))
