"""Who left first, and when, as far as the conclusion of a flow depends on it.

Knows what ``handshake.outcome`` and ``handshake.acceptance`` ask of a close: how much was said before it, how soon
after that it came, and how soon after the server's last data; must not know what they make of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlseku._build import mypyc_attr
from tlseku.handshake.acceptance import MANY_RECORDS
from tlseku.handshake.after_handshake import MAX_PAUSE_NS
from tlseku.handshake.message_log import MAX_ENCRYPTED_RECORDS
from tlseku.tls.handshake_types import RECORD_APPLICATION_DATA, RECORD_ENCRYPTED_HANDSHAKE

if TYPE_CHECKING:
    from mypy_extensions import i64

# Kinds of what is heard from here down are records of ciphertext.
_CIPHERTEXT: i64 = RECORD_ENCRYPTED_HANDSHAKE


@mypyc_attr(acyclic=True)
class BeforeClose:
    """Is told of everything heard; ``words`` counts what was listed before the close in ``frame``, the last of it at
    ``last_ts``."""

    __slots__ = (
        "_by_rst",
        "_closed",
        "_closed_ts",
        "_data_ts",
        "_server_data",
        "_told_by_client",
        "_told_by_server",
        "frame",
        "last_ts",
        "words",
    )

    def __init__(self, closed_by: int, by_rst: bool, frame: i64, ts_ns: int) -> None:
        self._closed = closed_by >= 0
        self._by_rst = by_rst
        self._closed_ts = ts_ns
        self.frame: i64 = frame if closed_by >= 0 else -1
        self.words: i64 = 0
        self.last_ts = 0
        self._told_by_client: i64 = 0
        self._told_by_server: i64 = 0
        self._server_data: i64 = 0
        self._data_ts = 0

    def encrypted(self, side: i64, kind: i64, frame: i64, ts_ns: int, listed: bool) -> None:
        """Something that is no handshake message; ``listed`` says that the flow's messages name it, where it is
        application data."""
        is_data = kind == RECORD_APPLICATION_DATA
        kept = False
        if kind <= _CIPHERTEXT:
            if side:
                self._told_by_server += 1
                kept = self._told_by_server <= MAX_ENCRYPTED_RECORDS
            else:
                self._told_by_client += 1
                kept = self._told_by_client <= MAX_ENCRYPTED_RECORDS
        if is_data and kept and side:
            self._server_data += 1
            self._data_ts = ts_ns
        listed = listed or not is_data
        if frame > self.frame:
            return
        if listed:
            self.words += 1
        if (listed or kept) and ts_ns > self.last_ts:
            self.last_ts = ts_ns

    def word(self, frame: i64, ts_ns: int) -> None:
        """A handshake message in clear."""
        if frame <= self.frame:
            self.words += 1
            self.last_ts = max(self.last_ts, ts_ns)

    def kind(self) -> tuple[object, ...]:
        """What flows with the same conclusion share."""
        if not self._closed:
            return ()
        return (
            self.words,
            self._by_rst,
            self.last_ts > 0 and self._closed_ts - self.last_ts > MAX_PAUSE_NS,
            self._server_data >= MANY_RECORDS,
            self._closed_ts - self._data_ts > MAX_PAUSE_NS,
        )
