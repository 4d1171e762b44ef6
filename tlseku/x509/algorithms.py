"""Names for the algorithms that certificates use.

Knows OIDs of RFC 3279, 4055, 5480, 5758, 8410, 9881, 9909 and of the curve registries; must not know how DER is read.
An algorithm without a name here prints as its dotted OID.
"""

from __future__ import annotations

from collections.abc import Mapping

SIGNATURE_ALGORITHMS: Mapping[str, str] = {
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSASignature",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.2.840.10040.4.3": "dsa-with-SHA1",
    "2.16.840.1.101.3.4.3.1": "dsa-with-SHA224",
    "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
    "2.16.840.1.101.3.4.3.3": "dsa-with-SHA384",
    "2.16.840.1.101.3.4.3.4": "dsa-with-SHA512",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
    "2.16.840.1.101.3.4.3.20": "SLH-DSA-SHA2-128s",
    "2.16.840.1.101.3.4.3.21": "SLH-DSA-SHA2-128f",
    "2.16.840.1.101.3.4.3.22": "SLH-DSA-SHA2-192s",
    "2.16.840.1.101.3.4.3.23": "SLH-DSA-SHA2-192f",
    "2.16.840.1.101.3.4.3.24": "SLH-DSA-SHA2-256s",
    "2.16.840.1.101.3.4.3.25": "SLH-DSA-SHA2-256f",
    "2.16.840.1.101.3.4.3.26": "SLH-DSA-SHAKE-128s",
    "2.16.840.1.101.3.4.3.27": "SLH-DSA-SHAKE-128f",
    "2.16.840.1.101.3.4.3.28": "SLH-DSA-SHAKE-192s",
    "2.16.840.1.101.3.4.3.29": "SLH-DSA-SHAKE-192f",
    "2.16.840.1.101.3.4.3.30": "SLH-DSA-SHAKE-256s",
    "2.16.840.1.101.3.4.3.31": "SLH-DSA-SHAKE-256f",
}

RSA = "1.2.840.113549.1.1.1"
RSA_PSS = "1.2.840.113549.1.1.10"
DSA = "1.2.840.10040.4.1"
EC = "1.2.840.10045.2.1"

_COMPOSITE = (
    "MLDSA44-RSA2048-PSS-SHA256",
    "MLDSA44-RSA2048-PKCS15-SHA256",
    "MLDSA44-Ed25519-SHA512",
    "MLDSA44-ECDSA-P256-SHA256",
    "MLDSA65-RSA3072-PSS-SHA512",
    "MLDSA65-RSA3072-PKCS15-SHA512",
    "MLDSA65-RSA4096-PSS-SHA512",
    "MLDSA65-RSA4096-PKCS15-SHA512",
    "MLDSA65-ECDSA-P256-SHA512",
    "MLDSA65-ECDSA-P384-SHA512",
    "MLDSA65-ECDSA-brainpoolP256r1-SHA512",
    "MLDSA65-Ed25519-SHA512",
    "MLDSA87-ECDSA-P384-SHA512",
    "MLDSA87-ECDSA-brainpoolP384r1-SHA512",
    "MLDSA87-Ed448-SHAKE256",
    "MLDSA87-RSA3072-PSS-SHA512",
    "MLDSA87-RSA4096-PSS-SHA512",
    "MLDSA87-ECDSA-P521-SHA512",
)
"""Composite ML-DSA in the order of draft-ietf-lamps-pq-composite-sigs, which gives it the OIDs 37 to 54."""

_SLH_DSA_HASHES = (
    *("SHA2-128s-with-SHA256", "SHA2-128f-with-SHA256", "SHA2-192s-with-SHA512", "SHA2-192f-with-SHA512"),
    *(
        "SHA2-256s-with-SHA512",
        "SHA2-256f-with-SHA512",
        "SHAKE-128s-with-SHAKE128",
        "SHAKE-128f-with-SHAKE128",
    ),
    *(
        "SHAKE-192s-with-SHAKE256",
        "SHAKE-192f-with-SHAKE256",
        "SHAKE-256s-with-SHAKE256",
        "SHAKE-256f-with-SHAKE256",
    ),
)

