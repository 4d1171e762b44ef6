"""What a side says whose beginning was not captured, held until it is sure that these are its bytes.

Where a capture begins in the middle, a record is found by what it looks like, and nobody knows what else is in the
stream: a protocol that puts a header of its own in front of each piece of TLS makes a chain of bytes that nobody sent
as one. Such a record does not end where the next one begins. So handshake messages that more than one frame brought are
believed when their segment ends with them or goes on with another record, and dropped when something else follows. Must
not know what the messages say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlseku.tls.handshake_types import CERTIFICATE, NOT_TLS
from tlseku.tls.message import Message

MAX_HELD: Final = 64
"""Messages that are held; a flight has about ten."""


class Confirmation:
    """A ``MessageListener`` before another one. ``tell`` takes what is sure, ``unread`` is told where a Certificate is
    not. ``in_pieces`` tells of the record that is being read whether several frames brought it. ``confirm`` says that
    all bytes so far were records."""

    __slots__ = ("_held", "_tell", "_unread", "in_pieces")

    def __init__(self, tell: Callable[[Message], None], unread: Callable[[], None]) -> None:
        self._tell = tell
        self._unread = unread
        self._held: list[Message] = []
        self.in_pieces: Callable[[], bool] = lambda: False

    def message(self, message: Message) -> None:
        """The next message of this side."""
        held = self._held
        if message.kind >= 0:
            if held or len(message.frames) > 1 or self.in_pieces():
                held.append(message)
                if len(held) <= MAX_HELD:
                    return
            else:
                self._tell(message)
                return
        elif message.kind == NOT_TLS and held:
            if any(each.kind == CERTIFICATE for each in held):
                self._unread()
            held.clear()
        self.confirm()
        if message.kind < 0:
            self._tell(message)

    def confirm(self) -> None:
        """Hand on what is held."""
        held, self._held = self._held, []
        for each in held:
            self._tell(each)
