"""A QUIC connection with the certificates of a recorded TLS connection.

Knows packets, frames and keys of QUIC version 1 (RFC 9000, RFC 9001) as far as a handshake needs them, with
AES-128-GCM. The certificates are those of the recording; what has to be random is drawn from hashes of names, nobody
agreed on the secrets, and the signatures are none. Must not know UDP.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from dtls_retold import Datagram
from handshakes import Side, Transcript

_SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_VERSION = b"\0\0\0\1"
_INITIAL, _HANDSHAKE = 0xC1, 0xE1
_CERTIFICATE = 11
_LABELS = (
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
)


def _drawn(label: str, length: int = 32) -> bytes:
    return hashlib.sha512(f"quic {label}".encode()).digest()[:length]


RANDOM = _drawn("client random")
_ORIGINAL, _CLIENT, _SERVER = (_drawn(f"connection id {n}", 8) for n in range(3))


def key_log() -> bytes:
    """The secrets in the SSLKEYLOGFILE format."""
    return "".join(f"{label} {RANDOM.hex()} {_drawn(label).hex()}\n" for label in _LABELS).encode("ascii")


def written(transcript: Transcript, server_name: bytes) -> list[list[Datagram]]:
    """The flights of a mutual handshake, with a request and an answer behind it."""
    server_chain, client_chain = (_chain(transcript, side) for side in ("server", "client"))
    client, server = (_Writer(secret) for secret in _initial_secrets())
    near, far = _Writer(_drawn(_LABELS[0])), _Writer(_drawn(_LABELS[1]))
    flight = b"".join(
        (
            _message(8, _vector(2, _extension(16, _vector(2, _vector(1, b"h3"))))),
            _message(13, b"\0" + _vector(2, _extension(13, _vector(2, b"\4\3\10\4")))),
            _certificate(server_chain),
            _message(15, b"\10\4" + _vector(2, _drawn("signature of the server", 64))),
            _message(20, _drawn("finished of the server")),
        )
    )
    pieces = [
        far.long(_HANDSHAKE, _CLIENT, _SERVER, _crypto(flight[at : at + 1100], at))
        for at in range(0, len(flight), 1100)
    ]
    answer = b"".join(
        (
            _certificate(client_chain),
            _message(15, b"\10\4" + _vector(2, _drawn("signature of the client", 64))),
            _message(20, _drawn("finished of the client")),
        )
    )
    replies = [
        near.long(_HANDSHAKE, _SERVER, _CLIENT, _crypto(answer[at : at + 1100], at))
        for at in range(0, len(answer), 1100)
    ]
    hello = client.long(_INITIAL, _ORIGINAL, _CLIENT, _crypto(_client_hello(server_name)), size=1200)
    first = server.long(_INITIAL, _CLIENT, _SERVER, b"\2\0\0\0\0" + _crypto(_server_hello()))
    asks, tells = _Writer(_drawn(_LABELS[2])), _Writer(_drawn(_LABELS[3]))
    return [
        [Datagram("client", hello)],
        [Datagram("server", first), *(Datagram("server", piece) for piece in pieces)],
        [Datagram("client", reply) for reply in replies],
        [Datagram("client", asks.short(_SERVER, _stream(b"GET /")))],
        [
            Datagram("server", tells.short(_CLIENT, b"\x1e" + _stream(bytes(400)))),
            Datagram("server", tells.short(_CLIENT, _stream(bytes(900)))),
        ],
        [Datagram("client", asks.short(_SERVER, b"\x02\x01\x00\x00\x01"))],
        [Datagram("client", asks.short(_SERVER, b"\x1c\0\0\0"))],
    ]


class _Writer:
    """Writes the packets of one side and level under a secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = _expand_label(secret, b"quic key", 16)
        self._iv = int.from_bytes(_expand_label(secret, b"quic iv", 12), "big")
        self._header_key = _expand_label(secret, b"quic hp", 16)
        self._number = 0

    def long(self, first: int, destination: bytes, source: bytes, frames: bytes, *, size: int = 0) -> bytes:
        """A packet with a long header, filled up with PADDING to ``size`` bytes."""
        header = bytes((first,)) + _VERSION + _vector(1, destination) + _vector(1, source)
        header += b"\0" if first == _INITIAL else b""
        payload = frames.ljust(max(20, size - len(header) - 20), b"\0")
        return self._seal(header + _integer(2 + len(payload) + 16), payload, 0x0F)

    def short(self, destination: bytes, frames: bytes) -> bytes:
        """A packet with a short header."""
        return self._seal(b"\x41" + destination, frames.ljust(20, b"\0"), 0x1F)

    def _seal(self, header: bytes, payload: bytes, bits: int) -> bytes:
        number = self._number.to_bytes(2, "big")
        nonce = (self._iv ^ self._number).to_bytes(12, "big")
        self._number += 1
        sealed = AESGCM(self._key).encrypt(nonce, payload, header + number)
        mask = Cipher(AES(self._header_key), ECB()).encryptor().update(sealed[2:18])
        masked = bytes(byte ^ bit for byte, bit in zip(number, mask[1:], strict=False))
        return bytes((header[0] ^ mask[0] & bits,)) + header[1:] + masked + sealed


