"""What kind of key a certificate holds, and how large it is, without loading the key.

Knows the SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7, RFC 3279, 5480, 8410); must not know what keys are used
for. A key that no library supports still has a name and a size here, which is why no library is asked.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from tlseku.errors import Malformed
from tlseku.x509.algorithms import CURVES, DSA, EC, KEYS_OF_ONE_SIZE, RSA, RSA_PSS
from tlseku.x509.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, enter, header, oid_text


class PublicKey(NamedTuple):
    """A key in words: ``algorithm`` such as ``RSA 2048``, ``family`` such as ``rsa``, ``sha256`` the digest of the
    encoded SubjectPublicKeyInfo in lower-case hex, ``None`` if there is none."""

    algorithm: str
    family: str
    sha256: str | None


def describe(spki: bytes) -> PublicKey:
    """Name the key in an encoded SubjectPublicKeyInfo. Never raises.

    An algorithm or curve without a name appears as its dotted OID; bytes that cannot be read give ``unknown``.
    """
    if spki == b"":
        return PublicKey("unknown", "unknown", None)
    digest = hashlib.sha256(spki).hexdigest()
    try:
        algorithm, family = _algorithm_and_family(spki)
    except Malformed:
        return PublicKey("unknown", "unknown", digest)
    return PublicKey(algorithm, family, digest)


def _algorithm_and_family(spki: bytes) -> tuple[str, str]:
    start, stop = enter(spki, 0, len(spki), SEQUENCE)
    identifier, identifier_end = enter(spki, start, stop, SEQUENCE)
    value, after = enter(spki, identifier, identifier_end, OBJECT_IDENTIFIER)
    oid = oid_text(spki[value:after])
    if oid == RSA:
        return f"RSA {_rsa_bits(spki, identifier_end, stop)}", "rsa"
    if oid == RSA_PSS:
        return f"RSA-PSS {_rsa_bits(spki, identifier_end, stop)}", "rsa-pss"
    if oid == EC:
        return f"EC {_curve(spki, after, identifier_end)}", "ec"
    if oid == DSA:
        return _dsa(spki, after, identifier_end), "dsa"
    return KEYS_OF_ONE_SIZE.get(oid) or (oid, "unknown")


def _rsa_bits(spki: bytes, offset: int, end: int) -> int:
    start, stop = enter(spki, offset, end, BIT_STRING)
    # The first octet of a BIT STRING counts unused bits; the RSAPublicKey begins after it.
    start, stop = enter(spki, start + 1, stop, SEQUENCE)
    return _bits_of_integer(spki, start, stop)


def _bits_of_integer(data: bytes, offset: int, end: int) -> int:
    start, stop = enter(data, offset, end, INTEGER)
    return int.from_bytes(data[start:stop], "big").bit_length()


def _curve(spki: bytes, offset: int, end: int) -> str:
    tag, start, stop = header(spki, offset, end)
    if tag != OBJECT_IDENTIFIER:
        return "with explicit parameters"
    oid = oid_text(spki[start:stop])
    return CURVES.get(oid) or oid


def _dsa(spki: bytes, offset: int, end: int) -> str:
    # RFC 3279 section 2.3.2: without parameters the key inherits those of its issuer.
    if offset == end:
        return "DSA"
    start, stop = enter(spki, offset, end, SEQUENCE)
    return f"DSA {_bits_of_integer(spki, start, stop)}"
