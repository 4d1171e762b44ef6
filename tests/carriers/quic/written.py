"""QUIC as a sender writes it: headers, frames and protected packets.

Written from RFC 9000, 9001 and 9369 and not from ``tlseku``, on ``cryptography``'s ciphers.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

V1, V2 = 1, 0x6B3343CF
SALTS = {
    V1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    V2: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
INITIAL, ZERO_RTT, HANDSHAKE, RETRY = range(4)
BITS = {V1: (0, 1, 2, 3), V2: (1, 2, 3, 0)}
"""The two bits of each type of long header."""

RANDOM = bytes(range(32))


def integer(value: int, size: int = 0) -> bytes:
    """A variable-length integer, as short as it can be or of ``size`` bytes."""
    for bits, length in enumerate((1, 2, 4, 8)):
        if value < 1 << (8 * length - 2) and length >= size:
            return (value | bits << (8 * length - 2)).to_bytes(length, "big")
    raise ValueError(value)


def expand_label(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with SHA-256 and no context."""
    info = length.to_bytes(2, "big") + bytes((6 + len(label),)) + b"tls13 " + label + b"\0"
    return HKDFExpand(hashes.SHA256(), length, info).derive(secret)


def initial_secrets(destination: bytes, version: int = V1) -> tuple[bytes, bytes]:
    """The secrets of a client's and of its server's Initial packets."""
    secret = hmac.digest(SALTS[version], destination, "sha256")
    return expand_label(secret, b"client in", 32), expand_label(secret, b"server in", 32)


class Writer:
    """Writes the packets of one side and level under ``secret``, with AES-128-GCM."""

    def __init__(self, secret: bytes, version: int = V1, first: int = 0) -> None:
        prefix = b"quicv2 " if version == V2 else b"quic "
        self.secret, self.version, self.number = secret, version, first
        self.key = expand_label(secret, prefix + b"key", 16)
        self.iv = int.from_bytes(expand_label(secret, prefix + b"iv", 12), "big")
        self.header_key = expand_label(secret, prefix + b"hp", 16)
        self.prefix = prefix
        self.phase = 0

    def update_keys(self) -> None:
        """A key update (RFC 9001 section 6)."""
        self.secret = expand_label(self.secret, self.prefix + b"ku", 32)
        self.key = expand_label(self.secret, self.prefix + b"key", 16)
        self.iv = int.from_bytes(expand_label(self.secret, self.prefix + b"iv", 12), "big")
        self.phase ^= 1

    def long(
        self,
        kind: int,
        destination: bytes,
        source: bytes,
        frames: bytes,
        *,
        token: bytes = b"",
        size: int = 0,
        number_size: int = 2,
    ) -> bytes:
        """A packet with a long header, filled up with PADDING to ``size`` bytes."""
        first = 0xC0 | BITS[self.version][kind] << 4 | number_size - 1
        header = bytes((first,)) + self.version.to_bytes(4, "big")
        header += bytes((len(destination),)) + destination + bytes((len(source),)) + source
        if kind == INITIAL:
            header += integer(len(token)) + token
        filled = size - len(header) - 2 - number_size - 16
        payload = frames.ljust(max(filled, 20), b"\0")
        header += integer(number_size + len(payload) + 16, 2)
        return self._seal(header, payload, number_size, 0x0F)

    def short(self, destination: bytes, frames: bytes, *, number_size: int = 2) -> bytes:
        """A packet with a short header."""
        header = bytes((0x40 | self.phase << 2 | number_size - 1,)) + destination
        return self._seal(header, frames.ljust(20, b"\0"), number_size, 0x1F)

    def _seal(self, header: bytes, payload: bytes, number_size: int, bits: int) -> bytes:
        number = self.number
        self.number += 1
        truncated = (number & ((1 << 8 * number_size) - 1)).to_bytes(number_size, "big")
        nonce = (self.iv ^ number).to_bytes(12, "big")
        sealed = AESGCM(self.key).encrypt(nonce, payload, header + truncated)
        sample = (truncated + sealed)[4:20]
        mask = Cipher(AES(self.header_key), ECB()).encryptor().update(sample)
        masked = bytes(a ^ b for a, b in zip(truncated, mask[1:], strict=False))
        return bytes((header[0] ^ mask[0] & bits,)) + header[1:] + masked + sealed


def crypto(data: bytes, offset: int = 0) -> bytes:
    """A CRYPTO frame."""
    return b"\x06" + integer(offset) + integer(len(data)) + data


def close(code: int, reason: bytes = b"", *, by_application: bool = False) -> bytes:
    """A CONNECTION_CLOSE frame."""
    kind = b"\x1d" if by_application else b"\x1c"
    frame_type = b"" if by_application else b"\0"
    return kind + integer(code) + frame_type + integer(len(reason)) + reason


def stream(data: bytes) -> bytes:
    """A STREAM frame of stream 0, with its length."""
    return b"\x0a" + integer(0) + integer(len(data)) + data


