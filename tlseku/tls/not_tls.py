"""First bytes that decide at once that a connection is nothing for this program.

Knows how TLS and what turns into it begin, and takes only what needs no second look: most of what is not TLS. Must not
know the connection. ``recognition`` comes to the same decision, with the same bytes, for every beginning that is taken
here, and tests hold it to that; of all others only ``recognition`` knows.
"""

from __future__ import annotations

from typing import Final

from tlseku.tls.starttls import ENOUGH_TO_TELL, may_turn_to_tls
from tlseku.tls.stream_start import OTHER, find_hello, opens_as

# With these a packet of TDS begins, in which TLS may be wrapped.
_TDS: Final = (0x12, 0x04)


def is_nothing(data: bytes) -> bool:
    """Whether the side that opened a connection, beginning with ``data``, never speaks TLS in it."""
    return (
        len(data) >= ENOUGH_TO_TELL
        and data[0] not in _TDS
        and opens_as(data) == OTHER
        and may_turn_to_tls(data) is False
        # A hello amid these bytes may have to do with the words before it.
        and find_hello(data) < 0
    )
