"""The TLS of a conversation that a carrier brought: bytes of both sides in, and a message log, which becomes a flow.

Joins carriers with the one reader of TLS; must not know any of them, nor TCP. What a carrier hands on is TLS from its
first byte, so that nothing is detected here (``tls_detection`` does that for TCP). Implements ``carriers.carrier``'s
``TlsSession``.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.carriers.outer import Carrier, Outer
from tlseku.handshake.following import why_cut
from tlseku.handshake.message_log import MessageLog
from tlseku.network.tcp.connection import Connection
from tlseku.tls.reader import TlsReader

# What to call a gap of which nobody knows the length: longer than any record.
_ANY_LENGTH = 1 << 32


class CarriedSession:
    """The two sides of one conversation. ``new_log`` makes the log when the first side speaks TLS."""

    __slots__ = (
        "_carrier",
        "_client_side",
        "_connection",
        "_early",
        "_log",
        "_lost",
        "_new_log",
        "_outer",
        "_readers",
    )

    def __init__(
        self,
        connection: Connection,
        carrier: Carrier,
        new_log: Callable[[Connection, Callable[[], None]], MessageLog],
    ) -> None:
        self._connection = connection
        self._carrier: Carrier = carrier
        self._new_log = new_log
        self._log: MessageLog | None = None
        self._outer: Outer | None = None
        self._client_side = -1
        self._readers: list[TlsReader | None] = [None, None]
        # Why a side begins in the middle, and what was wrong before there was a log.
        self._lost: list[str | None] = [None, None]
        self._early: list[tuple[str, int]] = []

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side, as ``TlsSession`` has it."""
        reader = self._readers[side]
        if reader is None:
            log = self._begun()
            lost = self._lost[side]
            if lost is not None:
                log.mid_stream[side] = True
            reader = TlsReader(side, log, searching=lost is not None, decryptor=log.sealed)
            self._readers[side] = reader
        reader.data(data, frame, ts_ns)

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes of a side are missing."""
        reader = self._readers[side]
        if reader is not None:
            reader.gap(length if length > 0 else _ANY_LENGTH, reason)
        elif self._lost[side] is None:
            self._lost[side] = reason
            if self._log is not None:
                self._note_lost(self._log)

    def defect(self, side: int, reason: str, frame: int) -> None:
        """The carrier found something wrong."""
        if self._log is not None:
            self._log.add_defect("network", reason, frame)
        elif len(self._early) < _MAX_EARLY:
            self._early.append((reason, frame))

    def tell(self, outer: Outer) -> None:
        """What the carrier said so far."""
        self._outer = outer
        if self._log is not None:
            self._log.outer = outer

    def client_is(self, side: int) -> None:
        """Which side is the client, where no message of TLS tells."""
        self._client_side = side

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The conversation is over."""
        reason = why_cut(how)
        for reader in self._readers:
            if reader is not None:
                reader.close(reason)
        self._readers = [None, None]
        log, self._log = self._log, None
        if log is not None:
            if log.decryptor is not None:
                log.decryptor.close(reason)
            log.ended(how)

    def _begun(self) -> MessageLog:
        log = self._log
        if log is None:
            log = self._log = self._new_log(self._connection, self._agreed_tls13)
            log.carrier = self._carrier
            log.outer = self._outer
            log.client_side = self._client_side
            for reason, frame in self._early:
                log.add_defect("network", reason, frame)
            self._note_lost(log)
        return log

    def _note_lost(self, log: MessageLog) -> None:
        for side, reason in enumerate(self._lost):
            if reason is not None:
                log.any_lost = True
                log.lost[side] = log.lost[side] or reason

    def _agreed_tls13(self) -> None:
        for reader in self._readers:
            if reader is not None:
                reader.agreed_tls13()


_MAX_EARLY = 16
