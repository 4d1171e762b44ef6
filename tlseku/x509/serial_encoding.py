"""What is odd about the serial number of a certificate as it is encoded.

Knows where the serial stands (RFC 5280 section 4.1), the shortest form of an INTEGER (X.690 section 8.3.2) and what RFC
5280 section 4.1.2.2 asks of serials; must not know what anybody makes of another. Read when asked for, and only
certificates whose encoding is odd are worth asking.
"""

from __future__ import annotations

from tlseku.errors import Malformed
from tlseku.x509.der import INTEGER, SEQUENCE, enter, header

_VERSION = 0xA0


SERIAL_WORDS = {
    "padded": "it has an octet that it does not need",
    "empty": "it has no octet at all",
    "negative": "it is a negative number",
    "zero": "it is zero",
    "long": "it has more than 20 octets",
}
"""What can be odd about a serial number, and when it is."""

LONGEST = 20
"""Octets of a serial number (RFC 5280 section 4.1.2.2)."""

_NOTHING: frozenset[str] = frozenset()


def serial_oddities(der: bytes) -> frozenset[str]:
    """The words of ``SERIAL_WORDS`` that hold for the serial of an encoded certificate. Never raises: nothing holds
    where the bytes do not get that far."""
    try:
        start, stop = enter(der, 0, len(der), SEQUENCE)
        start, stop = enter(der, start, stop, SEQUENCE)
        tag, value, after = header(der, start, stop)
        if tag == _VERSION:
            tag, value, after = header(der, after, stop)
    except Malformed:
        return _NOTHING
    return _oddities(der[value:after]) if tag == INTEGER else _NOTHING


def _oddities(octets: bytes) -> frozenset[str]:
    if octets == b"":
        return frozenset({"empty"})
    found = set()
    if len(octets) > 1 and octets[0] == (0xFF if octets[1] & 0x80 else 0):
        found.add("padded")
    if octets[0] & 0x80:
        found.add("negative")
    if not any(octets):
        found.add("zero")
    if len(octets) > LONGEST:
        found.add("long")
    return frozenset(found)
