"""Handshake messages out of the bytes that records carry.

Knows the four-byte message header (RFC 8446 section 4) and that a message may span records and a record hold several
messages; must not know what a message says. A hole does not lose what stands around it: the message that it hits is
handed on as cut, and reading goes on after it, where its length says, or else with the next record.

Limits: a message longer than ``MAX_MESSAGE`` is handed on as cut at that length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tlseku.frames.reference import is_later
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

# The longest certificate chains in the wild are some 100 kB; the format's own limit of 16 MiB would let one
# connection hold that much.
MAX_MESSAGE = 1024 * 1024

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


class HandshakeMessage(NamedTuple):
    """One handshake message, or what there is of it.

    ``type`` the HandshakeType, ``body`` the bytes after the header, ``frame`` the frame that completes it and
    ``frames`` those that carried it, ``ts_ns`` the time of the completing frame. ``cut`` is None for a whole
    message, else why the rest is missing.
    """

    type: int
    body: bytes
    frame: int
    frames: tuple[int, ...]
    ts_ns: int
    cut: str | None = None


class HandshakeReader:
    """Assembles the handshake messages of one direction and hands each to ``deliver``."""

    __slots__ = ("_body_left", "_buffer", "_deliver", "_frames", "_latest", "_lost", "_skip", "_ts_ns")

    def __init__(self, deliver: Callable[[HandshakeMessage], None]) -> None:
        self._deliver = deliver
        self._buffer = bytearray()
        self._frames: list[int] = []
        self._latest = 0
        self._ts_ns = 0
        self._skip = 0
        self._lost = False

    @property
    def amid_message(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._buffer) or self._skip > 0

    def begin_record(self, first_bytes: bytes, length: int) -> None:
        """A record of ``length`` bytes begins with ``first_bytes``: after a hole, the place to find the way again."""
        if self._lost and _is_plausible(first_bytes, length):
            self._lost = False

    def reached(self, frame: int, ts_ns: int) -> None:
        """The direction's bytes, of whatever kind, have come as far as this frame."""
        if is_later(frame, ts_ns, self._latest, self._ts_ns):
            self._latest = frame
        if ts_ns > self._ts_ns:
            self._ts_ns = ts_ns

    def data(self, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of handshake records, all from one frame."""
        self.reached(frame, ts_ns)
        position = 0
        size = len(data)
        if self._skip:
            position = min(self._skip, size)
            self._skip -= position
        if self._lost:
            return
        while position < size:
            if not self._buffer:
                # The common case: a whole message in one piece, taken without copying it twice.
                while size - position >= 4:
                    end = position + 4 + int.from_bytes(data[position + 1 : position + 4], "big")
                    if end > size:
                        break
                    body = data[position + 4 : end]
                    self._deliver(HandshakeMessage(data[position], body, self._latest, (frame,), self._ts_ns))
                    position = end
                if position == size:
                    return
            position = self._collect(data, position, frame)

    def hole(self, length: int, reason: str) -> None:
        """``length`` bytes of handshake data are missing here."""
        if self._lost:
            return
        if self._skip:
            beyond = length - self._skip
            self._skip = max(0, -beyond)
            self._lost = beyond > 0
            return
        declared = self._declared()
        if declared < 0:
            self._cut(reason)
            self._lost = True
            return
        left = declared - len(self._buffer)
        self._cut(reason)
        self._skip = max(0, left - length)
        self._lost = length > left

    def lose(self, reason: str) -> None:
        """An unknown number of bytes is missing: hand on what there is, wait for a new beginning."""
        self._cut(reason)
        self._skip = 0
        self._lost = True

    def close(self, reason: str) -> None:
        """Nothing more comes: hand on what there is of an unfinished message."""
        self._cut(reason)

    def _declared(self) -> int:
        """Length of the message in the buffer including its header, -1 while the header is not there."""
        if len(self._buffer) < 4:
            return -1
        return 4 + int.from_bytes(self._buffer[1:4], "big")

    def _collect(self, data: bytes, position: int, frame: int) -> int:
        if not self._frames or self._frames[-1] != frame:
            self._frames.append(frame)
        missing_header = 4 - len(self._buffer)
        if missing_header > 0:
            self._buffer += data[position : position + missing_header]
            position += missing_header
            if len(self._buffer) < 4:
                return len(data)
        declared = self._declared()
        wanted = min(declared, MAX_MESSAGE) - len(self._buffer)
        piece = data[position : position + wanted]
        self._buffer += piece
        position += len(piece)
        if len(self._buffer) == declared:
            body = bytes(self._buffer[4:])
            message = HandshakeMessage(self._buffer[0], body, self._latest, tuple(self._frames), self._ts_ns)
            self._clear()
            self._deliver(message)
        elif len(self._buffer) >= MAX_MESSAGE:
            skip = declared - len(self._buffer)
            self._cut("message too long")
            used = min(skip, len(data) - position)
            self._skip = skip - used
            position += used
        return position

    def _cut(self, reason: str) -> None:
        if self._buffer:
            body = bytes(self._buffer[4:])
            message = HandshakeMessage(
                self._buffer[0], body, self._latest, tuple(self._frames), self._ts_ns, reason
            )
            self._clear()
            self._deliver(message)

    def _clear(self) -> None:
        self._buffer = bytearray()
        self._frames = []


def _is_plausible(first_bytes: bytes, record_length: int) -> bool:
    if len(first_bytes) < 4 or first_bytes[0] not in PLAUSIBLE_TYPES:
        return False
    length = int.from_bytes(first_bytes[1:4], "big")
    # Only a Certificate or CertificateRequest is regularly longer than one record.
    return length + 4 <= record_length or (
        first_bytes[0] in (CERTIFICATE, CERTIFICATE_REQUEST) and length < MAX_MESSAGE
    )
