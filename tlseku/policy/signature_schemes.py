"""Which signature schemes a key can produce, and which one signed a certificate.

Knows the code points of SignatureScheme (RFC 8446 section 4.2.3) and of the hash and signature pairs before it (RFC
5246 section 7.4.1.4.1) beside the names that ``x509`` gives to keys and algorithms; must not know requests or chains.

In TLS 1.3 an ECDSA code point binds the curve and RSA signs with PSS only; in TLS 1.2 neither is so.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tlseku.x509.certificate import Certificate

RSA_PKCS1 = frozenset({0x0101, 0x0201, 0x0301, 0x0401, 0x0501, 0x0601})
RSA_PSS_RSAE = frozenset({0x0804, 0x0805, 0x0806})
RSA_PSS_PSS = frozenset({0x0809, 0x080A, 0x080B})
RSA_PKCS1_LEGACY = frozenset({0x0420, 0x0520, 0x0620})
"""RSASSA-PKCS1-v1_5 for client certificates in TLS 1.3, as the IANA registry has them."""

DSA = frozenset({0x0102, 0x0202, 0x0302, 0x0402, 0x0502, 0x0602})
ECDSA = frozenset({0x0103, 0x0203, 0x0303, 0x0403, 0x0503, 0x0603})

_TLS13_CURVES = {
    "EC P-256": 0x0403,
    "EC P-384": 0x0503,
    "EC P-521": 0x0603,
    "EC brainpoolP256r1": 0x081A,
    "EC brainpoolP384r1": 0x081B,
    "EC brainpoolP512r1": 0x081C,
    "EC SM2": 0x0708,
}
_ML_DSA = {"ML-DSA-44": 0x0904, "ML-DSA-65": 0x0905, "ML-DSA-87": 0x0906}

_LEAST_BITS = {0x0806: 1034, 0x080B: 1034}
"""PSS with SHA-512 and a salt as long needs 2 x 512 + 10 bits of modulus (RFC 8017 section 9.1.1); other schemes fit
into any key that is still in use."""

_CERTIFICATE_SCHEMES: dict[str, int] = {
    "md5WithRSAEncryption": 0x0101,
    "sha1WithRSAEncryption": 0x0201,
    "sha1WithRSASignature": 0x0201,
    "sha224WithRSAEncryption": 0x0301,
    "sha256WithRSAEncryption": 0x0401,
    "sha384WithRSAEncryption": 0x0501,
    "sha512WithRSAEncryption": 0x0601,
    "dsa-with-SHA1": 0x0202,
    "dsa-with-SHA224": 0x0302,
    "dsa-with-SHA256": 0x0402,
    "dsa-with-SHA384": 0x0502,
    "dsa-with-SHA512": 0x0602,
    "ecdsa-with-SHA1": 0x0203,
    "ecdsa-with-SHA224": 0x0303,
    "ecdsa-with-SHA256": 0x0403,
    "ecdsa-with-SHA384": 0x0503,
    "ecdsa-with-SHA512": 0x0603,
    "Ed25519": 0x0807,
    "Ed448": 0x0808,
    "ML-DSA-44": 0x0904,
    "ML-DSA-65": 0x0905,
    "ML-DSA-87": 0x0906,
}
_SLH_DSA = (
    *("SHA2-128s", "SHA2-128f", "SHA2-192s", "SHA2-192f", "SHA2-256s", "SHA2-256f"),
    *("SHAKE-128s", "SHAKE-128f", "SHAKE-192s", "SHAKE-192f", "SHAKE-256s", "SHAKE-256f"),
)
SLH_DSA = frozenset(range(0x0911, 0x091D))
"""Likely: draft-reddy-tls-slhdsa, of which 0x0917 to 0x091C were seen in hellos of OpenSSL 4.0."""
_CERTIFICATE_SCHEMES.update({f"SLH-DSA-{name}": 0x0911 + at for at, name in enumerate(_SLH_DSA)})
_WITHOUT_SCHEME = ("md2WithRSAEncryption",)

_UNNAMED_CURVE = re.compile(r"EC [0-9.]+$")
_BITS = re.compile(r" ([0-9]{1,9})$")


def schemes_of_key(certificate: Certificate, *, tls13: bool) -> frozenset[int] | None:
    """The schemes with which the key of ``certificate`` can sign a CertificateVerify, ``None`` for an unknown key.

    An RSA-PSS key may be limited to one hash by its own parameters, which are not looked at.
    """
    return _schemes(certificate.key_type, certificate.key_algorithm, tls13)


# All certificates of a capture have a handful of algorithms.
@lru_cache(maxsize=64)
def _schemes(family: str, key_algorithm: str, tls13: bool) -> frozenset[int] | None:
    if family == "rsa":
        able = RSA_PSS_RSAE | (RSA_PKCS1_LEGACY if tls13 else RSA_PKCS1)
        return _that_fit(able, key_algorithm)
    if family == "rsa-pss":
        return _that_fit(RSA_PSS_PSS, key_algorithm)
    if family == "ec":
        if not tls13:
            return ECDSA
        if _UNNAMED_CURVE.match(key_algorithm):
            return None
        bound = _TLS13_CURVES.get(key_algorithm)
        return frozenset() if bound is None else frozenset({bound})
    if family == "dsa":
        return frozenset() if tls13 else DSA
    if family == "ml-dsa":
        code = _ML_DSA.get(key_algorithm)
        return frozenset() if code is None or not tls13 else frozenset({code})
    fixed = {"ed25519": 0x0807, "ed448": 0x0808}.get(family)
    return None if fixed is None else frozenset({fixed})


def is_listed(certificate: Certificate, listed: frozenset[int]) -> bool | None:
    """Whether the algorithm that signed ``certificate`` is among ``listed``, ``None`` where that cannot be told.

    An ECDSA signature is looked up by its hash alone: the curve is that of the issuer's key, and verifiers do not
    bind it either. The hash of an RSASSA-PSS signature stands in parameters that are not looked at, so that it is
    certain only if every hash of one kind of PSS is listed, or none.
    """
    name = certificate.signature_algorithm
    if name == "RSASSA-PSS":
        if listed >= RSA_PSS_RSAE or listed >= RSA_PSS_PSS:
            return True
        return False if listed.isdisjoint(RSA_PSS_RSAE | RSA_PSS_PSS) else None
    if name in _WITHOUT_SCHEME:
        return False
    code = _CERTIFICATE_SCHEMES.get(name)
    return None if code is None else code in listed


def _that_fit(schemes: frozenset[int], key_algorithm: str) -> frozenset[int]:
    found = _BITS.search(key_algorithm)
    if found is None:
        return schemes
    return frozenset(code for code in schemes if _LEAST_BITS.get(code, 0) <= int(found[1]))
