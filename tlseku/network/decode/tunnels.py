"""Headers that carry another packet inside: GRE, MPLS, PPPoE, L2TP version 3; those in UDP are in ``udp_tunnels``.

Knows where each header ends and what its payload is, as (offset, EtherType); must not know what carried it.
``ETHERTYPE_CUT`` says that the header is not wholly there, ``ETHERTYPE_NONE`` that it carries nothing readable.
"""

from __future__ import annotations

from tlseku.network.decode.link import (
    ETHERTYPE_BRIDGED,
    ETHERTYPE_CUT,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_NONE,
    ETHERTYPE_PPP,
    ETHERTYPE_QINQ,
    ETHERTYPE_VLAN,
    ip_version,
)

_ERSPAN_2 = 0x88BE
_ERSPAN_3 = 0x22EB
_WCCP = 0x883E
_BRIDGED_TYPES = (ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_VLAN, ETHERTYPE_QINQ)


def gre(data: bytes, start: int, end: int) -> tuple[int, int]:
    """GRE (RFC 2784, 2890), PPTP's version 1 (RFC 2637), ERSPAN and WCCP in GRE."""
    if end - start < 4:
        return start, ETHERTYPE_CUT
    flags = data[start] << 8 | data[start + 1]
    protocol = data[start + 2] << 8 | data[start + 3]
    version = flags & 7
    if version > 1 or flags & 0x4000:
        return start, ETHERTYPE_NONE
    size = 4
    for bit in (0x8000, 0x2000, 0x1000):
        if flags & bit:
            size += 4
    if version == 1 and flags & 0x0080:
        size += 4
    if protocol == _ERSPAN_2:
        # Type I has neither sequence number nor ERSPAN header; Type II has both.
        size += 8 if flags & 0x1000 else 0
        protocol = ETHERTYPE_BRIDGED
    elif protocol == _ERSPAN_3:
        if end - start < size + 12:
            return start, ETHERTYPE_CUT
        # Frame type 2 is a bare IP packet; the O bit says that 8 bytes more follow.
        is_ip = data[start + size + 10] >> 2 & 0x1F == 2
        size += 20 if data[start + size + 11] & 1 else 12
        protocol = ETHERTYPE_BRIDGED
        if is_ip and end - start > size:
            protocol = ip_version(data[start + size])
    elif protocol == _WCCP and end - start > size:
        # Version 2 puts a redirect header of 4 bytes in front, version 1 does not, and nothing says which it is
        # (draft-mclaggan-wccp-v2rev1 section 4.12.1); no header begins as IPv4 does.
        size += 0 if data[start + size] >> 4 == 4 else 4
        protocol = ETHERTYPE_IPV4
    return (start + size, protocol) if end - start >= size else (start, ETHERTYPE_CUT)


def l2tp_session(data: bytes, start: int, end: int) -> tuple[int, int]:
    """A data message of L2TP version 3 from its session ID on (RFC 3931 section 4.1), which carries Ethernet.

    Neither the cookie (0, 4 or 8 bytes) nor the sublayer (0 or 4) says that it is there: the shortest header is taken
    behind which a frame makes sense. Session 0 is a control message.
    """
    if end - start >= 4 and any(data[start : start + 4]):
        for size in (4, 8, 12, 16):
            if _is_bridged(data, start + size, end):
                return start + size, ETHERTYPE_BRIDGED
    return start, ETHERTYPE_NONE


def mpls(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The whole label stack (RFC 3032); the payload is told by its first nibble (RFC 4928 section 3)."""
    while end - start >= 5:
        bottom = data[start + 2] & 1
        start += 4
        if bottom:
            nibble = data[start] >> 4
            if nibble == 4:
                return start, ETHERTYPE_IPV4
            if nibble == 6:
                return start, ETHERTYPE_IPV6
            # A pseudowire's control word begins with nibble 0 (RFC 4385 section 3), but so do the addresses of many
            # network cards: there is none where the frame makes sense only without it.
            has_word = nibble == 0 and not (
                _is_bridged(data, start, end) and not _is_bridged(data, start + 4, end)
            )
            return (start + 4 if has_word else start), ETHERTYPE_BRIDGED
    return start, ETHERTYPE_CUT


def _is_bridged(data: bytes, start: int, end: int) -> bool:
    return end - start >= 14 and (data[start + 12] << 8 | data[start + 13]) in _BRIDGED_TYPES


def pppoe(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """A PPPoE session packet (RFC 2516 section 4): offset, EtherType, and where its payload ends."""
    if end - start < 6:
        return start, ETHERTYPE_CUT, end
    if data[start] != 0x11 or data[start + 1] != 0:
        return start, ETHERTYPE_NONE, end
    length = data[start + 4] << 8 | data[start + 5]
    return start + 6, ETHERTYPE_PPP, min(end, start + 6 + length)
