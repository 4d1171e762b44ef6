"""Names of QUIC's versions.

Knows RFC 9000 section 15, RFC 9369, and what was in use before the standard; a number without a name is shown as it is.
"""

from __future__ import annotations

from typing import Final

NEGOTIATION: Final = 0
"""What stands in the place of a version in a Version Negotiation packet (RFC 9000 section 17.2.1)."""
V1: Final = 1
V2: Final = 0x6B3343CF

_NAMES: Final = {
    NEGOTIATION: "version negotiation",
    V1: "1",
    V2: "2",
    0xFACEB001: "mvfst draft-22",
    0xFACEB002: "mvfst draft-27",
    0xFACEB00E: "mvfst experimental",
}


def quic_version_name(version: int) -> str:
    """``1``, ``draft-29``, ``Google QUIC Q050``, ``reserved 0x1a2a3a4a``; its number where it has no name."""
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


def is_quic_version(version: int) -> bool:
    """Whether a version that stands in a long header is one that is known or reserved."""
    return version == NEGOTIATION or quic_version_name(version) != f"0x{version:08x}"
