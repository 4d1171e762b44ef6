"""The secrets of many connections, found by what the wire shows of each.

Knows client randoms, labels and the first bytes of an encrypted pre-master secret; must not know where the secrets came
from or how to use them. No text made from a store holds a secret.

A session whose random no hello showed may be that of an inner hello (RFC 9849): such sessions are given out by age.

Limit: ``MAX_CONNECTIONS`` connections; the oldest is given up for a new one and counted in ``evicted``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType

MAX_CONNECTIONS = 200_000
"""Some 160 MB of TLS 1.3 secrets, and twice what the secrets blocks of one capture may hold."""

MAX_PER_CONNECTION = 64
"""A TLS 1.3 connection logs seven; more come only from numbered traffic secrets."""

CLIENT_RANDOM = "CLIENT_RANDOM"
PMS_CLIENT_RANDOM = "PMS_CLIENT_RANDOM"
RSA = "RSA"
CLIENT_EARLY = "CLIENT_EARLY_TRAFFIC_SECRET"
CLIENT_HANDSHAKE = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
SERVER_HANDSHAKE = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
CLIENT_TRAFFIC_0 = "CLIENT_TRAFFIC_SECRET_0"
SERVER_TRAFFIC_0 = "SERVER_TRAFFIC_SECRET_0"
ECH_SECRET = "ECH_SECRET"
ECH_CONFIG = "ECH_CONFIG"

_INNER = frozenset({ECH_SECRET, ECH_CONFIG})
"""Logged under the random of an outer hello (draft-ietf-tls-ech-keylogfile): what opens the inner one, no secret of a
session."""

_RANDOM_SIZE = 32
_SPARSE = 1000

_NONE: Mapping[str, bytes] = MappingProxyType({})


class SecretStore:
    """Secrets by client random and label. ``evicted`` counts the connections given up for want of room,
    ``revision`` grows with everything added, so that a reader can see that something came. ``tried`` is for those who
    try the sessions of ``unclaimed``: it counts how often one did, over all connections."""

    __slots__ = (
        "_by_random",
        "_by_rsa",
        "_claimed",
        "_limit",
        "_order",
        "_unclaimed",
        "evicted",
        "revision",
        "tried",
    )

    def __init__(self, max_connections: int = MAX_CONNECTIONS) -> None:
        self._by_random: dict[bytes, dict[str, bytes]] = {}
        self._by_rsa: dict[bytes, bytes] = {}
        # The randoms of TLS 1.3 sessions that no hello showed, by the revision of their server's handshake secret.
        self._unclaimed: dict[bytes, int] = {}
        self._claimed = 0
        # The keys of both in the order in which they came. A dict does not find its first one at once when many before
        # it were deleted.
        self._order: deque[bytes] = deque()
        self._limit = max_connections
        self.evicted = 0
        self.revision = 0
        self.tried = 0

    def __len__(self) -> int:
        """How many connections have a secret here."""
        return len(self._by_random) + len(self._by_rsa)

    def __repr__(self) -> str:
        return f"<SecretStore of {len(self)} connections>"

    def add(self, label: str, client_random: bytes, secret: bytes) -> bool:
        """Keep ``secret`` under ``label`` of the connection whose ClientHello has ``client_random`` (32 bytes).

        A later secret takes the place of an earlier one. False, and nothing is kept, where the connection has
        ``MAX_PER_CONNECTION`` others already.
        """
        known = self._by_random.get(client_random)
        if known is None:
            self._make_room(client_random)
            known = self._by_random[client_random] = {}
        elif label not in known and len(known) >= MAX_PER_CONNECTION:
            return False
        known[label] = secret
        self.revision += 1
        if label == SERVER_HANDSHAKE:
            # The newest stands last.
            self._unclaimed.pop(client_random, None)
            self._unclaimed[client_random] = self.revision
        return True

    def add_rsa(self, encrypted_start: bytes, pre_master: bytes) -> None:
        """Keep a pre-master secret by the first eight bytes of its encrypted form (the ``RSA`` line)."""
        if encrypted_start not in self._by_rsa:
            self._make_room(encrypted_start)
        self._by_rsa[encrypted_start] = pre_master
        self.revision += 1

    def of(self, client_random: bytes) -> Mapping[str, bytes]:
        """The secrets of one connection by label; empty if there is none."""
        known = self._by_random.get(client_random)
        return _NONE if known is None else MappingProxyType(known)

    def has_session(self, client_random: bytes) -> bool:
        """Whether there is a secret of the session of this client random, not only of an Encrypted Client Hello."""
        return not self._by_random.get(client_random, {}).keys() <= _INNER

    def claim(self, client_random: bytes) -> None:
        """A hello showed this random: its session is no other connection's."""
        if self._unclaimed.pop(client_random, None) is not None:
            self._claimed += 1
        # Whoever looks for the newest steps over all that were deleted behind it.
        if self._claimed > len(self._unclaimed) + _SPARSE:
            self._unclaimed = dict(self._unclaimed)
            self._claimed = 0

    def unclaimed(self, since: int) -> Iterator[tuple[bytes, bytes]]:
        """The TLS 1.3 sessions that no hello showed: client random and the server's handshake secret, the newest first.

        Only those whose secret came after the revision ``since``; 0 for all. Nothing may be added meanwhile.
        """
        for client_random, revision in reversed(self._unclaimed.items()):
            if revision <= since:
                return
            yield client_random, self._by_random[client_random][SERVER_HANDSHAKE]

    def secret(self, client_random: bytes, label: str) -> bytes | None:
        """One secret, None if it is not known."""
        return self.of(client_random).get(label)

    @property
    def has_pre_masters(self) -> bool:
        """Whether any connection may be known by its encrypted pre-master secret only."""
        return bool(self._by_rsa)

    def pre_master(self, client_key_exchange: bytes, version: int) -> bytes | None:
        """The pre-master secret that the body of a ClientKeyExchange carries encrypted with RSA, None if unknown.

        TLS puts two bytes of length before it, SSL 3.0 does not (RFC 5246 section 7.4.7.1).
        """
        if not self._by_rsa:
            return None
        start = 0 if version == 0x0300 else 2
        return self._by_rsa.get(client_key_exchange[start : start + 8])

    def _make_room(self, key: bytes) -> None:
        """Room for the connection that ``key`` names, a client random or eight bytes."""
        if len(self) >= self._limit:
            first = self._order.popleft()
            if len(first) == _RANDOM_SIZE:
                del self._by_random[first]
                self._unclaimed.pop(first, None)
            else:
                del self._by_rsa[first]
            self.evicted += 1
        self._order.append(key)
