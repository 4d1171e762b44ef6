"""Whether a certificate's serial number is encoded with octets that it does not need.

Knows where the serial stands (RFC 5280 section 4.1) and the shortest form of an INTEGER (X.690 section 8.3.2); must not
know what anybody makes of another. Read when asked for, and only certificates whose encoding is odd are worth asking.
"""

from __future__ import annotations

from tlseku.errors import Malformed
from tlseku.x509.der import INTEGER, SEQUENCE, enter, header

_VERSION = 0xA0


def serial_is_padded(der: bytes) -> bool:
    """Whether the first nine bits of the serial number are alike, so that an octet is too many. Never raises: it is
    False where the bytes do not get that far."""
    try:
        start, stop = enter(der, 0, len(der), SEQUENCE)
        start, stop = enter(der, start, stop, SEQUENCE)
        tag, value, after = header(der, start, stop)
        if tag == _VERSION:
            tag, value, after = header(der, after, stop)
    except Malformed:
        return False
    if tag != INTEGER or after - value < 2:
        return False
    return der[value] == (0xFF if der[value + 1] & 0x80 else 0)
