"""An observer of one TLS connection with its secrets: what the records say once they are open.

Knows the record header, the four-byte header of handshake messages and when keys change; must not know what a test
expects. It is as plain as it can be: bytes in the order seen, no loss, one connection. Every Finished is checked against
the transcript, which no wrong key and no missing byte survives.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from tlseku.secrets.direction import Tls13Direction
from tlseku.secrets.opened import DoesNotFit, RecordProtection
from tlseku.secrets.prf import SIZES, derive, hkdf_expand_label, session_hash
from tlseku.secrets.protection import tls12_records
from tlseku.secrets.schedule import master_secret
from tlseku.secrets.store import (
    CLIENT_EARLY,
    CLIENT_HANDSHAKE,
    CLIENT_RANDOM,
    CLIENT_TRAFFIC_0,
    PMS_CLIENT_RANDOM,
    SERVER_HANDSHAKE,
    SERVER_TRAFFIC_0,
    SecretStore,
)
from tlseku.secrets.suites import TLS13, suite_of
from tlseku.tls.extensions import find
from tlseku.tls.hello import ClientHello, ServerHello, read_client_hello, read_server_hello

C, S = 0, 1
ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, EARLY_DATA = 22, 23, 42


@dataclass
class Observer:
    """``messages`` are (side, handshake type, whether it was encrypted), ``bodies`` what they hold, ``data`` the
    application data of each side, ``early`` that of 0-RTT, ``alerts`` (side, level, code, encrypted), ``finished``
    how many Finished were right, ``unfit`` the sides of records that did not open, ``sealed`` how many records there was
    no key for."""

    store: SecretStore
    messages: list[tuple[int, int, bool]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    data: list[bytes] = field(default_factory=lambda: [b"", b""])
    early: bytes = b""
    alerts: list[tuple[int, int, int, bool]] = field(default_factory=list)
    finished: int = 0
    unfit: list[int] = field(default_factory=list)
    sealed: int = 0
    version: int = 0
    cipher_suite: int = 0
    extended: bool = False
    encrypt_then_mac: bool = False
    unsupported: bool = False

    def __post_init__(self) -> None:
        self._raw = [b"", b""]
        self._handshake = [b"", b""]
        self._transcript = b""
        self._retried = False
        self._client: ClientHello | None = None
        self._server: ServerHello | None = None
        self._exchange = b""
        self._master: bytes | None = None
        self._old: list[RecordProtection | None] = [None, None]
        self._directions: list[Tls13Direction | None] = [None, None]
        self._switched = [False, False]

    def run(self, turns: Iterable[tuple[int, bytes]]) -> Observer:
        """All of a dialogue."""
        for side, data in turns:
            self.feed(side, data)
        return self

    def feed(self, side: int, data: bytes) -> None:
        raw = self._raw[side] + data
        while len(raw) >= 5 and len(raw) >= 5 + int.from_bytes(raw[3:5], "big"):
            end = 5 + int.from_bytes(raw[3:5], "big")
            self._record(side, raw[0], int.from_bytes(raw[1:3], "big"), raw[5:end])
            raw = raw[end:]
        self._raw[side] = raw

    def types(self, side: int) -> list[int]:
        """The handshake types of one side."""
        return [kind for sender, kind, _ in self.messages if sender == side]

    def body(self, side: int, kind: int) -> bytes:
        """The body of the first message of that side and type."""
        return next(
            body
            for (sender, type_, _), body in zip(self.messages, self.bodies, strict=True)
            if (sender, type_) == (side, kind)
        )

    def _record(self, side: int, kind: int, version: int, fragment: bytes) -> None:
        encrypted = False
        if kind == 20:
            if self.version != TLS13:
                self._change_cipher_spec(side)
            return
        direction, old = self._directions[side], self._old[side]
        if direction is not None and kind == 23:
            encrypted = True
            phase = direction.phase
            try:
                kind, fragment = direction.open(kind, version, fragment)
            except DoesNotFit:
                self.unfit.append(side)
                return
            if phase == direction.phase == "early" and kind == 23:
                self.early += fragment
                return
        elif old is not None:
            encrypted = True
            try:
                kind, fragment = old.open(kind, version, fragment)
            except DoesNotFit:
                self.unfit.append(side)
                return
        elif self._switched[side] or kind == 23:
            # Ciphertext, and no key for it.
            self.sealed += 1
            return
        if kind == 22:
            self._messages(side, fragment, encrypted)
        elif kind == 21:
            self.alerts.append((side, fragment[0], fragment[1], encrypted))
        elif kind == 23:
            self.data[side] += fragment

    def _messages(self, side: int, fragment: bytes, encrypted: bool) -> None:
        data = self._handshake[side] + fragment
        while len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[1:4], "big"):
            end = 4 + int.from_bytes(data[1:4], "big")
            self._message(side, data[:end], encrypted)
            data = data[end:]
        self._handshake[side] = data

    def _message(self, side: int, message: bytes, encrypted: bool) -> None:
        kind, body = message[0], message[4:]
        self.messages.append((side, kind, encrypted))
        self.bodies.append(body)
        direction = self._directions[side]
        if kind == 20:
            self._check_finished(side, body)
        if kind == 1 and not self._retried:
            self._transcript = b""
        if kind not in (0, 4, 24) or self.version != TLS13:
            self._transcript += message if kind != 0 else b""
        if direction is not None:
            direction.message(kind)
        if kind == 1:
            self._client = read_client_hello(body)
            early = self.store.secret(self._client.random, CLIENT_EARLY)
            if early is not None and find(self._client.extensions, EARLY_DATA) is not None:
                # Before the ServerHello, only the PSK's suite can be meant; the tests know it.
                self._directions[C] = Tls13Direction(
                    self._client.cipher_suites[0],
                    self._secret(CLIENT_HANDSHAKE),
                    self._secret(CLIENT_TRAFFIC_0),
                    early,
                )
        elif kind == 2:
            self._server_hello(read_server_hello(body), message)
        elif kind == 16:
            self._exchange = body
            # Here, since the session hash ends with this message (RFC 7627 section 3).
            self._prepare_master()

    def _secret(self, label: str) -> bytes | None:
        assert self._client is not None
        return self.store.secret(self._client.random, label)

    def _server_hello(self, hello: ServerHello, message: bytes) -> None:
        if hello.is_hello_retry_request:
            suite = suite_of(hello.cipher_suite, TLS13)
            assert suite is not None
            first = self._transcript[: -len(message)]
            hashed = hashlib.new(suite.hash, first).digest()
            self._transcript = bytes((254, 0, 0, len(hashed))) + hashed + message
            self._retried = True
            return
        self._server = hello
        self.version, self.cipher_suite = hello.version, hello.cipher_suite
        self.unsupported = suite_of(self.cipher_suite, self.version) is None
        self.encrypt_then_mac = find(hello.extensions, ENCRYPT_THEN_MAC) is not None
        self.extended = find(hello.extensions, EXTENDED_MASTER_SECRET) is not None
        if self.version == TLS13:
            if self._directions[C] is None:
                self._directions[C] = Tls13Direction(
                    self.cipher_suite, self._secret(CLIENT_HANDSHAKE), self._secret(CLIENT_TRAFFIC_0)
                )
            self._directions[S] = Tls13Direction(
                self.cipher_suite, self._secret(SERVER_HANDSHAKE), self._secret(SERVER_TRAFFIC_0)
            )
        else:
            self._master = self._secret(CLIENT_RANDOM)

    def _prepare_master(self) -> None:
        assert self._server is not None
        assert self._client is not None
        suite = suite_of(self.cipher_suite, self.version)
        pre_master = self._secret(PMS_CLIENT_RANDOM) or self.store.pre_master(self._exchange, self.version)
        if self._master is None and pre_master is not None and suite is not None:
            hashed = session_hash(self._transcript, self.version, suite.hash) if self.extended else None
            self._master = master_secret(
                pre_master, self._client.random, self._server.random, suite, self.version, hashed
            )

    def _change_cipher_spec(self, side: int) -> None:
        assert self._client is not None
        self._switched[side] = True
        if self._server is None or self._master is None:
            return
        made = tls12_records(
            self._master,
            self._client.random,
            self._server.random,
            self.cipher_suite,
            self.version,
            self.encrypt_then_mac,
        )
        self._old[side] = None if made is None else made[side]

    def _check_finished(self, side: int, body: bytes) -> None:
        suite = suite_of(self.cipher_suite, self.version)
        assert suite is not None
        if self.version == TLS13:
            direction = self._directions[side]
            if direction is not None and direction.phase == "application":
                return  # After post-handshake authentication, over a transcript of its own.
            secret = self._secret((CLIENT_HANDSHAKE, SERVER_HANDSHAKE)[side])
            assert secret is not None
            key = hkdf_expand_label(secret, b"finished", b"", SIZES[suite.hash], suite.hash)
            digest = hashlib.new(suite.hash, self._transcript).digest()
            wanted = hmac.new(key, digest, suite.hash).digest()
        elif self.version == 0x0300:
            wanted = self._ssl3_finished((b"CLNT", b"SRVR")[side])
        else:
            assert self._master is not None
            wanted = derive(
                self._master,
                (b"client finished", b"server finished")[side],
                session_hash(self._transcript, self.version, suite.hash),
                12,
                self.version,
                suite.hash,
            )
        assert body == wanted
        self.finished += 1

    def _ssl3_finished(self, sender: bytes) -> bytes:
        assert self._master is not None
        result = b""
        for name, pad in (("md5", 48), ("sha1", 40)):
            inner = hashlib.new(name, self._transcript + sender + self._master + b"\x36" * pad).digest()
            result += hashlib.new(name, self._master + b"\x5c" * pad + inner).digest()
        return result
