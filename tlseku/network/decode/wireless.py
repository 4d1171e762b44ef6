"""IEEE 802.11 frames, taken apart by dpkt.

Knows which wireless frames carry a packet in clear; must not be on the path of ordinary packets, since dpkt makes an
object per header. dpkt is imported on first use, and only here; it is given the wireless header alone, because from an
IP packet that it has taken apart it makes another one.
"""

from __future__ import annotations

from tlseku.network.decode.link import ETHERTYPE_CUT, ETHERTYPE_NONE, llc

_SNAP = b"\xaa\xaa\x03"
_DATA = 0x08
_TYPE_AND_VERSION = 0x0F


def strip_wireless(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Offset and EtherType of what an IEEE 802.11 data frame carries (IEEE 802.11 section 9.3.2.1).

    Never raises: a header that is not wholly there or that dpkt refuses gives ``ETHERTYPE_CUT``, another kind of frame,
    or an encrypted one, ``ETHERTYPE_NONE``.
    """
    import dpkt

    frame = data[start:end]
    # Access points of Cisco hand the two bytes of frame control over in the other order.
    if len(frame) > 1 and frame[0] & _TYPE_AND_VERSION != _DATA and frame[1] & _TYPE_AND_VERSION == _DATA:
        frame = frame[1::-1] + frame[2:]
    try:
        wireless = dpkt.ieee80211.IEEE80211(frame)
        if wireless.type != dpkt.ieee80211.DATA_TYPE or wireless.wep:
            return start, ETHERTYPE_NONE
        payload = bytes(wireless.data_frame.data)
    # What dpkt raises on bytes it cannot take: its own errors, and these from slicing past the end.
    except (dpkt.Error, IndexError, ValueError, AttributeError, TypeError, KeyError):
        return start, ETHERTYPE_CUT
    at = end - len(payload)
    # Some drivers pad the wireless header to a multiple of 4 bytes (radiotap's flag 0x20).
    if payload[:3] != _SNAP and payload[2:5] == _SNAP:
        at += 2
    return llc(data, at, end)
