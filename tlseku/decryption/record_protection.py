"""The record protection of a direction, made from its secret.

Knows which kind of record belongs to which suite; must not know handshakes. None where a suite, or the ``cryptography``
that is installed, has nothing to offer (``suites.UNSUPPORTED_SUITE``).
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm

from tlseku.decryption.aead import AeadRecords, Tls13Records
from tlseku.decryption.cipher_parameters import TLS13, Suite, suite_of
from tlseku.decryption.datagram_records import DatagramRecords
from tlseku.decryption.key_schedule import Keys, key_block, traffic_keys
from tlseku.decryption.mac_then_encrypt import BlockRecords, StreamRecords
from tlseku.decryption.plaintext import RecordProtection


def tls13_records(traffic_secret: bytes, cipher_suite: int) -> RecordProtection | None:
    """The records under a traffic secret of TLS 1.3; ``cipher_suite`` is the code point."""
    suite = suite_of(cipher_suite, TLS13)
    if suite is None:
        return None
    try:
        return Tls13Records(suite, traffic_keys(traffic_secret, suite))
    except UnsupportedAlgorithm:
        return None


def tls12_records(
    master: bytes,
    client_random: bytes,
    server_random: bytes,
    cipher_suite: int,
    version: int,
    encrypt_then_mac: bool = False,
    datagrams: bool = False,
) -> tuple[RecordProtection, RecordProtection] | None:
    """The records of the client and of the server after ChangeCipherSpec, SSL 3.0 to TLS 1.2.

    ``version`` and ``cipher_suite`` as the ServerHello says, ``encrypt_then_mac`` whether it has that extension, which
    only CBC suites heed (RFC 7366 section 3). ``datagrams`` says that they are records of DTLS made of that version.
    """
    suite = suite_of(cipher_suite, version)
    if suite is None:
        return None
    try:
        client, server = key_block(master, client_random, server_random, suite, version)
        opens = (
            _records(suite, client, version, encrypt_then_mac),
            _records(suite, server, version, encrypt_then_mac),
        )
        return (DatagramRecords(opens[0]), DatagramRecords(opens[1])) if datagrams else opens
    except UnsupportedAlgorithm:
        return None


def _records(suite: Suite, keys: Keys, version: int, encrypt_then_mac: bool) -> RecordProtection:
    if suite.is_aead:
        return AeadRecords(suite, keys)
    if suite.mode == "CBC":
        return BlockRecords(suite, keys, version, encrypt_then_mac)
    return StreamRecords(suite, keys, version)
