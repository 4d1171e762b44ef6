"""The records in a datagram of DTLS.

Knows the record header of DTLS 1.0 and 1.2 (RFC 6347 section 4.1), the one with a connection id (RFC 9146 section 4),
that of a protected record of DTLS 1.3 (RFC 9147 section 4), and CAPWAP's preamble (RFC 5415 section 4.2); must not
know what a record holds. Out come ``DtlsRecord``, one after the other.

A record never spans datagrams, and a datagram holds whole records only: what does not fit is damage, not a beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tlseku.errors import Malformed

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
TLS12_CID: Final = 25
"""A protected record with a connection id; its true content type is inside (RFC 9146 section 4)."""

DTLS13_CIPHERTEXT: Final = 0x20
"""Stands for the first byte of a protected record of DTLS 1.3, whose other bits say what follows."""

DTLS10: Final = 0xFEFF
DTLS12: Final = 0xFEFD
DTLS13: Final = 0xFEFC
VERSIONS: Final = frozenset({DTLS10, DTLS12})
"""What stands in a record's header; DTLS 1.3 keeps that of 1.2 there."""

HEADER: Final = 13
SEQUENCE_AT: Final = 3
"""Where epoch and sequence number begin, which take eight bytes."""

CAPWAP_DTLS: Final = b"\x01\x00\x00\x00"
"""Preamble version 0, type 1, and three reserved bytes in front of DTLS (RFC 5415 section 4.2)."""

MAX_FRAGMENT: Final = 16384 + 2048
"""What a record may hold (RFC 6347 section 4.1.1)."""

_LAST_TYPE: Final = 26
_UNIFIED: Final = 0xE0
_HAS_ID, _LONG_NUMBER, _HAS_LENGTH = 0x10, 0x08, 0x04


class DtlsRecord(NamedTuple):
    """A record in a datagram, whose content is ``datagram[start:end]``.

    ``number`` is the epoch in the upper 16 bits and the sequence number in the lower 48, as AEADs and MACs take them; 0
    for DTLS 1.3, which encrypts it. ``missing`` counts bytes of its content behind ``end`` that were not captured.
    """

    content_type: int
    version: int
    number: int
    start: int
    end: int
    missing: int = 0

    @property
    def epoch(self) -> int:
        """How often the sender changed its keys."""
        return self.number >> 48


def begins_record(data: bytes, start: int, end: int) -> bool:
    """Whether ``data[start:end]`` begins with the header of a record in clear form that fits it."""
    if end - start < HEADER or not CHANGE_CIPHER_SPEC <= data[start] <= _LAST_TYPE:
        return False
    if data[start + 1] != 0xFE or data[start + 1] << 8 | data[start + 2] not in VERSIONS:
        return False
    # Behind a connection id nobody knows where the length is.
    return data[start] == TLS12_CID or HEADER + (data[start + 11] << 8 | data[start + 12]) <= end - start


def payload_start(data: bytes, start: int, end: int) -> int:
    """Where DTLS begins in a datagram: behind CAPWAP's preamble, if there is one."""
    behind = start + len(CAPWAP_DTLS)
    if data[start:behind] == CAPWAP_DTLS and begins_record(data, behind, end):
        return behind
    return start


def read_records(
    data: bytes, start: int, end: int, id_length: int = 0, missing: int = 0
) -> Iterator[DtlsRecord]:
    """The records of a datagram ``data[start:end]``; ``id_length`` is the length of the connection ids that its
    receiver has asked for, ``missing`` bytes of it were not captured. Raises Malformed behind the last whole record if
    what follows is none."""
    at = start
    while at < end:
        record = _unified(data, at, end, id_length) if data[at] & _UNIFIED == DTLS13_CIPHERTEXT else None
        if record is None:
            record = _plain(data, at, end, id_length, missing)
        yield record
        at = record.end


def _plain(data: bytes, at: int, end: int, id_length: int, missing: int) -> DtlsRecord:
    if end - at < HEADER:
        raise Malformed(at, f"the header of a DTLS record ({HEADER} bytes, {end - at} left)")
    kind = data[at]
    version = data[at + 1] << 8 | data[at + 2]
    if not CHANGE_CIPHER_SPEC <= kind <= _LAST_TYPE or version not in VERSIONS:
        raise Malformed(at, "a DTLS record")
    number = int.from_bytes(data[at + SEQUENCE_AT : at + SEQUENCE_AT + 8], "big")
    body = at + HEADER + (id_length if kind == TLS12_CID else 0)
    length = data[body - 2] << 8 | data[body - 1] if body <= end else MAX_FRAGMENT
    stop = body + length
    if stop > end + missing or body > end:
        raise Malformed(at, f"a DTLS record of {length} bytes ({max(0, end - body)} left)")
    return DtlsRecord(kind, version, number, body, min(stop, end), max(0, stop - end))


def _unified(data: bytes, at: int, end: int, id_length: int) -> DtlsRecord:
    """A protected record of DTLS 1.3: flags, connection id, low bits of the number, and maybe its length."""
    flags = data[at]
    body = at + 1 + (id_length if flags & _HAS_ID else 0) + (2 if flags & _LONG_NUMBER else 1)
    stop = end
    if flags & _HAS_LENGTH:
        body += 2
        stop = body + (data[body - 2] << 8 | data[body - 1]) if body <= end else end + 1
    if body > end or stop > end:
        raise Malformed(at, "a DTLS 1.3 record")
    return DtlsRecord(DTLS13_CIPHERTEXT, DTLS13, 0, body, stop)
