"""Handshake messages of one side out of the pieces in DTLS records.

Knows the header of twelve bytes (RFC 6347 section 4.2.2) and that a message may come in pieces of any border, in any
order and more than once, each time cut in another way (section 4.2.3); must not know what a message says, but for the
cookie of a ClientHello, without which its body is that of TLS. Out come ``Message`` as TLS has them.

A message is told when its last piece is there, which is where Wireshark shows it, whatever came before it in the
handshake; one that comes again is passed over. Limits: the named constants; what is left out because of one is told as
a problem, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tlseku.carriers.pieces import Pieces
from tlseku.errors import Malformed
from tlseku.tls.cursor import Cursor
from tlseku.tls.handshake import MAX_MESSAGE
from tlseku.tls.handshake_types import CLIENT_HELLO, HELLO_REQUEST, HELLO_VERIFY_REQUEST, SERVER_HELLO
from tlseku.tls.message import Message

HEADER: Final = 12

MAX_OPEN: Final = 16
"""Messages of a side that may be incomplete at the same time: a flight has at most nine."""

MAX_HELD: Final = 256 * 1024
"""Bytes of incomplete messages that a side may hold; a flight with long chains has some tens of kilobytes."""

MAX_PIECES: Final = 2048
"""Pieces of one message that may stand apart: one of 100 kB in pieces of 64 bytes has no more."""

MAX_MESSAGES: Final = 256
"""Messages of a side that are remembered as complete; a handshake has about ten."""

_BEGIN_A_HANDSHAKE = frozenset({HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO})


class Fragment(NamedTuple):
    """A piece of a handshake message: ``content[start:end]`` stands at ``offset`` of ``length`` bytes."""

    kind: int
    length: int
    message_seq: int
    offset: int
    start: int
    end: int


class _OpenMessage:
    """A message of which not everything is there."""

    __slots__ = ("frames", "kind", "length", "pieces")

    def __init__(self, kind: int, length: int) -> None:
        self.kind = kind
        self.length = length
        self.pieces = Pieces()
        self.frames: list[int] = []


class MessageAssembler:
    """Puts together the handshake messages of ``side``; ``opened`` says that they were encrypted.

    ``problems`` are what is wrong with the pieces, each once, since the last ``take_problems``.
    """

    __slots__ = ("_complete", "_held", "_known_problems", "_open", "_opened", "_problems", "_side")

    def __init__(self, side: int, opened: bool) -> None:
        self._side = side
        self._opened = opened
        self._open: dict[int, _OpenMessage] = {}
        # By message_seq: kind and length of what is complete.
        self._complete: dict[int, tuple[int, int]] = {}
        self._held = 0
        self._problems: list[str] = []
        self._known_problems: set[str] = set()

    @property
    def held(self) -> int:
        """Bytes of messages that are not complete."""
        return self._held

    def content(
        self, data: bytes, start: int, end: int, frame: int, ts_ns: int, missing: int = 0
    ) -> list[Message]:
        """The messages that a record's content completes, of which ``missing`` bytes were not captured. Never raises:
        damage is a problem."""
        found = []
        try:
            for fragment in read_fragments(data, start, end, missing):
                message = self._add(fragment, data, frame, ts_ns)
                if message is not None:
                    found.append(message)
        except Malformed as problem:
            if not missing:
                self._complain(str(problem))
        return found

    def close(self, ts_ns: int, reason: str) -> list[Message]:
        """Nothing more comes: what there is of messages that are not complete, as cut for ``reason``."""
        left = [self._cut(each, ts_ns, reason) for _, each in sorted(self._open.items()) if each.frames]
        self._open.clear()
        self._held = 0
        return left

    def missing(self, begins_amid: bool = False) -> int:
        """How many messages of this side were not seen at all, by the numbers of the others; none before the first one
        where the capture ``begins_amid`` them."""
        seen = self._complete.keys() | self._open.keys()
        if not seen:
            return 0
        # A handshake may count from above 0 where a HelloVerifyRequest came before it.
        first = min(seen)
        kind = self._complete[first][0] if first in self._complete else self._open[first].kind
        start = first if begins_amid or kind in _BEGIN_A_HANDSHAKE else 0
        return max(seen) + 1 - start - len(seen)

    def take_problems(self) -> list[str]:
        """What is wrong since the last call."""
        problems, self._problems = self._problems, []
        return problems

    def _add(self, fragment: Fragment, data: bytes, frame: int, ts_ns: int) -> Message | None:
        kind, length, number, _, start, end = fragment
        if kind == HELLO_VERIFY_REQUEST:
            # A server without state answers each ClientHello with it, and its number counts for nothing.
            return self._whole(kind, data[start:end], frame, ts_ns) if end - start == length else None
        known = self._complete.get(number)
        if known is not None:
            if known == (kind, length):
                return None
            if number or kind not in _BEGIN_A_HANDSHAKE or not self._opened:
                self._complain(f"message_seq {number} was used for two messages")
                return None
            # Each handshake counts from 0 (RFC 6347 section 4.2.2).
            self._complete.clear()
            self._open.clear()
            self._held = 0
        if number not in self._open and end - start == length:
            self._remember(number, kind, length)
            return self._whole(kind, data[start:end], frame, ts_ns)
        return self._collect(fragment, data[start:end], frame, ts_ns)

    def _collect(self, fragment: Fragment, data: bytes, frame: int, ts_ns: int) -> Message | None:
        number = fragment.message_seq
        begun = self._open.get(number)
        if begun is None:
            if len(self._open) >= MAX_OPEN:
                self._complain(f"more than {MAX_OPEN} messages are incomplete at once")
                return None
            begun = self._open[number] = _OpenMessage(fragment.kind, fragment.length)
        elif (begun.kind, begun.length) != (fragment.kind, fragment.length):
            self._complain(f"message_seq {number} was used for two messages")
            return None
        if self._held + len(data) > MAX_HELD or len(begun.pieces) >= MAX_PIECES:
            self._complain("too many bytes or pieces of incomplete messages")
            return None
        new = begun.pieces.add(fragment.offset, data)
        self._held += new
        if begun.pieces.contradicted:
            self._complain(f"pieces of message_seq {number} contradict each other")
        if new and frame not in begun.frames[-1:]:
            begun.frames.append(frame)
        if begun.pieces.held < begun.length:
            return None
        del self._open[number]
        self._held -= begun.length
        self._remember(number, begun.kind, begun.length)
        whole = self._whole(begun.kind, begun.pieces.front(0), frame, ts_ns)
        whole.carried = None if begun.frames == [frame] else tuple(begun.frames)
        return whole

    def _remember(self, number: int, kind: int, length: int) -> None:
        if len(self._complete) < MAX_MESSAGES:
            self._complete[number] = (kind, length)

    def _whole(self, kind: int, body: bytes, frame: int, ts_ns: int) -> Message:
        if kind == CLIENT_HELLO:
            try:
                body = without_cookie(body)
            except Malformed as problem:
                self._complain(f"ClientHello: {problem}")
        return Message(self._side, kind, frame, ts_ns, body, 0, None, None, self._opened)

    def _cut(self, begun: _OpenMessage, ts_ns: int, reason: str) -> Message:
        body, carried = begun.pieces.beginning, tuple(begun.frames)
        return Message(self._side, begun.kind, carried[-1], ts_ns, body, 0, carried, reason, self._opened)

    def _complain(self, problem: str) -> None:
        if problem not in self._known_problems and len(self._known_problems) < MAX_OPEN:
            self._known_problems.add(problem)
            self._problems.append(problem)


def read_fragments(data: bytes, start: int, end: int, missing: int = 0) -> Iterator[Fragment]:
    """The pieces of handshake messages in a record's content ``data[start:end]``, of which ``missing`` bytes were not
    captured: the last piece may be shorter than it says. Raises Malformed behind the last one that is whole."""
    at = start
    while at < end:
        if end - at < HEADER:
            raise Malformed(
                at - start, f"the header of a handshake message ({HEADER} bytes, {end - at} left)"
            )
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        offset = int.from_bytes(data[at + 6 : at + 9], "big")
        size = int.from_bytes(data[at + 9 : at + 12], "big")
        body = at + HEADER
        if size > end - body + missing:
            raise Malformed(at - start, f"a piece of {size} bytes ({end - body} left)")
        if offset + size > length or length > MAX_MESSAGE or (size == 0 and length > 0):
            raise Malformed(at - start, f"a piece inside a message of {length} bytes")
        stop = min(body + size, end)
        yield Fragment(data[at], length, data[at + 4] << 8 | data[at + 5], offset, body, stop)
        at = body + size


def without_cookie(body: bytes) -> bytes:
    """The body of a DTLS ClientHello as TLS has it: the cookie behind the session id left out (RFC 6347 section
    4.2.1). Raises Malformed."""
    cursor = Cursor(body)
    cursor.take(34, "client_version and random")
    cursor.vector_bytes(1, "session_id")
    behind_session_id = cursor.position
    cursor.vector_bytes(1, "cookie")
    return body[:behind_session_id] + cursor.rest()
