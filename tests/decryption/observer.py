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

from tlseku.decryption.cipher_parameters import TLS12, TLS13, UNSUPPORTED_SUITE, suite_of
from tlseku.decryption.connection_keys import ConnectionKeys
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.prf import SIZES, derive, digest, hkdf_expand_label
from tlseku.decryption.secret_store import CLIENT_HANDSHAKE, SERVER_HANDSHAKE, SecretStore
from tlseku.tls.extensions import find
from tlseku.tls.hello import ServerHello, read_client_hello, read_server_hello

C, S = 0, 1
ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, EARLY_DATA = 22, 23, 42


def session_hash(messages: bytes, version: int, name: str) -> bytes:
    """The hash over handshake messages that Finished and the extended master secret use (RFC 7627 section 3)."""
    if version >= TLS12:
        return digest(name, messages)
    return digest("MD5", messages) + digest("SHA1", messages)


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
        self.keys = ConnectionKeys(self.store)
        self._raw = [b"", b""]
        self._handshake = [b"", b""]
        self._transcript = b""
        self._retried = False
        self._client_random = b""
        self._switched = [False, False]
        # Early data comes before the ServerHello that tells how to open it.
        self._held: list[tuple[int, int, bytes]] = []

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
        if kind == 20:
            self._switched[side] = self.version != TLS13
            self.keys.change_cipher_spec(side)
            return
        encrypted = self._switched[side] or kind == 23
        phase = self._phase(side)
        if encrypted:
            if side == C and not self.cipher_suite:
                self._held.append((kind, version, fragment))
                return
            if self.keys.why_not_decrypted(side) is not None:
                self.sealed += 1
                return
            try:
                kind, fragment = self.keys.open(side, kind, version, fragment)
            except DoesNotFit:
                self.unfit.append(side)
                return
        if kind == 22:
            self._messages(side, fragment, encrypted)
        elif kind == 21:
            self.alerts.append((side, fragment[0], fragment[1], encrypted))
        elif kind == 23 and phase == self._phase(side) == "early":
            self.early += fragment
        elif kind == 23:
            self.data[side] += fragment

    def _phase(self, side: int) -> str | None:
        directions = self.keys._directions
        return None if directions is None else directions[side].phase

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
        if kind == 20:
            self._check_finished(side, body)
        if kind == 1 and not self._retried:
            self._transcript = b""
        if kind not in (0, 4, 24) or self.version != TLS13:
            self._transcript += message if kind != 0 else b""
        if kind == 1:
            client = read_client_hello(body)
            self._client_random = client.random
            self.keys.client_hello(client.random, find(client.extensions, EARLY_DATA) is not None)
        elif kind == 2:
            self._server_hello(read_server_hello(body), message)
        self.keys.message(side, kind, message)
        if kind == 2 and self.cipher_suite:
            held, self._held = self._held, []
            for record in held:
                self._record(C, *record)

    def _secret(self, label: str) -> bytes | None:
        return self.store.secret(self._client_random, label)

    def _server_hello(self, hello: ServerHello, message: bytes) -> None:
        self.version = hello.version
        if hello.is_hello_retry_request:
            suite = suite_of(hello.cipher_suite, TLS13)
            assert suite is not None
            first = self._transcript[: -len(message)]
            hashed = hashlib.new(suite.hash, first).digest()
            self._transcript = bytes((254, 0, 0, len(hashed))) + hashed + message
            self._retried = True
            self.keys.hello_retry_request()
            return
        self.cipher_suite = hello.cipher_suite
        self.encrypt_then_mac = find(hello.extensions, ENCRYPT_THEN_MAC) is not None
        self.extended = find(hello.extensions, EXTENDED_MASTER_SECRET) is not None
        self.keys.server_hello(
            hello.random, hello.version, hello.cipher_suite, self.encrypt_then_mac, self.extended
        )
        self.unsupported = self.keys.why_not_decrypted(S) == UNSUPPORTED_SUITE

    def _check_finished(self, side: int, body: bytes) -> None:
        suite = suite_of(self.cipher_suite, self.version)
        assert suite is not None
        if self.version == TLS13:
            if self._phase(side) == "application":
                return  # After post-handshake authentication, over a transcript of its own.
            secret = self._secret((CLIENT_HANDSHAKE, SERVER_HANDSHAKE)[side])
            assert secret is not None
            key = hkdf_expand_label(secret, b"finished", b"", SIZES[suite.hash], suite.hash)
            digest = hashlib.new(suite.hash, self._transcript).digest()
            wanted = hmac.new(key, digest, suite.hash).digest()
        elif self.version == 0x0300:
            wanted = self._ssl3_finished((b"CLNT", b"SRVR")[side])
        else:
            assert self.keys._master is not None
            wanted = derive(
                self.keys._master,
                (b"client finished", b"server finished")[side],
                session_hash(self._transcript, self.version, suite.hash),
                12,
                self.version,
                suite.hash,
            )
        assert body == wanted
        self.finished += 1

    def _ssl3_finished(self, sender: bytes) -> bytes:
        assert self.keys._master is not None
        result = b""
        for name, pad in (("md5", 48), ("sha1", 40)):
            inner = hashlib.new(name, self._transcript + sender + self.keys._master + b"\x36" * pad).digest()
            result += hashlib.new(name, self.keys._master + b"\x5c" * pad + inner).digest()
        return result
