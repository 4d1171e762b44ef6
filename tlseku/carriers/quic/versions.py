"""QUIC's versions: which are read, and what the others are called.

Knows version numbers and the types of long headers in each (RFC 9000 section 17.2, RFC 9369 section 3.2); must not know
keys (``decryption.quic_initial_keys``).
"""

from __future__ import annotations

from typing import Final

NEGOTIATION: Final = 0
"""What stands in the place of a version in a Version Negotiation packet (RFC 9000 section 17.2.1)."""
V1: Final = 1
V2: Final = 0x6B3343CF
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


def is_quic(version: int) -> bool:
    """Whether a version that stands in a long header is one that is known or reserved (RFC 9000 section 15)."""
    return version == NEGOTIATION or version_name(version) != f"0x{version:08x}"


def packet_type(version: int, bits: int) -> int:
    """The type of a long header of this version by its two bits."""
    return _V2_TYPES[bits] if version == V2 else bits


def version_name(version: int) -> str:
    """The name of a version; its number where it has none."""
    if version in _NAMES:
        return _NAMES[version]
    if version & 0x0F0F0F0F == 0x0A0A0A0A:
        return f"reserved 0x{version:08x}"
    if version >> 8 == 0xFF0000:
        return f"draft-{version & 0xFF:02}"
    text = version.to_bytes(4, "big")
    if text[:1] in (b"Q", b"T") and text[1:].isdigit():
        return f"Google QUIC {text.decode('ascii')}"
    return f"0x{version:08x}"


_NAMES: Final = {
    NEGOTIATION: "version negotiation",
    V1: "1",
    V2: "2",
    0xFACEB001: "mvfst draft-22",
    0xFACEB002: "mvfst draft-27",
    0xFACEB00E: "mvfst experimental",
    0x51474F0F: "Google QUIC",
}
