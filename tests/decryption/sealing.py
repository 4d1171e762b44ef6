"""The other end of a record protection: what a sender does, for records that no peer can be made to send.

Written from the RFCs and not from ``tlseku.decryption``, on ``cryptography``'s ciphers.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, IDEA, SEED, Camellia, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tlseku.decryption.cipher_parameters import SSL30, TLS10, TLS13, Suite
from tlseku.decryption.key_schedule import Keys

BLOCK_CIPHERS = {
    "AES": AES,
    "Camellia": Camellia,
    "SEED": SEED,
    "IDEA": IDEA,
    "3DES": TripleDES,
    "DES": lambda key: TripleDES(key * 3),
}


class Sealer:
    """Seals the records of one direction."""

    def __init__(self, suite: Suite, keys: Keys, version: int, encrypt_then_mac: bool = False) -> None:
        self.suite, self.keys, self.version = suite, keys, version
        self.encrypt_then_mac = encrypt_then_mac
        self.sequence = 0
        self.iv = keys.iv
        self.stream = Cipher(ARC4(keys.key), None).encryptor() if suite.cipher == "RC4" else None

    def seal(self, kind: int, content: bytes, padding: int = 0) -> bytes:
        """The fragment of the next record. ``padding`` adds zeros (TLS 1.3) or whole blocks (CBC)."""
        sequence = self.sequence
        self.sequence += 1
        version = min(self.version, 0x0303).to_bytes(2, "big")
        if self.version == TLS13:
            inner = content + bytes((kind,)) + bytes(padding)
            header = b"\x17" + version + (len(inner) + self.suite.tag).to_bytes(2, "big")
            return self._aead().encrypt(self._mixed(sequence), inner, header)
        header = bytes((kind,)) + version
        if self.suite.is_aead:
            explicit = b"" if self.suite.mode == "POLY1305" else (sequence ^ 0x77).to_bytes(8, "big")
            nonce = self.keys.iv + explicit if explicit else self._mixed(sequence)
            data = sequence.to_bytes(8, "big") + header + len(content).to_bytes(2, "big")
            return explicit + self._aead().encrypt(nonce, content, data)
        if self.suite.mode == "CBC":
            return self._block(sequence, header, content, padding)
        sealed = content + self._mac(sequence, header, content)
        return sealed if self.stream is None else self.stream.update(sealed)

    def _block(self, sequence: int, header: bytes, content: bytes, padding: int) -> bytes:
        size = self.suite.block
        if not self.encrypt_then_mac:
            content += self._mac(sequence, header, content)
        count = size - 1 - len(content) % size + padding * size
        content += bytes((count,)) * (count + 1)
        explicit = self.version > TLS10
        iv = hashlib.sha256(sequence.to_bytes(8, "big")).digest()[:size] if explicit else self.iv
        encryptor = Cipher(BLOCK_CIPHERS[self.suite.cipher](self.keys.key), CBC(iv)).encryptor()  # type: ignore[abstract]
        sealed = encryptor.update(content) + encryptor.finalize()
        self.iv = sealed[-size:]
        body = iv + sealed if explicit else sealed
        return body + self._mac(sequence, header, body) if self.encrypt_then_mac else body

    def _mac(self, sequence: int, header: bytes, data: bytes) -> bytes:
        name = str(self.suite.mac)
        number, length = sequence.to_bytes(8, "big"), len(data).to_bytes(2, "big")
        if self.version > SSL30:
            return hmac.new(self.keys.mac_key, number + header + length + data, name).digest()
        pads = 48 if name == "MD5" else 40
        inner = hashlib.new(
            name, self.keys.mac_key + b"\x36" * pads + number + header[:1] + length + data
        ).digest()
        return hashlib.new(name, self.keys.mac_key + b"\x5c" * pads + inner).digest()

    def _mixed(self, sequence: int) -> bytes:
        return bytes(a ^ b for a, b in zip(self.keys.iv, sequence.to_bytes(12, "big"), strict=True))

    def _aead(self) -> AESGCM | AESCCM | ChaCha20Poly1305:
        if self.suite.mode == "GCM":
            return AESGCM(self.keys.key)
        if self.suite.mode == "CCM":
            return AESCCM(self.keys.key, self.suite.tag)
        return ChaCha20Poly1305(self.keys.key)
