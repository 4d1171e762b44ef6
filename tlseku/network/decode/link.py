"""Where a frame's link header ends and what follows it.

Knows the link types of the tcpdump registry (LINKTYPE_ numbers) that slicing can read; must not know
what lies above. ``strip`` yields the offset of the next header and its EtherType; rarer link types go to
``rare_links``. Bytes and offsets only: nothing is copied.
"""

from __future__ import annotations

NULL = 0
ETHERNET = 1
PPP = 9
RAW_OLD_BSD = 12
RAW_OPENBSD = 14
PPP_HDLC = 50
PPP_ETHER = 51
RAW = 101
CISCO_HDLC = 104
LOOP = 108
LINUX_SLL = 113
PPP_PPPD = 166
PPP_WITH_DIR = 204
CISCO_HDLC_WITH_DIR = 205
IPV4 = 228
IPV6 = 229
MPLS = 219
IEEE802_11 = 105
UPPER_PDU = 252
PKTAP = 258
PKTAP_OLD = 149
LINUX_SLL2 = 276

# EtherTypes (IANA IEEE 802 Numbers). PPP_PAYLOAD and ETHERNET_FRAME say "this header comes next".
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_IPV6 = 0x86DD
ETHERTYPE_VLAN = 0x8100
ETHERTYPE_QINQ = 0x88A8
ETHERTYPE_QINQ_OLD = 0x9100
ETHERTYPE_MPLS = 0x8847
ETHERTYPE_MPLS_UPSTREAM = 0x8848
ETHERTYPE_PPPOE_SESSION = 0x8864
ETHERTYPE_PPP = 0x880B
ETHERTYPE_BRIDGED = 0x6558
ETHERTYPE_NSH = 0x894F
ETHERTYPE_EAPOL = 0x888E
LEAST_ETHERTYPE = 0x0600
ETHERTYPE_NONE = 0
ETHERTYPE_CUT = -1
ETHERTYPE_UNKNOWN_LINK = -2
_FRAMES = -1000

# Address families in the 4 bytes before a BSD loopback packet: 2 is AF_INET everywhere, AF_INET6 differs (Linux 10,
# Windows 23, NetBSD and OpenBSD 24, Solaris 26, FreeBSD 28, Darwin 30).
_AF_INET6 = (10, 23, 24, 26, 28, 30)
# PPP protocol numbers (IANA PPP Numbers).
_PPP_PROTOCOLS = {
    0x21: ETHERTYPE_IPV4,
    0x57: ETHERTYPE_IPV6,
    0x281: ETHERTYPE_MPLS,
    0x283: ETHERTYPE_MPLS_UPSTREAM,
}
# First byte of a Cisco HDLC frame, to one station or to all (RFC 1547 section 4.3.1).
_CISCO_ADDRESSES = (0x0F, 0x8F)


def frame_of(linktype: int) -> int:
    """What says, in the place of an EtherType, that a frame of this link type comes next."""
    return _FRAMES - linktype


def link_type_of(ethertype: int) -> int:
    """The link type of a ``frame_of``, -1 for an EtherType."""
    return _FRAMES - ethertype if ethertype <= _FRAMES else -1


def strip(linktype: int, data: bytes, start: int, end: int) -> tuple[int, int]:
    """Offset and EtherType of what follows the link header of ``data[start:end]``.

    The EtherType is ``ETHERTYPE_CUT`` where the header is not wholly there, ``ETHERTYPE_UNKNOWN_LINK`` for a
    link type that this module does not read, ``ETHERTYPE_NONE`` where the header says that no EtherType applies.
    """
    size = end - start
    if linktype == ETHERNET:
        return ethernet(data, start, end)
    if linktype in (RAW, RAW_OLD_BSD, RAW_OPENBSD, IPV4, IPV6):
        return (start, ip_version(data[start])) if size else (start, ETHERTYPE_CUT)
    if linktype == LINUX_SLL:
        return _cooked(data, start + 14, start + 16, end)
    if linktype == LINUX_SLL2:
        return _cooked(data, start, start + 20, end)
    if linktype in (NULL, LOOP):
        return (start + 4, _family(data, start)) if size >= 4 else (start, ETHERTYPE_CUT)
    if linktype in (PPP, PPP_HDLC):
        # Either may hold Cisco HDLC instead, told by its first byte (tcpdump registry, LINKTYPE_PPP_HDLC).
        return (
            _cisco(data, start, end) if size and data[start] in _CISCO_ADDRESSES else (start, ETHERTYPE_PPP)
        )
    if linktype == PPP_PPPD:
        # The direction, 0 or 1, stands where the address 0xff belongs; the control byte is still there.
        return (start + 2 if size >= 2 and data[start + 1] == 0x03 else start + 1), ETHERTYPE_PPP
    if linktype in (PPP_WITH_DIR, CISCO_HDLC_WITH_DIR):
        start += 1
        return (start, ETHERTYPE_PPP) if linktype == PPP_WITH_DIR else _cisco(data, start, end)
    if linktype == PPP_ETHER:
        return start, ETHERTYPE_PPPOE_SESSION
    if linktype == CISCO_HDLC:
        return _cisco(data, start, end)
    if linktype == MPLS:
        return start, ETHERTYPE_MPLS
    if linktype in (PKTAP, PKTAP_OLD):
        return _packet_tap(data, start, end)
    return start, ETHERTYPE_UNKNOWN_LINK


