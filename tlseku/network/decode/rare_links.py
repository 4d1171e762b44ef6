"""Rare link layers: where their headers end.

Knows the link types of the tcpdump registry that are not met every day (https://www.tcpdump.org/linktypes.html); must
not know what lies above. ``strip_rare`` yields the offset of the next header and its EtherType, or that a frame of
another link type comes next. Wireless frames are left to ``wireless``. Never raises: what is not wholly there is
``ETHERTYPE_CUT``.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.network.decode.link import (
    CISCO_HDLC,
    ETHERNET,
    ETHERTYPE_BRIDGED,
    ETHERTYPE_CUT,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_NONE,
    ETHERTYPE_PPP,
    ETHERTYPE_UNKNOWN_LINK,
    IEEE802_11,
    PPP_HDLC,
    RAW,
    frame_of,
    ip_version,
    llc,
)

TOKEN_RING = 6
SLIP = 8
FDDI = 10
SLIP_BSDOS = 15
PPP_BSDOS = 16
SYMANTEC_FIREWALL = 99
ATM_RFC1483 = 100
ATM_CLIP = 106
FRELAY = 107
ENC = 109
PFLOG = 117
PRISM = 119
IP_OVER_FC = 122
SUNATM = 123
IEEE802_11_RADIOTAP = 127
APPLE_IP_OVER_IEEE1394 = 138
DOCSIS = 143
IEEE802_11_AVS = 163
JUNIPER_ETHER = 178
JUNIPER_PPP = 179
JUNIPER_FRELAY = 180
JUNIPER_CHDLC = 181
PPI = 192
ERF = 197
FRELAY_WITH_DIR = 206
IPNET = 226
NFLOG = 239
NETANALYZER = 240
NETANALYZER_TRANSPARENT = 241
IPOIB = 242
EPON = 259
ETHERNET_MPACKET = 274
DSA_TAG_BRCM = 281
DSA_TAG_BRCM_PREPEND = 282
DSA_TAG_DSA = 284
DSA_TAG_EDSA = 285

Stripped = tuple[int, int]
"""Offset and EtherType of what follows."""

# Headers that do not vary: their length, and what follows them.
_FIXED: dict[int, tuple[int, int]] = {
    SLIP: (16, frame_of(RAW)),  # direction and the compressed header (LINKTYPE_SLIP)
    SLIP_BSDOS: (24, frame_of(RAW)),
    PPP_BSDOS: (24, ETHERTYPE_PPP),
    IPNET: (24, frame_of(RAW)),  # Solaris's ipnet: version, family, zones, interface
    DSA_TAG_BRCM_PREPEND: (4, frame_of(ETHERNET)),
    ENC: (12, frame_of(RAW)),  # address family, SPI, flags (OpenBSD's enc(4))
    NETANALYZER: (4, frame_of(ETHERNET)),
    NETANALYZER_TRANSPARENT: (12, frame_of(ETHERNET)),  # with the preamble on the wire
    EPON: (8, frame_of(ETHERNET)),  # IEEE 802.3 clause 65.1.3.2: the preamble holds the logical link
    ETHERNET_MPACKET: (8, frame_of(ETHERNET)),  # IEEE 802.3br: preamble and start
}
# Headers that end with an EtherType: IEEE 1394 has two addresses of 8 bytes (RFC 2734 section 5), frames of switch
# chips two of 6 and the chip's tag of 4 or 8 (Linux's net/dsa/).
_TYPE_LAST = {
    APPLE_IP_OVER_IEEE1394: 18,
    DSA_TAG_BRCM: 18,
    DSA_TAG_DSA: 18,
    DSA_TAG_EDSA: 22,
}
# What Juniper's header is followed by (tcpdump's print-juniper.c).
_JUNIPER = {
    JUNIPER_ETHER: frame_of(ETHERNET),
    JUNIPER_PPP: ETHERTYPE_PPP,
    JUNIPER_FRELAY: frame_of(FRELAY),
    JUNIPER_CHDLC: frame_of(CISCO_HDLC),
}
_JUNIPER_MAGIC = b"\x4d\x47\x43"
# Types of ERF records (Endace): Ethernet, which has two bytes of offset and padding in front, HDLC, and IP.
_ERF_TYPES = {
    1: (0, frame_of(PPP_HDLC)),
    2: (2, frame_of(ETHERNET)),
    10: (0, frame_of(PPP_HDLC)),
    11: (2, frame_of(ETHERNET)),
    15: (0, frame_of(PPP_HDLC)),
    16: (2, frame_of(ETHERNET)),
    19: (0, frame_of(PPP_HDLC)),
    20: (2, frame_of(ETHERNET)),
    22: (0, ETHERTYPE_IPV4),
    23: (0, ETHERTYPE_IPV6),
}
_NFLOG_PAYLOAD = 9
_NFLOG_MOST_ATTRIBUTES = 64
_NLPID_SNAP, _NLPID_IPV6, _NLPID_IPV4 = 0x80, 0x8E, 0xCC
_UNNUMBERED_INFORMATION = 0x03
_BRIDGED_OUI = b"\x00\x80\xc2"
_AVS_MAGIC = 0x80211000


def strip_rare(linktype: int, data: bytes, start: int, end: int) -> Stripped:
    """Offset and EtherType of what follows the link header of ``data[start:end]``, as ``link.strip`` gives them.

    The EtherType may be a ``frame_of`` another link type, or ``ETHERTYPE_UNKNOWN_LINK`` for one that nothing reads.
    """
    if linktype in _FIXED:
        size, follows = _FIXED[linktype]
        return (start + size, follows) if end - start > size else (start, ETHERTYPE_CUT)
    if linktype in _TYPE_LAST:
        at = start + _TYPE_LAST[linktype]
        if at > end:
            return start, ETHERTYPE_CUT
        ethertype = _word(data, at - 2)
        return (at, ethertype) if ethertype > 1500 else llc(data, at, end)
    if linktype in _JUNIPER:
        return _juniper(linktype, data, start, end)
    if linktype not in _READERS:
        return start, ETHERTYPE_UNKNOWN_LINK
    least, reader = _READERS[linktype]
    return reader(data, start, end) if end - start >= least else (start, ETHERTYPE_CUT)


def _word(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _fddi(data: bytes, start: int, end: int) -> Stripped:
    """Frame control, two addresses, LLC (RFC 1390)."""
    return llc(data, start + 13, end)


def _token_ring(data: bytes, start: int, end: int) -> Stripped:
    """Access and frame control, two addresses, a route if the source says so (IEEE 802.5 section 3.3), LLC."""
    route = data[start + 14] & 0x1F if data[start + 8] & 0x80 else 0
    return llc(data, start + 14 + route, end)


def _rfc1483(data: bytes, start: int, end: int) -> Stripped:
    """LLC and SNAP (RFC 2684 section 5); a bridged frame has two bytes of padding in front."""
    if data[start : start + 6] == b"\xaa\xaa\x03" + _BRIDGED_OUI and end - start >= 8:
        is_ethernet = _word(data, start + 6) in (1, 7)
        return start + 10, ETHERTYPE_BRIDGED if is_ethernet else ETHERTYPE_NONE
    return llc(data, start, end)


def _clip(data: bytes, start: int, end: int) -> Stripped:
    """Classical IP over ATM: some drivers hand over LLC and SNAP, Linux the bare datagram."""
    bare = ip_version(data[start]) if start < end else ETHERTYPE_CUT
    return (start, bare) if bare in (ETHERTYPE_IPV4, ETHERTYPE_IPV6) else _rfc1483(data, start, end)


def _sunatm(data: bytes, start: int, end: int) -> Stripped:
    """Direction and type, VPI and VCI in 4 bytes (SunATM); type 1 is LAN emulation, whose header is 2 bytes more."""
    if data[start] & 0x0F == 1:
        return start + 6, ETHERTYPE_BRIDGED
    return _rfc1483(data, start + 4, end)


def _ip_over_fc(data: bytes, start: int, end: int) -> Stripped:
    """Two addresses of 8 bytes, LLC (RFC 2625 section 3.3)."""
    return llc(data, start + 16, end)


def _symantec(data: bytes, start: int, end: int) -> Stripped:
    """A header of 44 bytes in version 2, of 56 in version 3, in which the place of 2's EtherType is empty.

    No document is public; the places are those of Wireshark's packet-symantec.c.
    """
    old = _word(data, start + 6)
    return (start + 44, old) if old else (start + 56, _word(data, start + 10))


def _docsis(data: bytes, start: int, end: int) -> Stripped:
    """Frame control, parameter, length, an extended header if announced, check sequence (DOCSIS 3.1 MAC, 6.2.1)."""
    if data[start] & 0xC0:
        return start, ETHERTYPE_NONE
    return start + 6 + (data[start + 1] if data[start] & 1 else 0), frame_of(ETHERNET)


def _ipoib(data: bytes, start: int, end: int) -> Stripped:
    """EtherType and two reserved bytes (RFC 4391 section 6), behind a global route header, an address, or nothing.

    The registry does not say which; Wireshark wants the header.
    """
    for before in (40, 20, 0):
        at = start + before + 4
        if at < end and not _word(data, at - 2):
            ethertype = ip_version(data[at])
            if ethertype != ETHERTYPE_NONE and ethertype == _word(data, at - 4):
                return at, ethertype
    return start, ETHERTYPE_CUT if end - start <= 44 else ETHERTYPE_NONE


def _frame_relay(data: bytes, start: int, end: int) -> Stripped:
    """An address of 2 to 4 bytes (Q.922), then RFC 2427's NLPID, or an EtherType as Cisco has it."""
    at = start
    while at < end and at < start + 4 and not data[at] & 1:
        at += 1
    at += 1
    if end - at < 2:
        return start, ETHERTYPE_CUT
    if data[at] != _UNNUMBERED_INFORMATION:
        return at + 2, _word(data, at)
    at += 2 if data[at + 1] == 0 else 1  # a byte of padding aligns what follows
    protocol = data[at] if at < end else 0
    if protocol == _NLPID_IPV4:
        return at + 1, ETHERTYPE_IPV4
    if protocol == _NLPID_IPV6:
        return at + 1, ETHERTYPE_IPV6
    if protocol != _NLPID_SNAP:
        return at, ETHERTYPE_NONE
    if end - at < 6:
        return at, ETHERTYPE_CUT
    if data[at + 1 : at + 4] == _BRIDGED_OUI:
        return at + 6, ETHERTYPE_BRIDGED if _word(data, at + 4) in (1, 7) else ETHERTYPE_NONE
    return at + 6, _word(data, at + 4)


