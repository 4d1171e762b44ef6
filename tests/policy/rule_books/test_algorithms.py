"""``tlseku.policy.rule_books.algorithms``: keys and signatures in the words of rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.chains import facts
from tlseku.policy.rule_books.algorithms import ALGORITHM_WORDS, signed_with, used_by
from tlseku.x509.algorithms import (
    KEYS_OF_ONE_SIZE,
    LIKELY_SIGNATURES,
    SIGNATURE_ALGORITHMS,
    signature_algorithm_name,
)

LEAF = facts("L", "I")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("sha256WithRSAEncryption", "rsa"),
        ("RSASSA-PSS", "rsa-pss"),
        ("ecdsa-with-SHA384", "ec"),
        ("dsa-with-SHA256", "dsa"),
        ("Ed25519", "ed25519"),
        ("Ed448", "ed448"),
        ("ML-DSA-65", "ml-dsa"),
        ("SLH-DSA-SHAKE-256f", "slh-dsa"),
        ("HashML-DSA-44-with-SHA512 (likely)", "ml-dsa"),
        ("HashSLH-DSA-SHA2-128s-with-SHA256 (likely)", "slh-dsa"),
        ("MLDSA44-Ed25519-SHA512 (likely)", "composite"),
        ("1.2.3", "unknown"),
        ("unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_signed_with(name: str, word: str) -> None:
    assert signed_with(name) == word


def test_every_named_algorithm_has_a_word() -> None:
    for oid in (*SIGNATURE_ALGORITHMS, *LIKELY_SIGNATURES):
        known = signed_with(signature_algorithm_name(oid)) != "unknown"
        assert known is not signature_algorithm_name(oid).startswith("mtcProof"), oid
    assert {family for _, family in KEYS_OF_ONE_SIZE.values()} <= set(ALGORITHM_WORDS)


def test_used_by() -> None:
    assert used_by(replace(LEAF, key_type="rsa")) == {"rsa", "ec"}
    assert used_by(replace(LEAF, key_type="brand-new")) == {"unknown", "ec"}
    # Nobody checks the signature of an anchor on itself.
    assert used_by(replace(facts("R", "R"), signature_algorithm="ML-DSA-65")) == {"ec"}
