"""The values of two certificate extensions on their own, as an OID filter carries them.

Knows ExtKeyUsageSyntax and KeyUsage (RFC 5280 sections 4.2.1.12 and 4.2.1.3) in strict DER; must not know who asks
for them or why. Bytes that do not follow DER raise ``Malformed``.
"""

from __future__ import annotations

from tlseku.errors import Malformed
from tlseku.x509.der import BIT_STRING, OBJECT_IDENTIFIER, SEQUENCE, enter, oid_text

KEY_USAGE_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""The named bits of KeyUsage, bit 0 first."""


def purposes_in(value: bytes) -> tuple[str, ...]:
    """The dotted OIDs of an ExtKeyUsageSyntax in the order encoded; ``()`` if it lists none. Raises Malformed."""
    start, stop = enter(value, 0, len(value), SEQUENCE)
    if stop != len(value):
        raise Malformed(stop, "the end of the extended key usage")
    purposes: list[str] = []
    while start < stop:
        content, start = enter(value, start, stop, OBJECT_IDENTIFIER)
        purposes.append(oid_text(value[content:start]))
    return tuple(purposes)


def key_usage_in(value: bytes) -> tuple[str, ...]:
    """The names of the bits set in a KeyUsage, bit 0 first. Raises Malformed, for a bit without a name too."""
    start, stop = enter(value, 0, len(value), BIT_STRING)
    if stop != len(value) or start == stop:
        raise Malformed(stop, "one bit string with its count of unused bits")
    unused = value[start]
    octets = value[start + 1 : stop]
    if unused > 7 or (not octets and unused):
        raise Malformed(start, "at most seven unused bits")
    bits = int.from_bytes(octets, "big")
    if bits & ((1 << unused) - 1):
        raise Malformed(stop - 1, "unused bits that are zero")
    length = 8 * len(octets)
    places = [place for place in range(min(length, 64)) if bits >> (length - 1 - place) & 1]
    if length > 64 or any(place >= len(KEY_USAGE_BITS) for place in places):
        raise Malformed(start, "none but the nine named bits")
    return tuple(KEY_USAGE_BITS[place] for place in places)