def _frame_relay_with_direction(data: bytes, start: int, end: int) -> Stripped:
    return _frame_relay(data, start + 1, end)


def _pf_log(data: bytes, start: int, end: int) -> Stripped:
    """The first byte is the header's length without padding; OpenBSD pads it to 4 bytes (pflog(4))."""
    if start >= end or data[start] == 0:
        return start, ETHERTYPE_CUT
    at = start + ((data[start] + 3) & ~3)
    return (at, ip_version(data[at])) if at < end else (start, ETHERTYPE_CUT)


def _radiotap(data: bytes, start: int, end: int) -> Stripped:
    """Version, padding and the header's length, little-endian (radiotap.org)."""
    length = int.from_bytes(data[start + 2 : start + 4], "little")
    return (start + length, frame_of(IEEE802_11)) if 8 <= length < end - start else (start, ETHERTYPE_CUT)


def _prism(data: bytes, start: int, end: int) -> Stripped:
    """Message code and length of the whole header, in the byte order of whoever captured; AVS has its own code."""
    if int.from_bytes(data[start : start + 4], "big") & 0xFFFFF000 == _AVS_MAGIC:
        return _avs(data, start, end)
    words = data[start + 4 : start + 8]
    length = min(int.from_bytes(words, "little"), int.from_bytes(words, "big"))
    return (start + length, frame_of(IEEE802_11)) if 8 <= length < end - start else (start, ETHERTYPE_CUT)


