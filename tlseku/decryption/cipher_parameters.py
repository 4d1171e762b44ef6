"""What a cipher suite does to a record: the cipher, its mode and key, the MAC, the hash of its key derivation.

Knows the names of the registry, which spell all of that out after ``_WITH_``; must not know key exchange, which is
of no matter once there is a secret. A suite that is not in ``_CIPHERS`` (ARIA, Camellia-GCM, SM4, GOST, RC2, export
keys, what is unknown) is None: nothing here can open it, and that is a value (``UNSUPPORTED_SUITE``), not an error.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from tlseku.registry.cipher_suites import CIPHER_SUITES

UNSUPPORTED_SUITE = "unsupported_suite"
"""Why something stays hidden whose suite is None here."""

SECRETS_DO_NOT_FIT = "secrets_do_not_fit"
"""Why something stays hidden although there were secrets for it."""

SSL30 = 0x0300
TLS10 = 0x0301
TLS11 = 0x0302
TLS12 = 0x0303
TLS13 = 0x0304

Mode = Literal["GCM", "CCM", "POLY1305", "CBC", "STREAM", "NULL"]


class Suite(NamedTuple):
    """The record protection of one suite.

    ``cipher`` and ``mode`` name the primitive, ``key`` and ``block`` count bytes (``block`` is 0 unless the mode is
    CBC), ``iv`` those of the nonce that the key block supplies, ``tag`` those of an AEAD's tag. ``mac`` is the hash of
    the record's HMAC, None for an AEAD; ``hash`` that of HKDF or of the PRF of TLS 1.2.
    """

    cipher: str
    mode: Mode
    key: int
    block: int
    iv: int
    tag: int
    mac: str | None
    hash: str

    @property
    def is_aead(self) -> bool:
        """Whether the cipher authenticates by itself."""
        return self.mac is None


_CIPHERS: dict[str, tuple[str, Mode, int, int, int, int]] = {
    "AES_128_GCM": ("AES", "GCM", 16, 0, 4, 16),
    "AES_256_GCM": ("AES", "GCM", 32, 0, 4, 16),
    "AES_128_CCM": ("AES", "CCM", 16, 0, 4, 16),
    "AES_256_CCM": ("AES", "CCM", 32, 0, 4, 16),
    "AES_128_CCM_8": ("AES", "CCM", 16, 0, 4, 8),
    "AES_256_CCM_8": ("AES", "CCM", 32, 0, 4, 8),
    "CHACHA20_POLY1305": ("ChaCha20", "POLY1305", 32, 0, 12, 16),
    "AES_128_CBC": ("AES", "CBC", 16, 16, 0, 0),
    "AES_256_CBC": ("AES", "CBC", 32, 16, 0, 0),
    "CAMELLIA_128_CBC": ("Camellia", "CBC", 16, 16, 0, 0),
    "CAMELLIA_256_CBC": ("Camellia", "CBC", 32, 16, 0, 0),
    "SEED_CBC": ("SEED", "CBC", 16, 16, 0, 0),
    "IDEA_CBC": ("IDEA", "CBC", 16, 8, 0, 0),
    "3DES_EDE_CBC": ("3DES", "CBC", 24, 8, 0, 0),
    "DES_CBC": ("DES", "CBC", 8, 8, 0, 0),
    "RC4_128": ("RC4", "STREAM", 16, 0, 0, 0),
    "NULL": ("NULL", "NULL", 0, 0, 0, 0),
}
"""Cipher as in the suite's name: cipher, mode, key, block, iv, tag."""

_MACS = {"MD5": "MD5", "SHA": "SHA1", "SHA256": "SHA256", "SHA384": "SHA384"}

_DRAFT_CHACHA20 = frozenset({0xCC13, 0xCC14, 0xCC15})
"""The private values of a draft, with another nonce and tag than RFC 7905."""


@lru_cache(maxsize=1024)
def suite_of(code_point: int, version: int) -> Suite | None:
    """The record protection of a suite in a protocol version (0x0303 is TLS 1.2), None if it cannot be opened.

    TLS 1.3 suites belong to TLS 1.3 alone (RFC 8446 appendix B.4), AEADs to TLS 1.2 and later (RFC 5246 section
    6.2.3.3), SSL 3.0 knows only MD5 and SHA-1 (RFC 6101 section 5.2.3.1).
    """
    name = CIPHER_SUITES.get(code_point)
    if name is None or code_point in _DRAFT_CHACHA20 or "EXPORT" in name or not name.startswith("TLS_"):
        return None
    exchange, separator, protection = name.removeprefix("TLS_").partition("_WITH_")
    if not separator:
        return _read(exchange, None) if version == TLS13 else None
    suite = _read(protection, "SHA256")
    if suite is None or not SSL30 <= version <= TLS12:
        return None
    if suite.is_aead and version < TLS12:
        return None
    return suite if version > SSL30 or suite.mac in ("MD5", "SHA1") else None


def _read(protection: str, default_hash: str | None) -> Suite | None:
    """``AES_128_CBC_SHA``, or ``AES_128_CCM``, which names no hash. TLS 1.3 (no default) names one always, and knows
    only AEADs."""
    if protection in _CIPHERS and default_hash is not None:
        cipher, ending = protection, ""
    else:
        cipher, _, ending = protection.rpartition("_")
    found = _CIPHERS.get(cipher)
    mac = _MACS.get(ending)
    if found is None or (ending and mac is None):
        return None
    is_aead = found[1] in ("GCM", "CCM", "POLY1305")
    # Of a TLS 1.2 suite the last word is the MAC, or of an AEAD the PRF; a PRF is never weaker than SHA-256.
    prf = mac if mac in ("SHA256", "SHA384") else default_hash
    if prf is None or (not is_aead and (mac is None or default_hash is None)):
        return None
    return Suite(*found, mac=None if is_aead else mac, hash=prf)
