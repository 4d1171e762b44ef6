"""Which keys open the packets of a QUIC connection, by side and encryption level.

Knows the Initial keys, which the client's first packet gives away, those of a Retry and of another version (RFC 9001
section 5.2, RFC 9368), the secrets that a key log holds for the levels behind (RFC 9001 section 4.1.4) and key updates
(section 6); must not know frames. Imports ``cryptography``'s ciphers, and is imported only when a QUIC packet came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tlseku.carriers.quic.packets import QuicPacket
from tlseku.carriers.quic.versions import HANDSHAKE, ONE_RTT
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.quic_packets import (
    PacketContent,
    PacketProtection,
    initial_protection,
    packet_protection,
)
from tlseku.decryption.secret_store import (
    CLIENT_HANDSHAKE,
    CLIENT_TRAFFIC_0,
    SERVER_HANDSHAKE,
    SERVER_TRAFFIC_0,
)

CLIENT: Final = 0
SERVER: Final = 1

MAX_INITIAL_KEYS: Final = 4
"""Pairs of Initial keys of a connection: the first, behind a Retry, in another version, and one to spare."""

_SUITES: Final = (0x1301, 0x1302, 0x1303, 0x1304)
"""What QUIC may be protected with (RFC 9001 section 5.3)."""

_LABELS: Final = {
    (CLIENT, HANDSHAKE): CLIENT_HANDSHAKE,
    (SERVER, HANDSHAKE): SERVER_HANDSHAKE,
    (CLIENT, ONE_RTT): CLIENT_TRAFFIC_0,
    (SERVER, ONE_RTT): SERVER_TRAFFIC_0,
}


class EncryptionLevels:
    """Opens the packets of one connection. Roles are ``CLIENT`` and ``SERVER``.

    ``cipher_suite`` is that of the ServerHello, 0 before. ``learn`` takes the secrets by the label of a key log.
    """

    __slots__ = ("_by_level", "_destination", "_initial", "_secrets", "cipher_suite")

    def __init__(self) -> None:
        self._initial: list[tuple[PacketProtection, PacketProtection]] = []
        self._destination: bytes | None = None
        self._by_level: dict[tuple[int, int], PacketProtection | None] = {}
        self._secrets: Mapping[str, bytes] = {}
        self.cipher_suite = 0

    def learn(self, secrets: Mapping[str, bytes]) -> None:
        """The secrets that are known of this connection now."""
        self._secrets = secrets
        self._by_level = {where: found for where, found in self._by_level.items() if found is not None}

    def has_secret(self, role: int, level: int) -> bool:
        """Whether the secret is known with which a role protects a level behind Initial."""
        return _LABELS[role, level] in self._secrets

    @property
    def has_secrets(self) -> bool:
        """Whether any secret of the connection is known."""
        return any(label in self._secrets for label in _LABELS.values())

    def open_initial(self, role: int, data: bytes, packet: QuicPacket) -> PacketContent:
        """An Initial packet, with the keys that are known or, of a client, with those that it gives away itself.
        Raises ``DoesNotFit``."""
        for keys in reversed(self._initial):
            try:
                return keys[role].open(data, packet.start, packet.number_at, packet.end)
            except DoesNotFit:
                continue
        if role != CLIENT or len(self._initial) >= MAX_INITIAL_KEYS:
            raise DoesNotFit("no Initial keys fit")
        keys = initial_protection(packet.destination, packet.version)
        opened = keys[CLIENT].open(data, packet.start, packet.number_at, packet.end)
        self._destination = packet.destination
        self._initial.append(keys)
        return opened

    def use_version(self, version: int) -> None:
        """The server answers in another version: Initial keys belong to the same connection id, made as that version
        makes them (RFC 9369 section 3.3.1)."""
        if self._destination is not None and len(self._initial) < MAX_INITIAL_KEYS:
            self._initial.append(initial_protection(self._destination, version))

    def find_suite(self, role: int, data: bytes, packet: QuicPacket, version: int) -> bool:
        """Whether a Handshake packet opens with one of the suites that TLS 1.3 has: where no ServerHello was seen,
        ``cipher_suite`` is that from here on."""
        secret = self._secrets.get(_LABELS[role, packet.kind])
        if secret is None:
            return False
        for suite in _SUITES:
            protection = packet_protection(secret, suite, version)
            if protection is None:
                continue
            try:
                protection.open(data, packet.start, packet.number_at, packet.end)
            except DoesNotFit:
                continue
            self.cipher_suite = suite
            return True
        return False

    def open(self, role: int, data: bytes, packet: QuicPacket, version: int) -> PacketContent:
        """A packet behind Initial. Raises ``DoesNotFit``, also where there are no keys."""
        where = role, packet.kind
        if where not in self._by_level:
            secret = self._secrets.get(_LABELS[where])
            made = None if secret is None else packet_protection(secret, self.cipher_suite, version)
            self._by_level[where] = made
        protection = self._by_level[where]
        if protection is None:
            raise DoesNotFit("there are no keys")
        try:
            return protection.open(data, packet.start, packet.number_at, packet.end)
        except DoesNotFit:
            if packet.kind != ONE_RTT:
                raise
        updated = protection.updated(self.cipher_suite)
        opened = updated.open(data, packet.start, packet.number_at, packet.end)
        self._by_level[where] = updated
        return opened
