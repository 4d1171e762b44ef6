"""Tunnels in UDP: which ports they have, and where their headers end.

Knows each header's own fields, which must agree before a datagram is taken for a tunnel; must not know IP. Out comes
the offset of what is inside and its EtherType, or ``ETHERTYPE_NONE`` where the datagram is something else.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.network.decode.link import (
    ETHERNET,
    ETHERTYPE_BRIDGED,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_MPLS,
    ETHERTYPE_NONE,
    ETHERTYPE_NSH,
    ETHERTYPE_PPP,
    IEEE802_11,
    PPP,
    RAW,
    frame_of,
    ip_version,
)
from tlseku.network.decode.tunnels import l2tp_session

# UDP ports (IANA Service Names registry); 8472 is what Linux used before 4789 was assigned, 37008 TZSP's habit.
VXLAN_PORTS = (4789, 8472)
VXLAN_GPE_PORT = 4790
GENEVE_PORT = 6081
GTP_PORT = 2152
CAPWAP_DATA_PORT = 5247
TZSP_PORT = 37008
L2TP_PORT = 1701
TEREDO_PORT = 3544
LISP_PORT = 4341
MPLS_PORT = 6635

DESTINATION_PORTS = frozenset(
    {*VXLAN_PORTS, VXLAN_GPE_PORT, GENEVE_PORT, GTP_PORT, TZSP_PORT, LISP_PORT, MPLS_PORT}
)
"""Ports of tunnels that are told by where a datagram goes."""

EITHER_PORTS = frozenset({CAPWAP_DATA_PORT, L2TP_PORT, TEREDO_PORT})
"""Ports of tunnels whose answers come from that port."""

# VXLAN-GPE next protocols (draft-ietf-nvo3-vxlan-gpe section 3.2).
_GPE_PAYLOADS = {
    1: ETHERTYPE_IPV4,
    2: ETHERTYPE_IPV6,
    3: ETHERTYPE_BRIDGED,
    4: ETHERTYPE_NSH,
    5: ETHERTYPE_MPLS,
}
# TZSP's encapsulated protocols (as Wireshark's packet-tzsp.c has them) as link types.
_TZSP_FRAMES = {
    1: frame_of(ETHERNET),
    2: frame_of(6),
    4: frame_of(PPP),
    5: frame_of(10),
    7: frame_of(RAW),
    18: frame_of(IEEE802_11),
    119: frame_of(119),
    127: frame_of(163),
}
_TZSP_PADDING, _TZSP_END = 0, 1


class CapwapFragment(NamedTuple):
    """A piece of a CAPWAP payload (RFC 5415 section 4.3): what it belongs to, and what it is a piece of."""

    identity: bytes
    offset: int
    more: bool
    payload: int
    ethertype: int


def udp_payload(source: int, destination: int, data: bytes, start: int, end: int) -> tuple[int, int]:
    """Offset and EtherType of what a UDP payload ``data[start:end]`` carries, by its ports and if the header agrees.

    VXLAN (RFC 7348), VXLAN-GPE, Geneve (RFC 8926), GTP-U (3GPP TS 29.281), TZSP, L2TP (RFC 2661, 3931), Teredo
    (RFC 4380), LISP (RFC 9300), MPLS (RFC 7510), CAPWAP data (RFC 5415). ``ETHERTYPE_NONE`` for anything else.
    """
    if destination in VXLAN_PORTS:
        # The I flag must be set, the others are to be ignored (section 5); the group policy extension sets one.
        if end - start >= 8 and data[start] & 0x08:
            return start + 8, ETHERTYPE_BRIDGED
    elif destination == GENEVE_PORT:
        if end - start >= 8 and data[start] >> 6 == 0:
            options = (data[start] & 0x3F) * 4
            if end - start >= 8 + options:
                return start + 8 + options, data[start + 2] << 8 | data[start + 3]
    elif destination == VXLAN_GPE_PORT:
        if end - start >= 8 and data[start] & 0x08:
            # Without the P flag it is plain VXLAN.
            inside = data[start + 3] if data[start] & 0x04 else 3
            return start + 8, _GPE_PAYLOADS.get(inside, ETHERTYPE_NONE)
    elif destination == GTP_PORT:
        return _gtp(data, start, end)
    elif destination == TZSP_PORT:
        return _tzsp(data, start, end)
    elif destination == LISP_PORT:
        return (start + 8, ip_version(data[start + 8])) if end - start > 8 else (start, ETHERTYPE_NONE)
    elif destination == MPLS_PORT:
        return start, ETHERTYPE_MPLS
    elif L2TP_PORT in (source, destination):
        return _l2tp(data, start, end)
    elif TEREDO_PORT in (source, destination):
        return _teredo(data, start, end)
    elif CAPWAP_DATA_PORT in (source, destination):
        piece = capwap(data, start, end)
        if piece is not None and piece.offset == 0 and not piece.more:
            return piece.payload, piece.ethertype
    return start, ETHERTYPE_NONE


def capwap(data: bytes, start: int, end: int) -> CapwapFragment | None:
    """The payload of a CAPWAP data packet in clear, or None for DTLS, a keep-alive, or something else.

    RFC 5415 section 4.3; a payload that is whole is a piece at offset 0 with none to follow.
    """
    # The first byte is version 0 and type 0; type 1 is DTLS.
    if end - start < 8 or data[start]:
        return None
    size = data[start + 1] >> 3
    payload = start + size * 4
    flags = (data[start + 2] << 8 | data[start + 3]) & 0x01FF
    if size < 2 or payload >= end or flags & 0x08:
        return None
    # T says that the frame is in the radio's own format, of which the binding 1 is IEEE 802.11.
    binding = data[start + 2] >> 1 & 0x1F
    if flags & 0x100 and binding != 1:
        return None
    ethertype = frame_of(IEEE802_11 if flags & 0x100 else ETHERNET)
    if not flags & 0x80:
        return CapwapFragment(b"", 0, False, payload, ethertype)
    offset = (data[start + 6] << 8 | data[start + 7]) & 0xFFF8
    return CapwapFragment(data[start + 4 : start + 6], offset, not flags & 0x40, payload, ethertype)


def _gtp(data: bytes, start: int, end: int) -> tuple[int, int]:
    """A G-PDU of GTP-U version 1 (3GPP TS 29.281 section 5.1), extension headers passed over (5.2)."""
    if end - start < 9 or data[start] & 0xF0 != 0x30 or data[start + 1] != 0xFF:
        return start, ETHERTYPE_NONE
    at = start + 8
    if data[start] & 0x07:
        at += 4
        following = data[at - 1] if at <= end and data[start] & 0x04 else 0
        while following:
            size = data[at] * 4 if at < end else 0
            if not size or at + size > end:
                return start, ETHERTYPE_NONE
            at += size
            following = data[at - 1]
    return (at, ip_version(data[at])) if at < end else (start, ETHERTYPE_NONE)


def _tzsp(data: bytes, start: int, end: int) -> tuple[int, int]:
    """TaZmen Sniffer Protocol: version 1, a received or sent frame, its protocol, then tags up to the end tag."""
    if end - start < 5 or data[start] != 1 or data[start + 1] > 1:
        return start, ETHERTYPE_NONE
    inside = _TZSP_FRAMES.get(data[start + 2] << 8 | data[start + 3], ETHERTYPE_NONE)
    at = start + 4
    while at < end and data[at] != _TZSP_END:
        if data[at] == _TZSP_PADDING:
            at += 1
        elif at + 1 < end:
            at += 2 + data[at + 1]
        else:
            break
    return (at + 1, inside) if at + 1 < end else (start, ETHERTYPE_NONE)


def _l2tp(data: bytes, start: int, end: int) -> tuple[int, int]:
    """A data message of L2TP version 2 (RFC 2661 section 3.1), which carries PPP, or of version 3 over UDP."""
    if end - start < 8:
        return start, ETHERTYPE_NONE
    flags = data[start] << 8 | data[start + 1]
    version = flags & 0x0F
    if flags & 0x8000 or version not in (2, 3):
        return start, ETHERTYPE_NONE
    if version == 3:
        return l2tp_session(data, start + 4, end)
    at = start + 6
    for bit, size in ((0x4000, 2), (0x0800, 4)):
        at += size if flags & bit else 0
    if flags & 0x0200:
        if at + 2 > end:
            return start, ETHERTYPE_NONE
        at += 2 + (data[at] << 8 | data[at + 1])
    return (at, ETHERTYPE_PPP) if at < end else (start, ETHERTYPE_NONE)


def _teredo(data: bytes, start: int, end: int) -> tuple[int, int]:
    """IPv6 behind an authentication header and an origin indication, if any (RFC 4380 section 5.1.1)."""
    if end - start >= 4 and data[start] == 0 and data[start + 1] == 1:
        start += 13 + data[start + 2] + data[start + 3]
    if end - start >= 8 and data[start] == 0 and data[start + 1] == 0:
        start += 8
    return (start, ETHERTYPE_IPV6) if start < end and data[start] >> 4 == 6 else (start, ETHERTYPE_NONE)