def _avs(data: bytes, start: int, end: int) -> Stripped:
    """Version and length, big-endian (AVS capture header, section 2)."""
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    return (start + length, frame_of(IEEE802_11)) if 8 <= length < end - start else (start, ETHERTYPE_CUT)


def _juniper(linktype: int, data: bytes, start: int, end: int) -> Stripped:
    """Magic number and flags, extensions if a flag says so; another says that there is no link layer."""
    if end - start < 4 or data[start : start + 3] != _JUNIPER_MAGIC:
        return start, ETHERTYPE_CUT
    flags = data[start + 3]
    at = start + 4
    if flags & 0x80:
        if end - at < 2:
            return start, ETHERTYPE_CUT
        at += 2 + _word(data, at)
    if flags & 0x02:
        at += 4
        return (at, ip_version(data[at])) if at < end else (start, ETHERTYPE_CUT)
    return at, _JUNIPER[linktype]


def _ppi(data: bytes, start: int, end: int) -> Stripped:
    """Version, flags, the header's length, and the link type of what follows (PPI 1.0.7 section 3.1)."""
    length = int.from_bytes(data[start + 2 : start + 4], "little")
    linktype = int.from_bytes(data[start + 4 : start + 8], "little")
    return (start + length, frame_of(linktype)) if 8 <= length < end - start else (start, ETHERTYPE_CUT)


