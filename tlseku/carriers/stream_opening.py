"""Which carrier a TCP connection is for, by the first bytes that either side sends, or that were captured of it.

Knows how OpenVPN and Kerberos begin on TCP, and OpenVPN in its midst; must not read them. Both put a length first,
whose first byte is 0 where they begin: nothing else of what is told by its first bytes begins so. A packet amid OpenVPN
is told by what stands in it (``openvpn_packet``): where a record of TLS begins in it, or it acknowledges others,
nothing else looks like that; the middle of a message alone proves little, so that it only keeps others from being read
into it.
"""

from __future__ import annotations

from tlseku.carriers.openvpn_packet import WRAPPED, layout_amid, layout_of
from tlseku.network.decode.segment import KERBEROS, NOT_TCP, OPENVPN
from tlseku.network.decode.unread import is_kerberos, is_openvpn_reset

_LENGTH_OF_OPENVPN = 2
# Longer than any packet of a control channel, which OpenVPN keeps below the MTU; above its length's first byte.
_LONGEST_OF_OPENVPN = 2048
_HIGHEST_FIRST_BYTE = _LONGEST_OF_OPENVPN >> 8
_LENGTH_OF_KERBEROS = 4


def carrier_in_stream(data: bytes) -> int:
    """``OPENVPN``, ``KERBEROS``, or ``NOT_TCP`` if these bytes begin neither, or are too few to tell."""
    if not data or data[0]:
        return NOT_TCP
    size = len(data)
    if size > _LENGTH_OF_OPENVPN:
        length = data[0] << 8 | data[1]
        if length <= size - _LENGTH_OF_OPENVPN and is_openvpn_reset(data, _LENGTH_OF_OPENVPN, length):
            return OPENVPN
    if size > _LENGTH_OF_KERBEROS:
        length = int.from_bytes(data[:_LENGTH_OF_KERBEROS], "big")
        if is_kerberos(data, _LENGTH_OF_KERBEROS, size - _LENGTH_OF_KERBEROS, length):
            return KERBEROS
    return NOT_TCP


def begins_carrier(data: bytes) -> bool:
    """Whether a carrier begins so, or may."""
    return bool(data) and not data[0] and carrier_in_stream(data) != NOT_TCP


def carrier_amid_stream(data: bytes) -> int:
    """``OPENVPN`` if a segment of these bytes begins with one of its packets, as nothing else does; or ``NOT_TCP``."""
    packet = _packet_of_openvpn(data)
    layout = None if packet is None else layout_of(packet)
    return NOT_TCP if layout is None or layout == WRAPPED else OPENVPN


def may_be_amid_carrier(data: bytes) -> bool:
    """Whether a segment may begin with a packet of OpenVPN that holds the middle of a message."""
    packet = _packet_of_openvpn(data)
    return packet is not None and layout_amid(packet) is not None


def _packet_of_openvpn(data: bytes) -> bytes | None:
    """What the length in front of a segment holds of it, where it may be one of OpenVPN's."""
    if len(data) <= _LENGTH_OF_OPENVPN or data[0] > _HIGHEST_FIRST_BYTE:
        return None
    length = data[0] << 8 | data[1]
    return data[_LENGTH_OF_OPENVPN : _LENGTH_OF_OPENVPN + length] if length <= _LONGEST_OF_OPENVPN else None
