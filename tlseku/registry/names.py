"""Words for the code points of TLS and X.509, used only where something is printed.

Knows the IANA TLS registries (TLS Parameters, TLS ExtensionType Values) and a few OIDs; must not know what any
of them means. A code point without a word prints as hex: an unknown value is a value, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

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
    0x0907: "mldsa44_ecdsa_secp256r1_sha256",
    0x0908: "mldsa65_ecdsa_secp384r1_sha384",
    0x0909: "mldsa87_ecdsa_secp384r1_sha384",
    0x090A: "mldsa44_ed25519",
    0x090B: "mldsa65_ed25519",
    0x090C: "mldsa44_rsa2048_pkcs1_sha256",
    0x090D: "mldsa65_rsa3072_pkcs1_sha256",
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
"""IANA TLS SignatureScheme, and code points of drafts (``LIKELY_SCHEMES``)."""

LIKELY_SCHEMES: Mapping[int, str] = {
    **dict.fromkeys(range(0x0907, 0x090E), "draft-reddy-tls-composite-mldsa-01; later drafts say TBD"),
    **dict.fromkeys(range(0x0911, 0x0917), "draft-reddy-tls-slhdsa, as it follows from 0x0917 to 0x091C"),
    **dict.fromkeys(range(0x0917, 0x091D), "draft-reddy-tls-slhdsa, seen in hellos of OpenSSL 4.0"),
}
"""Code points that only drafts have and later ones may move, with their source: printed as likely."""

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
"""IANA TLS Supported Groups, as of 2026-11, and the draft before X25519MLKEM768 (``LIKELY_GROUPS``)."""

LIKELY_GROUPS: Mapping[int, str] = {0x6399: "draft-tls-westerbaan-xyber768d00"}
"""Code points that only drafts have, with their source: printed as likely."""

TRUST_ANCHORS: Final = 0xCA34
"""The extension in which a client says which roots it has."""

EXTENSIONS: Mapping[int, str] = {
    0: "server_name",
    1: "max_fragment_length",
    2: "client_certificate_url",
    3: "trusted_ca_keys",
    4: "truncated_hmac",
    5: "status_request",
    6: "user_mapping",
    7: "client_authz",
    8: "server_authz",
    9: "cert_type",
    10: "supported_groups",
    11: "ec_point_formats",
    12: "srp",
    13: "signature_algorithms",
    14: "use_srtp",
    15: "heartbeat",
    16: "application_layer_protocol_negotiation",
    17: "status_request_v2",
    18: "signed_certificate_timestamp",
    19: "client_certificate_type",
    20: "server_certificate_type",
    21: "padding",
    22: "encrypt_then_mac",
    23: "extended_master_secret",
    24: "token_binding",
    25: "cached_info",
    27: "compress_certificate",
    28: "record_size_limit",
    34: "delegated_credential",
    35: "session_ticket",
    41: "pre_shared_key",
    42: "early_data",
    43: "supported_versions",
    44: "cookie",
    45: "psk_key_exchange_modes",
    47: "certificate_authorities",
    48: "oid_filters",
    49: "post_handshake_auth",
    50: "signature_algorithms_cert",
    51: "key_share",
    52: "transparency_info",
    54: "connection_id",
    55: "external_id_hash",
    56: "external_session_id",
    57: "quic_transport_parameters",
    58: "ticket_request",
    59: "dnssec_chain",
    62: "tls_flags",
    0x3374: "next_protocol_negotiation",
    0x4469: "application_settings_old",
    0x44CD: "application_settings",
    TRUST_ANCHORS: "trust_anchors",
    0xFD00: "ech_outer_extensions",
    0xFE0D: "encrypted_client_hello",
    0xFF01: "renegotiation_info",
}
"""IANA TLS ExtensionType Values, and code points of drafts and of Chromium (``LIKELY_EXTENSIONS``)."""

LIKELY_EXTENSIONS: Mapping[int, str] = {
    62: "draft-ietf-tls-tlsflags",
    0x3374: "draft-agl-tls-nextprotoneg",
    0x4469: "Chromium before 2024 (ALPS)",
    0x44CD: "Chromium (ALPS; draft-vvv-tls-alps)",
    TRUST_ANCHORS: "draft-ietf-tls-trust-anchor-ids, seen in hellos of Chromium 156",
}
"""Code points of drafts and of one browser, with their source: printed as likely."""

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
    "1.3.6.1.5.5.7.3.35": "bundleSecurity",
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
    """The name of a SignatureScheme, ``(likely)`` behind that of a draft; hex where there is none."""
    return _named(SIGNATURE_SCHEMES, LIKELY_SCHEMES, code)


def group_name(code: int) -> str:
    """The name of a group of supported_groups, ``(likely)`` behind that of a draft; hex where there is none."""
    return _named(GROUPS, LIKELY_GROUPS, code)


def extension_name(code: int) -> str:
    """The name of an ExtensionType, ``(likely)`` behind that of a draft; hex where there is none."""
    return _named(EXTENSIONS, LIKELY_EXTENSIONS, code)


def is_grease(code: int) -> bool:
    """Whether a 16-bit code point is one of those that are sent to be ignored, 0x0a0a to 0xfafa (RFC 8701)."""
    return code & 0x0F0F == 0x0A0A and code >> 8 == code & 0xFF


def _named(table: Mapping[int, str], likely: Mapping[int, str], code: int) -> str:
    name = table.get(code)
    if name is None:
        return f"GREASE 0x{code:04x}" if is_grease(code) else f"0x{code:04x}"
    return f"{name} (likely)" if code in likely else name


def certificate_type_name(code: int) -> str:
    """The name of a ClientCertificateType, hex where there is none."""
    return CERTIFICATE_TYPES.get(code) or f"0x{code:02x}"


def eku_name(oid: str) -> str:
    """The name of a KeyPurposeId, the dotted OID itself where there is none."""
    return EXTENDED_KEY_USAGES.get(oid) or oid


def cipher_suite_name(code: int) -> str:
    """The IANA name of a cipher suite, hex where there is none. The table loads on first use."""
    return _cipher_suites().get(code) or f"0x{code:04x}"


@lru_cache(maxsize=1)
def _cipher_suites() -> Mapping[int, str]:
    from tlseku.registry.cipher_suites import CIPHER_SUITES

    return CIPHER_SUITES
