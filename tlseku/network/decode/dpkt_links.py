"""Rare link layers: IEEE 802.11 with dpkt, PF log by its own length byte.

Knows which link types can be opened (IEEE 802.11 with and without radiotap, PF log); must not be on the path of
ordinary packets, since dpkt makes an object per header. dpkt is imported on first use, and only here; it is given
the wireless header alone, because from an IP packet that it has taken apart it makes another one.
"""

from __future__ import annotations

from tlseku.network.decode.link import ETHERTYPE_CUT, ETHERTYPE_NONE, ETHERTYPE_UNKNOWN_LINK, ip_version, llc

IEEE802_11 = 105
PFLOG = 117
IEEE802_11_RADIOTAP = 127

_SNAP = b"\xaa\xaa\x03"


def strip_dpkt_link(linktype: int, data: bytes, start: int, end: int) -> tuple[bytes, int]:
    """The bytes after the link header, and their EtherType as ``link.strip`` gives it.

    Never raises: a header that is not wholly there or that dpkt refuses gives ``ETHERTYPE_CUT``, another link type
    ``ETHERTYPE_UNKNOWN_LINK``.
    """
    frame = data[start:end]
    if linktype == PFLOG:
        # The first byte is the header's length without padding; OpenBSD pads it to 4 bytes.
        payload = frame[(frame[0] + 3) & ~3 :] if frame else b""
        return (payload, ip_version(payload[0])) if payload else (b"", ETHERTYPE_CUT)
    if linktype == IEEE802_11_RADIOTAP:
        # Version, padding and the header's length, little-endian (radiotap.org).
        length = int.from_bytes(frame[2:4], "little")
        return _wireless(frame[length:]) if length >= 8 else (b"", ETHERTYPE_CUT)
    if linktype == IEEE802_11:
        return _wireless(frame)
    return b"", ETHERTYPE_UNKNOWN_LINK


def _wireless(frame: bytes) -> tuple[bytes, int]:
    import dpkt

    try:
        wireless = dpkt.ieee80211.IEEE80211(frame)
        if wireless.type != dpkt.ieee80211.DATA_TYPE or wireless.wep:
            return b"", ETHERTYPE_NONE
        payload = bytes(wireless.data_frame.data)
    # What dpkt raises on bytes it cannot take: its own errors, and these from slicing past the end.
    except (dpkt.Error, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return b"", ETHERTYPE_CUT
    # Some drivers pad the wireless header to a multiple of 4 bytes (radiotap's flag 0x20).
    if payload[:3] != _SNAP and payload[2:5] == _SNAP:
        payload = payload[2:]
    offset, ethertype = llc(payload, 0, len(payload))
    return payload[offset:], ethertype
