"""A RADIUS packet, as far as it takes to follow EAP in it.

Knows the header and attributes (RFC 2865 sections 3 and 5; EAP-Message and its pieces, RFC 3579 section 3.1); must not
know which packets belong together. Raises ``Malformed`` for bytes that are no RADIUS.
"""

from __future__ import annotations

from typing import Final

from tlseku._objects import frozen
from tlseku.errors import Malformed
from tlseku.registry.addresses import address_text

ACCESS_REQUEST: Final = 1
ACCESS_ACCEPT: Final = 2
ACCESS_REJECT: Final = 3
ACCESS_CHALLENGE: Final = 11

HEADER: Final = 20

# Attributes (RFC 2865 section 5, RFC 3162 section 2.1, RFC 3579 section 3.1).
_USER_NAME = 1
_NAS_IP_ADDRESS = 4
_STATE = 24
_CALLED_STATION = 30
_CALLING_STATION = 31
_NAS_IDENTIFIER = 32
_PROXY_STATE = 33
_EAP_MESSAGE = 79
_NAS_IPV6_ADDRESS = 95


@frozen
class RadiusPacket:
    """One packet. ``eap`` is what all EAP-Message attributes hold together, None where there is none; ``cut`` says
    that the packet was not captured to its end, so that attributes may be missing. Text is as sent."""

    code: int
    identifier: int
    authenticator: bytes
    eap: bytes | None
    state: bytes | None
    user_name: str | None
    nas: str | None
    called_station: str | None
    calling_station: str | None
    proxied: bool
    cut: bool


def read_radius(data: bytes, missing: int = 0) -> RadiusPacket:
    """The packet at the beginning of ``data``; what follows its length is padding (RFC 2865 section 3). ``missing``
    bytes behind ``data`` were not captured."""
    if len(data) < HEADER:
        raise Malformed(len(data), f"a RADIUS header of {HEADER} bytes")
    length = data[2] << 8 | data[3]
    if length < HEADER or length > len(data) + missing:
        raise Malformed(2, "a length of RADIUS that the datagram holds")
    attributes, cut = _attributes(data, min(length, len(data)), length > len(data))
    nas = _text(attributes, _NAS_IDENTIFIER) or _address(attributes)
    return RadiusPacket(
        code=data[0],
        identifier=data[1],
        authenticator=data[4:HEADER],
        eap=b"".join(attributes[_EAP_MESSAGE]) if _EAP_MESSAGE in attributes else None,
        state=attributes.get(_STATE, [None])[0],
        user_name=_text(attributes, _USER_NAME),
        nas=nas,
        called_station=_text(attributes, _CALLED_STATION),
        calling_station=_text(attributes, _CALLING_STATION),
        proxied=_PROXY_STATE in attributes,
        cut=cut,
    )


def _attributes(data: bytes, end: int, cut: bool) -> tuple[dict[int, list[bytes]], bool]:
    """Values by type, those of one type in order; and whether the end was not captured."""
    found: dict[int, list[bytes]] = {}
    at = HEADER
    while at < end:
        if at + 2 > end:
            if cut:
                break
            raise Malformed(at, "the type and length of an attribute")
        kind, size = data[at], data[at + 1]
        if size < 2 or (at + size > end and not cut):
            raise Malformed(at + 1, "a length of an attribute that the packet holds")
        found.setdefault(kind, []).append(data[at + 2 : min(at + size, end)])
        at += size
    return found, cut


def _text(attributes: dict[int, list[bytes]], kind: int) -> str | None:
    values = attributes.get(kind)
    return None if values is None else values[0].decode("utf-8", "replace")


def _address(attributes: dict[int, list[bytes]]) -> str | None:
    for kind, size in ((_NAS_IP_ADDRESS, 4), (_NAS_IPV6_ADDRESS, 16)):
        for value in attributes.get(kind, ()):
            if len(value) == size:
                return address_text(value)
    return None