def _erf(data: bytes, start: int, end: int) -> Stripped:
    """A header of 16 bytes, 8 more for each extension that the byte before announces, then the frame."""
    at = start + 16
    more = data[start + 8] & 0x80
    while more and end - at >= 8:
        more = data[at] & 0x80
        at += 8
    padding, follows = _ERF_TYPES.get(data[start + 8] & 0x7F, (0, ETHERTYPE_NONE))
    return (at + padding, follows) if at + padding < end else (start, ETHERTYPE_CUT)


def _nflog(data: bytes, start: int, end: int) -> Stripped:
    """Family, version and group, then attributes in the byte order of the host; one of them is the packet.

    LINKTYPE_NFLOG: a length of 2 bytes that includes itself, a type of 2 bytes, a value padded to 4 bytes.
    """
    if end - start < 8 or data[start + 1] != 0:
        return start, ETHERTYPE_CUT
    at = start + 4
    # No attribute is as long as one in the wrong byte order seems to be.
    first = data[at : at + 2]
    is_little = int.from_bytes(first, "little") <= int.from_bytes(first, "big")
    for _ in range(_NFLOG_MOST_ATTRIBUTES):
        if end - at < 4:
            break
        low, high = (0, 1) if is_little else (1, 0)
        length = data[at + low] | data[at + high] << 8
        kind = data[at + 2 + low] | data[at + 2 + high] << 8
        if length < 4:
            break
        if kind & 0x7FFF == _NFLOG_PAYLOAD and end - at > 4:
            return at + 4, ip_version(data[at + 4])
        at += (length + 3) & ~3
    return start, ETHERTYPE_CUT


# The bytes that a header has at least, and who reads it.
_READERS: dict[int, tuple[int, Callable[[bytes, int, int], Stripped]]] = {
    TOKEN_RING: (16, _token_ring),
    FDDI: (0, _fddi),
    ATM_RFC1483: (0, _rfc1483),
    ATM_CLIP: (0, _clip),
    FRELAY: (0, _frame_relay),
    FRELAY_WITH_DIR: (0, _frame_relay_with_direction),
    PFLOG: (0, _pf_log),
    PRISM: (8, _prism),
    IP_OVER_FC: (0, _ip_over_fc),
    SUNATM: (4, _sunatm),
    SYMANTEC_FIREWALL: (56, _symantec),
    DOCSIS: (6, _docsis),
    IPOIB: (0, _ipoib),
    IEEE802_11_RADIOTAP: (0, _radiotap),
    IEEE802_11_AVS: (0, _avs),
    PPI: (8, _ppi),
    ERF: (16, _erf),
    NFLOG: (0, _nflog),
}