def ethernet(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Ethernet II, or IEEE 802.3 with LLC and SNAP."""
    if end - start < 14:
        return start, ETHERTYPE_CUT
    ethertype = data[start + 12] << 8 | data[start + 13]
    if ethertype > 1500:
        return start + 14, ethertype
    return llc(data, start + 14, end)


def llc(data: bytes, start: int, end: int) -> tuple[int, int]:
    """IEEE 802.2 LLC, with SNAP (RFC 1042) or without."""
    if end - start < 3:
        return start, ETHERTYPE_CUT
    if data[start] == 0xAA and data[start + 1] == 0xAA:
        if end - start < 8:
            return start, ETHERTYPE_CUT
        return start + 8, data[start + 6] << 8 | data[start + 7]
    # DSAP 6 is IP (RFC 948).
    return start + 3, ETHERTYPE_IPV4 if data[start] == 0x06 else ETHERTYPE_NONE


def vlan(data: bytes, start: int, end: int) -> tuple[int, int]:
    """An IEEE 802.1Q or 802.1ad tag; its type field may be a length, as in IEEE 802.3."""
    if end - start < 4:
        return start, ETHERTYPE_CUT
    ethertype = data[start + 2] << 8 | data[start + 3]
    return (start + 4, ethertype) if ethertype > 1500 else llc(data, start + 4, end)


def ip_version(first_byte: int) -> int:
    """The EtherType of an IP header by its version nibble, ETHERTYPE_NONE for neither version."""
    version = first_byte >> 4
    return ETHERTYPE_IPV4 if version == 4 else ETHERTYPE_IPV6 if version == 6 else ETHERTYPE_NONE


def ppp(data: bytes, start: int, end: int) -> tuple[int, int]:
    """PPP, with or without HDLC address and control, with or without protocol compression (RFC 1661, 1662)."""
    if end - start >= 2 and data[start] == 0xFF and data[start + 1] == 0x03:
        start += 2
    if end - start < 2:
        return start, ETHERTYPE_CUT
    protocol = data[start]
    size = 1
    if not protocol & 1:
        protocol = protocol << 8 | data[start + 1]
        size = 2
    return start + size, _PPP_PROTOCOLS.get(protocol, ETHERTYPE_NONE)


def _cooked(data: bytes, protocol_at: int, payload: int, end: int) -> tuple[int, int]:
    if end < payload:
        return payload, ETHERTYPE_CUT
    protocol = data[protocol_at] << 8 | data[protocol_at + 1]
    # 1 is "802.3 frame without LLC" and 4 "802.2 LLC follows" (linux/if_ether.h).
    return llc(data, payload, end) if protocol == 4 else (payload, protocol)


def _cisco(data: bytes, start: int, end: int) -> tuple[int, int]:
    return (start + 4, data[start + 2] << 8 | data[start + 3]) if end - start >= 4 else (start, ETHERTYPE_CUT)


def _family(data: bytes, start: int) -> int:
    # LOOP is in network order and NULL in the byte order of whoever captured: the small reading is the right one.
    family = min(
        int.from_bytes(data[start : start + 4], "little"), int.from_bytes(data[start : start + 4], "big")
    )
    return ETHERTYPE_IPV4 if family == 2 else ETHERTYPE_IPV6 if family in _AF_INET6 else ETHERTYPE_NONE


def _packet_tap(data: bytes, start: int, end: int) -> tuple[int, int]:
    if end - start < 12:
        return start, ETHERTYPE_CUT
    header = int.from_bytes(data[start : start + 4], "little")
    linktype = int.from_bytes(data[start + 8 : start + 12], "little")
    if header < 12 or header > end - start:
        return start, ETHERTYPE_CUT
    if linktype in (PKTAP, PKTAP_OLD):
        return start, ETHERTYPE_NONE
    return start + header, frame_of(linktype)
