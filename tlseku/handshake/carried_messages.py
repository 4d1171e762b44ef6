"""The messages of a conversation whose carrier has no records of TLS (DTLS, QUIC), on their way to the message log.

Joins such a carrier with the log, which becomes a flow; must not know any of them. Implements ``carriers.carrier``'s
``MessageSession``.
"""

from __future__ import annotations

from tlseku.carriers.outer import Outer
from tlseku.handshake.following import why_cut
from tlseku.handshake.message_log import MessageLog
from tlseku.tls.message import Message
from tlseku.tls.reader import Decryptor


class CarriedMessages:
    """What is said in one conversation."""

    __slots__ = ("_log",)

    def __init__(self, log: MessageLog) -> None:
        self._log = log

    @property
    def sealed(self) -> Decryptor | None:
        """What takes protected records where there are secrets."""
        return self._log.sealed

    def message(self, message: Message) -> None:
        """What a side says, or a hole in it."""
        self._log.message(message)

    def begins_amid(self, side: int) -> None:
        """The capture starts amid what a side says."""
        self._log.mid_stream[side] = True

    def defect(self, reason: str, frame: int) -> None:
        """The carrier found something wrong."""
        self._log.add_defect("network", reason, frame)

    def tell(self, outer: Outer) -> None:
        """What the carrier said so far."""
        self._log.outer = outer

    def ended(self, how: str) -> None:
        """The conversation is over."""
        if self._log.decryptor is not None:
            self._log.decryptor.close(why_cut(how))
        self._log.ended(how)
