"""DTLS as a sender writes it: records, pieces of handshake messages, hellos."""

from __future__ import annotations

from collections.abc import Sequence

DTLS12 = 0xFEFD
RANDOM = bytes(range(32))


def record(
    content_type: int, content: bytes, number: int = 0, *, epoch: int = 0, version: int = DTLS12
) -> bytes:
    """A record (RFC 6347 section 4.1)."""
    head = bytes((content_type,)) + version.to_bytes(2, "big")
    return head + (epoch << 48 | number).to_bytes(8, "big") + len(content).to_bytes(2, "big") + content


def fragment(kind: int, seq: int, body: bytes, offset: int = 0, size: int | None = None) -> bytes:
    """A piece of a handshake message (RFC 6347 section 4.2.2), all of it if no size is given."""
    piece = body[offset:] if size is None else body[offset : offset + size]
    head = bytes((kind,)) + len(body).to_bytes(3, "big") + seq.to_bytes(2, "big")
    return head + offset.to_bytes(3, "big") + len(piece).to_bytes(3, "big") + piece


def client_hello(
    cookie: bytes = b"", extensions: bytes = b"", *, random: bytes = RANDOM, suites: bytes = b"\xc0\x2f"
) -> bytes:
    """The body of a ClientHello with its cookie."""
    block = len(extensions).to_bytes(2, "big") + extensions if extensions else b""
    return (
        DTLS12.to_bytes(2, "big")
        + random
        + b"\0"
        + bytes((len(cookie),))
        + cookie
        + len(suites).to_bytes(2, "big")
        + suites
        + b"\1\0"
        + block
    )


def server_hello(extensions: bytes = b"", *, version: int = DTLS12, suite: bytes = b"\xc0\x2f") -> bytes:
    """The body of a ServerHello."""
    block = len(extensions).to_bytes(2, "big") + extensions if extensions else b""
    return version.to_bytes(2, "big") + RANDOM[::-1] + b"\0" + suite + b"\0" + block


def certificate(*entries: bytes) -> bytes:
    """The body of a Certificate message."""
    listed = b"".join(len(entry).to_bytes(3, "big") + entry for entry in entries)
    return len(listed).to_bytes(3, "big") + listed


def flight(messages: Sequence[tuple[int, bytes]], first_seq: int = 0, first_number: int = 0) -> list[bytes]:
    """Whole messages, one record each, in the order of their numbers."""
    return [
        record(22, fragment(kind, first_seq + at, body), first_number + at)
        for at, (kind, body) in enumerate(messages)
    ]
