"""Handshake messages of one side out of opened DTLS records, as the decryptor asks for them.

Knows that each record holds pieces with the header of DTLS; must not know keys. Implements ``Contents`` of
``decryption.record_decryptor``. A lost record takes nothing from what stands around it.
"""

from __future__ import annotations

from tlseku.carriers.dtls.handshake_messages import MessageAssembler
from tlseku.tls.message import Message


class OpenedMessages:
    """Takes the content of the handshake records of ``side`` and gives whole messages."""

    __slots__ = ("_assembler", "_ts_ns")

    def __init__(self, side: int) -> None:
        self._assembler = MessageAssembler(side, opened=True)
        self._ts_ns = 0

    def content(self, record: Message, content: bytes) -> list[Message]:
        """The messages that ``content``, decrypted out of ``record``, completes."""
        self._ts_ns = record.ts_ns
        return self._assembler.content(content, 0, len(content), record.frame, record.ts_ns)

    def lose(self, reason: str) -> Message | None:
        """A record was not decrypted: others do not hang on it."""
        return None

    def close(self, reason: str) -> Message | None:
        """Nothing more comes: the first message that is not complete, cut."""
        return next(iter(self._assembler.close(self._ts_ns, reason)), None)
