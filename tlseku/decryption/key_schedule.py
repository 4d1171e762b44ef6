"""The keys of one direction out of a connection's secrets.

Knows traffic keys and the update of TLS 1.3 (RFC 8446 sections 7.2 and 7.3), master secret and key block of what came
before (RFC 5246 sections 6.3 and 8.1, RFC 7627, RFC 6101 section 6); must not know records. No text made from these
values holds a key.
"""

from __future__ import annotations

from dataclasses import field

from tlseku._objects import frozen
from tlseku.decryption.cipher_parameters import TLS10, Suite
from tlseku.decryption.prf import SIZES, derive, hkdf_expand_label, prf

MASTER_BYTES = 48
TLS13_IV_BYTES = 12


@frozen
class Keys:
    """What protects one direction: ``key`` and ``iv`` of the cipher, ``mac_key`` of the MAC (empty for an AEAD)."""

    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    mac_key: bytes = field(default=b"", repr=False)


def traffic_keys(secret: bytes, suite: Suite) -> Keys:
    """Key and nonce from a traffic secret of TLS 1.3 (RFC 8446 section 7.3)."""
    return Keys(
        hkdf_expand_label(secret, b"key", b"", suite.key, suite.hash),
        hkdf_expand_label(secret, b"iv", b"", TLS13_IV_BYTES, suite.hash),
    )


def next_traffic_secret(secret: bytes, suite: Suite) -> bytes:
    """The traffic secret after a KeyUpdate (RFC 8446 section 7.2)."""
    return hkdf_expand_label(secret, b"traffic upd", b"", SIZES[suite.hash], suite.hash)


def master_secret(
    pre_master: bytes,
    client_random: bytes,
    server_random: bytes,
    suite: Suite,
    version: int,
    session_hash: bytes | None = None,
) -> bytes:
    """The master secret from a pre-master secret (RFC 5246 section 8.1).

    ``session_hash`` is the hash over the handshake up to the ClientKeyExchange where both hellos agreed on the extended
    master secret, else None (RFC 7627 section 4; it does not exist in SSL 3.0).
    """
    if session_hash is not None:
        return prf(
            pre_master, b"extended master secret", session_hash, MASTER_BYTES, max(version, TLS10), suite.hash
        )
    seed = client_random + server_random
    return derive(pre_master, b"master secret", seed, MASTER_BYTES, version, suite.hash)


def key_block(
    master: bytes, client_random: bytes, server_random: bytes, suite: Suite, version: int
) -> tuple[Keys, Keys]:
    """The keys that the client and the server write with (RFC 5246 section 6.3, RFC 6101 section 6.2.2).

    The first IV of a CBC cipher comes from here up to TLS 1.0; later each record carries its own.
    """
    mac = 0 if suite.mac is None else SIZES[suite.mac]
    iv = suite.block if version <= TLS10 else suite.iv
    sizes = (mac, mac, suite.key, suite.key, iv, iv)
    block = derive(master, b"key expansion", server_random + client_random, sum(sizes), version, suite.hash)
    parts = []
    at = 0
    for size in sizes:
        parts.append(block[at : at + size])
        at += size
    return Keys(parts[2], parts[4], parts[0]), Keys(parts[3], parts[5], parts[1])
