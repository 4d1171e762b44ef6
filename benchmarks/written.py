"""TLS 1.0 to 1.2 handshake messages, written field by field, and the records around them.

Knows RFC 5246 (and 2246, 4346 where they differ); must not know connections. What would be encrypted, signed or agreed
upon is noise of the right length.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

TLS10, TLS11, TLS12 = 0x0301, 0x0302, 0x0303

CLIENT_HELLO, SERVER_HELLO, NEW_TICKET, CERTIFICATE = 1, 2, 4, 11
SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 12, 13, 14
CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED, CERTIFICATE_STATUS = 15, 16, 20, 22

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23

SUITES = {"ECDHE": 0xC013, "DHE": 0x0033, "RSA": 0x002F}
"""With AES-128-CBC and SHA-1, which all three versions have."""

_OFFERED = (0xC02F, 0xC030, 0xC013, 0xC014, 0x0033, 0x0039, 0x002F, 0x0035, 0x00FF)
_SCHEMES = bytes.fromhex("040105010601040305030603020102030804")


def vector(data: bytes, width: int) -> bytes:
    """``data`` behind its length in ``width`` octets."""
    return len(data).to_bytes(width, "big") + data


def message(kind: int, body: bytes = b"") -> bytes:
    """A handshake message."""
    return bytes((kind,)) + vector(body, 3)


def extension(kind: int, data: bytes) -> bytes:
    """An extension of a hello."""
    return kind.to_bytes(2, "big") + vector(data, 2)


def client_hello(rng: random.Random, version: int, host: str | None, style: int, session: bytes) -> bytes:
    """One of four styles of ClientHello: bare, with the usual extensions, with ALPN, with a ticket asked for."""
    offered = b"".join(suite.to_bytes(2, "big") for suite in _OFFERED[style % 3 :])
    extensions = b""
    if host is not None:
        extensions += extension(0, vector(b"\0" + vector(host.encode(), 2), 2))
    if style:
        extensions += extension(10, vector(bytes.fromhex("001d00170018"), 2)) + extension(11, b"\x01\0")
        extensions += extension(23, b"")
    if version == TLS12:
        extensions += extension(13, vector(_SCHEMES, 2))
    if style == 2:
        extensions += extension(16, vector(vector(b"h2", 1) + vector(b"http/1.1", 1), 2))
    if style == 3:
        extensions += extension(35, b"") + extension(5, b"\x01\0\0\0\0")
    body = (
        version.to_bytes(2, "big") + rng.randbytes(32) + vector(session, 1) + vector(offered, 2) + b"\x01\0"
    )
    return message(CLIENT_HELLO, body + (vector(extensions, 2) if extensions else b""))


def server_hello(rng: random.Random, version: int, suite: int, session: bytes, extended: bool) -> bytes:
    """The ServerHello, with a few extensions or none."""
    body = (
        version.to_bytes(2, "big") + rng.randbytes(32) + vector(session, 1) + suite.to_bytes(2, "big") + b"\0"
    )
    more = extension(0xFF01, b"\0") + extension(23, b"")
    return message(SERVER_HELLO, body + (vector(more, 2) if extended else b""))


def certificate(chain: Sequence[bytes]) -> bytes:
    """The Certificate message; nobody's, where the chain is empty."""
    return message(CERTIFICATE, vector(b"".join(vector(der, 3) for der in chain), 3))


def certificate_request(version: int, authorities: Sequence[bytes]) -> bytes:
    """The CertificateRequest; ``authorities`` are names in DER."""
    body = vector(bytes((1, 64)), 1)
    if version == TLS12:
        body += vector(_SCHEMES, 2)
    return message(CERTIFICATE_REQUEST, body + vector(b"".join(vector(one, 2) for one in authorities), 2))


def distinguished_name(common_name: str) -> bytes:
    """A name of one attribute, DER (RFC 5280 section 4.1.2.4)."""
    value = b"\x0c" + vector(common_name.encode(), 1)
    attribute = b"\x30" + vector(b"\x06\x03\x55\x04\x03" + value, 1)
    return b"\x30" + vector(b"\x31" + vector(attribute, 1), 1)


def records(version: int, kind: int, data: bytes, most: int = 16384) -> bytes:
    """``data`` in records of at most that many octets."""
    head = bytes((kind,)) + version.to_bytes(2, "big")
    return b"".join(head + vector(data[at : at + most], 2) for at in range(0, len(data), most))


def handshake(version: int, messages: Iterable[bytes], packing: str) -> bytes:
    """Messages in records: each its own (``apart``), all in one (``together``), or in records of 500 (``split``)."""
    if packing == "apart":
        return b"".join(records(version, HANDSHAKE, one) for one in messages)
    return records(version, HANDSHAKE, b"".join(messages), 500 if packing == "split" else 16384)


def finished(rng: random.Random, version: int) -> bytes:
    """ChangeCipherSpec, and the encrypted Finished."""
    return records(version, CHANGE_CIPHER_SPEC, b"\x01") + records(version, HANDSHAKE, rng.randbytes(64))


def alert(version: int, description: int, fatal: bool = True) -> bytes:
    """An alert in clear."""
    return records(version, ALERT, bytes((2 if fatal else 1, description)))


def encrypted_alert(rng: random.Random, version: int) -> bytes:
    """An alert after ChangeCipherSpec: nobody can say which."""
    return records(version, ALERT, rng.randbytes(32))
