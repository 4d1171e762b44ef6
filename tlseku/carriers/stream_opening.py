"""Which carrier a TCP connection is for, by the first bytes that either side sends.

Knows how OpenVPN and Kerberos begin on TCP; must not read them. Both put a length first, whose first byte is 0: nothing
else of what is told by its first bytes begins so.
"""

from __future__ import annotations

from tlseku.network.decode.segment import KERBEROS, NOT_TCP, OPENVPN
from tlseku.network.decode.unread import is_kerberos, is_openvpn_reset

_LENGTH_OF_OPENVPN = 2
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