def _initial_secrets() -> tuple[bytes, bytes]:
    secret = hmac.digest(_SALT, _ORIGINAL, "sha256")
    return _expand_label(secret, b"client in", 32), _expand_label(secret, b"server in", 32)


def _expand_label(secret: bytes, label: bytes, length: int) -> bytes:
    info = length.to_bytes(2, "big") + _vector(1, b"tls13 " + label) + b"\0"
    return HKDFExpand(hashes.SHA256(), length, info).derive(secret)


def _integer(value: int) -> bytes:
    """A variable-length integer of two bytes."""
    return (value | 0x4000).to_bytes(2, "big")


def _vector(size: int, content: bytes) -> bytes:
    return len(content).to_bytes(size, "big") + content


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _vector(3, body)


def _extension(kind: int, content: bytes) -> bytes:
    return kind.to_bytes(2, "big") + _vector(2, content)


def _crypto(data: bytes, offset: int = 0) -> bytes:
    return b"\x06" + _integer(offset) + _integer(len(data)) + data


def _stream(data: bytes) -> bytes:
    return b"\x0a\x00" + _integer(len(data)) + data


def _client_hello(server_name: bytes) -> bytes:
    extensions = (
        _extension(0, _vector(2, b"\0" + _vector(2, server_name)))
        + _extension(13, _vector(2, b"\4\3\10\4"))
        + _extension(16, _vector(2, _vector(1, b"h3")))
        + _extension(43, _vector(1, b"\3\4"))
        + _extension(51, _vector(2, b"\0\x1d" + _vector(2, _drawn("key share of the client"))))
        + _extension(57, b"\x0f" + _vector(1, _CLIENT))
    )
    return _message(1, b"\3\3" + RANDOM + b"\0" + _vector(2, b"\x13\1") + b"\1\0" + _vector(2, extensions))


def _server_hello() -> bytes:
    extensions = _extension(43, b"\3\4") + _extension(
        51, b"\0\x1d" + _vector(2, _drawn("key share of the server"))
    )
    return _message(2, b"\3\3" + _drawn("server random") + b"\0" + b"\x13\1\0" + _vector(2, extensions))


def _certificate(chain: Sequence[bytes]) -> bytes:
    return _message(11, b"\0" + _vector(3, b"".join(_vector(3, each) + b"\0\0" for each in chain)))


def _chain(transcript: Transcript, side: Side) -> list[bytes]:
    """The certificates of a side, of the recording in TLS 1.2."""
    content = b""
    for flight in transcript.flights:
        data = flight.data if flight.sender == side else b""
        while data and data[0] == 22:
            length = int.from_bytes(data[3:5], "big")
            content += data[5 : 5 + length]
            data = data[5 + length :]
    while content[0] != _CERTIFICATE:
        content = content[4 + int.from_bytes(content[1:4], "big") :]
    listed = content[7 : 4 + int.from_bytes(content[1:4], "big")]
    chain = []
    while listed:
        length = int.from_bytes(listed[:3], "big")
        chain.append(listed[3 : 3 + length])
        listed = listed[3 + length :]
    return chain
