"""Rare link layers, decoded by dpkt.

Knows which link types dpkt can open (IEEE 802.11 with and without radiotap, PF log); must not be on the path of
ordinary packets, since dpkt makes an object per header. dpkt is imported on first use, and only here.
"""

from __future__ import annotations

from tlseku.network.link import ETHERTYPE_CUT, ETHERTYPE_NONE, ETHERTYPE_UNKNOWN_LINK, ip_version

IEEE802_11 = 105
PFLOG = 117
IEEE802_11_RADIOTAP = 127


def strip_rare(linktype: int, data: bytes, start: int, end: int) -> tuple[bytes, int]:
    """The bytes after the link header, and their EtherType as ``link.strip`` gives it.

    Never raises: a header that dpkt refuses gives ``ETHERTYPE_CUT``, another link type
    ``ETHERTYPE_UNKNOWN_LINK``.
    """
    if linktype not in (IEEE802_11, PFLOG, IEEE802_11_RADIOTAP):
        return b"", ETHERTYPE_UNKNOWN_LINK
    import dpkt

    frame = data[start:end]
    try:
        if linktype == PFLOG:
            # The first byte is the header's length without padding; OpenBSD pads it to 4 bytes.
            payload = frame[(frame[0] + 3) & ~3 :]
            return (payload, ip_version(payload[0])) if payload else (b"", ETHERTYPE_CUT)
        if linktype == IEEE802_11_RADIOTAP:
            frame = frame[dpkt.radiotap.Radiotap(frame).length & 0xFFFF :]
        wireless = dpkt.ieee80211.IEEE80211(frame)
        if wireless.type != 2 or not hasattr(wireless, "data_frame") or wireless.wep:
            return b"", ETHERTYPE_NONE
        llc = dpkt.llc.LLC(bytes(wireless.data_frame.data))
    # What dpkt raises on bytes it cannot take: its own errors, and these from slicing past the end.
    except (dpkt.Error, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return b"", ETHERTYPE_CUT
    payload = bytes(llc.data)
    return payload, int(getattr(llc, "type", ETHERTYPE_NONE))
