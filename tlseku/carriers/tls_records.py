"""TLS records as they would stand in a TCP stream, made of what a carrier brings in another form.

Knows the header of a record (RFC 8446 section 5.1) and of a handshake message (section 4); must not know who needs it.
"""

from __future__ import annotations

CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22
APPLICATION_DATA = 23

MAX_FRAGMENT = 1 << 14


def record(content_type: int, content: bytes) -> bytes:
    """One record, or as many as it takes for content of more than ``MAX_FRAGMENT`` bytes."""
    if len(content) <= MAX_FRAGMENT:
        return _header(content_type, len(content)) + content
    pieces = [content[at : at + MAX_FRAGMENT] for at in range(0, len(content), MAX_FRAGMENT)]
    return b"".join(_header(content_type, len(piece)) + piece for piece in pieces)


def handshake_message(msg_type: int, body: bytes) -> bytes:
    """The records of one handshake message of less than 16 MiB."""
    return record(HANDSHAKE, bytes((msg_type,)) + len(body).to_bytes(3, "big") + body)


def _header(content_type: int, length: int) -> bytes:
    return bytes((content_type, 3, 3)) + length.to_bytes(2, "big")
