"""Handshake messages from the decrypted records of one side.

Knows that a message may span records and frames, and where messages can be found again behind a gap; must not know
keys, nor what a message is good for.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.registry.names import HANDSHAKE_TYPES
from tlseku.tls.handshake import HandshakeMessage, HandshakeReader

_CERTIFICATE = 11
_CERTIFICATE_REQUEST = 13
_COMPRESSED_CERTIFICATE = 25
# Messages that are mostly longer than one record or one segment.
_LONG_MESSAGES = (_CERTIFICATE, _CERTIFICATE_REQUEST, _COMPRESSED_CERTIFICATE)
_LONGEST_BEHIND_GAP = 1 << 20


class DecryptedMessages:
    """Takes the content of one side's handshake records, hands whole messages to ``deliver``, with every frame that
    carried a part of them."""

    __slots__ = ("_behind_gap", "_carried", "_current", "_deliver", "_reader")

    def __init__(self, deliver: Callable[[HandshakeMessage], None]) -> None:
        self._deliver = deliver
        self._reader = HandshakeReader(self._complete)
        self._behind_gap = False
        # The frames of the message that is not complete yet, and of the record that is just being read.
        self._carried: tuple[int, ...] = ()
        self._current: tuple[int, ...] = ()

    def content(self, content: bytes, frames: tuple[int, ...], frame: int, ts_ns: int) -> None:
        """The content of one record, which ``frames`` carried and ``frame`` completes."""
        if self._behind_gap and not _begins_message(content):
            return
        self._behind_gap = False
        self._current = frames
        self._reader.data(content, frame, ts_ns)
        self._carried = (*self._carried, *frames) if self._reader.amid_message else ()

    def lose(self, reason: str) -> None:
        """A record is missing or was not decrypted: a message that is not complete is cut for ``reason``."""
        self._current = ()
        self._reader.close(reason)
        self._reader = HandshakeReader(self._complete)
        self._carried = ()
        self._behind_gap = True

    def close(self, reason: str) -> None:
        """Nothing more comes."""
        self._reader.close(reason)

    def _complete(self, message: HandshakeMessage) -> None:
        frames = tuple(dict.fromkeys((*self._carried, *self._current)))
        self._carried = ()
        self._deliver(message._replace(frames=frames or message.frames))


def _begins_message(content: bytes) -> bool:
    """Whether decrypted content begins with a message, where it may be the rest of one whose beginning is missing."""
    if len(content) < 4 or content[0] not in HANDSHAKE_TYPES:
        return False
    length = int.from_bytes(content[1:4], "big")
    return length + 4 <= len(content) or (content[0] in _LONG_MESSAGES and length < _LONGEST_BEHIND_GAP)
