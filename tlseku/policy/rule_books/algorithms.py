"""Which kinds of keys and signatures a certificate uses, in the words that rules use.

Knows the names that ``x509`` gives to keys and signature algorithms; must not know which verifier has which. A kind
that has no word here is ``unknown``: no rule can say that a verifier has it.
"""

from __future__ import annotations

import functools

from tlseku.x509.certificate import Certificate

ALGORITHM_WORDS = {
    "rsa": "RSA, PKCS #1 v1.5 in signatures of certificates",
    "rsa-pss": "RSASSA-PSS",
    "dsa": "DSA",
    "ec": "ECDSA",
    "ed25519": "Ed25519",
    "ed448": "Ed448",
    "ml-dsa": "ML-DSA (FIPS 204)",
    "slh-dsa": "SLH-DSA (FIPS 205)",
    "composite": "ML-DSA together with a classical algorithm (drafts)",
    "ml-kem": "ML-KEM (FIPS 203), which cannot sign",
    "unknown": "any other",
}
"""Every kind of key or signature, and what it is."""

_SIGNED_WITH = (
    ("RSASSA-PSS", "rsa-pss"),
    ("ecdsa-with-", "ec"),
    ("dsa-with-", "dsa"),
    ("Ed25519", "ed25519"),
    ("Ed448", "ed448"),
    ("ML-DSA-", "ml-dsa"),
    ("HashML-DSA-", "ml-dsa"),
    ("SLH-DSA-", "slh-dsa"),
    ("HashSLH-DSA-", "slh-dsa"),
    ("MLDSA", "composite"),
)


def used_by(certificate: Certificate) -> frozenset[str]:
    """The words for the key that a certificate holds and for the signature on it; that of a self-issued one is left
    out, since nobody checks what an anchor signs for itself (RFC 5280 section 6.1)."""
    kind = certificate.key_type
    if certificate.self_issued:
        return _pair(kind, kind)
    return _pair(kind, signed_with(certificate.signature_algorithm))


@functools.lru_cache(maxsize=256)
def signed_with(name: str) -> str:
    """The word for a signature algorithm by its name, such as ``rsa`` for ``sha256WithRSAEncryption``."""
    if "WithRSA" in name:
        return "rsa"
    for prefix, word in _SIGNED_WITH:
        if name.startswith(prefix):
            return word
    return "unknown"


@functools.lru_cache(maxsize=256)
def _pair(key: str, signature: str) -> frozenset[str]:
    return frozenset({key if key in ALGORITHM_WORDS else "unknown", signature})
