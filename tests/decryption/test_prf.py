"""Pseudo-random functions against published vectors and against OpenSSL's own."""

from __future__ import annotations

import random
import subprocess

import pytest

from tlseku.decryption.cipher_parameters import SSL30, TLS10, TLS11, TLS12
from tlseku.decryption.prf import (
    SIZES,
    Transcript,
    authentication_code,
    derive,
    digest,
    hkdf_expand_label,
    prf,
    ssl3_expand,
)

VECTORS = [
    # "TLSv1.2 PRF test vectors", IETF TLS working group, 2009.
    (
        "SHA256",
        "9bbe436ba940f017b17652849a71db35",
        "a0ba9f936cda311827a6f796ffd5198c",
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa0"
        "22f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66",
    ),
    (
        "SHA384",
        "b80b733d6ceefcdc71566ea48e5567df",
        "cd665cf6a8447dd6ff8b27555edb7465",
        "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb40"
        "0fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d"
        "31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f",
    ),
]


@pytest.mark.parametrize(("name", "secret", "seed", "output"), VECTORS, ids=["SHA256", "SHA384"])
def test_the_prf_of_tls12(name: str, secret: str, seed: str, output: str) -> None:
    wanted = bytes.fromhex(output)
    made = prf(bytes.fromhex(secret), b"test label", bytes.fromhex(seed), len(wanted), TLS12, name)
    assert made == wanted


@pytest.mark.parametrize(("version", "name", "openssl_name"), [
    (TLS10, "SHA256", "MD5-SHA1"), (TLS11, "SHA384", "MD5-SHA1"), (TLS12, "SHA256", "SHA256"), (TLS12, "SHA384", "SHA384"),
])  # fmt: skip
def test_openssl_derives_the_same(version: int, name: str, openssl_name: str, seeded: random.Random) -> None:
    for secret_size, length in ((48, 48), (47, 1), (1, 17), (256, 136), (33, 200)):
        secret, label, seed = seeded.randbytes(secret_size), b"key expansion", seeded.randbytes(64)
        command = ["openssl", "kdf", "-binary", "-keylen", str(length), "-kdfopt", f"digest:{openssl_name}"]
        command += [
            "-kdfopt",
            f"hexsecret:{secret.hex()}",
            "-kdfopt",
            f"hexseed:{(label + seed).hex()}",
            "TLS1-PRF",
        ]
        wanted = subprocess.run(command, capture_output=True, check=True).stdout
        assert prf(secret, label, seed, length, version, name) == wanted


def test_hkdf_expand_label_of_the_example_in_rfc8448() -> None:
    secret = bytes.fromhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38")
    made = hkdf_expand_label(secret, b"finished", b"", 32, "SHA256")
    assert made.hex() == "008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8"


@pytest.mark.parametrize("length", [0, 1, 16, 17, 104, 136])
def test_ssl3_expands_by_growing_salts(length: int) -> None:
    first = digest("MD5", b"secret", digest("SHA1", b"A", b"secret", b"seed"))
    second = digest("MD5", b"secret", digest("SHA1", b"BB", b"secret", b"seed"))
    made = ssl3_expand(b"secret", b"seed", length)
    assert len(made) == length
    assert made[:32] == (first + second)[:length]
    assert made == ssl3_expand(b"secret", b"seed", 200)[:length]


def test_ssl3_has_no_labels() -> None:
    assert derive(b"s", b"any label", b"seed", 40, SSL30, "SHA256") == ssl3_expand(b"s", b"seed", 40)
    assert derive(b"s", b"a label", b"seed", 40, TLS12, "SHA256") == prf(
        b"s", b"a label", b"seed", 40, TLS12, "SHA256"
    )


@pytest.mark.parametrize(("version", "size"), [(TLS10, 36), (TLS11, 36), (TLS12, 48)])
def test_the_session_hash_by_version(version: int, size: int) -> None:
    transcript = Transcript()
    transcript.add(b"messages")
    assert len(transcript.session_hash(version, "SHA384")) == size


def test_hmac_of_rfc4231() -> None:
    code = authentication_code("SHA256", b"\x0b" * 20, b"Hi", b" There")
    assert code.hex() == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str) -> None:
    assert len(digest(name)) == len(authentication_code(name, b"")) == SIZES[name]
