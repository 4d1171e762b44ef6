"""The frames in a packet of QUIC.

Knows the layout of every frame of RFC 9000 section 19 and of RFC 9221, since frames have no common length and each must
be passed to reach the next; must not know what a stream holds. Out come those that matter to a handshake: ``Crypto``,
``ConnectionClose``, ``NewConnectionId`` and ``HandshakeDone``, and ``Other`` where anything else was said that is
answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tlseku.carriers.quic.packets import read_variable
from tlseku.errors import Malformed
from tlseku.tls.cursor import Cursor

CRYPTO_ERROR: Final = 0x100
"""Errors from here to 0x1ff are TLS alerts (RFC 9001 section 4.8)."""

_PADDING, _PING, _ACK, _ACK_ECN = 0x00, 0x01, 0x02, 0x03
_CRYPTO, _NEW_TOKEN, _STREAM, _LAST_STREAM = 0x06, 0x07, 0x08, 0x0F
_NEW_CONNECTION_ID, _CLOSE, _CLOSE_BY_APPLICATION, _HANDSHAKE_DONE = 0x18, 0x1C, 0x1D, 0x1E
_DATAGRAM, _DATAGRAM_WITH_LENGTH = 0x30, 0x31
_HAS_OFFSET, _HAS_LENGTH = 0x04, 0x02
# Frames of a fixed number of variable-length integers: RESET_STREAM, STOP_SENDING, MAX_DATA to STREAMS_BLOCKED,
# RETIRE_CONNECTION_ID.
_INTEGERS: Final = {
    0x04: 3,
    0x05: 2,
    0x10: 1,
    0x11: 2,
    0x12: 1,
    0x13: 1,
    0x14: 1,
    0x15: 2,
    0x16: 1,
    0x17: 1,
    0x19: 1,
}
# PATH_CHALLENGE and PATH_RESPONSE.
_EIGHT_BYTES: Final = (0x1A, 0x1B)


class Crypto(NamedTuple):
    """Bytes of TLS at an offset of their encryption level (RFC 9000 section 19.6)."""

    offset: int
    data: bytes


class ConnectionClose(NamedTuple):
    """The end of a connection: an error of QUIC or of the application, with words (RFC 9000 section 19.19)."""

    code: int
    by_application: bool
    reason: bytes

    @property
    def alert(self) -> int | None:
        """The alert that this stands for (RFC 9001 section 4.8), None if it is another error."""
        is_alert = not self.by_application and CRYPTO_ERROR <= self.code < CRYPTO_ERROR + 0x100
        return self.code - CRYPTO_ERROR if is_alert else None


class NewConnectionId(NamedTuple):
    """One more connection id for the other side to use (RFC 9000 section 19.15)."""

    connection_id: bytes


class HandshakeDone(NamedTuple):
    """The server has the client's Finished (RFC 9000 section 19.20)."""


class Stream(NamedTuple):
    """Application data: what a stream or a datagram frame holds."""

    data: bytes


Frame = Crypto | ConnectionClose | NewConnectionId | HandshakeDone | Stream


def read_frames(payload: bytes) -> Iterator[Frame]:
    """The frames of a packet's payload that matter, in their order. Raises Malformed behind the last one that is
    whole."""
    cursor = Cursor(payload)
    while cursor.remaining:
        if payload[cursor.position] == _PADDING:
            # Mostly a thousand of them.
            left = payload[cursor.position :].lstrip(b"\0")
            cursor.position = len(payload) - len(left)
            continue
        frame = _read(cursor)
        if frame is not None:
            yield frame


def _read(cursor: Cursor) -> Frame | None:
    at = cursor.position
    kind = read_variable(cursor, "a frame's type")
    if kind in (_ACK, _ACK_ECN):
        _pass_ack(cursor, kind)
    elif kind == _CRYPTO:
        offset = read_variable(cursor, "an offset")
        return Crypto(offset, _counted(cursor, "crypto data"))
    elif _STREAM <= kind <= _LAST_STREAM:
        return _stream(cursor, kind)
    elif kind in (_CLOSE, _CLOSE_BY_APPLICATION):
        return _close(cursor, kind)
    elif kind == _HANDSHAKE_DONE:
        return HandshakeDone()
    elif kind == _NEW_CONNECTION_ID:
        return _new_connection_id(cursor)
    elif kind == _NEW_TOKEN:
        _counted(cursor, "a token")
    elif kind in (_DATAGRAM, _DATAGRAM_WITH_LENGTH):
        return Stream(cursor.rest() if kind == _DATAGRAM else _counted(cursor, "a datagram"))
    elif kind in _EIGHT_BYTES:
        cursor.take(8, "the data of a path frame")
    elif kind in _INTEGERS:
        for _ in range(_INTEGERS[kind]):
            read_variable(cursor, "a field")
    elif kind != _PING:
        raise Malformed(at, f"a known frame, not type 0x{kind:x}")
    return None


def _counted(cursor: Cursor, what: str) -> bytes:
    return cursor.take(read_variable(cursor, f"the length of {what}"), what)


def _pass_ack(cursor: Cursor, kind: int) -> None:
    read_variable(cursor, "the largest acknowledged")
    read_variable(cursor, "an ACK delay")
    ranges = read_variable(cursor, "a number of ACK ranges")
    read_variable(cursor, "the first ACK range")
    if ranges * 2 > cursor.remaining:
        raise Malformed(cursor.position, f"{ranges} ACK ranges")
    for _ in range(2 * ranges + (3 if kind == _ACK_ECN else 0)):
        read_variable(cursor, "an ACK range")


def _stream(cursor: Cursor, kind: int) -> Stream:
    read_variable(cursor, "a stream's id")
    if kind & _HAS_OFFSET:
        read_variable(cursor, "an offset")
    return Stream(_counted(cursor, "stream data") if kind & _HAS_LENGTH else cursor.rest())


def _close(cursor: Cursor, kind: int) -> ConnectionClose:
    code = read_variable(cursor, "an error code")
    if kind == _CLOSE:
        read_variable(cursor, "a frame type")
    return ConnectionClose(code, kind == _CLOSE_BY_APPLICATION, _counted(cursor, "a reason phrase"))


def _new_connection_id(cursor: Cursor) -> NewConnectionId:
    read_variable(cursor, "a sequence number")
    read_variable(cursor, "retire prior to")
    connection_id = cursor.vector_bytes(1, "a connection id")
    cursor.take(16, "a stateless reset token")
    return NewConnectionId(connection_id)
