"""EAP packets, and the piece of a TLS message in one of a method that carries TLS.

Knows the formats (RFC 3748 section 4; RFC 5216 section 3.1, RFC 5281 section 9.1, RFC 7170 section 4.1); must not know
which packets belong together. Raises ``Malformed`` for bytes that are no EAP.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlseku.errors import Malformed

REQUEST: Final = 1
RESPONSE: Final = 2
SUCCESS: Final = 3
FAILURE: Final = 4

IDENTITY: Final = 1
EAP_TLS: Final = 13
TTLS: Final = 21
PEAP: Final = 25
FAST: Final = 43
TEAP: Final = 55
_EXPANDED: Final = 254

WITH_TLS: Final = frozenset({EAP_TLS, TTLS, PEAP, FAST, TEAP})
"""The methods whose packets are pieces of TLS (IANA EAP Method Types)."""

LENGTH_INCLUDED: Final = 0x80
MORE_FRAGMENTS: Final = 0x40
START: Final = 0x20
# Only TEAP has it: TLVs stand behind the TLS data.
_OUTER_TLVS: Final = 0x10

_HEADER: Final = 4


class EapPacket(NamedTuple):
    """One EAP packet. ``method`` is the type of a Request or Response, None for Success and Failure; ``data`` what
    follows it. ``missing`` counts bytes at the end that were not captured."""

    code: int
    identifier: int
    method: int | None
    data: bytes
    missing: int


class TlsPiece(NamedTuple):
    """What a packet of a method with TLS holds: ``data`` is the next piece of a TLS message, ``length`` the length of
    the whole message where it is told, ``more`` whether other pieces follow. ``start`` begins the method and has no
    TLS. ``outer_tlvs`` are so many bytes at the end of the message that are no TLS."""

    length: int | None
    more: bool
    start: bool
    data: bytes
    missing: int
    outer_tlvs: int


def read_eap(data: bytes, missing: int = 0) -> EapPacket:
    """The EAP packet at the beginning of ``data``; what follows its length is padding. ``missing`` bytes that belong
    behind ``data`` were not captured."""
    if len(data) < _HEADER:
        raise Malformed(len(data), "an EAP header of 4 bytes")
    code, identifier = data[0], data[1]
    length = data[2] << 8 | data[3]
    if not REQUEST <= code <= FAILURE:
        raise Malformed(0, "an EAP code from 1 to 4")
    if length < _HEADER or length > len(data) + missing:
        raise Malformed(2, "a length of EAP that the packet holds")
    missing = max(0, length - len(data))
    if code >= SUCCESS:
        return EapPacket(code, identifier, None, b"", missing)
    if length < _HEADER + 1 or len(data) < _HEADER + 1:
        raise Malformed(_HEADER, "an EAP type")
    if data[_HEADER] != _EXPANDED:
        return EapPacket(code, identifier, data[_HEADER], data[_HEADER + 1 : length], missing)
    # Vendor (3 bytes) and its type (4): with the vendor 0 it is an ordinary type (RFC 3748 section 5.7).
    if min(length, len(data)) < _HEADER + 8:
        raise Malformed(_HEADER + 1, "an expanded EAP type of 7 bytes")
    vendor = int.from_bytes(data[_HEADER + 1 : _HEADER + 4], "big")
    method = _EXPANDED if vendor else int.from_bytes(data[_HEADER + 4 : _HEADER + 8], "big")
    return EapPacket(code, identifier, method, data[_HEADER + 8 : length], missing)


def read_tls_piece(packet: EapPacket) -> TlsPiece:
    """The piece of TLS in a packet of one of the methods ``WITH_TLS``."""
    data = packet.data
    if not data:
        # Flags are wanted, but some acknowledge with nothing at all.
        return TlsPiece(None, False, False, b"", packet.missing, 0)
    flags = data[0]
    at = 1
    length = None
    if flags & LENGTH_INCLUDED:
        length = _four(data, at, "the length of the TLS message")
        at += 4
    outer_tlvs = 0
    if packet.method == TEAP and flags & _OUTER_TLVS:
        outer_tlvs = _four(data, at, "the length of the outer TLVs")
        at += 4
    start = bool(flags & START)
    more = bool(flags & MORE_FRAGMENTS)
    return TlsPiece(length, more, start, b"" if start else data[at:], packet.missing, outer_tlvs)


def _four(data: bytes, at: int, what: str) -> int:
    if len(data) < at + 4:
        raise Malformed(at, f"{what} (4 bytes, {len(data) - at} left)")
    return int.from_bytes(data[at : at + 4], "big")
