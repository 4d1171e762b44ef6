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
