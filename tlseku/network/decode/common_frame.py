"""The common frame by slicing: Ethernet, at most two VLAN tags, IPv4 without options or IPv6, TCP.

Knows only that shape; whatever deviates in the least (options, fragments, extension headers, a length that
does not fit the frame) returns None and is walked header by header in ``decoder``. The two agree on every frame
that this module takes, and tests hold them to it. It exists because nearly all frames are like this, and a walk that
makes an object for each header takes twice as long.
"""

from __future__ import annotations

from struct import Struct

from tlseku.network.decode.segment import Segment

_SEQ_ACK = Struct(">II")


def _is_tag(data: bytes, at: int) -> bool:
    """Whether a VLAN tag stands there: IEEE 802.1Q, or 802.1ad's for the outer of two."""
    return (data[at] == 0x81 and data[at + 1] == 0x00) or (data[at] == 0x88 and data[at + 1] == 0xA8)


def decode_common_frame(data: bytes, start: int, end: int) -> Segment | None:
    """The segment of the Ethernet frame ``data[start:end]``, or None if the frame is not of the common shape."""
    # Ethernet 14, IPv4 20 and TCP 20 bytes: the shortest frame with a segment.
    if end - start < 54:
        return None
    ip = start + 14
    # At most two tags: what stands behind a third one is no EtherType that is known below.
    if _is_tag(data, start + 12):
        ip += 8 if _is_tag(data, start + 16) else 4
        if end - ip < 40:
            return None
    kind = data[ip - 2]
    if kind == 0x08 and data[ip - 1] == 0x00:
        # Version 4 and five words of header, TCP, no More Fragments flag and no offset.
        if data[ip] != 0x45 or data[ip + 9] != 6 or data[ip + 6] & 0x3F or data[ip + 7]:
            return None
        datagram_end = ip + (data[ip + 2] << 8 | data[ip + 3])
        tcp = ip + 20
        key = data[ip + 12 : ip + 24]
    elif kind == 0x86 and data[ip - 1] == 0xDD:
        if end - ip < 60 or data[ip] >> 4 != 6 or data[ip + 6] != 6:
            return None
        datagram_end = ip + 40 + (data[ip + 4] << 8 | data[ip + 5])
        tcp = ip + 40
        key = data[ip + 8 : ip + 44]
    else:
        return None
    payload = tcp + (data[tcp + 12] >> 4) * 4
    # A frame that is longer than its datagram has padding; one that is shorter was cut, and is walked.
    if datagram_end > end or payload > datagram_end or payload - tcp < 20:
        return None
    seq, ack = _SEQ_ACK.unpack_from(data, tcp + 4)
    return Segment(key, seq, ack, data[tcp + 13], data, payload, datagram_end, 0)
