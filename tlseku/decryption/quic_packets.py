"""What protects QUIC's packets: header protection and AEAD under one traffic secret.

Knows key, IV and header protection key of a secret, the packet number under its mask and the nonce made of it (RFC 9001
section 5, RFC 9369 section 3.3), and the keys of Initial packets, which anybody can make who saw the client's first
(RFC 9001 section 5.2); must not know headers beyond where the packet number stands. The ciphers are ``cryptography``'s.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES, ChaCha20
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tlseku.decryption.cipher_parameters import TLS13, Suite, suite_of
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.prf import SIZES, authentication_code, hkdf_expand_label
from tlseku.registry.quic_versions import V2

AES_128_GCM_SHA256: Final = 0x1301
SAMPLE: Final = 16
MAX_NUMBER: Final = 4
"""Bytes of a packet number; the sample of a header's mask begins behind as many."""
_LONG: Final = 0x80
_LAST_DRAFT_OF_OLD_SALT: Final = 0xFF000020

_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_V2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
# draft-ietf-quic-tls-29 section 5.2, up to draft 32.
_SALT_DRAFT = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")


class PacketContent(NamedTuple):
    """An opened packet: its whole number and its frames."""

    number: int
    payload: bytes


class PacketProtection:
    """Opens packets of one side and one encryption level of ``version`` under a traffic secret.

    ``largest`` is the largest packet number that was opened. Raises ``DoesNotFit`` where the suite cannot be opened.
    """

    __slots__ = ("_aead", "_header_key", "_iv", "_secret", "_suite", "_version", "largest")

    def __init__(self, secret: bytes, cipher_suite: int, version: int, header_key: bytes = b"") -> None:
        suite = suite_of(cipher_suite, TLS13)
        if suite is None:
            raise DoesNotFit("a suite that cannot be opened")
        self._suite = suite
        self._secret = secret
        self._version = version
        self._header_key = header_key or self._expand(b"hp", suite.key)
        self._iv = int.from_bytes(self._expand(b"iv", 12), "big")
        self._aead = _aead(suite, self._expand(b"key", suite.key))
        self.largest = -1

    def updated(self, cipher_suite: int) -> PacketProtection:
        """What comes after a key update: another key and IV, the header's key stays (RFC 9001 section 6.1)."""
        secret = self._expand(b"ku", SIZES[self._suite.hash])
        updated = PacketProtection(secret, cipher_suite, self._version, self._header_key)
        updated.largest = self.largest
        return updated

    def open(self, data: bytes, start: int, number_at: int, end: int) -> PacketContent:
        """The packet ``data[start:end]`` whose number stands at ``number_at``. Raises ``DoesNotFit``, and then nothing
        has changed."""
        sample = data[number_at + MAX_NUMBER : min(number_at + MAX_NUMBER + SAMPLE, end)]
        if len(sample) < SAMPLE:
            raise DoesNotFit("shorter than the sample for its header")
        mask = self._mask(sample)
        first = data[start] ^ (mask[0] & (0x0F if data[start] & _LONG else 0x1F))
        size = (first & 3) + 1
        masked = data[number_at : number_at + size]
        number_bytes = bytes(byte ^ bit for byte, bit in zip(masked, mask[1 : 1 + size], strict=True))
        number = whole_number(int.from_bytes(number_bytes, "big"), 8 * size, self.largest)
        header = bytes((first,)) + data[start + 1 : number_at] + number_bytes
        nonce = (self._iv ^ number).to_bytes(12, "big")
        try:
            payload = self._aead.decrypt(nonce, data[number_at + size : end], header)
        except InvalidTag:
            raise DoesNotFit("the tag does not match") from None
        self.largest = max(self.largest, number)
        return PacketContent(number, payload)

    def _expand(self, label: bytes, length: int) -> bytes:
        prefix = b"quicv2 " if self._version == V2 else b"quic "
        return hkdf_expand_label(self._secret, prefix + label, b"", length, self._suite.hash)

    def _mask(self, sample: bytes) -> bytes:
        if self._suite.mode == "POLY1305":
            stream = Cipher(ChaCha20(self._header_key, sample), None).encryptor()
            return stream.update(bytes(5))
        block = Cipher(AES(self._header_key), ECB()).encryptor()
        return block.update(sample)[:5]


def initial_protection(connection_id: bytes, version: int) -> tuple[PacketProtection, PacketProtection]:
    """What opens the Initial packets of a client and of its server; ``connection_id`` is the destination of the
    client's first one, or the source of the Retry that answered it (RFC 9001 section 5.2)."""
    # HKDF-Extract is an HMAC whose key is the salt (RFC 5869 section 2.2).
    secret = authentication_code("SHA256", _salt(version), connection_id)
    client, server = (
        hkdf_expand_label(secret, label, b"", SIZES["SHA256"], "SHA256")
        for label in (b"client in", b"server in")
    )
    return (
        PacketProtection(client, AES_128_GCM_SHA256, version),
        PacketProtection(server, AES_128_GCM_SHA256, version),
    )


def packet_protection(secret: bytes, cipher_suite: int, version: int) -> PacketProtection | None:
    """What opens packets under a traffic secret; None where the suite cannot be opened here."""
    try:
        return PacketProtection(secret, cipher_suite, version)
    except (DoesNotFit, UnsupportedAlgorithm):
        return None


def whole_number(truncated: int, bits: int, largest: int) -> int:
    """The packet number whose lowest ``bits`` are ``truncated`` and that is closest behind ``largest`` (RFC 9000
    appendix A.3)."""
    window = 1 << bits
    expected = largest + 1
    candidate = expected & ~(window - 1) | truncated
    if candidate <= expected - window // 2 and candidate < (1 << 62) - window:
        return candidate + window
    if candidate > expected + window // 2 and candidate >= window:
        return candidate - window
    return candidate


def _salt(version: int) -> bytes:
    if version == V2:
        return _SALT_V2
    return _SALT_DRAFT if 0xFF000000 < version <= _LAST_DRAFT_OF_OLD_SALT else _SALT_V1


def _aead(suite: Suite, key: bytes) -> AESGCM | AESCCM | ChaCha20Poly1305:
    if suite.mode == "GCM":
        return AESGCM(key)
    return AESCCM(key, tag_length=suite.tag) if suite.mode == "CCM" else ChaCha20Poly1305(key)
