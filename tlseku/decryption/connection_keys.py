"""The keys of one connection, both sides: from its hellos to the record that lies before us.

Knows which secrets a connection needs, the order in which its keys come into force, and the handshake messages on which
that hangs (SSL 3.0 to TLS 1.3, DTLS 1.0 and 1.2); must not know how records and messages are cut, or what certificates
say. It is told of every handshake message, in clear or opened, and of every ChangeCipherSpec, and opens records in
return.

Plan: TLS 1.3 gets its keys with the ServerHello and finds its way alone (``direction``). Before, a side's keys are made
when it sends ChangeCipherSpec; a renegotiation is simply told like the first handshake. The handshake is hashed where
no master secret is known, since with the extended master secret a pre-master secret needs that. A secret may be logged
after it was needed: ``lacks_secret`` says so beforehand, and ``look_again`` takes what came. Where the hello may be an
outer one of Encrypted Client Hello, ``search`` finds the session by its first record (``session_search``). Memory is
constant but for one ClientHello and one ClientKeyExchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from cryptography.exceptions import UnsupportedAlgorithm

from tlseku.decryption.cipher_parameters import TLS13, UNSUPPORTED_SUITE, suite_of
from tlseku.decryption.direction_keys import MAX_AHEAD, SMALLEST_RECORD, Tls13Direction
from tlseku.decryption.key_schedule import master_secret
from tlseku.decryption.plaintext import DoesNotFit, Opened, RecordProtection
from tlseku.decryption.prf import Transcript
from tlseku.decryption.record_protection import tls12_records
from tlseku.decryption.secret_store import (
    CLIENT_EARLY,
    CLIENT_HANDSHAKE,
    CLIENT_RANDOM,
    CLIENT_TRAFFIC_0,
    PMS_CLIENT_RANDOM,
    SERVER_HANDSHAKE,
    SERVER_TRAFFIC_0,
    SecretStore,
)
from tlseku.decryption.session_search import SessionSearch
from tlseku.registry.protocol_versions import DTLS13, is_datagram, version_of_tls
from tlseku.tls.handshake_types import CLIENT_KEY_EXCHANGE, HELLO_REQUEST

CLIENT = 0
SERVER = 1

NO_SECRETS = "no_secrets"
"""Why nothing opens: the store knows nothing of this client random."""


class ConnectionKeys:
    """What opens the records of one connection. Sides are 0 (client) and 1 (server).

    ``version`` and ``cipher_suite`` are those of the last ServerHello, 0 before; ``had_secrets`` says that at least one
    secret was known for one of its handshakes, ``inner_session`` that the secrets are those of an inner hello's random.
    """

    __slots__ = (
        "_ahead",
        "_before",
        "_client_random",
        "_datagrams",
        "_directions",
        "_early_data",
        "_encrypt_then_mac",
        "_exchange",
        "_extended",
        "_lacking",
        "_master",
        "_may_be_outer",
        "_old",
        "_pending",
        "_search",
        "_server_random",
        "_store",
        "_transcript",
        "cipher_suite",
        "had_secrets",
        "inner_session",
        "version",
    )

    def __init__(self, store: SecretStore) -> None:
        self._store = store
        self._client_random = b""
        self._server_random = b""
        self._datagrams = False
        self._early_data = False
        self._before = 0
        self._ahead = [0, 0]
        self._encrypt_then_mac = False
        self._extended = False
        self._lacking = False
        self._may_be_outer = False
        self._search: SessionSearch | None = None
        self._master: bytes | None = None
        self._transcript: Transcript | None = None
        self._exchange: tuple[bytes, Transcript] | None = None
        self._pending: tuple[RecordProtection, RecordProtection] | None = None
        self._old: list[RecordProtection | None] = [None, None]
        self._directions: tuple[Tls13Direction, Tls13Direction] | None = None
        self.version = 0
        self.cipher_suite = 0
        self.had_secrets = False
        self.inner_session = False

    def why_not_decrypted(self, side: int) -> str | None:
        """Why there are no keys for what this side sends encrypted: ``NO_SECRETS``, ``UNSUPPORTED_SUITE``; None if
        there are. During a renegotiation the old keys count until the side sends ChangeCipherSpec."""
        if self._old[side] is not None:
            return None
        if self._lacking or (self.version and suite_of(self.cipher_suite, self.version) is None):
            return UNSUPPORTED_SUITE
        if self._directions is not None:
            return None if self._directions[side].has_secrets else NO_SECRETS
        if self.version == TLS13:
            wanted = ((CLIENT_HANDSHAKE, CLIENT_TRAFFIC_0), (SERVER_HANDSHAKE, SERVER_TRAFFIC_0))[side]
            known = self._store.of(self._client_random)
            return None if any(label in known for label in wanted) else NO_SECRETS
        return None if self._master is not None else NO_SECRETS

    def lacks_secret(self, side: int) -> bool:
        """Whether a secret is missing for what this side sends from here on: in TLS 1.3 its next encrypted record,
        before that its next ChangeCipherSpec. It may be logged later."""
        if self._directions is not None:
            return self._directions[side].lacks_secret
        if self._master is not None or self.version in (0, TLS13):
            return False
        return suite_of(self.cipher_suite, self.version) is not None

    def is_blind(self, side: int) -> bool:
        """Whether no secret is known that could open what this side sends in TLS 1.3 from here on."""
        return self._directions is not None and self._directions[side].is_blind

    def lacks_later(self, side: int) -> bool:
        """Whether what does not fit now may fit a secret of TLS 1.3 that is not known yet, because a gap may hold the
        Finished between them."""
        return self._directions is not None and self._directions[side].lacks_later

    def look_again(self) -> None:
        """Take the secrets of this connection that came since its hellos."""
        known = self._known()
        if self._directions is not None:
            self._directions[CLIENT].learn(
                known.get(CLIENT_HANDSHAKE),
                known.get(CLIENT_TRAFFIC_0),
                known.get(CLIENT_EARLY) if self._early_data else None,
            )
            self._directions[SERVER].learn(known.get(SERVER_HANDSHAKE), known.get(SERVER_TRAFFIC_0))
        elif self._master is None and self.version:
            self._master = known.get(CLIENT_RANDOM)
            if self._master is None and self._exchange is not None:
                self._find_master(*self._exchange)

    def search(self, content_type: int, version: int, fragment: bytes) -> bool:
        """Look for the session among those that no hello showed, with the server's first encrypted record; whether it
        was found now. Only for a hello that may be an outer one and whose own random nothing is known of."""
        if self._search is None:
            return False
        found = self._search.find(content_type, version, fragment)
        if found is None:
            return False
        self._client_random = found
        self.inner_session = True
        self.look_again()
        return True

    def client_hello(self, random: bytes, early_data: bool, may_be_outer: bool = False) -> None:
        """A ClientHello: the first one, the second after a HelloRetryRequest, or one that renegotiates.

        ``early_data`` says whether it has that extension (RFC 8446 section 4.2.10), ``may_be_outer`` whether it may
        hide an inner hello (RFC 9849 section 5).
        """
        self._client_random = random
        self._may_be_outer = may_be_outer
        self._early_data = self._early_data or early_data
        self._master = None
        self._pending = None
        known = self._known()
        self._transcript = None if CLIENT_RANDOM in known else Transcript()
        self._exchange = None

    def hello_retry_request(self) -> None:
        """A HelloRetryRequest: TLS 1.3 is agreed, and ChangeCipherSpec means nothing from here on."""
        self.version = TLS13

    def server_hello(
        self,
        random: bytes,
        version: int,
        cipher_suite: int,
        encrypt_then_mac: bool,
        extended_master_secret: bool,
    ) -> None:
        """A ServerHello, with the version agreed and whether it has the two extensions (RFC 7366, RFC 7627)."""
        self._server_random = random
        self._datagrams = is_datagram(version)
        self.version = version = DTLS13 if version == DTLS13 else version_of_tls(version)
        self.cipher_suite = cipher_suite
        self._encrypt_then_mac = encrypt_then_mac
        self._extended = extended_master_secret
        self._lacking = False
        self._pending = None
        known = self._known()
        if version == TLS13:
            self._transcript = None
            if self._may_be_outer and not self._store.has_session(self._client_random):
                self._search = SessionSearch(self._store, cipher_suite)
            early = known.get(CLIENT_EARLY) if self._early_data else None
            self._directions = (
                Tls13Direction(cipher_suite, known.get(CLIENT_HANDSHAKE), known.get(CLIENT_TRAFFIC_0), early),
                Tls13Direction(cipher_suite, known.get(SERVER_HANDSHAKE), known.get(SERVER_TRAFFIC_0)),
            )
            for _ in range(self._before if early is not None else 0):
                self._directions[CLIENT].skip()
        else:
            self._master = known.get(CLIENT_RANDOM)

    def message(self, side: int, handshake_type: int, message: bytes) -> None:
        """A whole handshake message with its four bytes of header, after the hello that it may be was told."""
        if self._directions is not None:
            self._directions[side].message(handshake_type)
        elif self._transcript is not None and handshake_type != HELLO_REQUEST:
            self._transcript.add(message)
            if handshake_type == CLIENT_KEY_EXCHANGE:
                self._exchange = message[4:], self._transcript
                self._transcript = None
                self._find_master(*self._exchange)

    def change_cipher_spec(self, side: int) -> None:
        """A ChangeCipherSpec: what follows from this side is under the keys just agreed."""
        if self.version == TLS13:
            return
        if self._pending is None and self._master is not None:
            self._pending = tls12_records(
                self._master,
                self._client_random,
                self._server_random,
                self.cipher_suite,
                self.version,
                self._encrypt_then_mac,
                self._datagrams,
            )
            self._lacking = self._pending is None
        self._old[side] = None if self._pending is None else self._pending[side]
        self._ahead[side] = 0

    def needs_every_record(self, side: int) -> bool:
        """Whether ``skip`` must be given the bytes of each record of this side."""
        old = self._old[side]
        return old is not None and old.needs_every_record

    def expects_early_data(self, side: int) -> bool:
        """Whether a record of this side that does not open may be early data: no reason to doubt the secrets."""
        if side != CLIENT or not self._early_data:
            return False
        return self._directions is None or self._directions[CLIENT].opened == 0

    def open(self, side: int, content_type: int, version: int, fragment: bytes) -> Opened:
        """The content of this side's next encrypted record; type and version as in its header.

        Raises ``DoesNotFit``, also where there are no keys at all (``why_not_decrypted``).
        """
        if self._directions is not None:
            return self._directions[side].open(content_type, version, fragment)
        old = self._old[side]
        if old is None:
            self._count(side)
            raise DoesNotFit("there are no keys")
        try:
            opened = old.open(content_type, version, fragment, self._ahead[side])
        except DoesNotFit:
            if self._ahead[side]:
                self._ahead[side] = min(self._ahead[side] + 1, MAX_AHEAD)
            raise
        self._ahead[side] = 0
        return opened

    def skip(self, side: int, fragment: bytes = b"") -> None:
        """Pass over an encrypted record."""
        old = self._old[side]
        if self._directions is not None:
            self._directions[side].skip()
        elif old is not None:
            old.skip(fragment)
        else:
            self._count(side)

    def lost(self, side: int, length: int) -> None:
        """``length`` bytes of this side are missing, and with them an unknown number of records.

        That is made up for by trying, except where each record hangs on the one before (``needs_every_record``).
        """
        if self._directions is not None:
            self._directions[side].lost(length)
        elif self._old[side] is not None:
            self._ahead[side] = min(self._ahead[side] + length // SMALLEST_RECORD + 1, MAX_AHEAD)

    def _known(self) -> Mapping[str, bytes]:
        """The secrets of the session by label. Where there are any, they are looked for no longer, and are no other
        connection's; a session that was found stays for the same packets captured twice."""
        if self._store.has_session(self._client_random):
            self.had_secrets = True
            self._search = None
            if not self.inner_session:
                self._store.claim(self._client_random)
        return self._store.of(self._client_random)

    def _count(self, side: int) -> None:
        # Early data before the ServerHello, which tells the suite.
        if side == CLIENT and self._early_data:
            self._before += 1

    def _find_master(self, client_key_exchange: bytes, transcript: Transcript) -> None:
        pre_master = self._store.secret(self._client_random, PMS_CLIENT_RANDOM)
        if pre_master is None:
            pre_master = self._store.pre_master(client_key_exchange, self.version)
        suite = suite_of(self.cipher_suite, self.version)
        # Of DTLS the session hash takes headers that are not kept here (RFC 6347 section 4.2.6).
        if pre_master is None or suite is None or (self._datagrams and self._extended):
            return
        self.had_secrets = True
        # Without MD5 in the library there is no TLS 1.1 and nothing before it.
        with suppress(UnsupportedAlgorithm):
            hashed = transcript.session_hash(self.version, suite.hash) if self._extended else None
            self._master = master_secret(
                pre_master, self._client_random, self._server_random, suite, self.version, hashed
            )
