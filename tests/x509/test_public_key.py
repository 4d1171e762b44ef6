"""``tlseku.x509.public_key``: kind and size of a key, held against cryptography's own key objects."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519
from hypothesis import given
from hypothesis import strategies as st

from tlseku.x509.public_key import PublicKey, describe

RSA_SPKI = "301a300d06092a864886f70d01010105000309003006020103020103"


def spki(key: object) -> bytes:
    if isinstance(key, str):
        return bytes.fromhex(key)
    encoded = key.public_key().public_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert isinstance(encoded, bytes)
    return encoded


@pytest.mark.parametrize(
    ("key", "algorithm", "family"),
    [
        (rsa.generate_private_key(65537, 1024), "RSA 1024", "rsa"),
        (rsa.generate_private_key(65537, 2048), "RSA 2048", "rsa"),
        (ec.generate_private_key(ec.SECP256R1()), "EC P-256", "ec"),
        (ec.generate_private_key(ec.SECP384R1()), "EC P-384", "ec"),
        (ec.generate_private_key(ec.SECP521R1()), "EC P-521", "ec"),
        (ec.generate_private_key(ec.SECP256K1()), "EC secp256k1", "ec"),
        (ec.generate_private_key(ec.BrainpoolP384R1()), "EC brainpoolP384r1", "ec"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", "ed25519"),
        (ed448.Ed448PrivateKey.generate(), "Ed448", "ed448"),
        (x25519.X25519PrivateKey.generate(), "X25519", "unknown"),
        (x448.X448PrivateKey.generate(), "X448", "unknown"),
        (dsa.generate_private_key(1024), "DSA 1024", "dsa"),
        (RSA_SPKI, "RSA 2", "rsa"),
        ("301a300d06092a864886f70d01010a05000309003006020103020103", "RSA-PSS 2", "rsa-pss"),
        ("300e300906072a8648ce380401030100", "DSA", "dsa"),
        ("3011300c06072a8648ce3d020106012a030100", "EC 1.2", "ec"),
        ("3010300b06072a8648ce3d02013000030100", "EC with explicit parameters", "ec"),
        ("3009300406022a03030100", "1.2.3", "unknown"),
    ],
)
def test_names(key: object, algorithm: str, family: str) -> None:
    encoded = spki(key)
    assert describe(encoded) == PublicKey(algorithm, family, hashlib.sha256(encoded).hexdigest())


@pytest.mark.parametrize(
    "encoded",
    [
        "30",
        "3000",
        "30023000",
        "3006300406022a83",
        "300d06092a864886f70d0101010500",
        RSA_SPKI[:-2],
        "3010300b06072a8648ce3d0201",
    ],
)
def test_does_not_name(encoded: str) -> None:
    octets = bytes.fromhex(encoded)
    assert describe(octets) == PublicKey("unknown", "unknown", hashlib.sha256(octets).hexdigest())


def test_no_key_has_no_digest() -> None:
    assert describe(b"") == PublicKey("unknown", "unknown", None)


@given(st.binary(max_size=60), st.integers(0, len(RSA_SPKI) // 2))
def test_never_raises(data: bytes, place: int) -> None:
    good = bytes.fromhex(RSA_SPKI)
    describe(data)
    describe(good[:place] + data + good[place + len(data) :])
