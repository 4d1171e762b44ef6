"""``tlseku.policy.signature_schemes``: what a key can sign, and what signed a certificate."""

from __future__ import annotations

import pytest

from tests.builder import build
from tlseku.policy.signature_schemes import is_listed, schemes_of_key
from tlseku.registry.names import SIGNATURE_SCHEMES
from tlseku.x509.algorithms import SIGNATURE_ALGORITHMS
from tlseku.x509.certificate import Certificate

CODES = {word: code for code, word in SIGNATURE_SCHEMES.items()}


def codes(words: str) -> frozenset[int]:
    return frozenset(CODES[word] for word in words.split())


def key(family: str, algorithm: str) -> Certificate:
    return Certificate(der=b"", sha256="", key_type=family, key_algorithm=algorithm)


def signed(algorithm: str) -> Certificate:
    return Certificate(der=b"", sha256="", signature_algorithm=algorithm)


PSS = "rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512"
PKCS1 = "rsa_md5 rsa_pkcs1_sha1 rsa_pkcs1_sha224 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512"
LEGACY = "rsa_pkcs1_sha256_legacy rsa_pkcs1_sha384_legacy rsa_pkcs1_sha512_legacy"
ECDSA12 = "ecdsa_sha1 ecdsa_sha224 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512"
DSA12 = "dsa_sha1 dsa_sha224 dsa_sha256 dsa_sha384 dsa_sha512"


@pytest.mark.parametrize(
    ("family", "algorithm", "tls12", "tls13"),
    [
        ("rsa", "RSA 2048", f"{PSS} {PKCS1}", f"{PSS} {LEGACY}"),
        ("rsa", "RSA 1034", f"{PSS} {PKCS1}", f"{PSS} {LEGACY}"),
        (
            "rsa",
            "RSA 1024",
            f"rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 {PKCS1}",
            f"rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 {LEGACY}",
        ),
        (
            "rsa-pss",
            "RSA-PSS 2048",
            "rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512",
            "rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512",
        ),
        ("ec", "EC P-256", ECDSA12, "ecdsa_secp256r1_sha256"),
        ("ec", "EC P-384", ECDSA12, "ecdsa_secp384r1_sha384"),
        ("ec", "EC P-521", ECDSA12, "ecdsa_secp521r1_sha512"),
        ("ec", "EC brainpoolP256r1", ECDSA12, "ecdsa_brainpoolP256r1tls13_sha256"),
        ("ec", "EC brainpoolP384r1", ECDSA12, "ecdsa_brainpoolP384r1tls13_sha384"),
        ("ec", "EC secp256k1", ECDSA12, ""),
        ("ec", "EC P-224", ECDSA12, ""),
        ("ed25519", "Ed25519", "ed25519", "ed25519"),
        ("ed448", "Ed448", "ed448", "ed448"),
        ("dsa", "DSA 2048", DSA12, ""),
        ("ml-dsa", "ML-DSA-65", "", "mldsa65"),
    ],
)
def test_what_a_key_can_sign(family: str, algorithm: str, tls12: str, tls13: str) -> None:
    # 0x0102 and 0x0103 (MD5 with DSA and ECDSA) have no name.
    without_name = {0x0102, 0x0103}
    certificate = key(family, algorithm)
    in_tls12 = schemes_of_key(certificate, tls13=False)
    assert in_tls12 is not None
    assert in_tls12 - without_name == codes(tls12)
    assert schemes_of_key(certificate, tls13=True) == codes(tls13)


@pytest.mark.parametrize(
    ("family", "algorithm", "tls13"),
    [
        ("unknown", "X25519", True),
        ("unknown", "1.2.643.7.1.1.1.1", False),
        ("ec", "EC 1.2.3.4", True),
    ],
)
def test_unknown_keys(family: str, algorithm: str, tls13: bool) -> None:
    assert schemes_of_key(key(family, algorithm), tls13=tls13) is None


@pytest.mark.parametrize("kind", ["rsa", "ec", "p384", "p521", "ed25519", "ed448"])
def test_real_keys_can_sign(kind: str) -> None:
    for tls13 in (False, True):
        assert schemes_of_key(build(key=kind).certificate(), tls13=tls13)


@pytest.mark.parametrize(
    ("algorithm", "listed"),
    [
        ("sha256WithRSAEncryption", "rsa_pkcs1_sha256"),
        ("sha1WithRSAEncryption", "rsa_pkcs1_sha1 ed25519"),
        ("md5WithRSAEncryption", "rsa_md5"),
        ("ecdsa-with-SHA384", "ecdsa_secp384r1_sha384"),
        ("ecdsa-with-SHA224", "ecdsa_sha224"),
        ("dsa-with-SHA256", "dsa_sha256"),
        ("Ed25519", "ed25519"),
        ("Ed448", "ed448"),
        ("ML-DSA-44", "mldsa44"),
        ("RSASSA-PSS", PSS),
        ("RSASSA-PSS", "rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512"),
    ],
)
def test_listed(algorithm: str, listed: str) -> None:
    assert is_listed(signed(algorithm), codes(listed)) is True


@pytest.mark.parametrize(
    ("algorithm", "listed", "answer"),
    [
        ("sha256WithRSAEncryption", f"{PSS} {LEGACY} rsa_pkcs1_sha384", False),
        ("sha256WithRSAEncryption", "", False),
        ("sha1WithRSAEncryption", "rsa_pkcs1_sha256 ecdsa_sha1", False),
        ("md2WithRSAEncryption", f"{PKCS1}", False),
        ("ecdsa-with-SHA256", "ecdsa_secp384r1_sha384", False),
        ("dsa-with-SHA1", "ecdsa_sha1 rsa_pkcs1_sha1", False),
        ("Ed25519", "ed448", False),
        ("ML-DSA-44", "mldsa65", False),
        ("RSASSA-PSS", PKCS1, False),
        ("RSASSA-PSS", "rsa_pss_rsae_sha256 rsa_pss_pss_sha384", None),
        ("1.2.643.7.1.1.3.2", PKCS1, None),
    ],
)
def test_not_listed(algorithm: str, listed: str, answer: bool | None) -> None:
    assert is_listed(signed(algorithm), codes(listed)) is answer


@pytest.mark.parametrize("algorithm", SIGNATURE_ALGORITHMS.values())
def test_every_algorithm_with_a_name_is_known(algorithm: str) -> None:
    assert is_listed(signed(algorithm), frozenset(SIGNATURE_SCHEMES)) is (algorithm != "md2WithRSAEncryption")
