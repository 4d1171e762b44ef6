"""What several of the formats say alike: the leaf of a side, the parts of a name, the parts of a key.

Knows flows and certificates; must not know any format.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from tlseku.flow import Flow, Presented, Role
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes


class Key(NamedTuple):
    """``RSA 2048`` as algorithm and bits, ``EC P-256`` as algorithm and curve."""

    algorithm: str
    bits: int | None
    curve: str | None


def last_presented(flow: Flow, role: Role) -> Presented | None:
    """The last chain that a side presented: after a renegotiation this one counts."""
    found = [presented for presented in flow.presented if presented.role == role]
    return found[-1] if found else None


def leaf_of(flow: Flow, role: Role) -> Certificate | None:
    """The leaf of the last chain that a side presented, None if there is none or it cannot be read."""
    presented = last_presented(flow, role)
    if presented is None or not presented.chain or not presented.chain[0].readable:
        return None
    return presented.chain[0]


def spaced_name(der: bytes) -> str:
    """A Name in the order encoded, as OpenSSL and Suricata write it: ``C=US, O=Example, CN=example``."""
    return ", ".join(f"{kind}={text}" for kind, text in name_attributes(der))


def alternative_names(certificate: Certificate, *kinds: str) -> list[str]:
    """Subject alternative names of these kinds."""
    return [value for kind, value in certificate.san or () if kind in kinds]


def key_of(certificate: Certificate) -> Key:
    """The parts of ``key_algorithm``."""
    algorithm, _, size = certificate.key_algorithm.partition(" ")
    if size.isdigit():
        return Key(algorithm, int(size), None)
    return Key(algorithm, None, size or None)


def sha1_of(certificate: Certificate) -> str:
    """The SHA-1 of the certificate in lower-case hex, by which older tools name certificates."""
    return hashlib.sha1(certificate.der, usedforsecurity=False).hexdigest()


def even_serial(certificate: Certificate) -> str | None:
    """The serial in upper-case hex with two digits an octet, ``-`` in front if negative."""
    if certificate.serial is None:
        return None
    digits = format(abs(certificate.serial), "X")
    digits = digits.rjust(len(digits) + len(digits) % 2, "0")
    return f"-{digits}" if certificate.serial < 0 else digits
