"""Which versions of QUIC are read, and the types of long headers in each.

Knows RFC 9000 section 17.2 and RFC 9369 section 3.2; must not know keys (``decryption.quic_packets``).
"""

from __future__ import annotations

from typing import Final

from tlseku.registry.quic_versions import V1, V2

_FIRST_DRAFT_READ, _LAST_DRAFT = 0xFF00001D, 0xFF000022

INITIAL: Final = 0
ZERO_RTT: Final = 1
HANDSHAKE: Final = 2
RETRY: Final = 3
VERSION_NEGOTIATION: Final = 4
ONE_RTT: Final = 5

_V2_TYPES: Final = (RETRY, INITIAL, ZERO_RTT, HANDSHAKE)


def is_read(version: int) -> bool:
    """Whether packets of this version can be read: 1, 2, and the drafts 29 to 34, which differ in keys alone."""
    return version in (V1, V2) or _FIRST_DRAFT_READ <= version <= _LAST_DRAFT


def packet_type(version: int, bits: int) -> int:
    """The type of a long header of this version by its two bits."""
    return _V2_TYPES[bits] if version == V2 else bits
