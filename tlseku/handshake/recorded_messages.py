"""All that was said in a connection that could be read as a whole.

Joins the two directions (``tls.whole_direction``) in the order of their frames; must not know segments, nor judge. A
transcript is what a ``MessageLog`` would have been told, without having been told it: whoever needs a conversation
makes one of it (``message_log``), and whoever knows such transcripts by their shape (``brief``) does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tlseku.errors import Malformed
from tlseku.frames.arrivals import frame_at
from tlseku.handshake.message_log import MessageLog
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.reassembly import Assembled
from tlseku.tls.extensions import SUPPORTED_VERSIONS
from tlseku.tls.handshake import HandshakeMessage
from tlseku.tls.handshake_types import (
    CLIENT_HELLO,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
)
from tlseku.tls.hello import TLS13, read_server_hello
from tlseku.tls.records import ALERT, APPLICATION_DATA, HANDSHAKE
from tlseku.tls.whole_direction import (
    Heard,
    read_direction,
)

if TYPE_CHECKING:
    from mypy_extensions import i64

_RECORD_TYPES = {
    RECORD_APPLICATION_DATA: APPLICATION_DATA,
    RECORD_ENCRYPTED_ALERT: ALERT,
    RECORD_ENCRYPTED_HANDSHAKE: HANDSHAKE,
}


class RecordedMessages:
    """``heard`` in the order of frames; ``number`` is the flow's, ``file`` the name of its capture. ``how`` the
    connection ended, "" while it goes on, at ``end_ts``."""

    __slots__ = ("connection", "end_ts", "file", "heard", "how", "number")

    def __init__(self, connection: Connection, number: int, heard: list[Heard]) -> None:
        self.connection = connection
        self.file = ""
        self.number = number
        self.heard = heard
        self.how = ""
        self.end_ts = connection.last_ts

    def message_log(self) -> MessageLog:
        """The conversation that streams would have told of."""
        log = MessageLog(self.connection, self.number, _tell_nobody, _do_nothing)
        for each in self.heard:
            side, kind, body, frame, ts_ns = each.side, each.kind, each.body, each.frame, each.ts_ns
            if kind >= 0:
                log.handshake_message(side, HandshakeMessage(kind, body, frame, each.frames, ts_ns))
            elif kind == RECORD_CHANGE_CIPHER_SPEC:
                log.change_cipher_spec(side, frame, ts_ns)
            elif kind == RECORD_ALERT:
                log.alert(side, body[0], body[1], frame, ts_ns)
            else:
                log.encrypted_record(side, _RECORD_TYPES[kind], each.length, frame, ts_ns)
        log.ended_how = self.how
        log.end_ts = self.end_ts
        return log


def read_both(one: Assembled, other: Assembled) -> list[Heard] | None:
    """What both sides said, in the order of frames; None if it takes streams to read it."""
    by_client = read_direction(0, one.pieces, one.arrivals, one.until)
    by_server = read_direction(1, other.pieces, other.arrivals, other.until)
    if by_client is None or by_server is None or _is_tls13_with_handshakes(by_client, by_server):
        # In TLS 1.3 a ChangeCipherSpec means nothing: after a HelloRetryRequest both hellos come again, in clear.
        by_server = read_direction(1, other.pieces, other.arrivals, other.until, True)
        if by_server is None or not by_server or not _may_agree_on_tls13(by_server[0]):
            return None
        by_client = read_direction(0, one.pieces, one.arrivals, one.until, True)
        if by_client is None or any(
            each.kind >= 0 and each.frame < by_server[0].frame for each in by_client[1:]
        ):
            return None
    if not by_client or by_client[0].kind != CLIENT_HELLO:
        return None
    if not by_server:
        return by_client
    if by_server[0].frame < by_client[0].frame:
        return None
    return _merged(by_client, by_server)


def _merged(by_client: list[Heard], by_server: list[Heard]) -> list[Heard]:
    """Both in the order of frames, by which each is in order; no frame holds bytes of both."""
    merged: list[Heard] = []
    at: i64 = 0
    count: i64 = len(by_client)
    for said in by_server:
        while at < count and by_client[at].frame < said.frame:
            merged.append(by_client[at])
            at += 1
        merged.append(said)
    merged += by_client[at:]
    return merged


def _is_tls13_with_handshakes(by_client: list[Heard], by_server: list[Heard]) -> bool:
    """Whether a record was taken for ciphertext that is none, since TLS 1.3 was agreed on."""
    if not by_server or not _names_tls13(by_server[0].body):
        return False
    for heard in (by_client, by_server):
        for each in heard:
            if each.kind == RECORD_ENCRYPTED_HANDSHAKE:
                return _may_agree_on_tls13(by_server[0])
    return False


def _names_tls13(body: bytes) -> bool:
    """Whether the body of a ServerHello can be one of TLS 1.3: it has ``supported_versions`` (RFC 8446 section 4.2.1),
    or cannot be read. A version above that of TLS 1.2 is as good as one."""
    size: i64 = len(body)
    if size < 38 or body[0] > 3 or (body[0] == 3 and body[1] > 3):
        return True
    # Behind version, random, session, cipher suite and compression, and the length of the extensions.
    at: i64 = 35 + body[34] + 3
    if at == size:
        return False
    at += 2
    while at < size:
        if at + 4 > size:
            return True
        if body[at] == 0 and body[at + 1] == SUPPORTED_VERSIONS:
            return True
        high: i64 = body[at + 2]
        low: i64 = body[at + 3]
        at += 4 + (high << 8 | low)
    return at != size


def _may_agree_on_tls13(first: Heard) -> bool:
    """Whether the server's first message agrees on TLS 1.3."""
    if first.kind != SERVER_HELLO or not _names_tls13(first.body):
        return False
    try:
        return read_server_hello(first.body).version >= TLS13
    except Malformed:
        return False