LIKELY_SIGNATURES: Mapping[str, tuple[str, str]] = {
    **{
        f"2.16.840.1.101.3.4.3.{32 + at}": (
            f"HashML-DSA-{size}-with-SHA512",
            "NIST CSOR, not checked with a tool",
        )
        for at, size in enumerate((44, 65, 87))
    },
    **{
        f"2.16.840.1.101.3.4.3.{35 + at}": (f"HashSLH-DSA-{name}", "NIST CSOR, not checked with a tool")
        for at, name in enumerate(_SLH_DSA_HASHES)
    },
    **{
        f"1.3.6.1.5.5.7.6.{37 + at}": (name, "draft-ietf-lamps-pq-composite-sigs")
        for at, name in enumerate(_COMPOSITE)
    },
    **{
        f"2.16.840.1.114027.80.9.1.{at}": (
            f"{name} (draft OID)",
            "earlier draft-ietf-lamps-pq-composite-sigs",
        )
        for at, name in enumerate(_COMPOSITE)
    },
    "1.3.6.1.5.5.7.6.67": ("mtcProof", "draft-ietf-plants-merkle-tree-certs"),
    "1.3.6.1.4.1.44363.47.0": ("mtcProof (experimental OID)", "draft-ietf-plants-merkle-tree-certs"),
}
"""Signature algorithms of drafts, and OIDs of NIST's arc that no tool at hand lists, with their source: printed as
likely."""

KEYS_OF_ONE_SIZE: Mapping[str, tuple[str, str]] = {
    "1.3.101.110": ("X25519", "unknown"),
    "1.3.101.111": ("X448", "unknown"),
    "1.3.101.112": ("Ed25519", "ed25519"),
    "1.3.101.113": ("Ed448", "ed448"),
    "2.16.840.1.101.3.4.3.17": ("ML-DSA-44", "ml-dsa"),
    "2.16.840.1.101.3.4.3.18": ("ML-DSA-65", "ml-dsa"),
    "2.16.840.1.101.3.4.3.19": ("ML-DSA-87", "ml-dsa"),
    **{oid: (name, "slh-dsa") for oid, name in SIGNATURE_ALGORITHMS.items() if name.startswith("SLH-DSA-")},
    **{
        oid: (f"{name} (likely)", "composite")
        for oid, (name, _) in LIKELY_SIGNATURES.items()
        if name.startswith("MLDSA")
    },
    "2.16.840.1.101.3.4.4.1": ("ML-KEM-512", "ml-kem"),
    "2.16.840.1.101.3.4.4.2": ("ML-KEM-768", "ml-kem"),
    "2.16.840.1.101.3.4.4.3": ("ML-KEM-1024", "ml-kem"),
    **{
        f"1.3.6.1.5.5.7.6.{at}": (f"composite ML-KEM 1.3.6.1.5.5.7.6.{at} (likely)", "ml-kem")
        for at in range(55, 67)
    },
}
"""Key algorithm OID to (name, family), where the algorithm fixes the size. Composite ML-KEM: of
draft-ietf-lamps-pq-composite-kem only the range of OIDs is known here."""

CURVES: Mapping[str, str] = {
    "1.2.840.10045.3.1.1": "P-192",
    "1.3.132.0.33": "P-224",
    "1.2.840.10045.3.1.7": "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.3.132.0.10": "secp256k1",
    "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
    "1.2.156.10197.1.301": "SM2",
}


def signature_algorithm_name(oid: str) -> str:
    """The name of a signature algorithm such as ``sha256WithRSAEncryption``, ``(likely)`` behind that of a draft; the
    dotted OID where there is none."""
    name = SIGNATURE_ALGORITHMS.get(oid)
    if name is not None:
        return name
    likely = LIKELY_SIGNATURES.get(oid)
    return oid if likely is None else f"{likely[0]} (likely)"