def message(kind: int, body: bytes) -> bytes:
    """A handshake message."""
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def extension(kind: int, content: bytes) -> bytes:
    """A TLS extension."""
    return kind.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content


def client_hello(name: bytes = b"quic.example", *, random: bytes = RANDOM, filler: int = 0) -> bytes:
    """A ClientHello message that offers TLS 1.3 and h3."""
    listed = b"\0" + len(name).to_bytes(2, "big") + name
    extensions = (
        extension(0, len(listed).to_bytes(2, "big") + listed)
        + extension(16, b"\0\3\2h3")
        + extension(43, b"\2\3\4")
        + (extension(21, bytes(filler)) if filler else b"")
    )
    body = b"\3\3" + random + b"\0" + b"\0\2\x13\x01" + b"\1\0"
    return message(1, body + len(extensions).to_bytes(2, "big") + extensions)


def server_hello() -> bytes:
    """A ServerHello message: TLS 1.3, AES-128-GCM."""
    extensions = extension(43, b"\3\4")
    body = b"\3\3" + RANDOM[::-1] + b"\0" + b"\x13\x01" + b"\0"
    return message(2, body + len(extensions).to_bytes(2, "big") + extensions)


def certificate(*entries: bytes, context: bytes = b"") -> bytes:
    """A Certificate message of TLS 1.3 (RFC 8446 section 4.4.2)."""
    listed = b"".join(len(entry).to_bytes(3, "big") + entry + b"\0\0" for entry in entries)
    return message(11, bytes((len(context),)) + context + len(listed).to_bytes(3, "big") + listed)


def certificate_request() -> bytes:
    """A CertificateRequest message of TLS 1.3."""
    schemes = extension(13, b"\0\2\4\3")
    return message(13, b"\0" + len(schemes).to_bytes(2, "big") + schemes)


def encrypted_extensions(protocol: bytes = b"h3") -> bytes:
    """EncryptedExtensions with the ALPN that was chosen."""
    names = bytes((len(protocol),)) + protocol
    block = extension(16, len(names).to_bytes(2, "big") + names)
    return message(8, len(block).to_bytes(2, "big") + block)


FINISHED = message(20, bytes(32))


class Dialogue:
    """Both ends of a connection, each with its writers; datagrams are (from client, bytes)."""

    def __init__(self, version: int = V1, ids: tuple[bytes, bytes] = (b"client", b"server!")) -> None:
        self.version = version
        self.original = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08"
        self.client_id, self.server_id = ids
        client, server = initial_secrets(self.original, version)
        self.initial = Writer(client, version), Writer(server, version)
        self.secrets = {
            label: bytes((number,)) * 32
            for number, label in enumerate(
                (
                    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                    "CLIENT_TRAFFIC_SECRET_0",
                    "SERVER_TRAFFIC_SECRET_0",
                ),
                1,
            )
        }
        held = [Writer(secret, version) for secret in self.secrets.values()]
        self.handshake = held[0], held[1]
        self.one_rtt = held[2], held[3]

    @property
    def key_log(self) -> bytes:
        """The secrets as a key log has them."""
        lines = [f"{label} {RANDOM.hex()} {secret.hex()}\n" for label, secret in self.secrets.items()]
        return "".join(lines).encode()

    def hello(self, data: bytes | None = None, *, destination: bytes | None = None) -> bytes:
        """The client's first datagram."""
        called = self.original if destination is None else destination
        frames = crypto(client_hello() if data is None else data)
        return self.initial[0].long(INITIAL, called, self.client_id, frames, size=1200)

    def answer(self, *flight: bytes, size: int = 1000) -> list[bytes]:
        """The server's hello and what it says in Handshake packets, cut at ``size`` bytes."""
        hello = self.initial[1].long(INITIAL, self.client_id, self.server_id, crypto(server_hello()))
        data = b"".join(flight)
        packets = [
            self.handshake[1].long(
                HANDSHAKE, self.client_id, self.server_id, crypto(data[at : at + size], at)
            )
            for at in range(0, len(data), size)
        ]
        return [hello + packets[0], *packets[1:]] if packets else [hello]

    def reply(self, *flight: bytes) -> bytes:
        """What the client says in a Handshake packet."""
        return self.handshake[0].long(HANDSHAKE, self.server_id, self.client_id, crypto(b"".join(flight)))

    def data(self, from_client: bool, frames: bytes) -> bytes:
        """A 1-RTT packet."""
        if from_client:
            return self.one_rtt[0].short(self.server_id, frames)
        return self.one_rtt[1].short(self.client_id, frames)


def datagrams(parts: Sequence[bytes], size: int) -> list[bytes]:
    """Packets coalesced into datagrams of at most ``size`` bytes."""
    found = [b""]
    for part in parts:
        if found[-1] and len(found[-1]) + len(part) > size:
            found.append(b"")
        found[-1] += part
    return found
