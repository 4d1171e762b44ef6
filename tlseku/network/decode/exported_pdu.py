"""Packets that Wireshark exported (File, Export PDUs): what it knew of each, as tags, then the bytes of one layer.

Knows the tags of LINKTYPE_WIRESHARK_UPPER_PDU (Wireshark's epan/exported_pdu.h); must not know protocols above TCP. Out
comes a layer to go on with, or, where the bytes are a piece of a TCP stream, the segment that it was.
"""

from __future__ import annotations

from struct import Struct

from tlseku.network.decode.link import (
    ETHERNET,
    ETHERTYPE_CUT,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_NONE,
    IEEE802_11,
    frame_of,
)
from tlseku.network.decode.segment import Segment

_END = 0
_DISSECTOR, _HEURISTIC = 12, 13
_IPV4_SOURCE, _IPV4_DESTINATION, _IPV6_SOURCE, _IPV6_DESTINATION = 20, 21, 22, 23
_PORT_TYPE, _SOURCE_PORT, _DESTINATION_PORT = 24, 25, 26
_TCP_DATA = 34
_PORT_TYPE_TCP = 2
_MOST_TAGS = 64
# Version, sequence number, the next one, acknowledgement, whether reassembled, flags (EXP_PDU_TAG_TCP_INFO_DATA).
_TCP_INFO = Struct(">HIIIBH")
_LAYERS = {
    b"eth_withoutfcs": frame_of(ETHERNET),
    b"eth_withfcs": frame_of(ETHERNET),
    b"eth_maybefcs": frame_of(ETHERNET),
    b"eth": frame_of(ETHERNET),
    b"ip": ETHERTYPE_IPV4,
    b"ipv4": ETHERTYPE_IPV4,
    b"ipv6": ETHERTYPE_IPV6,
    b"wlan": frame_of(IEEE802_11),
    b"wlan_noqos": frame_of(IEEE802_11),
}


def exported(data: bytes, start: int, end: int, missing: int) -> Segment | tuple[int, int]:
    """The TCP segment of ``data[start:end]``, or offset and EtherType of what the tags announce."""
    tags: dict[int, bytes] = {}
    at = start
    for _ in range(_MOST_TAGS):
        if end - at < 4:
            return start, ETHERTYPE_CUT
        tag = int.from_bytes(data[at : at + 2], "big")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        at += 4
        if tag == _END:
            return _segment(tags, data, at, end, missing) or (at, _layer(tags))
        tags[tag] = data[at : at + length]
        at += length
    return start, ETHERTYPE_NONE


def _layer(tags: dict[int, bytes]) -> int:
    name = tags.get(_DISSECTOR, tags.get(_HEURISTIC, b""))
    return _LAYERS.get(name.rstrip(b"\0"), ETHERTYPE_NONE)


def _segment(tags: dict[int, bytes], data: bytes, start: int, end: int, missing: int) -> Segment | None:
    info = tags.get(_TCP_DATA, b"")
    if len(info) < _TCP_INFO.size or start > end or _number(tags, _PORT_TYPE) != _PORT_TYPE_TCP:
        return None
    source = tags.get(_IPV4_SOURCE, tags.get(_IPV6_SOURCE, b""))
    destination = tags.get(_IPV4_DESTINATION, tags.get(_IPV6_DESTINATION, b""))
    ports = _number(tags, _SOURCE_PORT), _number(tags, _DESTINATION_PORT)
    if (
        len(source) != len(destination)
        or len(source) not in (4, 16)
        or not all(0 <= p < 65536 for p in ports)
    ):
        return None
    _, seq, following, ack, reassembled, flags = _TCP_INFO.unpack_from(info)
    if reassembled:
        # The number is that of the last segment, the bytes are those of all.
        seq = (following - (end + missing - start)) & 0xFFFFFFFF
    key = source + destination + ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big")
    return Segment(key, seq, ack, flags & 0xFF, data, start, end, missing)


def _number(tags: dict[int, bytes], tag: int) -> int:
    return int.from_bytes(tags[tag], "big") if tag in tags else -1
