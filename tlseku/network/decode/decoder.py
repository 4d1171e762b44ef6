"""From a frame to its TCP segment, or to what another carrier of TLS brings.

Knows how headers nest, from the link layer through VLAN, MPLS, tunnels, IP options, extension headers and
fragments down to TCP and UDP; must not know about connections. Out comes a ``Segment``, a ``Datagram``, or one of the
integers of ``segment`` that says why there is neither. Checksums are not looked at: offloading makes them wrong in good
captures. Padding after an IP datagram is never payload.

Plan: a loop over the headers with (offset, end, EtherType) as its whole state; each header's own length bounds
the next. The common frame (Ethernet, at most two VLAN tags, ordinary IPv4 or IPv6, TCP) is sliced by
``decode_common_frame`` before the loop is tried; both agree, and tests hold them to it.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from tlseku.network.decode import link, tunnels, udp_tunnels
from tlseku.network.decode.common_frame import decode_common_frame
from tlseku.network.decode.ether_tags import ETHER_TAGS, strip_tag
from tlseku.network.decode.fragments import Fragments
from tlseku.network.decode.segment import (
    DECODER_REFUSED,
    EAPOL,
    FRAGMENT,
    MALFORMED_HEADERS,
    NOT_IP,
    NOT_TCP,
    TOO_MANY_LAYERS,
    TRUNCATED_HEADERS,
    UNKNOWN_LINK_TYPE,
    Datagram,
    Segment,
    numbered,
)
from tlseku.network.decode.unread import carrier_in_udp, udp_payload_end

# Deeper nesting than any network uses; a bound against packets made to nest for ever.
MAX_LAYERS = 24

_TCP = 6
_UDP = 17
_VLAN_TAGS = (link.ETHERTYPE_VLAN, link.ETHERTYPE_QINQ, link.ETHERTYPE_QINQ_OLD)
_MPLS_TYPES = (link.ETHERTYPE_MPLS, link.ETHERTYPE_MPLS_UPSTREAM)
# IP protocol numbers that carry another packet: IPv4, IPv6, GRE, MPLS, Ethernet.
_IP_TUNNELS = {
    4: link.ETHERTYPE_IPV4,
    41: link.ETHERTYPE_IPV6,
    137: link.ETHERTYPE_MPLS,
    143: link.ETHERTYPE_BRIDGED,
}
_ETHER_IP = 97
_L2TP = 115
_GRE = 47
_AH = 51
# IPv6 extension headers whose length is in units of 8 bytes (RFC 8200 section 4, RFC 6275, 7401, 5533).
_OPTION_HEADERS = (0, 43, 60, 135, 139, 140)
_FRAGMENT_HEADER = 44
_CUT = -1
_IP_TYPES = (link.ETHERTYPE_IPV4, link.ETHERTYPE_IPV6)
_KNOWN_TYPES = frozenset(
    {
        *_IP_TYPES,
        *_VLAN_TAGS,
        *_MPLS_TYPES,
        link.ETHERTYPE_BRIDGED,
        link.ETHERTYPE_PPPOE_SESSION,
        link.ETHERTYPE_PPP,
        link.ETHERTYPE_CUT,
        *ETHER_TAGS,
    }
)
_SEQ_ACK = Struct(">II")


class _Layer(NamedTuple):
    """What comes next: ``data[offset:end]`` begins with the header that ``ethertype`` names."""

    data: bytes
    offset: int
    end: int
    ethertype: int
    missing: int


class _IpHeader(NamedTuple):
    protocol: int
    payload: int
    end: int
    missing: int
    addresses: bytes
    # identity, offset in bytes and More Fragments flag; None for a whole datagram
    fragment: tuple[bytes, int, bool] | None


class Decoder:
    """Decodes frames one after the other; holds the IP fragments that wait for each other.

    ``claimed`` are kinds by the key of UDP datagrams that are handed on whatever their bytes are.
    """

    __slots__ = ("claimed", "fragments")

    def __init__(self) -> None:
        self.claimed: dict[bytes, int] = {}
        self.fragments = Fragments()

    def decode(
        self, linktype: int, data: bytes, start: int, end: int, missing: int, ts_ns: int
    ) -> Segment | Datagram | int:
        """The TCP segment or the datagram of a carrier in the frame ``data[start:end]``, or why there is none.

        ``missing`` counts bytes of the frame that were on the wire but not captured.
        """
        if linktype == link.ETHERNET:
            segment = decode_common_frame(data, start, end)
            if segment is not None:
                return segment
        return self.walk(linktype, data, start, end, missing, ts_ns)

    def walk(
        self, linktype: int, data: bytes, start: int, end: int, missing: int, ts_ns: int
    ) -> Segment | Datagram | int:
        """The same as ``decode``, header by header, without the short cut for common frames."""
        layer: _Layer | Segment | Datagram | int = _inside_link(linktype, data, start, end, missing)
        # Where the innermost header with addresses of a link begins: EAPOL has no others.
        frame, frame_type = start, linktype
        for _ in range(MAX_LAYERS):
            if not isinstance(layer, _Layer):
                return layer
            ethertype = layer.ethertype
            if ethertype in _IP_TYPES:
                layer = self._inside_ip(layer, ts_ns)
            elif ethertype == link.ETHERTYPE_EAPOL:
                return _eapol(layer, frame_type, frame)
            else:
                if ethertype == link.ETHERTYPE_BRIDGED:
                    frame, frame_type = layer.offset, link.ETHERNET
                elif link.link_type_of(ethertype) >= 0:
                    frame, frame_type = layer.offset, link.link_type_of(ethertype)
                layer = _inside_header(layer)
        return TOO_MANY_LAYERS if isinstance(layer, _Layer) else layer

    def _inside_ip(self, layer: _Layer, ts_ns: int) -> _Layer | Segment | Datagram | int:
        header = _ipv4(layer) if layer.ethertype == link.ETHERTYPE_IPV4 else _ipv6(layer)
        if isinstance(header, int):
            return header
        protocol, payload, end, missing, addresses, fragment = header
        data = layer.data
        if fragment is not None:
            if missing:
                # A datagram without all its bytes is never whole.
                return FRAGMENT
            identity, offset, more = fragment
            whole = self.fragments.add(identity, offset, more, data[payload:end], ts_ns)
            if whole is None:
                return FRAGMENT
            data, payload, end = whole, 0, len(whole)
            # Extension headers behind the fragment header were fragmented with the rest.
            is_ipv4 = layer.ethertype == link.ETHERTYPE_IPV4
            if not is_ipv4 or protocol == _AH:
                protocol, payload = _after_extension_headers(data, protocol, payload, end)
            if protocol == _CUT:
                return TRUNCATED_HEADERS
        if protocol == _TCP:
            return _tcp(addresses, data, payload, end, missing)
        # A tunnel: what it carries is the next layer of the same frame.
        if protocol == _UDP and end - payload >= 8:
            return self._inside_udp(addresses, data, payload, end, missing, ts_ns)
        if protocol == _GRE:
            offset, ethertype = tunnels.gre(data, payload, end)
        elif protocol == _L2TP:
            offset, ethertype = tunnels.l2tp_session(data, payload, end)
        elif protocol == _ETHER_IP:
            # Version 3 and twelve bits of nothing (RFC 3378 section 3).
            offset, ethertype = payload + 2, link.ETHERTYPE_BRIDGED
        else:
            offset, ethertype = payload, _IP_TUNNELS.get(protocol, link.ETHERTYPE_NONE)
        if ethertype not in _KNOWN_TYPES:
            return NOT_TCP
        return _Layer(data, offset, end, ethertype, missing)

    def _inside_udp(
        self, addresses: bytes, data: bytes, offset: int, end: int, missing: int, ts_ns: int
    ) -> _Layer | Datagram | int:
        source = data[offset] << 8 | data[offset + 1]
        destination = data[offset + 2] << 8 | data[offset + 3]
        at, ethertype = udp_tunnels.udp_payload(source, destination, data, offset + 8, end)
        if ethertype == link.ETHERTYPE_NONE and udp_tunnels.CAPWAP_DATA_PORT in (source, destination):
            piece = udp_tunnels.capwap(data, offset + 8, end)
            if piece is not None:
                if missing:
                    return FRAGMENT
                identity = addresses + data[offset : offset + 4] + piece.identity
                whole = self.fragments.add(
                    identity, piece.offset, piece.more, data[piece.payload : end], ts_ns
                )
                if whole is None:
                    return FRAGMENT
                return _Layer(whole, 0, len(whole), piece.ethertype, 0)
        if ethertype not in _KNOWN_TYPES and link.link_type_of(ethertype) < 0:
            return self._carried(addresses, data, offset, end, missing)
        return _Layer(data, at, end, ethertype, missing)

    def _carried(self, addresses: bytes, data: bytes, offset: int, end: int, missing: int) -> Datagram | int:
        """What a UDP datagram holds for a carrier of TLS."""
        end = udp_payload_end(data, offset, end)
        kind = carrier_in_udp(data, offset, end)
        key = addresses + data[offset : offset + 4]
        if self.claimed:
            kind = self.claimed.get(key, kind)
        return kind if kind == NOT_TCP else Datagram(kind, key, data, offset + 8, end, missing)


def _eapol(layer: _Layer, linktype: int, frame: int) -> Datagram:
    """EAPOL in a frame whose link header of this type begins at ``frame``."""
    from tlseku.network.decode.link_addresses import link_addresses  # most captures have none

    key = link_addresses(linktype, layer.data, frame, layer.offset) + bytes(4)
    return Datagram(EAPOL, key, layer.data, layer.offset, layer.end, layer.missing)


def _inside_link(linktype: int, data: bytes, start: int, end: int, missing: int) -> _Layer | Segment | int:
    """What a frame of this link type carries."""
    offset, ethertype = link.strip(linktype, data, start, end)
    if ethertype != link.ETHERTYPE_UNKNOWN_LINK:
        return _Layer(data, offset, end, ethertype, missing)
    # Rare ones cost an import, and their headers are often whole only if their own length is.
    if linktype == link.IEEE802_11:
        from tlseku.network.decode.wireless import strip_wireless

        offset, ethertype = strip_wireless(data, start, end)
    elif linktype == link.UPPER_PDU:
        from tlseku.network.decode.exported_pdu import exported

        found = exported(data, start, end, missing)
        if isinstance(found, Segment):
            return found
        offset, ethertype = found
    else:
        from tlseku.network.decode.rare_links import strip_rare

        offset, ethertype = strip_rare(linktype, data, start, end)
    if ethertype == link.ETHERTYPE_UNKNOWN_LINK:
        return numbered(UNKNOWN_LINK_TYPE, linktype)
    if ethertype == link.ETHERTYPE_CUT:
        return DECODER_REFUSED
    return _Layer(data, offset, end, ethertype, missing)


def _inside_header(layer: _Layer) -> _Layer | Segment | int:
    """What follows a header below IP."""
    data, offset, end, ethertype, missing = layer
    if ethertype == link.ETHERTYPE_CUT:
        return TRUNCATED_HEADERS
    linktype = link.link_type_of(ethertype)
    if linktype >= 0:
        return _inside_link(linktype, data, offset, end, missing)
    if ethertype not in _KNOWN_TYPES:
        return numbered(NOT_IP, ethertype) if ethertype >= link.LEAST_ETHERTYPE else NOT_IP
    at, following, stop = _next_header(layer)
    if ethertype in ETHER_TAGS and following == link.ETHERTYPE_NONE:
        return numbered(NOT_IP, ethertype)
    # A header that says where its payload ends also says that nothing of it is missing.
    return _Layer(data, at, stop, following, missing if stop == end else 0)


def _next_header(layer: _Layer) -> tuple[int, int, int]:
    """Offset, EtherType and end of what follows a header below IP."""
    data, offset, end, ethertype, _ = layer
    if ethertype in _VLAN_TAGS:
        return *link.vlan(data, offset, end), end
    if ethertype == link.ETHERTYPE_BRIDGED:
        return *link.ethernet(data, offset, end), end
    if ethertype in _MPLS_TYPES:
        return *tunnels.mpls(data, offset, end), end
    if ethertype == link.ETHERTYPE_PPPOE_SESSION:
        return tunnels.pppoe(data, offset, end)
    if ethertype == link.ETHERTYPE_PPP:
        return *link.ppp(data, offset, end), end
    return *strip_tag(ethertype, data, offset, end), end


def _ipv4(layer: _Layer) -> _IpHeader | int:
    data, offset, end, _, missing = layer
    if end - offset < 20:
        return TRUNCATED_HEADERS
    header_length = (data[offset] & 0x0F) * 4
    if data[offset] >> 4 != 4 or header_length < 20:
        return MALFORMED_HEADERS
    total_length = data[offset + 2] << 8 | data[offset + 3]
    # 0 is what segmentation offload leaves in a frame captured before the card cut it: the frame is the datagram.
    # What the enclosing header does not hold was never sent, whatever the datagram says of its length.
    on_the_wire = min(offset + total_length, end + missing) if total_length else end + missing
    if on_the_wire - offset < header_length:
        return MALFORMED_HEADERS
    payload = offset + header_length
    if payload > end:
        return TRUNCATED_HEADERS
    if on_the_wire < end:
        end = on_the_wire
    protocol = data[offset + 9]
    addresses = data[offset + 12 : offset + 20]
    fragment = None
    fragment_field = data[offset + 6] << 8 | data[offset + 7]
    if fragment_field & 0x3FFF:
        identity = addresses + data[offset + 9 : offset + 10] + data[offset + 4 : offset + 6]
        fragment = identity, (fragment_field & 0x1FFF) * 8, bool(fragment_field & 0x2000)
    if protocol == _AH and fragment is None:
        protocol, payload = _after_extension_headers(data, protocol, payload, end)
        if protocol == _CUT:
            return TRUNCATED_HEADERS
    return _IpHeader(protocol, payload, end, on_the_wire - end, addresses, fragment)


def _ipv6(layer: _Layer) -> _IpHeader | int:
    data, offset, end, _, missing = layer
    if end - offset < 40:
        return TRUNCATED_HEADERS
    if data[offset] >> 4 != 6:
        return MALFORMED_HEADERS
    payload_length = data[offset + 4] << 8 | data[offset + 5]
    # 0 means a jumbogram (RFC 2675) or, as in IPv4, segmentation offload.
    on_the_wire = min(offset + 40 + payload_length, end + missing) if payload_length else end + missing
    if on_the_wire < end:
        end = on_the_wire
    addresses = data[offset + 8 : offset + 40]
    protocol = data[offset + 6]
    payload = offset + 40
    fragment = None
    protocol, payload = _after_extension_headers(data, protocol, payload, end)
    if protocol == _FRAGMENT_HEADER:
        if end - payload < 8:
            return TRUNCATED_HEADERS
        field = data[payload + 2] << 8 | data[payload + 3]
        # An atomic fragment, at offset 0 with none to follow, is a whole datagram (RFC 6946).
        if field & 0xFFF9:
            fragment = addresses + data[payload + 4 : payload + 8], field & 0xFFF8, bool(field & 1)
        protocol, payload = data[payload], payload + 8
        if fragment is None:
            protocol, payload = _after_extension_headers(data, protocol, payload, end)
    if protocol == _CUT:
        return TRUNCATED_HEADERS
    return _IpHeader(protocol, payload, end, on_the_wire - end, addresses, fragment)


def _after_extension_headers(data: bytes, protocol: int, payload: int, end: int) -> tuple[int, int]:
    """Protocol and offset after the extension headers, up to a fragment header; ``_CUT`` if they run out."""
    while protocol in _OPTION_HEADERS or protocol == _AH:
        if end - payload < 8:
            return _CUT, payload
        size = (data[payload + 1] + 2) * 4 if protocol == _AH else (data[payload + 1] + 1) * 8
        protocol, payload = data[payload], payload + size
        if payload > end:
            return _CUT, payload
    return protocol, payload


def _tcp(addresses: bytes, data: bytes, offset: int, end: int, missing: int) -> Segment | int:
    if end - offset < 20:
        return TRUNCATED_HEADERS
    header_length = (data[offset + 12] >> 4) * 4
    if header_length < 20 or header_length > end - offset + missing:
        return MALFORMED_HEADERS
    payload = offset + header_length
    if payload > end:
        # The snaplen cut the options: of the payload only the length is known.
        missing -= payload - end
        payload = end
    seq, ack = _SEQ_ACK.unpack_from(data, offset + 4)
    return Segment(
        addresses + data[offset : offset + 4],
        seq,
        ack,
        data[offset + 13],
        data,
        payload,
        end,
        missing,
    )
