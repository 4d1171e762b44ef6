"""Which session a connection belongs to whose ClientHello bears another random than its key log.

Knows that an accepted Encrypted Client Hello makes the inner hello's random the session's, under which libraries log
(RFC 9849 sections 6.1 and 7), and that only the right secret opens a record; must not know records on the wire or what
a hello says. The first encrypted record of the server is tried with the secrets of the sessions that no hello showed.

Limits: ``MAX_TRIED`` sessions a connection, the newest first, and ``MAX_TRIED_IN_ALL`` for all connections of a store:
decoys (RFC 9849 section 6.2) look like outer hellos, and browsers send one with every connection.
"""

from __future__ import annotations

from tlseku.decryption.cipher_parameters import TLS13, suite_of
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.prf import SIZES
from tlseku.decryption.record_protection import tls13_records
from tlseku.decryption.secret_store import SecretStore
from tlseku.tls import records

MAX_TRIED = 1_000
"""Sessions that are tried for one connection: some 40 ms."""

MAX_TRIED_IN_ALL = 100_000
"""Sessions that are tried for all connections together: some 4 s."""


class SessionSearch:
    """The search of one connection of TLS 1.3; ``cipher_suite`` is the code point of its ServerHello."""

    __slots__ = ("_cipher_suite", "_left", "_size", "_store", "_tried_until")

    def __init__(self, store: SecretStore, cipher_suite: int) -> None:
        suite = suite_of(cipher_suite, TLS13)
        self._store = store
        self._cipher_suite = cipher_suite
        # A secret is as long as the suite's hash (RFC 8446 section 7.1); 0 where nothing can be opened.
        self._size = 0 if suite is None else SIZES[suite.hash]
        self._left = MAX_TRIED
        self._tried_until = 0

    def find(self, content_type: int, version: int, fragment: bytes) -> bytes | None:
        """The client random of the session whose secret opens the server's first encrypted record, None if none does.

        Type and version as in the record's header. Asked again, it tries only what came since.
        """
        if content_type != records.APPLICATION_DATA:
            # An alert in clear; every protected record bears that type (RFC 8446 section 5.2).
            return None
        since, self._tried_until = self._tried_until, self._store.revision
        for client_random, secret in self._store.unclaimed(since):
            if len(secret) != self._size:
                continue
            if self._left <= 0 or self._store.tried >= MAX_TRIED_IN_ALL:
                return None
            self._left -= 1
            self._store.tried += 1
            if self._opens(secret, version, fragment):
                return client_random
        return None

    def _opens(self, secret: bytes, version: int, fragment: bytes) -> bool:
        protection = tls13_records(secret, self._cipher_suite)
        if protection is None:
            return False
        try:
            protection.open(records.APPLICATION_DATA, version, fragment)
        except DoesNotFit:
            return False
        return True
