"""Pseudo-random functions: secrets out of secrets, as each version of the protocol does it.

Knows HKDF-Expand-Label (RFC 8446 section 7.1), the PRF of TLS 1.2 (RFC 5246 section 5), the one of TLS 1.0 and 1.1 (RFC
2246 section 5) and SSL 3.0's (RFC 6101 section 6.1); must not know what the results are for. All on the hashes, HMAC
and HKDF of ``cryptography``; a hash is named as in ``suites``.
"""

from __future__ import annotations

from contextlib import suppress

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tlseku.decryption.cipher_parameters import SSL30, TLS12

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "MD5": hashes.MD5,
    "SHA1": hashes.SHA1,
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
}

SIZES = {"MD5": 16, "SHA1": 20, "SHA256": 32, "SHA384": 48}
"""Bytes that a hash yields."""


def digest(name: str, *parts: bytes) -> bytes:
    """The hash of the parts, one after the other."""
    state = hashes.Hash(_HASHES[name]())
    for part in parts:
        state.update(part)
    return state.finalize()


def authentication_code(name: str, key: bytes, *parts: bytes) -> bytes:
    """The HMAC of the parts, one after the other (RFC 2104)."""
    state = hmac.HMAC(key, _HASHES[name]())
    for part in parts:
        state.update(part)
    return state.finalize()


def hkdf_expand_label(secret: bytes, label: bytes, context: bytes, length: int, name: str) -> bytes:
    """HKDF-Expand-Label of TLS 1.3; ``label`` without its prefix (RFC 8446 section 7.1)."""
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(full),)) + full + bytes((len(context),)) + context
    return HKDFExpand(_HASHES[name](), length, info).derive(secret)


def prf(secret: bytes, label: bytes, seed: bytes, length: int, version: int, name: str) -> bytes:
    """``length`` bytes from the PRF of TLS 1.2, with the suite's hash, or of TLS 1.0 and 1.1, which know no other."""
    if version >= TLS12:
        return _p_hash(name, secret, label + seed, length)
    # Two halves, which share the middle byte of an odd secret (RFC 2246 section 5).
    half = (len(secret) + 1) // 2
    md5 = _p_hash("MD5", secret[:half], label + seed, length)
    sha1 = _p_hash("SHA1", secret[len(secret) - half :], label + seed, length)
    return bytes(a ^ b for a, b in zip(md5, sha1, strict=True))


def ssl3_expand(secret: bytes, seed: bytes, length: int) -> bytes:
    """SSL 3.0's way: MD5 over SHA-1 with the salts A, BB, CCC and on (RFC 6101 sections 6.1 and 6.2.2)."""
    blocks = b""
    count = 0
    while len(blocks) < length:
        salt = bytes((0x41 + count,)) * (count + 1)
        blocks += digest("MD5", secret, digest("SHA1", salt, secret, seed))
        count += 1
    return blocks[:length]


class Transcript:
    """The hash over a handshake whose version and suite, and with them the hash function, are not known yet.

    All four functions run along, so that no message is kept.
    """

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states: dict[str, hashes.Hash] = {}
        for name, function in _HASHES.items():
            # MD5 is missing where the library beneath is restricted to approved functions.
            with suppress(UnsupportedAlgorithm):
                self._states[name] = hashes.Hash(function())

    def add(self, message: bytes) -> None:
        """The next handshake message, header included."""
        for state in self._states.values():
            state.update(message)

    def session_hash(self, version: int, name: str) -> bytes:
        """The hash over the messages so far that Finished and the extended master secret use (RFC 7627 section 3).
        Raises ``UnsupportedAlgorithm``."""
        names = (name,) if version >= TLS12 else ("MD5", "SHA1")
        if not self._states.keys() >= set(names):
            raise UnsupportedAlgorithm(f"{names[0]} is not available")
        return b"".join(self._states[one].copy().finalize() for one in names)


def derive(secret: bytes, label: bytes, seed: bytes, length: int, version: int, name: str) -> bytes:
    """``prf``, or in SSL 3.0 what stands for it there, which has no labels."""
    if version == SSL30:
        return ssl3_expand(secret, seed, length)
    return prf(secret, label, seed, length, version, name)


def _p_hash(name: str, secret: bytes, seed: bytes, length: int) -> bytes:
    keyed = hmac.HMAC(secret, _HASHES[name]())
    blocks = b""
    chain = seed
    while len(blocks) < length:
        step = keyed.copy()
        step.update(chain)
        chain = step.finalize()
        output = keyed.copy()
        output.update(chain + seed)
        blocks += output.finalize()
    return blocks[:length]
