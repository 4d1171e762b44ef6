"""TLS records as they would stand in a TCP stream, made of what a carrier brings in another form.

Knows the header of a record (RFC 8446 section 5.1) and of a handshake message (section 4); must not know who needs it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tlseku.tls.handshake_types import CERTIFICATE

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


def certificate_message(certificates: Iterable[bytes]) -> bytes:
    """The records of a Certificate message of TLS (RFC 5246 section 7.4.2) with these certificates, DER."""
    entries = b"".join(len(each).to_bytes(3, "big") + each for each in certificates)
    return handshake_message(CERTIFICATE, len(entries).to_bytes(3, "big") + entries)


def _header(content_type: int, length: int) -> bytes:
    return bytes((content_type, 3, 3)) + length.to_bytes(2, "big")
