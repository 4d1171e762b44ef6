"""Whether, where and on which side TLS begins in a connection.

Joins the two directions of a TCP connection with the readers of TLS: looks at the first bytes of each side, names the
clear-text protocol that comes before TLS, and hands the rest on. Must not know what is said in TLS (``message_log``).
Implements the listener of ``network.tcp.dispatch``.

Plan: each side is, in turn, *opening* (too few bytes to tell, or a clear-text protocol that may turn to TLS), then
*TLS*, or *over* (nothing more to be had from it). When both are over, or the handshake is and ``MAX_FOLLOWED`` bytes
after it, the connection's bytes are no longer wanted; then only segments that begin with a record of an alert or a
handshake are still looked at, since TLS implementations begin a segment with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tlseku.handshake.following import Following, why_cut
from tlseku.handshake.message_log import MessageLog
from tlseku.network.tcp.connection import Connection
from tlseku.tls import records, stream_start
from tlseku.tls.handshake_types import CLIENT_HELLO, SERVER_HELLO
from tlseku.tls.message import Message
from tlseku.tls.reader import TlsReader, read_late
from tlseku.tls.starttls import ENOUGH_TO_TELL, MAX_PRELUDE, may_turn_to_tls, name_prelude
from tlseku.tls.tds import TdsUnwrapper, begins_tds

# Bytes looked through for a record header where the capture starts in the middle.
MAX_SEARCHED = 64 * 1024
# Contradictions that are remembered before anybody knows whether this is TLS.
MAX_EARLY_DEFECTS = 16
# Longer than any record: what to call a gap in which nobody knows how much of it was TLS.
_ANY_LENGTH = 1 << 32
# With these a packet of TDS begins, in which TLS may be wrapped.
_TDS: Final = (0x12, 0x04)


class Piece(NamedTuple):
    """Bytes of one frame."""

    data: bytes
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


class TlsDetection:
    """The two sides of one connection until and while they speak TLS. ``log`` is what they say, once they do."""

    __slots__ = (
        "_any_lost",
        "_connection",
        "_defects",
        "_following",
        "_lost",
        "_mid_stream",
        "_new_log",
        "_openings",
        "_over",
        "_preludes",
        "_readers",
        "_starttls",
        "_unwrappers",
        "log",
    )

    def __init__(
        self, connection: Connection, new_talk: Callable[[Connection, Callable[[], None]], MessageLog]
    ) -> None:
        self._connection = connection
        self._new_log = new_talk
        self.log: MessageLog | None = None
        self._openings: list[_Opening | None] = [_Opening(), _Opening()]
        self._readers: list[TlsReader | None] = [None, None]
        self._unwrappers: list[TdsUnwrapper | None] = [None, None]
        self._preludes = [b"", b""]
        self._over = [False, False]
        self._following = Following()
        self._starttls: str | None = None
        # What is known before there is a conversation, which then shares these lists.
        self._lost: list[str | None] = [None, None]
        self._mid_stream = [False, False]
        self._any_lost = False
        self._defects: list[tuple[str, str, int | None]] = []

    def is_start(self, side: int, data: bytes) -> bool:
        """Whether these bytes are plainly the beginning of a TLS stream."""
        return stream_start.opens_as(data) in (stream_start.TLS, stream_start.SSL2_HELLO)

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side."""
        if self._over[side]:
            return
        unwrapper = self._unwrappers[side]
        if unwrapper is not None:
            data = unwrapper.data(data)
            if not data:
                return
        reader = self._readers[side]
        if reader is not None:
            reader.data(data, frame, ts_ns)
            log = self.log
            if (
                log is not None
                and log.application_data[side]
                and self._following.is_enough(len(data), log.handshake_over, log.opens)
            ):
                self._stop_following()
            return
        waiting = self._openings[side]
        if waiting is not None:
            waiting.pieces.append(Piece(data, frame, ts_ns))
            waiting.size += len(data)
            self._decide(side, waiting)
            other = self._openings[1 - side]
            if other is not None and other.hello_waits:
                self._decide(1 - side, other)

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment after the bytes were no longer wanted: tell of alerts and handshake records that begin in it."""
        log = self.log
        if log is not None:
            for message in read_late(side, data, frame, ts_ns):
                log.message(message)

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes of a side are missing."""
        if self._over[side]:
            return
        reader = self._readers[side]
        unwrapper = self._unwrappers[side]
        if unwrapper is not None and not unwrapper.gap(length):
            length = _ANY_LENGTH
        if reader is not None:
            reader.gap(length, reason)
            return
        waiting = self._openings[side]
        if waiting is not None:
            # Where TLS began can no longer be told by counting: look for records from here on.
            self._any_lost = True
            if self.log is not None:
                self.log.any_lost = True
            self._lost[side] = self._lost[side] or reason
            waiting.mid_stream = True
            waiting.hello_waits = False
            waiting.pieces.clear()
            waiting.size = 0

    def defect(self, side: int, reason: str, frame: int) -> None:
        """The network layer found a contradiction."""
        self._add_defect("network", reason, frame)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        reason = why_cut(how)
        for reader in self._readers:
            if reader is not None:
                reader.close(reason)
        if self.log is not None and self.log.decryptor is not None:
            self.log.decryptor.close(reason)
        for this_side, waiting in enumerate(self._openings):
            if waiting is not None and self._readers[1 - this_side] is not None and self._starttls is None:
                self._tell_of_clear_text(waiting)
        self._readers = [None, None]
        if self.log is not None:
            self.log.ended(how)
            # It holds this, too.
            self.log = None

    def _stop_following(self) -> None:
        self._over = [True, True]
        self._readers = [None, None]
        self._unwrappers = [None, None]
        self._connection.mute(watch=True)

    def _decide(self, side: int, waiting: _Opening) -> None:
        started_by_syn = self._connection.streams[side].started_by_syn
        if waiting.mid_stream:
            self._search(side, waiting)
            return
        data = waiting.bytes()
        answers = self._readers[1 - side] is not None
        what = stream_start.answers_as(data) if answers else stream_start.opens_as(data)
        if what == stream_start.MORE:
            return
        if what == stream_start.TLS:
            self._start(side, waiting, 0)
            return
        if what == stream_start.SSL2_HELLO:
            self._start_after_ssl2_hello(side, waiting, data)
            return
        if waiting.unwrapper is None and data[0] in _TDS:
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
        at = stream_start.find_hello(data)
        if at < 0 and self._readers[other] is not None and self._starttls is not None:
            at = stream_start.find_alert(data)
        if not 0 < at <= MAX_PRELUDE:
            return False
        others_words = self._words_before_tls(other)
        words = data[:at]
        from_server = len(data) > at + 5 and data[at + 5] == SERVER_HELLO
        name = self._starttls or (
            name_prelude(others_words, words) if from_server else name_prelude(words, others_words)
        )
        if name is None:
            waiting.hello_waits = True
            return False
        self._starttls = name
        self._preludes[side] = words
        self._start(side, waiting, at)
        return True

    def _words_before_tls(self, side: int) -> bytes:
        waiting = self._openings[side]
        if waiting is None:
            return self._preludes[side]
        data = waiting.bytes()
        at = stream_start.find_hello(data)
        return data if at < 0 else data[:at]

    def _unwrap(self, side: int, waiting: _Opening) -> None:
        unwrapper = TdsUnwrapper()
        waiting.unwrapper = unwrapper
        self._unwrappers[side] = unwrapper
        waiting.pieces = [Piece(unwrapper.data(data), frame, ts_ns) for data, frame, ts_ns in waiting.pieces]
        waiting.size = sum(len(piece.data) for piece in waiting.pieces)

    def _search(self, side: int, waiting: _Opening) -> None:
        """Where the capture starts in the middle, take the first segment in which a record plainly begins."""
        self._mid_stream[side] = True
        for index, piece in enumerate(waiting.pieces):
            if records.find_record(piece.data) >= 0:
                self._openings[side] = None
                log = self._recognise()
                reader = self._readers[side] = TlsReader(side, log, searching=True, decryptor=log.decryptor)
                for data, frame, ts_ns in waiting.pieces[index:]:
                    reader.data(data, frame, ts_ns)
                return
            waiting.searched += len(piece.data)
        waiting.pieces.clear()
        if waiting.searched > MAX_SEARCHED:
            self._not_tls_from_the_start(side)

    def _start_after_ssl2_hello(self, side: int, waiting: _Opening, data: bytes) -> None:
        length = stream_start.ssl2_hello_length(data)
        if len(data) < length:
            return
        size = 0
        frames: list[int] = []
        for piece in waiting.pieces:
            if size < length:
                frames.append(piece.frame)
            size += len(piece.data)
        frame = max(frames)
        ts_ns = max(piece.ts_ns for piece in waiting.pieces if piece.frame in frames)
        body = data[2:length]
        hello = Message(side, CLIENT_HELLO, frame, ts_ns, body, 0, tuple(frames), None, False)
        self._recognise().ssl2_client_hello(hello)
        self._start(side, waiting, length)

    def _start(self, side: int, waiting: _Opening, offset: int) -> None:
        """Hand the bytes from ``offset`` on to a reader of TLS."""
        self._openings[side] = None
        log = self._recognise()
        reader = self._readers[side] = TlsReader(side, log, decryptor=log.decryptor)
        for data, frame, ts_ns in waiting.pieces:
            if offset < len(data):
                reader.data(data[offset:], frame, ts_ns)
            offset = max(0, offset - len(data))

    def _recognise(self) -> MessageLog:
        """The conversation, which begins when the first side speaks TLS."""
        log = self.log
        if log is None:
            log = self.log = self._new_log(self._connection, self._agreed_tls13)
            log.lost = self._lost
            log.mid_stream = self._mid_stream
            log.any_lost = self._any_lost
            log.defects = self._defects
        log.starttls = self._starttls
        return log

    def _agreed_tls13(self) -> None:
        for reader in self._readers:
            if reader is not None:
                reader.agreed_tls13()

    def _add_defect(self, layer: str, reason: str, frame: int | None) -> None:
        if self.log is not None:
            self.log.add_defect(layer, reason, frame)
        elif len(self._defects) < MAX_EARLY_DEFECTS:
            self._defects.append((layer, reason, frame))

    def _not_tls_from_the_start(self, side: int) -> None:
        if self._readers[1 - side] is not None:
            waiting = self._openings[side]
            if waiting is not None:
                self._tell_of_clear_text(waiting)
            self._end_side(side)
        else:
            self._over = [True, True]
            self._openings = [None, None]
            self._connection.mute(watch=False)

    def _tell_of_clear_text(self, waiting: _Opening) -> None:
        if (
            waiting.pieces
            and not waiting.mid_stream
            and stream_start.opens_as(waiting.bytes()) == stream_start.OTHER
        ):
            frame = waiting.pieces[0].frame
            self._add_defect("tls", "one side speaks TLS and the other something else", frame)

    def _end_side(self, side: int) -> None:
        self._over[side] = True
        self._openings[side] = None


def is_nothing(data: bytes) -> bool:
    """Whether the side that opened a connection, beginning with ``data``, never speaks TLS in it.

    Takes only what needs no second look, which is most of what is not TLS. ``TlsDetection`` decides the same with these
    bytes, and knows of all other beginnings.
    """
    return (
        len(data) >= ENOUGH_TO_TELL
        and data[0] not in _TDS
        and stream_start.opens_as(data) == stream_start.OTHER
        and may_turn_to_tls(data) is False
        # A hello amid these bytes may have to do with the words before it.
        and stream_start.find_hello(data) < 0
    )
