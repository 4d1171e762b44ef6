"""``tlseku.x509.algorithms``: names for OIDs, spelt as cryptography spells them where it has them."""

from __future__ import annotations

import pytest
from cryptography.x509.oid import SignatureAlgorithmOID

from tlseku.x509.algorithms import CURVES, KEYS_OF_ONE_SIZE, SIGNATURE_ALGORITHMS, signature_algorithm_name


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        (SignatureAlgorithmOID.RSA_WITH_SHA256, "sha256WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA384, "sha384WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA512, "sha512WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA224, "sha224WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA1, "sha1WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_MD5, "md5WithRSAEncryption"),
        (SignatureAlgorithmOID.RSASSA_PSS, "RSASSA-PSS"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA256, "ecdsa-with-SHA256"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA384, "ecdsa-with-SHA384"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA512, "ecdsa-with-SHA512"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA1, "ecdsa-with-SHA1"),
        (SignatureAlgorithmOID.DSA_WITH_SHA256, "dsa-with-SHA256"),
        (SignatureAlgorithmOID.ED25519, "Ed25519"),
        (SignatureAlgorithmOID.ED448, "Ed448"),
    ],
)
def test_names_the_oids_of_cryptography(oid: object, name: str) -> None:
    assert signature_algorithm_name(oid.dotted_string) == name  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        ("2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s"),
        ("2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f"),
        ("2.16.840.1.101.3.4.3.33", "HashML-DSA-65-with-SHA512 (likely)"),
        ("2.16.840.1.101.3.4.3.46", "HashSLH-DSA-SHAKE-256f-with-SHAKE256 (likely)"),
        ("1.3.6.1.5.5.7.6.37", "MLDSA44-RSA2048-PSS-SHA256 (likely)"),
        ("1.3.6.1.5.5.7.6.54", "MLDSA87-ECDSA-P521-SHA512 (likely)"),
        ("2.16.840.1.114027.80.9.1.17", "MLDSA87-ECDSA-P521-SHA512 (draft OID) (likely)"),
        ("1.3.6.1.5.5.7.6.67", "mtcProof (likely)"),
        ("1.3.6.1.5.5.7.6.68", "1.3.6.1.5.5.7.6.68"),
        ("2.16.840.1.101.3.4.3.47", "2.16.840.1.101.3.4.3.47"),
    ],
)
def test_names_the_algorithms_of_the_frontier(oid: str, name: str) -> None:
    assert signature_algorithm_name(oid) == name


@pytest.mark.parametrize("oid", ["1.2.3", "", "1.2.840.113549.1.1.1"])
def test_leaves_others_as_they_are(oid: str) -> None:
    assert signature_algorithm_name(oid) == oid


def test_no_name_is_given_twice() -> None:
    for table in (
        list(SIGNATURE_ALGORITHMS.values()),
        list(CURVES.values()),
        list(KEYS_OF_ONE_SIZE.values()),
    ):
        assert len(table) == len(set(table))
