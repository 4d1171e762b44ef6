"""Records under a MAC of their own: CBC, RC4 and NULL suites, SSL 3.0 to TLS 1.2.

Knows MAC-then-encrypt (RFC 5246 section 6.2.3), encrypt-then-MAC (RFC 7366), the chained IV of TLS 1.0 (RFC 2246
section 6.2.3.2) and SSL 3.0's MAC and padding (RFC 6101 section 5.2.3); must not know where keys come from. An observer
has no secret to leak by timing, so nothing here takes constant time. The ciphers are ``cryptography``'s.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tlseku.decryption.cipher_parameters import SSL30, TLS10, Suite
from tlseku.decryption.key_schedule import Keys
from tlseku.decryption.legacy_ciphers import block_cipher, stream_cipher
from tlseku.decryption.plaintext import MAX_FRAGMENT, DoesNotFit, Opened
from tlseku.decryption.prf import SIZES, authentication_code, digest


class _Mac:
    """The MAC of one direction, over a sequence number that need not be known exactly."""

    __slots__ = ("_key", "_name", "_ssl3", "size")

    def __init__(self, name: str, key: bytes, version: int) -> None:
        self._name = name
        self._key = key
        self._ssl3 = version == SSL30
        self.size = SIZES[name]

    def sequence(
        self, mac: bytes, first: int, ahead: int, content_type: int, version: int, data: bytes
    ) -> int:
        """The number with which ``mac`` is right for ``data``. Raises ``DoesNotFit``."""
        for sequence in range(first, first + ahead + 1):
            if self._code(sequence, content_type, version, data) == mac:
                return sequence
        raise DoesNotFit("the MAC does not match")

    def _code(self, sequence: int, content_type: int, version: int, data: bytes) -> bytes:
        number = sequence.to_bytes(8, "big")
        kind = bytes((content_type,))
        length = len(data).to_bytes(2, "big")
        if not self._ssl3:
            return authentication_code(
                self._name, self._key, number, kind, version.to_bytes(2, "big"), length, data
            )
        pad = 48 if self._name == "MD5" else 40
        inner = digest(self._name, self._key, b"\x36" * pad, number, kind, length, data)
        return digest(self._name, self._key, b"\x5c" * pad, inner)


class BlockRecords:
    """The records of a CBC suite. ``version`` is the protocol's, which decides about IV, MAC and padding."""

    __slots__ = (
        "_block",
        "_cipher",
        "_encrypt_then_mac",
        "_explicit",
        "_iv",
        "_mac",
        "_ssl3",
        "needs_every_record",
        "sequence",
    )

    def __init__(self, suite: Suite, keys: Keys, version: int, encrypt_then_mac: bool) -> None:
        self._cipher = block_cipher(suite.cipher, keys.key)
        self._block = suite.block
        self._explicit = version > TLS10
        self._ssl3 = version == SSL30
        self._iv = bytes(suite.block) if self._explicit else keys.iv
        self._mac = _Mac(str(suite.mac), keys.mac_key, version)
        self._encrypt_then_mac = encrypt_then_mac
        self.sequence = 0
        self.needs_every_record = not self._explicit
        # Fails now, if at all, for want of the cipher in the library beneath.
        Cipher(self._cipher, CBC(self._iv)).decryptor()

    def open(self, content_type: int, version: int, fragment: bytes, ahead: int = 0) -> Opened:
        """See ``RecordProtection``."""
        size = self._mac.size
        body, mac = (fragment[:-size], fragment[-size:]) if self._encrypt_then_mac else (fragment, b"")
        iv, sealed = (body[: self._block], body[self._block :]) if self._explicit else (self._iv, body)
        if not sealed or len(sealed) % self._block or len(fragment) > MAX_FRAGMENT:
            raise DoesNotFit("not a whole number of blocks")
        if self._encrypt_then_mac:
            found = self._mac.sequence(mac, self.sequence, ahead, content_type, version, body)
            content = self._unpad(self._decrypt(iv, sealed))
        else:
            content = self._unpad(self._decrypt(iv, sealed))
            if len(content) < size:
                raise DoesNotFit("no room for the MAC")
            content, mac = content[:-size], content[-size:]
            found = self._mac.sequence(mac, self.sequence, ahead, content_type, version, content)
        self.sequence = found + 1
        self._chain(sealed)
        return Opened(content_type, content)

    def skip(self, fragment: bytes = b"") -> None:
        """See ``RecordProtection``."""
        self.sequence += 1
        body = fragment[: -self._mac.size] if self._encrypt_then_mac else fragment
        self._chain(body)

    def _chain(self, sealed: bytes) -> None:
        if not self._explicit and len(sealed) >= self._block:
            self._iv = sealed[-self._block :]

    def _decrypt(self, iv: bytes, sealed: bytes) -> bytes:
        context = Cipher(self._cipher, CBC(iv)).decryptor()
        return context.update(sealed) + context.finalize()

    def _unpad(self, padded: bytes) -> bytes:
        count = padded[-1]
        content = padded[: len(padded) - 1 - count]
        if count >= len(padded) or (self._ssl3 and count >= self._block):
            raise DoesNotFit("the padding is longer than the record")
        # What SSL 3.0 pads with is arbitrary, TLS repeats the count.
        if not self._ssl3 and padded[len(content) :] != bytes((count,)) * (count + 1):
            raise DoesNotFit("the padding does not match")
        return content


class StreamRecords:
    """The records of an RC4 suite, or of one that only authenticates (NULL).

    RC4 has no way back: after a record that did not open, or one skipped without its bytes, every other is refused.
    """

    __slots__ = ("_context", "_lost", "_mac", "needs_every_record", "sequence")

    def __init__(self, suite: Suite, keys: Keys, version: int) -> None:
        self._context: CipherContext | None = None
        if suite.cipher != "NULL":
            self._context = Cipher(stream_cipher(suite.cipher, keys.key), None).decryptor()
        self._lost = False
        self._mac = _Mac(str(suite.mac), keys.mac_key, version)
        self.sequence = 0
        self.needs_every_record = self._context is not None

    def open(self, content_type: int, version: int, fragment: bytes, ahead: int = 0) -> Opened:
        """See ``RecordProtection``."""
        size = self._mac.size
        if not size <= len(fragment) <= MAX_FRAGMENT:
            raise DoesNotFit("shorter than the MAC, or too long")
        if self._lost:
            raise DoesNotFit("the place in the key stream is lost")
        content = fragment
        if self._context is not None:
            # Until the MAC says otherwise.
            self._lost = True
            content = self._context.update(fragment)
        content, mac = content[:-size], content[-size:]
        self.sequence = 1 + self._mac.sequence(mac, self.sequence, ahead, content_type, version, content)
        self._lost = False
        return Opened(content_type, content)

    def skip(self, fragment: bytes = b"") -> None:
        """See ``RecordProtection``."""
        self.sequence += 1
        if self._context is not None:
            self._lost = self._lost or not fragment
            self._context.update(fragment)
