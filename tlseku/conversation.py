"""What is known of one TLS connection while it lasts.

Joins the two directions of a TCP connection with the TLS reader: decides whether, where and on which side TLS begins,
then collects what both sides say, in order. Must not judge (``policy``) nor turn facts into a flow (``conclude``).
Implements the listener of ``network.connections`` on one side and that of ``tls.stream`` on the other.

Plan: each side is, in turn, *opening* (too few bytes to tell, or a clear-text protocol that may turn to TLS), then
*TLS*, or *over* (nothing more to be had from it). When both are over, the connection's bytes are no longer wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tlseku.errors import Malformed
from tlseku.network.connections import Connection
from tlseku.tls import opening, records
from tlseku.tls.certificate_message import CertificateMessage, read_certificate_message
from tlseku.tls.certificate_request import CertificateRequest, read_certificate_request
from tlseku.tls.handshake import HandshakeMessage
from tlseku.tls.hello import (
    TLS13,
    ClientHello,
    ServerHello,
    read_client_hello,
    read_server_hello,
    read_ssl2_client_hello,
)
from tlseku.tls.prelude import MAX_PRELUDE, may_turn_to_tls, name_prelude
from tlseku.tls.stream import TlsStream
from tlseku.tls.tds import TdsUnwrapper, begins_tds

# Encrypted records that are remembered a side with their length, for what can be told of TLS 1.3 from the outside.
MAX_ENCRYPTED_RECORDS = 32
# Messages that are remembered: a handshake has about ten; thousands of HelloRequests are an attack.
MAX_MESSAGES = 256
# Bytes of Certificate and CertificateRequest messages that are kept a connection; a handshake has some kilobytes.
MAX_KEPT_BYTES = 4 * 1024 * 1024
# Longer than any record: what to call a gap in which nobody knows how much of it was TLS.
_ANY_LENGTH = 1 << 32
# Bytes looked through for a record header where the capture starts in the middle.
MAX_SEARCHED = 64 * 1024

CLIENT_HELLO = 1
SERVER_HELLO = 2
CERTIFICATE = 11
CERTIFICATE_REQUEST = 13
SERVER_HELLO_DONE = 14


class Piece(NamedTuple):
    """Bytes of one frame."""

    data: bytes
    frame: int
    ts_ns: int


class Said(NamedTuple):
    """One thing that a side said, in the order seen. ``kind`` is a handshake type, or one of the constants below."""

    side: int
    kind: int
    frame: int
    frames: tuple[int, ...]
    ts_ns: int
    cut: str | None = None


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


class SaidCertificate(NamedTuple):
    """A Certificate message; ``cut`` is why the rest is missing, None if it is whole."""

    side: int
    message: CertificateMessage
    frame: int
    frames: tuple[int, ...]
    ts_ns: int
    cut: str | None


class SaidRequest(NamedTuple):
    """A CertificateRequest; ``request`` is None if it cannot be read or was ``cut``."""

    side: int
    request: CertificateRequest | None
    frame: int
    ts_ns: int
    cut: str | None = None


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


class _Opening:
    """A side whose first bytes do not yet tell what it speaks."""

    __slots__ = ("hello_waits", "mid_stream", "pieces", "searched", "size", "unwrapper")

    def __init__(self) -> None:
        # A hello stands in these bytes, but what the other side said so far does not let TLS follow.
        self.hello_waits = False
        self.pieces: list[Piece] = []
        self.size = 0
        self.mid_stream = False
        self.searched = 0
        self.unwrapper: TdsUnwrapper | None = None

    def bytes(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)


class Conversation:
    """The state of one connection. ``number`` is 0 until TLS is recognised, then the flow's."""

    __slots__ = (
        "_encrypted_records",
        "_kept_bytes",
        "_new_number",
        "_notify",
        "_openings",
        "_over",
        "_preludes",
        "_streams",
        "_unwrappers",
        "alerts",
        "any_lost",
        "application_data",
        "certificates",
        "change_cipher_specs",
        "client_hellos",
        "connection",
        "defects",
        "encrypted",
        "encrypted_handshakes",
        "end_frame",
        "end_ts",
        "ended_by",
        "ended_how",
        "lost",
        "mid_stream",
        "number",
        "requests",
        "said",
        "server_hellos",
        "start_ts",
        "starttls",
    )

    def __init__(
        self,
        connection: Connection,
        new_number: Callable[[], int],
        notify: Callable[[Conversation, str], None],
    ) -> None:
        self.connection = connection
        self._new_number = new_number
        self._notify = notify
        self._openings: list[_Opening | None] = [_Opening(), _Opening()]
        self._streams: list[TlsStream | None] = [None, None]
        self._unwrappers: list[TdsUnwrapper | None] = [None, None]
        self._preludes = [b"", b""]
        self._over = [False, False]
        self._kept_bytes = 0
        self.number = 0
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
        self.lost: list[str | None] = [None, None]
        self.any_lost = False
        self.defects: list[tuple[str, str, int | None]] = []
        self.ended_how = ""
        self.ended_by = -1
        self.end_frame = 0
        self.end_ts = connection.first_ts

    # A listener of the connection.

    def is_start(self, side: int, data: bytes) -> bool:
        """Whether these bytes are plainly the beginning of a TLS stream."""
        return opening.opens_as(data) in (opening.TLS, opening.SSL2_HELLO)

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side."""
        if self._over[side]:
            return
        unwrapper = self._unwrappers[side]
        if unwrapper is not None:
            data = unwrapper.data(data)
            if not data:
                return
        stream = self._streams[side]
        if stream is not None:
            stream.data(data, frame, ts_ns)
            return
        waiting = self._openings[side]
        if waiting is not None:
            waiting.pieces.append(Piece(data, frame, ts_ns))
            waiting.size += len(data)
            self._decide(side, waiting)
            other = self._openings[1 - side]
            if other is not None and other.hello_waits:
                self._decide(1 - side, other)

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes of a side are missing."""
        if self._over[side]:
            return
        stream = self._streams[side]
        unwrapper = self._unwrappers[side]
        if unwrapper is not None and not unwrapper.gap(length):
            length = _ANY_LENGTH
        if stream is not None:
            stream.gap(length, reason)
            return
        waiting = self._openings[side]
        if waiting is not None:
            # Where TLS began can no longer be told by counting: look for records from here on.
            self.any_lost = True
            self.lost[side] = self.lost[side] or reason
            waiting.mid_stream = True
            waiting.hello_waits = False
            waiting.pieces.clear()
            waiting.size = 0

    def defect(self, side: int, reason: str, frame: int) -> None:
        """The network layer found a contradiction."""
        self._add_defect("network", reason, frame)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        for stream in self._streams:
            if stream is not None:
                stream.close("capture_ends" if how in ("capture", "evicted", "idle") else "connection_ended")
        for side, waiting in enumerate(self._openings):
            if waiting is not None and self._streams[1 - side] is not None and self.starttls is None:
                self._tell_of_clear_text(waiting)
        self.ended_how = how
        self.ended_by = side
        self.end_frame = frame
        self.end_ts = self.connection.last_ts
        if self.number:
            self._notify(self, "ended")

    # A listener of the TLS streams.

    def handshake_message(self, side: int, message: HandshakeMessage) -> None:
        """A handshake message in clear."""
        kind = message.type
        if not self._say(Said(side, kind, message.frame, message.frames, message.ts_ns, message.cut)):
            return
        try:
            if kind == CERTIFICATE:
                self._certificate(side, message)
            elif kind == CERTIFICATE_REQUEST:
                self._request(side, message)
            elif message.cut is not None:
                return
            elif kind == CLIENT_HELLO:
                self.client_hellos.append(
                    SaidHello(side, read_client_hello(message.body), message.frame, message.ts_ns)
                )
            elif kind == SERVER_HELLO:
                self._server_hello(side, read_server_hello(message.body), message)
        except Malformed as problem:
            self._add_defect("tls", f"handshake message {kind}: {problem}", message.frame)

    def change_cipher_spec(self, side: int, frame: int, ts_ns: int) -> None:
        """A ChangeCipherSpec."""
        self.change_cipher_specs[side] += 1
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
        if not over:
            self.lost[side] = self.lost[side] or reason

    def not_tls(self, side: int, frame: int) -> None:
        """A side stopped speaking TLS."""
        self._add_defect("tls", "bytes that are no TLS record follow", frame)
        self._end_side(side)

    def record_version(self, side: int, version: int) -> None:
        """The version of the first record says nothing that the hellos do not say better."""

    # How TLS is recognised.

    def _decide(self, side: int, waiting: _Opening) -> None:
        started_by_syn = self.connection.streams[side].started_by_syn
        if waiting.mid_stream:
            self._search(side, waiting)
            return
        data = waiting.bytes()
        what = opening.opens_as(data)
        if what == opening.MORE:
            return
        if what == opening.TLS:
            self._start(side, waiting, 0)
            return
        if what == opening.SSL2_HELLO:
            self._start_after_ssl2_hello(side, waiting, data)
            return
        if waiting.unwrapper is None and data[0] in (0x12, 0x04):
            if len(data) < 14:
                return
            if begins_tds(data):
                self._unwrap(side, waiting)
                data = waiting.bytes()
        if self._start_after_prelude(side, waiting, data):
            return
        is_prelude = self._is_prelude(side, data)
        # Ciphertext, or the middle of a message, may look like a binary prelude: a record is stronger evidence.
        amid = is_prelude is False or records.find_record(waiting.pieces[-1].data) >= 0
        if not started_by_syn and not waiting.hello_waits and amid:
            waiting.mid_stream = True
            self._search(side, waiting)
            return
        if len(data) > MAX_PRELUDE or is_prelude is False:
            self._not_tls_from_the_start(side)

    def _is_prelude(self, side: int, data: bytes) -> bool | None:
        if self._unwrappers[side] is not None:
            return True
        return may_turn_to_tls(data)

    def _start_after_prelude(self, side: int, waiting: _Opening, data: bytes) -> bool:
        """Begin TLS at a hello (or, once TLS began on the other side, an alert) behind a clear-text protocol."""
        other = 1 - side
        at = opening.find_hello(data)
        if at < 0 and self._streams[other] is not None and self.starttls is not None:
            at = opening.find_alert(data)
        if not 0 < at <= MAX_PRELUDE:
            return False
        others_words = self._words_before_tls(other)
        words = data[:at]
        from_server = len(data) > at + 5 and data[at + 5] == 2
        name = self.starttls or (
            name_prelude(others_words, words) if from_server else name_prelude(words, others_words)
        )
        if name is None:
            waiting.hello_waits = True
            return False
        self.starttls = name
        self._preludes[side] = words
        self._start(side, waiting, at)
        return True

    def _words_before_tls(self, side: int) -> bytes:
        waiting = self._openings[side]
        if waiting is None:
            return self._preludes[side]
        data = waiting.bytes()
        at = opening.find_hello(data)
        return data if at < 0 else data[:at]

    def _unwrap(self, side: int, waiting: _Opening) -> None:
        unwrapper = TdsUnwrapper()
        waiting.unwrapper = unwrapper
        self._unwrappers[side] = unwrapper
        waiting.pieces = [Piece(unwrapper.data(data), frame, ts_ns) for data, frame, ts_ns in waiting.pieces]
        waiting.size = sum(len(piece.data) for piece in waiting.pieces)

    def _search(self, side: int, waiting: _Opening) -> None:
        """Where the capture starts in the middle, take the first segment in which a record plainly begins."""
        self.mid_stream[side] = True
        for index, piece in enumerate(waiting.pieces):
            if records.find_record(piece.data) >= 0:
                self._recognise()
                self._openings[side] = None
                stream = self._streams[side] = TlsStream(side, self, searching=True)
                for data, frame, ts_ns in waiting.pieces[index:]:
                    stream.data(data, frame, ts_ns)
                return
            waiting.searched += len(piece.data)
        waiting.pieces.clear()
        if waiting.searched > MAX_SEARCHED:
            self._not_tls_from_the_start(side)

    def _start_after_ssl2_hello(self, side: int, waiting: _Opening, data: bytes) -> None:
        length = opening.ssl2_hello_length(data)
        if len(data) < length:
            return
        size = 0
        frames: list[int] = []
        for piece in waiting.pieces:
            if size < length:
                frames.append(piece.frame)
            size += len(piece.data)
        frame = max(frames)
        self._recognise()
        ts_ns = max(piece.ts_ns for piece in waiting.pieces if piece.frame in frames)
        self._say(Said(side, CLIENT_HELLO, frame, tuple(frames), ts_ns))
        try:
            self.client_hellos.append(SaidHello(side, read_ssl2_client_hello(data[2:length]), frame, ts_ns))
        except Malformed as problem:
            self._add_defect("tls", f"ClientHello in SSL 2.0 format: {problem}", frame)
        self._start(side, waiting, length)

    def _start(self, side: int, waiting: _Opening, offset: int) -> None:
        """Hand the bytes from ``offset`` on to a TLS stream."""
        self._recognise()
        self._openings[side] = None
        stream = self._streams[side] = TlsStream(side, self)
        for data, frame, ts_ns in waiting.pieces:
            if offset < len(data):
                stream.data(data[offset:], frame, ts_ns)
            offset = max(0, offset - len(data))

    def _recognise(self) -> None:
        if not self.number:
            self.number = self._new_number()

    def _not_tls_from_the_start(self, side: int) -> None:
        if self._streams[1 - side] is not None:
            waiting = self._openings[side]
            if waiting is not None:
                self._tell_of_clear_text(waiting)
            self._end_side(side)
        else:
            self._over = [True, True]
            self._openings = [None, None]
            self.connection.listen(None)

    def _tell_of_clear_text(self, waiting: _Opening) -> None:
        if waiting.pieces and not waiting.mid_stream and opening.opens_as(waiting.bytes()) == opening.OTHER:
            frame = waiting.pieces[0].frame
            self._add_defect("tls", "one side speaks TLS and the other something else", frame)

    def _end_side(self, side: int) -> None:
        self._over[side] = True
        self._openings[side] = None

    # How what is said is kept.

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
        self._add_defect("tls", reason, message.frame)
        return message._replace(body=b"", cut=reason)

    def _server_hello(self, side: int, hello: ServerHello, message: HandshakeMessage) -> None:
        self.server_hellos.append(SaidHello(side, hello, message.frame, message.ts_ns))
        if hello.version >= TLS13:
            for stream in self._streams:
                if stream is not None:
                    stream.agreed_tls13()

    def _certificate(self, side: int, message: HandshakeMessage) -> None:
        message = self._kept(message)
        read = read_certificate_message(message.body, tls13=False, cut=message.cut is not None)
        if read.problem is not None and message.cut is None:
            self._add_defect("tls", f"Certificate: {read.problem}", message.frame)
        self.certificates.append(
            SaidCertificate(side, read, message.frame, message.frames, message.ts_ns, message.cut)
        )
        self._notify(self, "certificate")

    def _request(self, side: int, message: HandshakeMessage) -> None:
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
                self._add_defect("tls", f"CertificateRequest: {problem}", message.frame)
        self.requests.append(SaidRequest(side, request, message.frame, message.ts_ns, message.cut))
        self._notify(self, "request")

    def _alert(self, side: int, level: int, code: int, frame: int, ts_ns: int) -> None:
        if len(self.alerts) < MAX_MESSAGES:
            self.alerts.append(SaidAlert(side, level, code, frame, ts_ns))
            self._say(Said(side, SAID_ALERT, frame, (frame,), ts_ns))
            self._notify(self, "alert")

    def _add_defect(self, layer: str, reason: str, frame: int | None) -> None:
        if len(self.defects) < MAX_MESSAGES and (layer, reason, frame) not in self.defects:
            self.defects.append((layer, reason, frame))
