"""Whether an extension of a certificate is marked critical.

Knows where the extensions stand in a certificate and their critical flag (RFC 5280 sections 4.1 and 4.2) in strict DER;
must not know what any extension says. Read when asked for: few questions need it, so that no certificate carries it.
"""

from __future__ import annotations

from tlseku.errors import Malformed
from tlseku.x509.der import BOOLEAN, OBJECT_IDENTIFIER, SEQUENCE, boolean, enter, header, oid_text

SUBJECT_ALT_NAME = "2.5.29.17"

_EXTENSIONS = 0xA3


def is_critical(der: bytes, oid: str) -> bool | None:
    """Whether the first extension with that dotted OID is critical, None if there is none or the bytes are no DER."""
    try:
        return _flag(der, oid)
    except Malformed:
        return None


def _flag(der: bytes, oid: str) -> bool | None:
    start, stop = enter(der, 0, len(der), SEQUENCE)
    offset, end = enter(der, start, stop, SEQUENCE)
    while offset < end:
        tag, value, offset = header(der, offset, end)
        if tag != _EXTENSIONS:
            continue
        at, last = enter(der, value, offset, SEQUENCE)
        while at < last:
            content, at = enter(der, at, last, SEQUENCE)
            value, after = enter(der, content, at, OBJECT_IDENTIFIER)
            if oid_text(der[value:after]) == oid:
                tag, value, after = header(der, after, at)
                return boolean(der, value, after) if tag == BOOLEAN else False
    return None
