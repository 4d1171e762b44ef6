"""One direction of a TLS connection: pieces of bytes and holes go in, messages come out.

Knows records (RFC 8446 section 5.1), when a direction turns to ciphertext and how to read what is still in clear; must
not know the other direction, TCP, or what a certificate says. What it finds goes to a ``MessageListener``, one
``Message`` after the other, each as soon as the bytes for it are there. How the bytes are cut makes no difference: a
recorded connection hands all of them in at once, a stream piece by piece.

Plan: a record is read in one of three ways, chosen at its header: STREAM (handshake messages are taken out of it as it
comes: a record that never completes may still hold a whole one), KEEP (it is looked at when it is whole), SKIP (its
bytes are counted). A message is handed on when the record with its last byte is complete,
which is where Wireshark shows it; where that never is, when the direction ends. Handshake records stream until
ChangeCipherSpec. After it they are ciphertext (TLS 1.2), unless TLS
1.3 was agreed, in which ChangeCipherSpec means nothing and ciphertext is never of handshake type (RFC 8446 appendix D.4
and section 5.2), or the record holds exactly one hello: the second one after a HelloRetryRequest, where that was not
seen. A like test decides where the capture begins in the middle and nobody knows whether encryption is on.

A record longer than the limit is told of as such. Where it is longer than any ciphertext, it is read only if it goes on
with handshake messages in clear: implementations that write a whole flight into one are refused for it.

A hole inside a record's content is exact, since the header tells what is missing, and takes nothing away from a record
that is skipped; a hole that takes a header with it makes the reader look for the next one (``records.find_record``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tlseku.frames.reference import is_later
from tlseku.tls.handshake import MAX_MESSAGE, PLAUSIBLE_TYPES, HandshakeReader, begins_chain
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    HELLO_REQUEST,
    HELLOS,
    HOLE,
    NOT_TLS,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    RECORD_TOO_LONG,
    SERVER_HELLO_DONE,
)
from tlseku.tls.message import Message
from tlseku.tls.records import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    MAX_CLEAR,
    MAX_RECORD,
    find_record,
    is_long_record_header,
    is_record_header,
)

if TYPE_CHECKING:
    from mypy_extensions import i64

# Bytes that are kept until more tells whether they are clear text: more than any message but a chain has, and of that
# the first eleven tell.
_MAX_EARLY: Final = 1024

_STREAM: Final = 0
_KEEP: Final = 1
_SKIP: Final = 2

# What a reader takes in bytes without anything that it reads.
READER_COST: Final = 600


class MessageListener(Protocol):
    """Takes what one or both directions say."""

    def message(self, message: Message) -> None:
        """A handshake message in clear, whole or cut, an alert, a ChangeCipherSpec, a record of ciphertext, a hole, a
        record that is too long, or what is no TLS after records that were."""


class Decryptor(Protocol):
    """Takes records of ciphertext where session secrets may open them."""

    def wants(self, side: int, length: int) -> bool:
        """Whether the bytes of a record of application data type are needed."""

    def sealed(self, message: Message, version: int, again: bool = False) -> None:
        """A whole record of ciphertext: ``body`` holds its content, b"" where that was not wanted or, for the reason
        in ``cut``, is not there; ``version`` is that of its header. One that seems to be an earlier one ``again`` says
        nothing unless it opens."""

    def lost(self, side: int, length: int, reason: str) -> None:
        """``length`` bytes are missing with all records in them; 0 says that a single record is."""


class TlsReader:
    """Reads what ``side`` says. ``searching`` says that its first byte need not begin a record (the capture starts in
    the middle); ``decryptor`` takes the records of ciphertext where there are secrets."""

    __slots__ = (
        "_broken",
        "_content",
        "_decryptor",
        "_early",
        "_encrypted",
        "_first",
        "_frames",
        "_half_alert",
        "_handshake",
        "_header",
        "_held",
        "_latest",
        "_left",
        "_length",
        "_listener",
        "_mode",
        "_searching",
        "_side",
        "_stopped",
        "_tls13",
        "_ts_ns",
        "_type",
        "_unsure",
        "_version",
    )

    def __init__(
        self,
        side: int,
        listener: MessageListener,
        searching: bool = False,
        decryptor: Decryptor | None = None,
    ) -> None:
        self._side: i64 = side
        self._listener = listener
        self._decryptor = decryptor
        self._handshake = HandshakeReader(side, False)
        # The last frame and the latest time of all bytes so far: whatever ends has come by these.
        self._latest: i64 = 0
        self._ts_ns = 0
        # The record that is being read; type 0 where its content is of no use any more.
        self._header = b""
        self._type: i64 = 0
        self._version: i64 = 0
        self._length: i64 = 0
        self._left: i64 = 0
        self._mode: i64 = _SKIP
        self._first = False
        self._content: bytearray | None = None
        # Why bytes of it are missing, where a decryptor wanted them.
        self._broken: str | None = None
        self._frames: list[int] | None = None
        self._half_alert = b""
        # Content of handshake records, too little to tell whether it is clear text, where that is not sure.
        self._early = b""
        # What is complete, in a record that is not.
        self._held: list[Message] | None = None
        # What is known of the direction.
        self._encrypted = False
        self._tls13 = False
        self._unsure = searching
        self._searching = searching
        self._stopped = False

    @property
    def amid_message(self) -> bool:
        """Whether a handshake message in clear has begun and was not handed on."""
        return self._handshake.amid_message or self._held is not None

    @property
    def in_pieces(self) -> bool:
        """Whether several frames brought the record that is being looked at as a whole."""
        return self._frames is not None and len(self._frames) > 1

    @property
    def amid_header(self) -> bool:
        """Whether bytes behind the last record are too few to tell whether another one begins there."""
        return len(self._header) > 0

    def held(self) -> int:
        """Bytes of messages and records that are not complete."""
        held = READER_COST + self._handshake.held()
        if self._content is not None:
            held += len(self._content)
        if self._held is not None:
            for message in self._held:
                held += len(message.body)
        return held

    def agreed_tls13(self) -> None:
        """TLS 1.3 was agreed: what comes in handshake records is in clear, whatever stands before it."""
        self._tls13 = True

    def data(self, data: bytes, frame: i64, ts_ns: int) -> None:
        """The next bytes in order, all from one frame."""
        if frame > self._latest and ts_ns >= self._ts_ns:
            # The common case: later whichever way frames compare.
            self._latest = frame
            self._ts_ns = ts_ns
        else:
            if is_later(frame, ts_ns, self._latest, self._ts_ns):
                self._latest = frame
            if ts_ns > self._ts_ns:
                self._ts_ns = ts_ns
        if self._stopped:
            return
        at: i64 = 0
        size: i64 = len(data)
        # Where the way was lost, a record is looked for in each piece.
        if self._searching:
            at = find_record(data)
            if at < 0:
                return
            self._searching = False
        # As ``HandshakeReader.reached`` does, without the call for each piece.
        self._handshake.latest = self._latest
        self._handshake.ts_ns = self._ts_ns
        if self._left == 0 and not self._header:
            at = self._whole_records(data, at, size, frame)
        while at < size:
            if self._left == 0:
                # A header, which few pieces cut.
                if self._header or size - at < 5:
                    missing: i64 = 5 - len(self._header)
                    self._header += data[at : at + missing]
                    at = min(at + missing, size)
                    if len(self._header) < 5:
                        return
                    header, self._header = self._header, b""
                    begun = self._begin_record(header, 0)
                else:
                    begun = self._begin_record(data, at)
                    at += 5
                if not begun:
                    return
                if self._left == 0:
                    self._end_record(b"")
                continue
            # Of the content, what there is.
            end: i64 = at + self._left
            if end > size:
                end = size
            self._left -= end - at
            if self._mode == _STREAM:
                if not self._stream(data, at, end, frame):
                    return
            elif self._mode == _KEEP:
                self._keep(data, at, end, frame)
            elif self._left == 0:
                self._end_record(b"")
            at = end

    def gap(self, length: i64, reason: str) -> None:
        """``length`` bytes are missing here."""
        self._tell(HOLE, b"", length, reason)
        if self._stopped or self._searching:
            return
        self._handshake.reached(self._latest, self._ts_ns)
        inside: i64 = min(length, self._left)
        if inside > 0:
            self._left -= inside
            if self._mode == _STREAM:
                self._first = False
                self._tell_held()
                self._tell_of(self._handshake.hole(inside, reason))
            elif self._mode == _KEEP:
                self._break_record(reason)
            elif self._left == 0:
                self._end_record(b"")
        if length > inside:
            self._lose_way(length, reason)

    def close(self, reason: str) -> None:
        """Nothing more comes: an unfinished message is handed on as cut for ``reason``."""
        self._tell_held()
        self._handshake.reached(self._latest, self._ts_ns)
        self._tell_of(self._handshake.close(reason))

    # Records.

    def _whole_records(self, data: bytes, at: i64, size: i64, frame: i64) -> i64:
        """The fast path for most of what is said: take records from ``at`` that are whole in this piece, unless there
        are secrets that may open them. The position of the first that is not, which goes its usual way.

        Between two records nothing has been kept of any, so that what a record holds can be looked at where it is."""
        while size - at >= 5:
            kind: i64 = data[at]
            high: i64 = data[at + 3]
            low: i64 = data[at + 4]
            length: i64 = high << 8 | low
            end: i64 = at + 5 + length
            # No doubt about the header; ``is_record_header`` decides about all others.
            if end > size or length == 0 or length > MAX_RECORD or data[at + 1] != 3 or data[at + 2] > 4:
                break
            if kind == HANDSHAKE:
                if self._unsure or (self._encrypted and not self._tls13):
                    if self._decryptor is not None:
                        break
                    self._length = length
                    self._kept_handshake(data[at + 5 : end])
                elif self._handshake.is_lost or length > MAX_CLEAR:
                    break
                else:
                    for message in self._handshake.data(data, at + 5, end, frame):
                        self._listener.message(message)
            elif kind == CHANGE_CIPHER_SPEC:
                self._encrypted = True
                self._unsure = False
                self._tell(RECORD_CHANGE_CIPHER_SPEC, b"", 0, None)
            elif self._decryptor is not None:
                break
            elif kind == APPLICATION_DATA:
                self._encrypted = True
                self._unsure = False
                self._tell(RECORD_APPLICATION_DATA, b"", length, None)
            elif kind == ALERT:
                self._length = length
                self._alert(data[at + 5 : end])
            else:
                break
            at = end
        return at

    def _begin_record(self, data: bytes, at: i64) -> bool:
        """Choose how to read the record whose header stands at ``at``; False if there is none."""
        may_be_sealed = self._unsure or (self._encrypted and not self._tls13)
        if not is_record_header(data, at) and (may_be_sealed or not is_long_record_header(data, at)):
            self._stop()
            return False
        kind: i64 = data[at]
        high: i64 = data[at + 1]
        low: i64 = data[at + 2]
        self._version = high << 8 | low
        high = data[at + 3]
        low = data[at + 4]
        self._type = kind
        self._length = self._left = high << 8 | low
        self._first = True
        if kind == HANDSHAKE:
            self._mode = _KEEP if may_be_sealed else _STREAM
        elif kind == ALERT or (
            kind == APPLICATION_DATA
            and self._decryptor is not None
            and self._decryptor.wants(self._side, self._length)
        ):
            self._mode = _KEEP
        else:
            self._mode = _SKIP
        return True

    def _stream(self, data: bytes, at: i64, end: i64, frame: i64) -> bool:
        """The next bytes of a handshake record in clear; False if it turns out to be none."""
        if self._first:
            self._first = False
            if self._length > MAX_CLEAR or self._handshake.is_lost:
                first_bytes = data[at : min(at + 4, end)]
                if self._length > MAX_CLEAR and not self._is_long_record(first_bytes):
                    return False
                self._handshake.begin_record(first_bytes, self._length)
        found = self._handshake.data(data, at, end, frame)
        if self._left > 0:
            for message in found:
                self._hold(message)
            return True
        if self._held is not None:
            for message in self._held:
                message.shown_at(self._latest, self._ts_ns)
            self._tell_held()
        for message in found:
            self._listener.message(message)
        return True

    def _is_long_record(self, first_bytes: bytes) -> bool:
        """Take note of a record that is longer than it may be, if it is one, and not no TLS at all."""
        if self._length > MAX_RECORD and not self._handshake.goes_on_with(first_bytes):
            self._mode = _SKIP
            self._type = 0
            self._stop()
            return False
        self._hold(
            Message(
                self._side,
                RECORD_TOO_LONG,
                self._latest,
                self._ts_ns,
                b"",
                self._length,
                None,
                None,
                False,
            )
        )
        return True

    def _tell_held(self) -> None:
        """Hand on what is complete, whether or not its record is."""
        held, self._held = self._held, None
        if held is not None:
            for message in held:
                self._listener.message(message)

    def _hold(self, message: Message) -> None:
        if self._held is None:
            self._held = [message]
        else:
            self._held.append(message)

    def _stop(self) -> None:
        """What follows is no TLS."""
        self._stopped = True
        self._tell(NOT_TLS, b"", 0, None)

    def _keep(self, data: bytes, at: i64, end: i64, frame: i64) -> None:
        """The next bytes of a record that is looked at when it is whole."""
        frames = self._frames
        if frames is None:
            self._frames = [frame]
        elif frames[-1] != frame:
            frames.append(frame)
        content = self._content
        if content is None:
            if self._left == 0:
                self._end_record(data[at:end])
                return
            content = self._content = bytearray()
        content += data[at:end]
        if self._left == 0:
            self._content = None
            self._end_record(bytes(content))

    def _end_record(self, content: bytes) -> None:
        """A record is complete; ``content`` is empty unless it was to be kept."""
        kind = self._type
        if kind == HANDSHAKE:
            if content:
                self._kept_handshake(content)
        elif kind == ALERT:
            self._alert(content)
        elif kind == CHANGE_CIPHER_SPEC:
            if self._length > 0:
                self._encrypted = True
                self._unsure = False
                self._tell(RECORD_CHANGE_CIPHER_SPEC, b"", 0, None)
        elif kind == APPLICATION_DATA:
            self._encrypted = True
            self._unsure = False
            self._sealed(RECORD_APPLICATION_DATA, content)
        self._frames = None

    def _break_record(self, reason: str) -> None:
        """A record of ciphertext or an alert lacks bytes: nothing can be said of it, and the rest is of no use. That
        there was application data is said when it is over, as where nobody wanted its content."""
        self._half_alert = b""
        if self._type == APPLICATION_DATA:
            self._encrypted = True
            self._content = None
            self._mode = _SKIP
            self._broken = reason
            if self._left == 0:
                self._end_record(b"")
            return
        if self._decryptor is not None and self._encrypted:
            self._decryptor.lost(self._side, 0, reason)
        self._drop_record()

    def _lose_way(self, length: i64, reason: str) -> None:
        """Record boundaries are lost, and with them whether encryption was turned on meanwhile."""
        self._searching = True
        self._left = 0
        self._header = b""
        self._drop_record()
        self._tell_of(self._handshake.lose(reason))
        self._early = b""
        self._unsure = not self._encrypted
        if self._decryptor is not None:
            self._decryptor.lost(self._side, length, reason)

    def _drop_record(self) -> None:
        self._content = None
        self._broken = None
        self._frames = None
        self._mode = _SKIP
        self._type = 0

    # What they hold.

    def _kept_handshake(self, content: bytes) -> None:
        if self._unsure:
            content = self._with_early(content)
        if _is_one_hello(content) or (self._unsure and _is_clear(content)):
            self._unsure = self._encrypted = False
            self._handshake.begin_record(content[:4], len(content))
            for message in self._handshake.data(content, 0, len(content), self._latest):
                self._listener.message(message)
        elif not self._unsure:
            self._sealed(RECORD_ENCRYPTED_HANDSHAKE, content)
        # Else a later piece of the message that the hole hit, or ciphertext: that is still open, so nothing is said.

    def _with_early(self, content: bytes) -> bytes:
        """The content of a handshake record behind that of those before it in which a message may have begun, if they
        fit together; what there is may be too little to tell whether this is clear text."""
        joined, self._early = self._early + content, b""
        if _is_clear(joined):
            return joined
        if not _is_clear(content):
            self._early = joined if _may_go_on(joined) else content if _may_go_on(content) else b""
        return content

    def _alert(self, content: bytes) -> None:
        # Ciphertext is never as short as two bytes. Several clear alerts may share a record, and one may be cut over
        # two (RFC 5246 section 6.2.1).
        whole = self._half_alert + content
        self._half_alert = b""
        clear = len(whole) <= 2 or (not self._encrypted and len(whole) <= 8 and set(whole[::2]) <= {1, 2})
        if not clear:
            self._sealed(RECORD_ENCRYPTED_ALERT, content)
            return
        for at in range(0, len(whole) - 1, 2):
            self._tell(RECORD_ALERT, whole[at : at + 2], 0, None)
        if len(whole) % 2:
            self._half_alert = whole[-1:]

    def _sealed(self, kind: i64, content: bytes) -> None:
        if self._decryptor is None:
            self._tell(kind, b"", self._length, None)
            return
        message = Message(
            self._side,
            kind,
            self._latest,
            self._ts_ns,
            content,
            self._length,
            () if self._frames is None else tuple(self._frames),
            self._broken,
            False,
        )
        self._broken = None
        self._decryptor.sealed(message, self._version)

    def _tell(self, kind: i64, body: bytes, length: i64, cut: str | None) -> None:
        self._listener.message(
            Message(self._side, kind, self._latest, self._ts_ns, body, length, None, cut, False)
        )

    def _tell_of(self, message: Message | None) -> None:
        if message is not None:
            self._listener.message(message)


def read_late(side: int, data: bytes, frame: int, ts_ns: int) -> list[Message]:
    """The alerts and handshake records with which a segment begins, after its side was followed far enough.

    TLS implementations begin a segment with them. By then everything is ciphertext, and nobody puts segments in order.
    """
    found: list[Message] = []
    at = 0 if data and data[0] in _LATE else len(data)
    while at + 5 <= len(data) and is_record_header(data, at):
        kind = _LATE.get(data[at])
        length = data[at + 3] << 8 | data[at + 4]
        if kind is not None:
            found.append(Message(side, kind, frame, ts_ns, b"", length, None, None, False))
        at += 5 + length
    return found


_LATE: Final = {ALERT: RECORD_ENCRYPTED_ALERT, HANDSHAKE: RECORD_ENCRYPTED_HANDSHAKE}


def _is_one_hello(content: bytes) -> bool:
    """Whether a record is exactly one ClientHello or ServerHello; ciphertext is that once in 2**40 cases."""
    return (
        len(content) >= 38
        and content[0] in HELLOS
        and int.from_bytes(content[1:4], "big") == len(content) - 4
        and content[4:6] == b"\x03\x03"
    )


def _may_go_on(content: bytes) -> bool:
    """Whether a record may begin a message in clear that goes on in the next one, which would show that."""
    if len(content) > _MAX_EARLY or not content or content[0] not in PLAUSIBLE_TYPES:
        return False
    length = int.from_bytes(content[1:4], "big")
    return len(content) < 4 or (
        _is_credible(content, 0)
        and len(content) < 4 + length <= (MAX_RECORD if content[0] != CERTIFICATE else MAX_MESSAGE)
    )


def _is_credible(content: bytes, at: int) -> bool:
    """Whether what begins here may be a message by its length and first bytes: those of a hello are a version, and
    HelloRequest and ServerHelloDone are empty (RFC 5246 sections 7.4.1.1 and 7.4.5). The middle of a message has a
    number that fits now and then."""
    kind = content[at]
    if kind in HELLOS:
        version = content[at + 4 : at + 6]
        return version[:1] in (b"", b"\x03") and version[1:] <= b"\x04"
    return kind not in (HELLO_REQUEST, SERVER_HELLO_DONE) or content[at + 1 : at + 4] == bytes(3)


def _is_clear(content: bytes) -> bool:
    """Whether a record reads as whole handshake messages, of which the last may be a Certificate that goes on in the
    next record, or behind whole ones any message that does."""
    at = 0
    while at < len(content):
        if content[at] not in PLAUSIBLE_TYPES:
            return False
        if at + 4 > len(content):
            return at > 0
        if not _is_credible(content, at):
            return False
        length = int.from_bytes(content[at + 1 : at + 4], "big")
        if at + 4 + length > len(content):
            # Ciphertext as long as that is rare where nobody knows whether encryption is on.
            is_long = at == 0 and content[0] == CERTIFICATE and len(content) > 1000
            return is_long or begins_chain(content, at) or (at > 0 and length <= MAX_RECORD)
        at += 4 + length
    return at == len(content)
