"""Handshake messages out of the bytes that records carry.

Knows the four-byte message header (RFC 8446 section 4) and that a message may span records and a record hold several
messages; must not know what a message says. A hole does not lose what stands around it: the message that it hits is
handed on as cut, and reading goes on after it, where its length says, or else with the next record.

Limits: a message longer than ``MAX_MESSAGE`` is handed on as cut at that length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku._build import mypyc_attr
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_STATUS,
    CERTIFICATE_URL,
    CERTIFICATE_VERIFY,
    CLIENT_HELLO,
    CLIENT_KEY_EXCHANGE,
    FINISHED,
    HELLO_REQUEST,
    NEW_SESSION_TICKET,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    SUPPLEMENTAL_DATA,
)
from tlseku.tls.message import Message

if TYPE_CHECKING:
    from mypy_extensions import i64

# The longest certificate chains in the wild are some 100 kB; the format's own limit of 16 MiB would let one
# connection hold that much.
MAX_MESSAGE: Final = 1024 * 1024

# HandshakeTypes that may come first after a hole (IANA TLS HandshakeType); anything else is taken for ciphertext.
PLAUSIBLE_TYPES = frozenset(
    {
        HELLO_REQUEST,
        CLIENT_HELLO,
        SERVER_HELLO,
        NEW_SESSION_TICKET,
        CERTIFICATE,
        SERVER_KEY_EXCHANGE,
        CERTIFICATE_REQUEST,
        SERVER_HELLO_DONE,
        CERTIFICATE_VERIFY,
        CLIENT_KEY_EXCHANGE,
        FINISHED,
        CERTIFICATE_URL,
        CERTIFICATE_STATUS,
        SUPPLEMENTAL_DATA,
    }
)


@mypyc_attr(acyclic=True)
class HandshakeReader:
    """Assembles the handshake messages of one ``side``; ``opened`` says that they were encrypted.

    ``is_lost`` says that after a hole nobody knows where the next message begins: ``begin_record`` may tell. ``latest``
    and ``ts_ns`` are the frame and time that ``reached`` told of.
    """

    __slots__ = (
        "_frames",
        "_header",
        "_kind",
        "_length",
        "_opened",
        "_parts",
        "_side",
        "_size",
        "_skip",
        "is_lost",
        "latest",
        "ts_ns",
    )

    def __init__(self, side: i64, opened: bool) -> None:
        self._side: i64 = side
        self._opened = opened
        # A message that is not complete: of its header what there is of one that was cut; then type, length (-1: the
        # header is not there), what there is of its body and how much that is. And the frames that brought them.
        self._header = b""
        self._kind: i64 = 0
        self._length: i64 = -1
        self._parts: list[bytes] | None = None
        self._size: i64 = 0
        self._frames: list[int] | None = None
        # Bytes of a message that was cut, still to be passed over.
        self._skip: i64 = 0
        self.is_lost = False
        self.latest: i64 = 0
        self.ts_ns = 0

    @property
    def amid_message(self) -> bool:
        """Whether a message has begun and is not complete."""
        return self.held() > 0 or self._skip > 0

    def begin_record(self, first_bytes: bytes, length: i64) -> None:
        """A record of ``length`` bytes begins with ``first_bytes``: after a hole, the place to find the way again."""
        if self.is_lost and _is_plausible(first_bytes, length):
            self.is_lost = False

    def reached(self, frame: i64, ts_ns: int) -> None:
        """The direction's bytes, of whatever kind, have come as far as this frame and time."""
        self.latest = frame
        self.ts_ns = ts_ns

    def goes_on_with(self, first_bytes: bytes) -> bool:
        """Whether a record that begins with ``first_bytes`` goes on with a message, or can begin one."""
        return self.amid_message or first_bytes[0] in PLAUSIBLE_TYPES

    def data(self, data: bytes, at: i64, end: i64, frame: i64) -> list[Message]:
        """The messages that ``data`` from ``at`` to ``end``, the next bytes of handshake records, completes; all of it
        from one ``frame``."""
        found: list[Message] = []
        if self._skip > 0:
            passed: i64 = min(self._skip, end - at)
            at += passed
            self._skip -= passed
        if self.is_lost:
            return found
        carried = None if frame == self.latest else (frame,)
        while at < end:
            if self._length < 0 and len(self._header) == 0:
                # The common case: a whole message in one piece, taken without copying it twice.
                while end - at >= 4:
                    highest: i64 = data[at + 1]
                    high: i64 = data[at + 2]
                    low: i64 = data[at + 3]
                    stop: i64 = at + 4 + (highest << 16 | high << 8 | low)
                    if stop > end:
                        break
                    body = data[at + 4 : stop]
                    found.append(
                        Message(
                            self._side,
                            data[at],
                            self.latest,
                            self.ts_ns,
                            body,
                            0,
                            carried,
                            None,
                            self._opened,
                        )
                    )
                    at = stop
                if at == end:
                    break
            at = self._collect(data, at, end, frame, found)
        return found

    def held(self) -> int:
        """Bytes of a message that has begun, its header included."""
        return len(self._header) if self._length < 0 else 4 + self._size

    def hole(self, length: i64, reason: str) -> Message | None:
        """``length`` bytes of handshake data are missing here; the message that this cuts, if any."""
        if self.is_lost:
            return None
        if self._skip > 0:
            beyond: i64 = length - self._skip
            self._skip = max(0, -beyond)
            self.is_lost = beyond > 0
            return None
        is_known = self._length >= 0
        left: i64 = self._length - self._size
        cut = self._cut(reason)
        self._skip = max(0, left - length) if is_known else 0
        self.is_lost = not is_known or length > left
        return cut

    def lose(self, reason: str) -> Message | None:
        """An unknown number of bytes is missing: what there is of a message; a new beginning is waited for."""
        self._skip = 0
        self.is_lost = True
        return self._cut(reason)

    def close(self, reason: str) -> Message | None:
        """Nothing more comes: what there is of an unfinished message."""
        return self._cut(reason)

    def _collect(self, data: bytes, at: i64, end: i64, frame: i64, found: list[Message]) -> i64:
        """Take what there is of a message that does not end where it began; the position behind that."""
        frames = self._frames
        if frames is None:
            self._frames = [frame]
        elif frames[-1] != frame:
            frames.append(frame)
        # First what is missing of the header, which says how much there is to come.
        if self._length < 0:
            part = data[at : min(at + 4 - len(self._header), end)]
            header = self._header + part
            at += len(part)
            if len(header) < 4:
                self._header = header
                return at
            self._header = b""
            self._kind = header[0]
            highest: i64 = header[1]
            high: i64 = header[2]
            low: i64 = header[3]
            self._length = highest << 16 | high << 8 | low
        most: i64 = MAX_MESSAGE - 4
        stop: i64 = at + (self._length if self._length < most else most) - self._size
        if stop > end:
            stop = end
        if stop > at:
            if self._parts is None:
                self._parts = [data[at:stop]]
            else:
                self._parts.append(data[at:stop])
            self._size += stop - at
        at = stop
        if self._size == self._length:
            found.append(self._take(None))
        elif self._size >= most:
            # The rest is passed over, as far as it is here.
            self._skip = self._length - self._size
            found.append(self._take("message too long"))
            passed: i64 = min(self._skip, end - at)
            self._skip -= passed
            at += passed
        return at

    def _cut(self, reason: str) -> Message | None:
        return self._take(reason) if self.held() > 0 else None

    def _take(self, cut: str | None) -> Message:
        """The message that has begun, whole or ``cut``."""
        kind: i64 = self._kind if self._length >= 0 else self._header[0]
        frames = () if self._frames is None else tuple(self._frames)
        body = b""
        if self._parts is not None:
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._header = b""
        self._length = -1
        self._size = 0
        self._parts = None
        self._frames = None
        carried = None if len(frames) == 1 and frames[0] == self.latest else frames
        return Message(self._side, kind, self.latest, self.ts_ns, body, 0, carried, cut, self._opened)


def _is_plausible(first_bytes: bytes, record_length: i64) -> bool:
    if len(first_bytes) < 4 or first_bytes[0] not in PLAUSIBLE_TYPES:
        return False
    length = int.from_bytes(first_bytes[1:4], "big")
    # Only a Certificate or CertificateRequest is regularly longer than one record.
    is_long = first_bytes[0] in (CERTIFICATE, CERTIFICATE_REQUEST)
    return length + 4 <= record_length or (is_long and length < MAX_MESSAGE)


def begins_chain(data: bytes, at: i64) -> bool:
    """Whether at ``at`` begins a Certificate message of TLS 1.2 or older (RFC 5246 section 7.4.2) with a certificate in
    it, however much of it is there: lengths that fit into each other, and the SEQUENCE that DER begins with."""
    if len(data) - at < 11 or data[at] != CERTIFICATE or data[at + 10] != 0x30:
        return False
    message = int.from_bytes(data[at + 1 : at + 4], "big")
    listed = int.from_bytes(data[at + 4 : at + 7], "big")
    first = int.from_bytes(data[at + 7 : at + 10], "big")
    return message <= MAX_MESSAGE and listed == message - 3 and 0 < first <= listed - 3
