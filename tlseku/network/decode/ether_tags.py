"""Headers that stand behind an EtherType and have the next EtherType, or a whole frame, inside.

Knows where the tags of switches and fabrics end; must not know what carried them. Out comes the offset of what follows
and its EtherType. A tag may stand on the frames of one direction only, and the connection is one all the same: nothing
of a tag is kept.
"""

from __future__ import annotations

from tlseku.network.decode.link import (
    ETHERTYPE_BRIDGED,
    ETHERTYPE_CUT,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_MPLS,
    ETHERTYPE_NONE,
    ETHERTYPE_NSH,
    llc,
)

CISCO_METADATA = 0x8909
VN_TAG = 0x8926
E_TAG = 0x893F
FABRIC_PATH = 0x8903
TRILL = 0x22F3
PROVIDER_BACKBONE = 0x88E7
MACSEC = 0x88E5
HSR = 0x892F
JUMBO_LLC = 0x8870

ETHER_TAGS = frozenset(
    {
        CISCO_METADATA,
        VN_TAG,
        E_TAG,
        FABRIC_PATH,
        TRILL,
        PROVIDER_BACKBONE,
        MACSEC,
        HSR,
        JUMBO_LLC,
        ETHERTYPE_NSH,
    }
)
"""EtherTypes that ``strip_tag`` reads."""

# Bytes of a tag whose last two are the next EtherType.
_FIXED = {VN_TAG: 6, E_TAG: 8, HSR: 6}
# Bytes of a tag that a whole Ethernet frame follows.
_FRAME_BEHIND = {FABRIC_PATH: 2, PROVIDER_BACKBONE: 4}
# IEEE 802.1AE clause 9.5: version, SCI present, encrypted, and text changed.
_MACSEC_VERSION = 0x80
_MACSEC_SCI = 0x20
_MACSEC_UNREADABLE = 0x0C
# RFC 8300 section 2.2.
_NSH_PAYLOADS = {
    1: ETHERTYPE_IPV4,
    2: ETHERTYPE_IPV6,
    3: ETHERTYPE_BRIDGED,
    4: ETHERTYPE_NSH,
    5: ETHERTYPE_MPLS,
}


def strip_tag(ethertype: int, data: bytes, start: int, end: int) -> tuple[int, int]:
    """Offset and EtherType of what follows the tag ``ethertype``, one of ``ETHER_TAGS``, at ``data[start:end]``.

    VN-Tag (Cisco, on the way to IEEE 802.1BR: 4 bytes), E-tag (IEEE 802.1BR clause 7.5), HSR (IEC 62439-3), Cisco's
    MetaData, FabricPath and PBB's I-tag (IEEE 802.1Q clause 9.7), in which a frame is whole, TRILL (RFC 6325 section
    3), MACsec without encryption (IEEE 802.1AE clause 9), NSH (RFC 8300), LLC in jumbo frames.
    ``ETHERTYPE_CUT`` where the tag is not wholly there, ``ETHERTYPE_NONE`` where what follows is encrypted.
    """
    if ethertype in _FIXED:
        return _type_at_end(data, start, _FIXED[ethertype], end)
    if ethertype in _FRAME_BEHIND:
        return start + _FRAME_BEHIND[ethertype], ETHERTYPE_BRIDGED
    if end - start < 6:
        return start, ETHERTYPE_CUT
    if ethertype == CISCO_METADATA:
        # Version, number of options, the options of 4 bytes each.
        return _type_at_end(data, start, 4 + 4 * data[start + 1], end)
    if ethertype == TRILL:
        # The low three bits and the two below them count options of 4 bytes.
        options = (data[start] & 0x07) << 2 | data[start + 1] >> 6
        return start + 6 + 4 * options, ETHERTYPE_BRIDGED
    if ethertype == MACSEC:
        if data[start] & (_MACSEC_VERSION | _MACSEC_UNREADABLE):
            return start, ETHERTYPE_NONE
        return _type_at_end(data, start, 16 if data[start] & _MACSEC_SCI else 8, end)
    if ethertype == ETHERTYPE_NSH:
        return _service_header(data, start, end)
    return llc(data, start, end)


def _type_at_end(data: bytes, start: int, size: int, end: int) -> tuple[int, int]:
    if end - start < size:
        return start, ETHERTYPE_CUT
    after = start + size
    ethertype = data[after - 2] << 8 | data[after - 1]
    return (after, ethertype) if ethertype > 1500 else llc(data, after, end)


def _service_header(data: bytes, start: int, end: int) -> tuple[int, int]:
    size = (data[start + 1] & 0x3F) * 4
    if size < 8:
        return start, ETHERTYPE_NONE
    if end - start < size:
        return start, ETHERTYPE_CUT
    return start + size, _NSH_PAYLOADS.get(data[start + 3], ETHERTYPE_NONE)
