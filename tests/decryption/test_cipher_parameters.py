"""Suites: against OpenSSL's own list, by version, and those that stay shut."""

from __future__ import annotations

import re
import subprocess

import pytest

from tlseku.decryption.cipher_parameters import SSL30, TLS10, TLS11, TLS12, TLS13, Suite, suite_of
from tlseku.registry.cipher_suites import CIPHER_SUITES

ALL_VERSIONS = (SSL30, TLS10, TLS11, TLS12, TLS13)


@pytest.mark.parametrize(
    ("code_point", "version", "suite"),
    [
        (0x1301, TLS13, Suite("AES", "GCM", 16, 0, 4, 16, None, "SHA256")),
        (0x1302, TLS13, Suite("AES", "GCM", 32, 0, 4, 16, None, "SHA384")),
        (0x1303, TLS13, Suite("ChaCha20", "POLY1305", 32, 0, 12, 16, None, "SHA256")),
        (0x1304, TLS13, Suite("AES", "CCM", 16, 0, 4, 16, None, "SHA256")),
        (0x1305, TLS13, Suite("AES", "CCM", 16, 0, 4, 8, None, "SHA256")),
        (0xC030, TLS12, Suite("AES", "GCM", 32, 0, 4, 16, None, "SHA384")),
        (0xCCA8, TLS12, Suite("ChaCha20", "POLY1305", 32, 0, 12, 16, None, "SHA256")),
        (0xC0A3, TLS12, Suite("AES", "CCM", 32, 0, 4, 8, None, "SHA256")),
        (0xC0B3, TLS12, Suite("AES", "CCM", 32, 0, 4, 16, None, "SHA384")),
        (0xC02F, TLS12, Suite("AES", "GCM", 16, 0, 4, 16, None, "SHA256")),
        (0x002F, TLS12, Suite("AES", "CBC", 16, 16, 0, 0, "SHA1", "SHA256")),
        (0x002F, SSL30, Suite("AES", "CBC", 16, 16, 0, 0, "SHA1", "SHA256")),
        (0x003D, TLS12, Suite("AES", "CBC", 32, 16, 0, 0, "SHA256", "SHA256")),
        (0xC028, TLS12, Suite("AES", "CBC", 32, 16, 0, 0, "SHA384", "SHA384")),
        (0x000A, TLS10, Suite("3DES", "CBC", 24, 8, 0, 0, "SHA1", "SHA256")),
        (0x0009, TLS10, Suite("DES", "CBC", 8, 8, 0, 0, "SHA1", "SHA256")),
        (0x0041, TLS11, Suite("Camellia", "CBC", 16, 16, 0, 0, "SHA1", "SHA256")),
        (0x0096, TLS10, Suite("SEED", "CBC", 16, 16, 0, 0, "SHA1", "SHA256")),
        (0x0007, TLS10, Suite("IDEA", "CBC", 16, 8, 0, 0, "SHA1", "SHA256")),
        (0x0004, TLS12, Suite("RC4", "STREAM", 16, 0, 0, 0, "MD5", "SHA256")),
        (0x0002, TLS12, Suite("NULL", "NULL", 0, 0, 0, 0, "SHA1", "SHA256")),
        (0xC03B, TLS12, Suite("NULL", "NULL", 0, 0, 0, 0, "SHA384", "SHA384")),
    ],
)
def test_what_a_suite_does(code_point: int, version: int, suite: Suite) -> None:
    assert suite_of(code_point, version) == suite


@pytest.mark.parametrize(
    ("code_point", "versions"),
    [
        (0x1301, (TLS13,)),
        (0xC02F, (TLS12,)),
        (0xCCA9, (TLS12,)),
        (0xC09C, (TLS12,)),
        (0x0035, (SSL30, TLS10, TLS11, TLS12)),
        (0x003C, (TLS10, TLS11, TLS12)),
        (0xC028, (TLS10, TLS11, TLS12)),
        (0x0005, (SSL30, TLS10, TLS11, TLS12)),
    ],
)
def test_versions_in_which_a_suite_can_be(code_point: int, versions: tuple[int, ...]) -> None:
    assert tuple(v for v in ALL_VERSIONS if suite_of(code_point, v) is not None) == versions
    for strange in (0, 0x0002, 0x02FF, 0x0305, 0x7F1C, 0xFEFD):
        assert suite_of(code_point, strange) is None


@pytest.mark.parametrize(
    "code_point",
    [
        0x0000, 0x0003, 0x0006, 0x0008, 0x0019, 0x0026, 0x0062, 0x0081, 0x00C6, 0x00FF, 0x5600, 0xC03C, 0xC05D,
        0xC07A, 0xC0B4, 0xC102, 0xCC13, 0xCC14, 0xCC15, 0xE011, 0xE410, 0xFEFF, 0x0A0A, 0xFFFF,
    ],
)  # fmt: skip
def test_suites_that_stay_shut(code_point: int) -> None:
    assert [suite_of(code_point, version) for version in ALL_VERSIONS] == [None] * 5


_ENCRYPTION = {
    "AESGCM": ("AES", "GCM"),
    "AESCCM": ("AES", "CCM"),
    "AESCCM8": ("AES", "CCM"),
    "CHACHA20/POLY1305": ("ChaCha20", "POLY1305"),
    "AES": ("AES", "CBC"),
    "Camellia": ("Camellia", "CBC"),
    "None": ("NULL", "NULL"),
}


def test_openssl_says_the_same_of_every_suite_it_has() -> None:
    listing = subprocess.run(
        ["openssl", "ciphers", "-V", "ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    compared = 0
    for line in listing.splitlines():
        code, _, name, protocol, *_, encryption, mac = line.split()
        code_point = int(code.replace(",0x", ""), 16)
        cipher, bits = re.fullmatch(r"Enc=([^(]+)(?:\((\d+)\))?", encryption).groups()  # type: ignore[union-attr]
        suite = suite_of(code_point, TLS13 if protocol == "TLSv1.3" else TLS12)
        if cipher == "ARIAGCM":
            assert suite is None
            continue
        assert suite is not None, name
        assert (suite.cipher, suite.mode) == _ENCRYPTION[cipher], name
        assert suite.key * 8 == int(bits or 0), name
        assert suite.mac == (None if mac == "Mac=AEAD" else mac.removeprefix("Mac=")), name
        assert (suite.tag == 8) == (cipher == "AESCCM8"), name
        assert suite.hash == ("SHA384" if name.endswith("SHA384") else "SHA256"), name
        compared += 1
    assert compared > 100


def test_no_name_in_the_registry_is_misread() -> None:
    for code_point, name in CIPHER_SUITES.items():
        for version in ALL_VERSIONS:
            suite = suite_of(code_point, version)
            if suite is None:
                continue
            words = name.split("_")
            assert suite.cipher.upper() in ("".join(words), *words)
            assert ("384" in name) == (suite.hash == "SHA384")
            assert ("_256_" in name or "CHACHA20" in name) == (suite.key == 32)
            assert ("_CBC_" in name) == (suite.block > 0)
