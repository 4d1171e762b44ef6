"""Handshake messages of one side and encryption level out of QUIC's CRYPTO frames.

Knows that CRYPTO frames are pieces of one run of bytes that come in any order and more than once (RFC 9000 section
19.6) and that handshake messages stand in it without records (RFC 9001 section 4.1.3); must not know packets, nor what
a message says. Out come ``Message`` as TLS over TCP has them.
"""

from __future__ import annotations

from typing import Final

from tlseku.carriers.carrier import DATAGRAM_LOST
from tlseku.carriers.pieces import Pieces
from tlseku.tls.handshake import MAX_MESSAGE
from tlseku.tls.message import Message

MAX_AHEAD: Final = 256 * 1024
"""Bytes behind the next one that are kept of a side and level: senders limit themselves to tens of kilobytes (RFC 9000
section 7.5 demands 4 KiB)."""

MAX_PIECES: Final = 1024
"""Pieces that may stand apart: a hello that is cut against middleboxes has some ten."""

HEADER: Final = 4


class CryptoStream:
    """Puts together what ``side`` says in one encryption level; ``opened`` says that it takes secrets to read it.

    ``problem`` is why the rest is not read any more, None as long as it is.
    """

    __slots__ = ("_begun", "_opened", "_origins", "_pieces", "_position", "_start", "problem", "side")

    def __init__(self, side: int, opened: bool) -> None:
        self.side = side
        self._opened = opened
        self._pieces = Pieces()
        # Where each byte behind the last whole message came from: offset, end and frame.
        self._origins: list[tuple[int, int, int]] = []
        # The offset of the next byte, and of the message that has begun.
        self._position = 0
        self._start = 0
        self._begun = bytearray()
        self.problem: str | None = None

    @property
    def held(self) -> int:
        """Bytes that are kept until more comes."""
        return len(self._begun) + self._pieces.held

    @property
    def amid_message(self) -> bool:
        """Whether there are bytes of a message that is not whole."""
        return bool(self._begun) or self._pieces.held > 0

    def add(self, offset: int, data: bytes, frame: int, ts_ns: int) -> list[Message]:
        """The messages that these bytes complete."""
        if self.problem is not None or offset + len(data) <= self._position:
            return []
        if offset + len(data) > self._position + MAX_AHEAD or len(self._pieces) >= MAX_PIECES:
            self.problem = "CRYPTO frames far ahead of what came so far, or in too many pieces"
            return []
        if offset < self._position:
            data = data[self._position - offset :]
            offset = self._position
        if self._pieces.add(offset, data):
            self._origins.append((offset, offset + len(data), frame))
        if self._pieces.contradicted:
            self.problem = "CRYPTO frames contradict each other"
        come = self._pieces.front(self._position)
        self._position += len(come)
        self._begun += come
        return self._whole_messages(frame, ts_ns)

    def close(self, frame: int, ts_ns: int) -> Message | None:
        """Nothing more comes: what there is of a message that is not whole, as cut."""
        if not self._begun:
            return None
        body = bytes(self._begun[HEADER:])
        carried = self._frames(self._start, self._position)
        return Message(
            self.side, self._begun[0], carried[-1], ts_ns, body, 0, carried, DATAGRAM_LOST, self._opened
        )

    def _whole_messages(self, frame: int, ts_ns: int) -> list[Message]:
        found = []
        begun = self._begun
        at = 0
        while len(begun) - at >= HEADER:
            length = int.from_bytes(begun[at + 1 : at + HEADER], "big")
            if length > MAX_MESSAGE:
                self.problem = f"a message of {length} bytes"
                break
            end = at + HEADER + length
            if end > len(begun):
                break
            carried = self._frames(self._start, self._start + end - at)
            body = bytes(begun[at + HEADER : end])
            shown = None if carried == (frame,) else carried
            found.append(Message(self.side, begun[at], frame, ts_ns, body, 0, shown, None, self._opened))
            self._start += end - at
            at = end
        if at:
            del begun[:at]
            self._origins = [each for each in self._origins if each[1] > self._start]
        return found

    def _frames(self, start: int, end: int) -> tuple[int, ...]:
        """The frames that brought the bytes from ``start`` to ``end``, each once."""
        return tuple(sorted({frame for first, last, frame in self._origins if first < end and last > start}))
