"""ProtocolVersion of TLS and of DTLS, which counts downwards.

Knows the numbers (RFC 8446 section 4.1.2, RFC 6347 section 4.1, RFC 9147 section 5.3) and which version of TLS each of
DTLS is made of; must not know messages.
"""

from __future__ import annotations

from typing import Final

TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304
DTLS10: Final = 0xFEFF
DTLS12: Final = 0xFEFD
DTLS13: Final = 0xFEFC

_OF_TLS: Final = {DTLS10: TLS11, DTLS12: TLS12, DTLS13: TLS13}


def is_tls13(version: int) -> bool:
    """Whether the rules of TLS 1.3, or of a later version, hold for what was agreed: DTLS 1.3 included."""
    return TLS13 <= version <= DTLS13


def version_of_tls(version: int) -> int:
    """The version of TLS whose messages and ciphers a version of DTLS has; a version of TLS is its own."""
    return _OF_TLS.get(version, version)


def is_datagram(version: int) -> bool:
    """Whether a version is one of DTLS."""
    return version in _OF_TLS