def end_of_following(
    heard: Sequence[Heard], one: Assembled, other: Assembled, limit: int, limit_alone: int
) -> int:
    """The frame at which enough was followed after the handshake, -1 if that never comes; -2 if two pieces came into
    order at once there, so that a frame does not tell.

    ``limit`` counts the bytes of sides that have sent application data, ``limit_alone`` where the other side was not
    seen to speak ciphertext."""
    if one.size + other.size <= limit:
        return -1
    begins = [-1, -1]
    ciphers = [-1, -1]
    for each in heard:
        side, kind, frame = each.side, each.kind, each.frame
        if kind == RECORD_APPLICATION_DATA and begins[side] < 0:
            begins[side] = frame
        if kind in (RECORD_APPLICATION_DATA, RECORD_ENCRYPTED_HANDSHAKE) and ciphers[side] < 0:
            ciphers[side] = frame
    if begins[0] < 0 and begins[1] < 0:
        return -1
    arrivals: list[tuple[int, int, int]] = []
    for side, assembled in ((0, one), (1, other)):
        begin = begins[side]
        if begin >= 0:
            frames = [frame_at(assembled.until, index) for index in range(len(assembled.pieces))]
            if frames.count(begin) > 1:
                return -2
            for piece, frame in zip(assembled.pieces, frames, strict=True):
                if frame >= begin:
                    arrivals.append((frame, side, len(piece)))
    arrivals.sort()
    followed = 0
    for index, (frame, _, size) in enumerate(arrivals):
        followed += size
        over = 0 <= ciphers[0] <= frame and 0 <= ciphers[1] <= frame
        if followed > (limit if over else limit_alone):
            if index + 1 < len(arrivals) and arrivals[index + 1][0] == frame:
                return -2
            return frame
    return -1


def _tell_nobody(message_log: MessageLog, what: str) -> None:
    """Whoever reads as a whole tells of nothing before the end."""


def _do_nothing() -> None:
    """No stream has to know."""
