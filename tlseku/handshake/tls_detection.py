"""Whether, where and on which side TLS begins in a connection.

Joins the two directions of a TCP connection with the readers of TLS: looks at the first bytes of each side, names the
clear-text protocol that comes before TLS, and hands the rest on. Must not know what is said in TLS (``message_log``).
Implements the listener of ``network.tcp.dispatch``.

Plan: each side is, in turn, *opening* (too few bytes to tell, or a clear-text protocol that may turn to TLS), then
*TLS*, or *over* (nothing more to be had from it). When both are over, or the handshake is and ``MAX_FOLLOWED`` bytes
after it, the connection's bytes are no longer wanted; then only segments that begin with a record of an alert or a
handshake are still looked at, since TLS implementations begin a segment with them.

A connection that is something else is watched in the same way, for as long as it lasts and without keeping anything of
it: a ClientHello that begins a segment and is answered by a ServerHello is TLS, whatever came before on both sides.
Either alone is none: it may be part of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tlseku.carriers.stream_opening import begins_carrier, may_be_amid_carrier
from tlseku.handshake.confirmation import Confirmation
from tlseku.handshake.following import Following, why_cut
from tlseku.handshake.message_log import MessageLog
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import Connection, ConnectionListener
from tlseku.network.tcp.stream import SNAPLEN_TRUNCATED, STARTS_MID
from tlseku.tls import records, stream_start
from tlseku.tls.handshake_types import CLIENT_HELLO, SERVER_HELLO
from tlseku.tls.message import Message
from tlseku.tls.reader import TlsReader, read_late
from tlseku.tls.starttls import (
    ENOUGH_TO_TELL,
    MAX_CLEAR_TEXT,
    UNKNOWN,
    WORDS_KEPT,
    may_turn_to_tls,
    name_beginning,
    name_protocol,
)
from tlseku.tls.tds import TdsUnwrapper, begins_tds

# Bytes looked through for a record header where the capture starts in the middle.
MAX_SEARCHED = 64 * 1024
# Segments that look like the midst of another carrier, which are kept for it.
MAX_AMID: Final = 16
# Contradictions that are remembered before anybody knows whether this is TLS.
MAX_EARLY_DEFECTS = 16
# A hello, and what comes with it, that is held until the other side has answered.
MAX_HELD: Final = 96 * 1024
# The bytes of a record by which a hello is told from any other: up to the end of its random.
_RANDOM_ENDS: Final = 43
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

    __slots__ = ("amid", "hello_waits", "mid_stream", "pieces", "searched", "size", "unwrapper")

    def __init__(self) -> None:
        # A hello stands in these bytes, but what the other side said so far does not let TLS follow.
        self.hello_waits = False
        # How many of the pieces may be the midst of another carrier.
        self.amid = 0
        self.pieces: list[Piece] = []
        self.size = 0
        self.mid_stream = False
        self.searched = 0
        self.unwrapper: TdsUnwrapper | None = None

    def bytes(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)


class TlsDetection:
    """The two sides of one connection until and while they speak TLS. ``log`` is what they say, once they do.

    ``other_listener`` gives who reads the connection where its first bytes are those of another carrier of TLS.
    ``on_cut`` is told at the end of a connection in which no TLS was found how many of its segments were not captured
    to their end, before it was clear that it speaks something else.
    """

    __slots__ = (
        "_any_lost",
        "_candidate",
        "_clear_texts",
        "_connection",
        "_cut_segments",
        "_defects",
        "_following",
        "_hello_side",
        "_lost",
        "_mid_stream",
        "_new_log",
        "_on_cut",
        "_openings",
        "_other_listener",
        "_over",
        "_readers",
        "_starttls",
        "_unconfirmed",
        "_unwrappers",
        "_words",
        "log",
    )

    def __init__(
        self,
        connection: Connection,
        new_talk: Callable[[Connection, Callable[[], None]], MessageLog],
        on_cut: Callable[[int], None],
        other_listener: Callable[[Connection, bytes, bool], ConnectionListener | None] | None = None,
    ) -> None:
        self._connection = connection
        self._other_listener = other_listener
        self._new_log = new_talk
        self._on_cut = on_cut
        self._cut_segments = 0
        self.log: MessageLog | None = None
        self._openings: list[_Opening | None] = [_Opening(), _Opening()]
        self._readers: list[TlsReader | None] = [None, None]
        self._unconfirmed: list[Confirmation | None] = [None, None]
        self._unwrappers: list[TdsUnwrapper | None] = [None, None]
        self._clear_texts = [b"", b""]
        self._over = [False, False]
        self._following = Following()
        self._starttls: str | None = None
        # The side of which a hello is held until the other side answers it, -1 if none is.
        self._candidate = -1
        # The side that a ClientHello in a segment of its own came from: one from the other side, too, is an echo.
        self._hello_side = -1
        # How each side began, to name what came before TLS.
        self._words = [b"", b""]
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
            unconfirmed = self._unconfirmed[side]
            if unconfirmed is not None and not reader.amid_header:
                unconfirmed.confirm()
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
            if self._candidate >= 0:
                self._weigh()
                return
            other = self._openings[1 - side]
            self._decide(side, waiting)
            if self._over[side] and self.log is None:
                # These bytes told that the connection is something else; TLS may begin in just them.
                self._take_candidate(side, _from_hello(waiting), [] if other is None else _from_hello(other))
                return
            other = self._openings[1 - side]
            if other is not None and other.hello_waits:
                self._decide(1 - side, other)

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment after the bytes were no longer wanted: tell of alerts and handshake records that begin in it."""
        log = self.log
        if log is not None:
            for message in read_late(side, data, frame, ts_ns):
                log.message(message)
        else:
            self._take_candidate(side, [Piece(data, frame, ts_ns)], [])

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
        if self._candidate >= 0:
            waiting = self._openings[side]
            if waiting is not None and waiting.pieces:
                self._drop_candidate()
            return
        waiting = self._openings[side]
        if waiting is not None:
            if reason == SNAPLEN_TRUNCATED:
                self._cut_segments += 1
            # Where TLS began can no longer be told by counting: look for records from here on.
            self._any_lost = True
            if self.log is not None:
                self.log.any_lost = True
            self._lost[side] = self._lost[side] or reason
            waiting.mid_stream = True
            waiting.hello_waits = False
            waiting.pieces.clear()
            waiting.amid = waiting.size = 0

    def defect(self, side: int, reason: str, frame: int) -> None:
        """The network layer found a contradiction."""
        self._add_defect("network", reason, frame)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over."""
        reason = why_cut(how)
        for reader in self._readers:
            if reader is not None:
                reader.close(reason)
        for unconfirmed in self._unconfirmed:
            if unconfirmed is not None:
                unconfirmed.confirm()
        if self.log is not None and self.log.decryptor is not None:
            self.log.decryptor.close(reason)
        for this_side, waiting in enumerate(self._openings):
            if waiting is not None and self._readers[1 - this_side] is not None and self._starttls is None:
                self._tell_of_clear_text(waiting)
        self._readers = [None, None]
        if self.log is None and self._cut_segments:
            self._on_cut(self._cut_segments)
        self._cut_segments = 0
        if self.log is not None:
            self.log.ended(how)
            # It holds this, too.
            self.log = None

    def held(self) -> int:
        """Bytes that are kept of both sides, in messages and of what is no message yet."""
        held = 0 if self.log is None else self.log.held()
        for opening in self._openings:
            if opening is not None:
                held += opening.size
        for reader in self._readers:
            if reader is not None:
                held += reader.held()
        return held

    def pack(self, compressor: Compressor) -> int:
        """Keep what was said in less room."""
        return 0 if self.log is None else self.log.pack(compressor)

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
                if stream_start.opens_as(data) == stream_start.TLS:
                    # What came before TLS was not captured.
                    self._starttls = self._starttls or "tds"
                    self._start(side, waiting, 0)
                    return
        if not data[0] and self._hand_over(data, amid=False):
            return
        if not started_by_syn and self._hand_over(data, amid=True):
            return
        if not started_by_syn and (may_be_amid_carrier(data) or records.find_record(data) == 0):
            # The middle of TLS, between two records. One of them may look like a hello, with which clear text may end.
            waiting.mid_stream = True
            self._search(side, waiting)
            return
        if self._start_after_clear_text(side, waiting, data):
            return
        is_clear_text = self._is_clear_text(side, data)
        # Ciphertext, or the middle of a message, may look like a binary protocol: a record is stronger evidence.
        amid = is_clear_text is False or records.find_record(waiting.pieces[-1].data) >= 0
        if not started_by_syn and not waiting.hello_waits and amid:
            waiting.mid_stream = True
            self._search(side, waiting)
            return
        if len(data) > MAX_CLEAR_TEXT or is_clear_text is False:
            self._not_tls_from_the_start(side)

    def _hand_over(self, data: bytes, *, amid: bool) -> bool:
        """Leave the connection to another listener, if its first bytes are those of another carrier, or ``amid`` it
        those of a segment; with what came."""
        if self._other_listener is None or self.log is not None or (amid and not may_be_amid_carrier(data)):
            return False
        listener = self._other_listener(self._connection, data, amid)
        if listener is None:
            return False
        self._connection.listen(listener)
        for side, reason in enumerate(self._lost):
            if reason is not None or self._mid_stream[side]:
                listener.gap(side, 0, reason or STARTS_MID, 0, 0)
        came = [
            (piece, side)
            for side, each in enumerate(self._openings)
            if each is not None
            for piece in each.pieces
        ]
        for (piece, piece_frame, ts_ns), side in sorted(came, key=lambda each: each[0].frame):
            listener.data(side, piece, piece_frame, ts_ns)
        self._over = [True, True]
        self._openings = [None, None]
        return True

    def _is_clear_text(self, side: int, data: bytes) -> bool | None:
        if self._unwrappers[side] is not None:
            return True
        return may_turn_to_tls(data)

    def _start_after_clear_text(self, side: int, waiting: _Opening, data: bytes) -> bool:
        """Begin TLS at a hello (or, once TLS began on the other side, an alert) behind a clear-text protocol."""
        other = 1 - side
        at = stream_start.find_hello(data)
        if at < 0 and self._readers[other] is not None and self._starttls is not None:
            at = stream_start.find_alert(data)
        if not 0 < at <= MAX_CLEAR_TEXT:
            return False
        others_words = self._words_before_tls(other)
        words = data[:at]
        from_server = len(data) > at + 5 and data[at + 5] == SERVER_HELLO
        name = self._starttls or (
            name_protocol(others_words, words) if from_server else name_protocol(words, others_words)
        )
        if name is None:
            waiting.hello_waits = stream_start.begins_hello(data[at:], data[at + 5])
            if not self._is_answered(side):
                return False
            client, server = (others_words, words) if from_server else (words, others_words)
            name = name_beginning(client, server) or UNKNOWN
        self._starttls = name
        self._clear_texts[side] = words
        self._start(side, waiting, at)
        return True

    def _is_answered(self, this_side: int) -> bool:
        """Whether a piece of this side begins with a hello, and one of the other side with what belongs to it; or the
        other side speaks TLS from its first byte on."""
        speaks_tls = self._readers[1 - this_side] is not None
        hellos = [b"", b""]
        for side, waiting in enumerate(self._openings):
            if waiting is None and speaks_tls:
                continue
            if waiting is None or waiting.mid_stream:
                return False
            data = waiting.bytes()
            at = stream_start.find_hello(data)
            begins = 0
            for piece in waiting.pieces:
                if begins == at:
                    hellos[side] = data[at:]
                begins += len(piece.data)
        hello = hellos[this_side]
        if speaks_tls:
            return len(hello) >= _RANDOM_ENDS and stream_start.begins_hello(hello, hello[5])
        for one, other in (hellos, hellos[::-1]):
            if one and other and stream_start.begins_hello(one, CLIENT_HELLO):
                return stream_start.answers(one, other) is True
        return False

    def _take_candidate(self, side: int, pieces: list[Piece], others: list[Piece]) -> None:
        """Hold a hello that begins a segment amid something else, until the other side answers it; ``others`` are the
        pieces from the hello on that the other side has sent before."""
        if not pieces:
            if not others:
                return
            side, pieces, others = 1 - side, others, pieces
        data = b"".join(piece.data for piece in pieces)
        is_client = stream_start.begins_hello(data, CLIENT_HELLO)
        if self._connection.closed_by >= 0 or not (
            is_client or stream_start.begins_hello(data, SERVER_HELLO)
        ):
            return
        self._candidate = side
        self._over = [False, False]
        self._mid_stream[:] = [False, False]
        self._lost[:] = [None, None]
        self._any_lost = False
        self._defects.clear()
        self._unwrappers = [None, None]
        self._openings = [_Opening(), _Opening()]
        for each, held in ((side, pieces), (1 - side, others)):
            opening = self._openings[each]
            if opening is not None:
                opening.pieces += held
                opening.size = sum(len(piece.data) for piece in held)
        # What a ServerHello acknowledges is the hello itself, which may come late.
        self._connection.follow_again(self, is_client)
        self._weigh()

    def _weigh(self) -> None:
        """Decide on the hello that is held: begin TLS, drop it, or wait for more."""
        side = self._candidate
        held, answer = self._openings[side], self._openings[1 - side]
        if held is None or answer is None:
            return
        one, other = held.bytes(), answer.bytes()
        if not stream_start.begins_hello(one, CLIENT_HELLO):
            # A ServerHello was captured before what it answers.
            side, one, other = 1 - side, other, one
        elif len(one) >= _RANDOM_ENDS:
            is_echo = len(other) >= _RANDOM_ENDS and stream_start.begins_hello(other, CLIENT_HELLO)
            if is_echo or self._hello_side == 1 - side:
                self._give_up_for_good()
                return
            self._hello_side = side
        if len(one) + len(other) > MAX_HELD:
            self._drop_candidate()
            return
        if (one and not stream_start.begins_hello(one, CLIENT_HELLO)) or (
            other and stream_start.answers(one, other) is False
        ):
            # A ClientHello on both sides is decided on when enough of it is there to be sure.
            if len(other) >= _RANDOM_ENDS or not stream_start.begins_hello(other, CLIENT_HELLO):
                self._drop_candidate()
            return
        if one and other and stream_start.answers(one, other):
            self._candidate = -1
            self._starttls = name_beginning(self._words[side], self._words[1 - side]) or UNKNOWN
            for each in (side, 1 - side):
                opening = self._openings[each]
                if opening is not None:
                    self._start(each, opening, 0)

    def _drop_candidate(self) -> None:
        self._candidate = -1
        self._over = [True, True]
        self._openings = [None, None]
        self._connection.mute(watch=True)

    def _give_up_for_good(self) -> None:
        """Both sides send ClientHellos: one repeats what the other says, and an answer could be repeated, too."""
        self._drop_candidate()
        self._connection.mute(watch=False)

    def _words_before_tls(self, side: int) -> bytes:
        waiting = self._openings[side]
        if waiting is None:
            return self._clear_texts[side]
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
        kept, new = waiting.pieces[: waiting.amid], waiting.pieces[waiting.amid :]
        for index, piece in enumerate(new):
            if may_be_amid_carrier(piece.data):
                if self._hand_over(piece.data, amid=True):
                    return
                # A record in it would be part of what is cut in another way.
                if len(kept) < MAX_AMID:
                    kept.append(piece)
            elif records.find_record(piece.data) >= 0:
                self._start_amid(side, new[index:])
                return
            waiting.searched += len(piece.data)
        waiting.pieces, waiting.amid = kept, len(kept)
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
        reader = self._readers[side] = TlsReader(side, log, decryptor=log.sealed)
        for data, frame, ts_ns in waiting.pieces:
            if offset < len(data):
                reader.data(data[offset:], frame, ts_ns)
            offset = max(0, offset - len(data))

    def _start_amid(self, side: int, pieces: list[Piece]) -> None:
        """Hand on pieces in which a record was found, to a reader that is believed where others follow."""
        self._openings[side] = None
        log = self._recognise()
        unconfirmed = Confirmation(log.message, lambda: log.unread(side, STARTS_MID))
        reader = TlsReader(side, unconfirmed, searching=True, decryptor=log.sealed)
        unconfirmed.in_pieces = lambda: reader.in_pieces
        self._readers[side], self._unconfirmed[side] = reader, unconfirmed
        for data, frame, ts_ns in pieces:
            reader.data(data, frame, ts_ns)
            if not reader.amid_header:
                unconfirmed.confirm()

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
            for each, opening in enumerate(self._openings):
                if opening is not None:
                    self._words[each] = opening.bytes()[:WORDS_KEPT]
            self._over = [True, True]
            self._openings = [None, None]
            self._connection.mute(watch=True)

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


def _from_hello(opening: _Opening) -> list[Piece]:
    """The pieces of a side from the first one on with which a hello begins; empty if none does."""
    if opening.mid_stream:
        return []
    data = opening.bytes()
    at = 0
    for index, piece in enumerate(opening.pieces):
        for msg_type in (CLIENT_HELLO, SERVER_HELLO):
            if stream_start.begins_hello(data[at : at + _RANDOM_ENDS + 1], msg_type):
                return opening.pieces[index:]
        at += len(piece.data)
    return []


def is_nothing(data: bytes) -> bool:
    """Whether the side that opened a connection, beginning with ``data``, never speaks TLS in it.

    Takes only what needs no second look, which is most of what is not TLS. ``TlsDetection`` decides the same with these
    bytes, and knows of all other beginnings.
    """
    return (
        len(data) >= ENOUGH_TO_TELL
        and data[0] not in _TDS
        and not begins_carrier(data)
        and stream_start.opens_as(data) == stream_start.OTHER
        and may_turn_to_tls(data) is False
        # A hello amid these bytes may have to do with the words before it.
        and stream_start.find_hello(data) < 0
        # Nor is it given up without its words being kept, if they ask for TLS (RFC 2817 section 3).
        and b"TLS/1." not in data
    )
