"""Our side of a handshake with a stack: Python's ``ssl`` in memory, so that every byte is recorded as it passes.

Knows sockets, ``ssl`` and how bytes become packets (``tests.wire``); must not know what a stack should answer. Out
come what the stack made of us, as a word, and the packets. The word is ``accept``, ``alert N``, ``silent`` (the
connection was closed or reset without an alert) or ``inside`` (what it answers has the words of a refusal). Nothing is sent before the stack had a while to say no, since bytes
that it has not read turn its close into a reset.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from tests.wire import ACK, FIN, Talk

PATIENCE = 60.0
_WHILE = {"TLSv1.2": 0.02, "TLSv1.3": 0.25}
_SEGMENT = 1400
_TURNS = 200

ALERTS = {
    "handshake failure": 40,
    "bad certificate": 42,
    "unsupported certificate": 43,
    "certificate revoked": 44,
    "certificate expired": 45,
    "certificate unknown": 46,
    "illegal parameter": 47,
    "unknown ca": 48,
    "access denied": 49,
    "decode error": 50,
    "decrypt error": 51,
    "protocol version": 70,
    "insufficient security": 71,
    "internal error": 80,
    "certificate required": 116,
}
"""What OpenSSL calls an alert that it receives, and its code (RFC 8446 section 6)."""

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def context_of(side: int, version: str, identity: Path | None, key_log: Path) -> ssl.SSLContext:
    """Of a client that takes any server, or of a server that asks for nothing. ``side`` is 1 for the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if side else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = VERSIONS[version]
    context.keylog_filename = str(key_log)
    if identity is not None:
        context.load_cert_chain(identity)
    return context


@dataclass(frozen=True)
class Manner:
    """How a stack is spoken to. ``line`` is said by our client once the handshake is done and answered by any byte,
    unless these have ``refusal`` in them; what begins as ``greeting`` does is none. ``host`` is the name that it asks for. Who says nothing for ``silence`` seconds
    has refused; None: that is an error."""

    line: bytes = b"GET / HTTP/1.1\r\nHost: leaf.example\r\nConnection: close\r\n\r\n"
    alpn: tuple[str, ...] = ()
    refusal: bytes = b""
    greeting: bytes = b""
    host: str = "leaf.example"
    silence: float | None = None


@dataclass
class OurSide:
    """One connection of our client, or of our server where ``side`` is 1."""

    wire: socket.socket
    context: ssl.SSLContext
    side: int
    talk: Talk
    manner: Manner
    _in: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    _out: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)

    def __post_init__(self) -> None:
        name = None if self.side else self.manner.host
        self._tls = self.context.wrap_bio(self._in, self._out, bool(self.side), name)

    def word(self) -> str:
        """Shake hands, say the line, and tell what came of it. Raises TimeoutError where nothing comes at all."""
        try:
            if not self._shake_hands():
                return "silent"
            return self._exchange()
        except ssl.SSLError as error:
            return _alert(error)
        except TimeoutError:
            if self.manner.silence is None:
                raise
            return "silent"
        finally:
            self._end()

    def _shake_hands(self) -> bool:
        for _ in range(_TURNS):
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                if not self._fetch(self.manner.silence or PATIENCE):
                    return False
            else:
                self._flush()
                return True
        raise TimeoutError("the handshake does not end")

    def _exchange(self) -> str:
        said = bool(self.side)
        for _ in range(_TURNS):
            try:
                answer = self._tls.read(400)
                if not answer:
                    return "silent"
                if self.manner.refusal and self.manner.refusal in answer:
                    return "inside"
                # Whom it greets unasked does not speak first, and speaks all the same.
                if not said:
                    said = self._said()
                if self.manner.greeting and answer.startswith(self.manner.greeting):
                    continue
                return "accept"
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLZeroReturnError:
                return "silent"
            try:
                alive = self._fetch(
                    (self.manner.silence or PATIENCE) if said else _WHILE[self._tls.version() or "TLSv1.3"]
                )
            except TimeoutError:
                if said:
                    raise
                alive = True
            if not alive:
                return "silent"
            if not said:
                said = self._said()
        raise TimeoutError("no answer comes")

    def _said(self) -> bool:
        try:
            self._tls.write(self.manner.line)
        except ssl.SSLWantReadError:
            return False
        self._flush()
        return True

    def _flush(self) -> None:
        data = self._out.read()
        if not data:
            return
        self.talk.send_in(self.side, data, _SEGMENT)
        # Whoever has hung up said why before.
        with contextlib.suppress(OSError):
            self.wire.sendall(data)

    def _fetch(self, patience: float) -> bool:
        self.wire.settimeout(patience)
        try:
            data = self.wire.recv(65536)
        except ConnectionResetError:
            self.talk.reset(1 - self.side)
            return False
        if not data:
            self.talk.send(1 - self.side, b"", FIN | ACK)
            self.talk.next_seq[1 - self.side] += 1
            return False
        self.talk.send_in(1 - self.side, data, _SEGMENT)
        self._in.write(data)
        return True

    def _end(self) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            self._tls.unwrap()
        self._flush()
        self.talk.send(self.side, b"", FIN | ACK)
        self.talk.next_seq[self.side] += 1
        self.wire.close()


def _alert(error: ssl.SSLError) -> str:
    found = re.fullmatch(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(.*)", error.reason or "")
    if found is None:
        return f"we stopped: {error.reason}"
    return f"alert {ALERTS[found[1].replace('_', ' ').lower()]}"
