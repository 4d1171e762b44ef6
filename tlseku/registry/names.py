"""Words for the code points of TLS and X.509, used only where something is printed.

Knows the IANA TLS registries (TLS Parameters, TLS ExtensionType Values) and a few OIDs; must not know what any
of them means. A code point without a word prints as hex: an unknown value is a value, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping

HANDSHAKE_TYPES: Mapping[int, str] = {
    0: "hello_request",
    1: "client_hello",
    2: "server_hello",
    3: "hello_verify_request",
    4: "new_session_ticket",
    5: "end_of_early_data",
    6: "hello_retry_request",
    8: "encrypted_extensions",
    9: "request_connection_id",
    10: "new_connection_id",
    11: "certificate",
    12: "server_key_exchange",
    13: "certificate_request",
    14: "server_hello_done",
    15: "certificate_verify",
    16: "client_key_exchange",
    17: "client_certificate_request",
    20: "finished",
    21: "certificate_url",
    22: "certificate_status",
    23: "supplemental_data",
    24: "key_update",
    25: "compressed_certificate",
    26: "ekt_key",
    67: "next_protocol",
    254: "message_hash",
}
"""IANA TLS HandshakeType. A HelloRetryRequest is sent as server_hello (RFC 8446 section 4.1.4)."""

ALERTS: Mapping[int, str] = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    52: "too_many_cids_requested",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    117: "general_error",
    120: "no_application_protocol",
    121: "ech_required",
}
"""IANA TLS Alerts."""

ALERT_LEVELS: Mapping[int, str] = {1: "warning", 2: "fatal"}

VERSIONS: Mapping[int, str] = {
    0x0002: "SSL 2.0",
    0x0300: "SSL 3.0",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
    0xFEFF: "DTLS 1.0",
    0xFEFD: "DTLS 1.2",
    0xFEFC: "DTLS 1.3",
}

CERTIFICATE_TYPES: Mapping[int, str] = {
    1: "rsa_sign",
    2: "dss_sign",
    3: "rsa_fixed_dh",
    4: "dss_fixed_dh",
    5: "rsa_ephemeral_dh",
    6: "dss_ephemeral_dh",
    20: "fortezza_dms",
    64: "ecdsa_sign",
    65: "rsa_fixed_ecdh",
    66: "ecdsa_fixed_ecdh",
    67: "gost_sign256",
    68: "gost_sign512",
}
"""IANA TLS ClientCertificateType Identifiers."""

SIGNATURE_SCHEMES: Mapping[int, str] = {
    0x0101: "rsa_md5",
    0x0201: "rsa_pkcs1_sha1",
    0x0202: "dsa_sha1",
    0x0203: "ecdsa_sha1",
    0x0301: "rsa_pkcs1_sha224",
    0x0302: "dsa_sha224",
    0x0303: "ecdsa_sha224",
    0x0401: "rsa_pkcs1_sha256",
    0x0402: "dsa_sha256",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0420: "rsa_pkcs1_sha256_legacy",
    0x0501: "rsa_pkcs1_sha384",
    0x0502: "dsa_sha384",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0520: "rsa_pkcs1_sha384_legacy",
    0x0601: "rsa_pkcs1_sha512",
    0x0602: "dsa_sha512",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0620: "rsa_pkcs1_sha512_legacy",
    0x0704: "eccsi_sha256",
    0x0708: "sm2sig_sm3",
    0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519",
    0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256",
    0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
    0x081C: "ecdsa_brainpoolP512r1tls13_sha512",
    0x0904: "mldsa44",
    0x0905: "mldsa65",
    0x0906: "mldsa87",
    0x0911: "slhdsa_sha2_128s",
    0x0912: "slhdsa_sha2_128f",
    0x0913: "slhdsa_sha2_192s",
    0x0914: "slhdsa_sha2_192f",
    0x0915: "slhdsa_sha2_256s",
    0x0916: "slhdsa_sha2_256f",
    0x0917: "slhdsa_shake_128s",
    0x0918: "slhdsa_shake_128f",
    0x0919: "slhdsa_shake_192s",
    0x091A: "slhdsa_shake_192f",
    0x091B: "slhdsa_shake_256s",
    0x091C: "slhdsa_shake_256f",
}
"""IANA TLS SignatureScheme."""

GROUPS: Mapping[int, str] = {
    0x0013: "secp192r1",
    0x0015: "secp224r1",
    0x0016: "secp256k1",
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001A: "brainpoolP256r1",
    0x001B: "brainpoolP384r1",
    0x001C: "brainpoolP512r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x001F: "brainpoolP256r1tls13",
    0x0020: "brainpoolP384r1tls13",
    0x0021: "brainpoolP512r1tls13",
    0x0029: "curveSM2",
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0103: "ffdhe6144",
    0x0104: "ffdhe8192",
    0x0200: "MLKEM512",
    0x0201: "MLKEM768",
    0x0202: "MLKEM1024",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
    0x11EE: "curveSM2MLKEM768",
    0x6399: "X25519Kyber768Draft00",
}
"""IANA TLS Supported Groups, as of 2026-11, and the draft before X25519MLKEM768."""

EXTENDED_KEY_USAGES: Mapping[str, str] = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.5": "ipsecEndSystem",
    "1.3.6.1.5.5.7.3.6": "ipsecTunnel",
    "1.3.6.1.5.5.7.3.7": "ipsecUser",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.3.6.1.5.5.7.3.13": "eapOverPPP",
    "1.3.6.1.5.5.7.3.14": "eapOverLAN",
    "1.3.6.1.5.5.7.3.17": "ipsecIKE",
    "1.3.6.1.5.5.7.3.20": "sipDomain",
    "1.3.6.1.5.5.7.3.21": "secureShellClient",
    "1.3.6.1.5.5.7.3.22": "secureShellServer",
    "1.3.6.1.5.2.3.4": "pkinitClientAuth",
    "1.3.6.1.5.2.3.5": "pkinitKDC",
    "1.3.6.1.4.1.311.10.3.3": "msServerGatedCrypto",
    "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogon",
    "1.3.6.1.4.1.311.10.3.4": "msEncryptingFileSystem",
    "1.3.6.1.4.1.311.54.1.2": "msRemoteDesktopAuthentication",
    "2.16.840.1.113730.4.1": "nsServerGatedCrypto",
    "2.5.29.37.0": "anyExtendedKeyUsage",
}
"""KeyPurposeIds (RFC 5280 section 4.2.1.12 and the IANA SMI Security for PKIX Extended Key Purpose registry)."""


def version_name(version: int) -> str:
    """The name of a ProtocolVersion, such as ``TLS 1.2``; hex where there is none (GREASE, drafts)."""
    return VERSIONS.get(version) or f"0x{version:04x}"


def handshake_name(handshake_type: int) -> str:
    """The name of a HandshakeType, hex where there is none."""
    return HANDSHAKE_TYPES.get(handshake_type) or f"0x{handshake_type:02x}"


def alert_name(code: int) -> str:
    """The name of an AlertDescription, hex where there is none."""
    return ALERTS.get(code) or f"0x{code:02x}"


def alert_level_name(level: int) -> str:
    """``warning`` or ``fatal``, hex for any other AlertLevel."""
    return ALERT_LEVELS.get(level) or f"0x{level & 0xFF:02x}"


def signature_scheme_name(code: int) -> str:
    """The name of a SignatureScheme, hex where there is none."""
    return SIGNATURE_SCHEMES.get(code) or f"0x{code:04x}"


def group_name(code: int) -> str:
    """The name of a group of supported_groups, hex where there is none (GREASE)."""
    return GROUPS.get(code) or f"0x{code:04x}"


def certificate_type_name(code: int) -> str:
    """The name of a ClientCertificateType, hex where there is none."""
    return CERTIFICATE_TYPES.get(code) or f"0x{code:02x}"


def eku_name(oid: str) -> str:
    """The name of a KeyPurposeId, the dotted OID itself where there is none."""
    return EXTENDED_KEY_USAGES.get(oid) or oid


def cipher_suite_name(code: int) -> str:
    """The IANA name of a cipher suite, hex where there is none. The table loads on first use."""
    from tlseku.registry.cipher_suites import CIPHER_SUITES

    return CIPHER_SUITES.get(code) or f"0x{code:04x}"
