"""Handshake messages from the decrypted records of one side.

Knows that a message may span records and frames, and where messages can be found again behind a gap; must not know
keys, nor what a message is good for.
"""

from __future__ import annotations

from tlseku.registry.names import HANDSHAKE_TYPES
from tlseku.tls.handshake import MAX_MESSAGE, HandshakeReader
from tlseku.tls.handshake_types import CERTIFICATE, CERTIFICATE_REQUEST, COMPRESSED_CERTIFICATE
from tlseku.tls.message import Message

# Messages that are mostly longer than one record or one segment.
_LONG_MESSAGES = (CERTIFICATE, CERTIFICATE_REQUEST, COMPRESSED_CERTIFICATE)


class DecryptedMessages:
    """Takes the content of the handshake records of ``side`` and gives whole messages, with every frame that carried a
    part of them."""

    __slots__ = ("_behind_gap", "_carried", "_reader", "_side")

    def __init__(self, side: int) -> None:
        self._side = side
        self._reader = HandshakeReader(side, True)
        self._behind_gap = False
        # The frames of the message that is not complete yet.
        self._carried: tuple[int, ...] = ()

    def content(self, record: Message, content: bytes) -> list[Message]:
        """The messages that ``content``, decrypted out of ``record``, completes."""
        if self._behind_gap and not _begins_message(content):
            return []
        self._behind_gap = False
        reader = self._reader
        reader.reached(record.frame, record.ts_ns)
        carried = (*self._carried, *record.frames)
        complete = []
        for message in reader.data(content, 0, len(content), record.frame):
            message.carried = tuple(dict.fromkeys(carried))
            carried = record.frames
            complete.append(message)
        self._carried = carried if reader.amid_message else ()
        return complete

    def lose(self, reason: str) -> Message | None:
        """A record is missing or was not decrypted: what there is of a message that is not complete, cut for
        ``reason``."""
        cut = self.close(reason)
        self._reader = HandshakeReader(self._side, True)
        self._carried = ()
        self._behind_gap = True
        return cut

    def close(self, reason: str) -> Message | None:
        """Nothing more comes: what there is of a message that is not complete, cut for ``reason``."""
        cut = self._reader.close(reason)
        if cut is not None:
            cut.carried = tuple(dict.fromkeys(self._carried)) or cut.carried
        return cut


def _begins_message(content: bytes) -> bool:
    """Whether decrypted content begins with a message, where it may be the rest of one whose beginning is missing."""
    if len(content) < 4 or content[0] not in HANDSHAKE_TYPES:
        return False
    length = int.from_bytes(content[1:4], "big")
    return length + 4 <= len(content) or (content[0] in _LONG_MESSAGES and length < MAX_MESSAGE)
