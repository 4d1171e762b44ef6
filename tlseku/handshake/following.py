"""How far a connection is followed after its handshake, and what is said of what breaks off at the end.

Knows bytes and whether they are ciphertext; must not know what is said in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku._build import mypyc_attr

if TYPE_CHECKING:
    from mypy_extensions import i64

CAPTURE_ENDS: Final = "capture_ends"
TABLE_FULL: Final = "table_full"
"""Why what came later was not seen: the table of connections was full, and had to give this one up."""

# What is followed record by record when the handshake is over: what a side may send in a record, and some more.
MAX_FOLLOWED: Final = 24 * 1024
# The same where the other side was not seen to speak ciphertext: it may not have been captured.
MAX_FOLLOWED_ALONE: Final = 256 * 1024
# What is followed where secrets open it: a certificate may be asked for late, and nobody knows when.
MAX_FOLLOWED_OPENED: Final = 1024 * 1024


@mypyc_attr(acyclic=True)
class Following:
    """Counts the bytes of both sides once they have sent application data."""

    __slots__ = ("_bytes",)

    def __init__(self) -> None:
        self._bytes: i64 = 0

    def is_enough(self, size: i64, handshake_over: bool, opens: bool) -> bool:
        """Whether enough was followed with ``size`` more bytes of a side that has sent application data.

        ``handshake_over`` says that both sides speak ciphertext, ``opens`` that secrets may open it.
        """
        self._bytes += size
        if opens:
            return self._bytes > MAX_FOLLOWED_OPENED
        return self._bytes > (MAX_FOLLOWED if handshake_over else MAX_FOLLOWED_ALONE)


def why_cut(how: str) -> str:
    """Why a message is not complete when a connection ended, as ``network.tcp.connection`` says ``how``."""
    if how == "evicted":
        return TABLE_FULL
    return CAPTURE_ENDS if how in ("capture", "idle") else "connection_ended"
