"""The addresses of a frame's link, for EAPOL, which has no others.

Knows where Ethernet, IEEE 802.11 and Linux's cooked captures have them; must not know what the frame carries. Out come
twelve bytes, source and destination; where a link has none or hides one, zeros, or the group address of IEEE 802.1X.
"""

from __future__ import annotations

from tlseku.network.decode.link import ETHERNET, IEEE802_11, LINUX_SLL, LINUX_SLL2

PAE_GROUP = bytes.fromhex("0180c2000003")
"""The group address by which both ends of IEEE 802.1X speak to the other one (IEEE 802.1X section 11.1.1)."""

_NOBODY = bytes(6)
_TO_DS, _FROM_DS = 0x01, 0x02


def link_addresses(linktype: int, data: bytes, start: int, end: int) -> bytes:
    """Source and destination of the frame whose link header is ``data[start:end]``. Never raises."""
    header = data[start:end]
    if linktype == ETHERNET and len(header) >= 12:
        return header[6:12] + header[:6]
    if linktype == LINUX_SLL and len(header) >= 12:
        return header[6:12] + PAE_GROUP
    if linktype == LINUX_SLL2 and len(header) >= 18:
        return header[12:18] + PAE_GROUP
    if linktype == IEEE802_11 and len(header) >= 24:
        return _wireless(header)
    return _NOBODY + PAE_GROUP


def _wireless(header: bytes) -> bytes:
    """Source and destination by the bits To DS and From DS (IEEE 802.11 section 9.3.2.1)."""
    flags = header[1] & (_TO_DS | _FROM_DS)
    first, second, third = header[4:10], header[10:16], header[16:22]
    if flags == _TO_DS:
        return second + third
    if flags == _FROM_DS:
        return third + first
    if flags and len(header) >= 30:
        return header[24:30] + third
    return second + first
