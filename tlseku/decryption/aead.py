"""Records under an AEAD: TLS 1.3, and the GCM, CCM and ChaCha20-Poly1305 suites of TLS 1.2.

Knows nonces, additional data, inner content type and padding (RFC 8446 section 5.2 and 5.3, RFC 5246 section 6.2.3.3,
RFC 5288, RFC 6655, RFC 7905); must not know where keys come from. The ciphers are ``cryptography``'s.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from tlseku.decryption.cipher_parameters import Suite
from tlseku.decryption.key_schedule import Keys
from tlseku.decryption.plaintext import MAX_FRAGMENT, DoesNotFit, Opened

EXPLICIT_NONCE = 8
APPLICATION_DATA = 23


class _Cipher(Protocol):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


def _cipher(suite: Suite, key: bytes) -> _Cipher:
    if suite.mode == "GCM":
        return AESGCM(key)
    if suite.mode == "CCM":
        return AESCCM(key, tag_length=suite.tag)
    return ChaCha20Poly1305(key)


class Tls13Records:
    """The records of TLS 1.3 under one traffic secret."""

    __slots__ = ("_cipher", "_iv", "_tag", "needs_every_record", "sequence")

    def __init__(self, suite: Suite, keys: Keys) -> None:
        self._cipher = _cipher(suite, keys.key)
        self._iv = int.from_bytes(keys.iv, "big")
        self._tag = suite.tag
        self.sequence = 0
        self.needs_every_record = False

    def open(self, content_type: int, version: int, fragment: bytes, ahead: int = 0) -> Opened:
        """See ``RecordProtection``. The type in the header is always application_data (RFC 8446 section 5.2)."""
        if content_type != APPLICATION_DATA or not self._tag < len(fragment) <= MAX_FRAGMENT:
            raise DoesNotFit("not a TLS 1.3 record of ciphertext")
        header = bytes((content_type,)) + version.to_bytes(2, "big") + len(fragment).to_bytes(2, "big")
        for sequence in range(self.sequence, self.sequence + ahead + 1):
            try:
                inner = self._cipher.decrypt((self._iv ^ sequence).to_bytes(12, "big"), fragment, header)
            except InvalidTag:
                continue
            self.sequence = sequence + 1
            inner = inner.rstrip(b"\0")
            return Opened(inner[-1], inner[:-1]) if inner else Opened(0, b"")
        raise DoesNotFit("the tag does not match")

    def skip(self, fragment: bytes = b"") -> None:
        """See ``RecordProtection``."""
        self.sequence += 1


class AeadRecords:
    """The records of TLS 1.2 under an AEAD suite.

    GCM and CCM records begin with eight bytes of nonce; ChaCha20-Poly1305 makes its nonce as TLS 1.3 does.
    """

    __slots__ = ("_cipher", "_explicit", "_iv", "_tag", "needs_every_record", "sequence")

    def __init__(self, suite: Suite, keys: Keys) -> None:
        self._cipher = _cipher(suite, keys.key)
        self._iv = keys.iv
        self._tag = suite.tag
        self._explicit = 0 if suite.mode == "POLY1305" else EXPLICIT_NONCE
        self.sequence = 0
        self.needs_every_record = False

    def open(self, content_type: int, version: int, fragment: bytes, ahead: int = 0) -> Opened:
        """See ``RecordProtection``."""
        length = len(fragment) - self._explicit - self._tag
        if length < 0 or len(fragment) > MAX_FRAGMENT:
            raise DoesNotFit("shorter than nonce and tag, or too long")
        sealed = fragment[self._explicit :]
        header = bytes((content_type,)) + version.to_bytes(2, "big") + length.to_bytes(2, "big")
        for sequence in range(self.sequence, self.sequence + ahead + 1):
            if self._explicit:
                nonce = self._iv + fragment[: self._explicit]
            else:
                nonce = (int.from_bytes(self._iv, "big") ^ sequence).to_bytes(12, "big")
            try:
                content = self._cipher.decrypt(nonce, sealed, sequence.to_bytes(8, "big") + header)
            except InvalidTag:
                continue
            self.sequence = sequence + 1
            return Opened(content_type, content)
        raise DoesNotFit("the tag does not match")

    def skip(self, fragment: bytes = b"") -> None:
        """See ``RecordProtection``."""
        self.sequence += 1
