"""Words for code points; hex where there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tlseku.registry import names


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        (names.version_name, 0x0300, "SSL 3.0"),
        (names.version_name, 0x0301, "TLS 1.0"),
        (names.version_name, 0x0303, "TLS 1.2"),
        (names.version_name, 0x0304, "TLS 1.3"),
        (names.version_name, 0x0A0A, "0x0a0a"),
        (names.version_name, 0x7F1C, "0x7f1c"),
        (names.version_name, 0, "0x0000"),
        (names.handshake_name, 0, "hello_request"),
        (names.handshake_name, 11, "certificate"),
        (names.handshake_name, 13, "certificate_request"),
        (names.handshake_name, 25, "compressed_certificate"),
        (names.handshake_name, 7, "0x07"),
        (names.handshake_name, 255, "0xff"),
        (names.alert_name, 0, "close_notify"),
        (names.alert_name, 42, "bad_certificate"),
        (names.alert_name, 43, "unsupported_certificate"),
        (names.alert_name, 46, "certificate_unknown"),
        (names.alert_name, 48, "unknown_ca"),
        (names.alert_name, 116, "certificate_required"),
        (names.alert_name, 255, "0xff"),
        (names.signature_scheme_name, 0x0403, "ecdsa_secp256r1_sha256"),
        (names.signature_scheme_name, 0x0804, "rsa_pss_rsae_sha256"),
        (names.signature_scheme_name, 0x0000, "0x0000"),
        (names.signature_scheme_name, 0x1A2B, "0x1a2b"),
        (names.signature_scheme_name, 0x0905, "mldsa65"),
        (names.signature_scheme_name, 0x0907, "mldsa44_ecdsa_secp256r1_sha256 (likely)"),
        (names.signature_scheme_name, 0x090E, "0x090e"),
        (names.signature_scheme_name, 0x0911, "slhdsa_sha2_128s (likely)"),
        (names.signature_scheme_name, 0x0A0A, "GREASE 0x0a0a"),
        (names.signature_scheme_name, 0xFAFA, "GREASE 0xfafa"),
        (names.signature_scheme_name, 0x0AFA, "0x0afa"),
        (names.group_name, 0x11EC, "X25519MLKEM768"),
        (names.group_name, 0x11EE, "curveSM2MLKEM768"),
        (names.group_name, 0x6399, "X25519Kyber768Draft00 (likely)"),
        (names.group_name, 0x1A1A, "GREASE 0x1a1a"),
        (names.group_name, 0x1A2B, "0x1a2b"),
        (names.extension_name, 28, "record_size_limit"),
        (names.extension_name, 0xCA34, "trust_anchors (likely)"),
        (names.extension_name, 0xFE0D, "encrypted_client_hello"),
        (names.extension_name, 60, "0x003c"),
        (names.certificate_type_name, 1, "rsa_sign"),
        (names.certificate_type_name, 64, "ecdsa_sign"),
        (names.certificate_type_name, 0, "0x00"),
        (names.cipher_suite_name, 0x1301, "TLS_AES_128_GCM_SHA256"),
        (names.cipher_suite_name, 0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        (names.cipher_suite_name, 0x0000, "TLS_NULL_WITH_NULL_NULL"),
        (names.cipher_suite_name, 0x1A1A, "0x1a1a"),
    ],
)
def test_word(name: Callable[[int], str], code: int, word: str) -> None:
    assert name(code) == word


@pytest.mark.parametrize(
    ("oid", "word"),
    [
        ("1.3.6.1.5.5.7.3.1", "serverAuth"),
        ("1.3.6.1.5.5.7.3.2", "clientAuth"),
        ("2.5.29.37.0", "anyExtendedKeyUsage"),
        ("1.3.6.1.5.5.7.3.200", "1.3.6.1.5.5.7.3.200"),
        ("", ""),
    ],
)
def test_eku_name(oid: str, word: str) -> None:
    assert names.eku_name(oid) == word


@pytest.mark.parametrize(
    ("table", "limit"),
    [
        (names.HANDSHAKE_TYPES, 255),
        (names.ALERTS, 255),
        (names.CERTIFICATE_TYPES, 255),
        (names.SIGNATURE_SCHEMES, 65535),
        (names.GROUPS, 65535),
        (names.EXTENSIONS, 65535),
        (names.VERSIONS, 65535),
    ],
)
def test_tables_hold_distinct_words_within_their_range(table: dict[int, str], limit: int) -> None:
    assert len(set(table.values())) == len(table)
    assert all(0 <= code <= limit for code in table)
