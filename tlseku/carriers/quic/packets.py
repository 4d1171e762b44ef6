"""The packets in a datagram of QUIC, as far as their headers are in clear.

Knows long and short headers (RFC 9000 section 17) and that several packets share a datagram (section 12.2); must not
know keys, nor what a packet holds. Out come ``QuicPacket``, one after the other.

What is captured as one datagram may be several: a sender that hands many to its kernel at once (UDP segmentation
offload) is captured before they are cut. A packet with a short header, which has no length, would reach to the end of
all of them: it ends where a long header of the same connection begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tlseku.carriers.quic.versions import (
    INITIAL,
    ONE_RTT,
    RETRY,
    VERSION_NEGOTIATION,
    is_read,
    packet_type,
)
from tlseku.errors import Malformed
from tlseku.registry.quic_versions import NEGOTIATION, is_quic_version
from tlseku.tls.cursor import Cursor

LONG: Final = 0x80
FIXED: Final = 0x40
MAX_ID: Final = 20
"""Bytes of a connection id (RFC 9000 section 17.2)."""
RETRY_TAG: Final = 16
LEAST_LONG: Final = 7
"""Bytes of a long header without connection ids."""


class QuicPacket(NamedTuple):
    """A packet in a datagram, ``datagram[start:end]``.

    ``number_at`` is where the protected packet number stands, ``end`` for packets without one. ``destination`` and
    ``source`` are connection ids, both b"" in a short header, which does not tell their lengths. ``token`` is that of
    an Initial or Retry packet.
    """

    kind: int
    version: int
    destination: bytes
    source: bytes
    token: bytes
    start: int
    number_at: int
    end: int


def begins_long_header(data: bytes, start: int, end: int) -> bool:
    """Whether ``data[start:end]`` begins with a long header of a known version (RFC 9000 section 17.2)."""
    if end - start < LEAST_LONG or not data[start] & LONG:
        return False
    version = int.from_bytes(data[start + 1 : start + 5], "big")
    if not data[start] & FIXED and version != NEGOTIATION:
        return False
    after_destination = start + 6 + data[start + 5]
    if data[start + 5] > MAX_ID or after_destination >= end or data[after_destination] > MAX_ID:
        return False
    return is_quic_version(version) and after_destination + 1 + data[after_destination] <= end


def read_packets(data: bytes, start: int, end: int) -> Iterator[QuicPacket]:
    """The packets of a datagram ``data[start:end]``. Raises Malformed behind the last whole one if what follows is
    none; zeros that fill a datagram up are none and no damage."""
    at = start
    last: QuicPacket | None = None
    while at < end:
        if data[at] & LONG:
            packet = _long(data, at, end)
        elif data[at] & FIXED:
            packet = QuicPacket(ONE_RTT, 0, b"", b"", b"", at, at, _next_long(data, at + 1, end, last))
        else:
            filled = _behind_zeros(data, at, end)
            if filled == at:
                raise Malformed(at - start, "a QUIC packet")
            at = filled
            continue
        if packet.kind != ONE_RTT:
            last = packet
        yield packet
        at = packet.end


def read_variable(cursor: Cursor, what: str) -> int:
    """A variable-length integer (RFC 9000 section 16). Raises Malformed."""
    first = cursor.uint(1, what)
    size = (1 << (first >> 6)) - 1
    value = first & 0x3F
    return value << 8 * size | cursor.uint(size, what) if size else value


def _long(data: bytes, at: int, end: int) -> QuicPacket:
    cursor = Cursor(data, at, end)
    first = cursor.uint(1, "the first byte")
    version = cursor.uint(4, "a version")
    destination, source = _connection_id(cursor), _connection_id(cursor)
    if version == NEGOTIATION:
        return QuicPacket(VERSION_NEGOTIATION, version, destination, source, b"", at, cursor.position, end)
    if not first & FIXED or not is_read(version):
        raise Malformed(at, "a long header of a version that is read")
    kind = packet_type(version, first >> 4 & 3)
    if kind == RETRY:
        token = cursor.take(max(0, cursor.remaining - RETRY_TAG), "a token")
        return QuicPacket(kind, version, destination, source, token, at, end, end)
    token = b""
    if kind == INITIAL:
        token = cursor.take(read_variable(cursor, "a token's length"), "a token")
    length = read_variable(cursor, "a packet's length")
    number_at = cursor.position
    if length > cursor.remaining:
        raise Malformed(number_at, f"a packet of {length} bytes ({cursor.remaining} left)")
    return QuicPacket(kind, version, destination, source, token, at, number_at, number_at + length)


def _connection_id(cursor: Cursor) -> bytes:
    found = cursor.vector_bytes(1, "a connection id")
    if len(found) > MAX_ID:
        raise Malformed(cursor.position, f"a connection id of at most {MAX_ID} bytes")
    return found


def _next_long(data: bytes, at: int, end: int, last: QuicPacket | None) -> int:
    """Where the next long header begins that has the version and connection ids of ``last``; ``end`` if nowhere."""
    if last is None:
        return end
    ids = bytes((len(last.destination),)) + last.destination + bytes((len(last.source),)) + last.source
    found = data.find(last.version.to_bytes(4, "big") + ids, at + 1, end)
    return found - 1 if found > 0 and data[found - 1] & (LONG | FIXED) == LONG | FIXED else end


def _behind_zeros(data: bytes, at: int, end: int) -> int:
    while at < end and data[at] == 0:
        at += 1
    return at
