"""Session secrets that a capture carries itself (pcapng Decryption Secrets Blocks).

Knows that a secret has a type and bytes; must not know what is in them or how to use them (``tls`` does).
"""

from __future__ import annotations

from typing import NamedTuple

MAX_SECRET_BYTES = 64 << 20
"""All secrets of a capture together. A TLS 1.3 connection needs about 800 bytes of key log, so this is room for
80,000 connections, and a bound on what a hostile file can make the reader keep."""


class Secret(NamedTuple):
    """One Decryption Secrets Block: ``secrets_type`` as in the file (0x544c534b is a TLS key log), ``data`` the
    bytes (draft-ietf-opsawg-pcapng section 4.7)."""

    secrets_type: int
    data: bytes


class SecretList:
    """The secrets of a capture in file order, at most ``MAX_SECRET_BYTES`` together."""

    __slots__ = ("_room", "entries")

    def __init__(self) -> None:
        self.entries: list[Secret] = []
        self._room = MAX_SECRET_BYTES

    def has_room(self, length: int) -> bool:
        """Whether a secret of ``length`` bytes would still be kept."""
        return length <= self._room

    def add(self, secrets_type: int, data: bytes) -> bool:
        """Keep a secret. False, and nothing is kept, if there is no room for it."""
        if not self.has_room(len(data)):
            return False
        self._room -= len(data)
        self.entries.append(Secret(secrets_type, data))
        return True
