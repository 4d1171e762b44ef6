"""Every address in a packet's headers, and every checksum that covers one: where they lie.

Knows the headers that ``network`` knows, from the link layer through tunnels to TCP; must not know what is to be done
with them. Out comes ``Layers``, or None for a packet in which an address could lie where this module does not look: a
link layer of its own kind, source routes, routing headers, what is cut within the headers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tlseku._objects import frozen
from tlseku.network.decode import link, tunnels, udp_tunnels
from tlseku.network.decode.ether_tags import (
    CISCO_METADATA,
    E_TAG,
    FABRIC_PATH,
    HSR,
    PROVIDER_BACKBONE,
    VN_TAG,
    strip_tag,
)

MAX_LAYERS = 24
"""As in ``network.decode.decoder``: a bound against packets made to nest for ever."""

_TCP = 6
_UDP = 17
_GRE = 47
_FRAGMENT_HEADER = 44
_HOP_BY_HOP = 0
_TUNNELS = {
    4: link.ETHERTYPE_IPV4,
    41: link.ETHERTYPE_IPV6,
    137: link.ETHERTYPE_MPLS,
    143: link.ETHERTYPE_BRIDGED,
}
_VLAN_TAGS = (link.ETHERTYPE_VLAN, link.ETHERTYPE_QINQ, link.ETHERTYPE_QINQ_OLD)
_MPLS = (link.ETHERTYPE_MPLS, link.ETHERTYPE_MPLS_UPSTREAM)
# Tags that hold no address of their own; MACsec's may name a port by its address, NSH's may hold anything.
_TAGS = (CISCO_METADATA, E_TAG, FABRIC_PATH, HSR, PROVIDER_BACKBONE, VN_TAG)
_NO_ADDRESSES = (
    link.NULL,
    link.LOOP,
    link.RAW,
    link.RAW_OLD_BSD,
    link.RAW_OPENBSD,
    link.IPV4,
    link.IPV6,
    link.PPP,
    link.PPP_HDLC,
    link.PPP_PPPD,
    link.PPP_WITH_DIR,
    link.PPP_ETHER,
    link.CISCO_HDLC,
    link.CISCO_HDLC_WITH_DIR,
    link.MPLS,
)


@frozen
class Checksum:
    """A checksum of 16 bits at ``at`` over ``start`` to ``end`` and, with a pseudo-header, the addresses in ``over``.

    ``zero_is_none``: a value of 0 says that there is none (UDP over IPv4, and tunnels over UDP).
    """

    at: int
    start: int
    end: int
    over: tuple[int, int] | None = None
    zero_is_none: bool = False


@dataclass(slots=True)
class Layers:
    """``macs`` are (offset, length) of link addresses, ``addresses`` those of IP addresses, ``checksums`` the outer
    before the inner. ``ends`` are source and destination of the innermost IP header, as bytes."""

    macs: list[tuple[int, int]] = field(default_factory=list)
    addresses: list[tuple[int, int]] = field(default_factory=list)
    checksums: list[Checksum] = field(default_factory=list)
    ends: bytes = b""

    def addresses_of_ip(self) -> tuple[int, int]:
        """Where the addresses of the innermost IP header begin and end: they stand side by side in both versions."""
        at, length = self.addresses[-2]
        return at, at + 2 * length


def layers_of(linktype: int, data: bytes, *, datagrams: bool = False) -> Layers | None:
    """Walk the headers of a frame down to TCP, or to a fragment of IP; with ``datagrams`` to UDP and EAPOL as well, for
    whoever knows that these carry no packet of somebody else."""
    found = Layers()
    end = len(data)
    if not _link_addresses(linktype, data, found):
        return None
    at, ethertype = link.strip(linktype, data, 0, end)
    for _ in range(MAX_LAYERS):
        if ethertype in (link.ETHERTYPE_IPV4, link.ETHERTYPE_IPV6):
            ends_at = (_TCP, _UDP) if datagrams else (_TCP,)
            below = (
                _ip4(data, at, end, found, ends_at)
                if ethertype == link.ETHERTYPE_IPV4
                else _ip6(data, at, end, found, ends_at)
            )
            if below is None:
                return None
            at, end, protocol = below
            if protocol < 0:
                return found
            if protocol == _TCP:
                return _tcp(data, at, end, found)
            at, ethertype = _inside(data, at, end, protocol, found)
            if datagrams and protocol == _UDP and ethertype == link.ETHERTYPE_NONE:
                return found
        elif ethertype in _VLAN_TAGS:
            at, ethertype = link.vlan(data, at, end)
        elif ethertype == link.ETHERTYPE_BRIDGED:
            found.macs += [(at, 6), (at + 6, 6)]
            at, ethertype = link.ethernet(data, at, end)
        elif ethertype in _MPLS:
            at, ethertype = tunnels.mpls(data, at, end)
        elif ethertype == link.ETHERTYPE_PPPOE_SESSION:
            at, ethertype, end = tunnels.pppoe(data, at, end)
        elif ethertype == link.ETHERTYPE_PPP:
            at, ethertype = link.ppp(data, at, end)
        elif ethertype in _TAGS:
            at, ethertype = strip_tag(ethertype, data, at, end)
        else:
            return found if datagrams and ethertype == link.ETHERTYPE_EAPOL else None
    return None


def _link_addresses(linktype: int, data: bytes, found: Layers) -> bool:
    if linktype == link.ETHERNET and len(data) >= 14:
        found.macs += [(0, 6), (6, 6)]
    elif linktype == link.LINUX_SLL and len(data) >= 16:
        found.macs.append((6, 8))
    elif linktype == link.LINUX_SLL2 and len(data) >= 20:
        found.macs.append((12, 8))
    else:
        return linktype in _NO_ADDRESSES
    return True


def _ip4(
    data: bytes, at: int, end: int, found: Layers, ends_at: tuple[int, ...]
) -> tuple[int, int, int] | None:
    """Offset and end of what IPv4 carries, and its protocol; -1 for a later fragment of one that the walk ends at."""
    size = (data[at] & 0x0F) * 4 if end > at else 0
    if size < 20 or end - at < size or data[at] >> 4 != 4:
        return None
    if data[at + 20 : at + size].strip(b"\0\x01"):
        return None  # options may hold addresses: routes, timestamps
    total = data[at + 2] << 8 | data[at + 3]
    end = min(end, at + total) if total else end
    found.addresses += [(at + 12, 4), (at + 16, 4)]
    found.ends = data[at + 12 : at + 20]
    found.checksums.append(Checksum(at + 10, at, at + size))
    fragment = data[at + 6] << 8 | data[at + 7]
    protocol = data[at + 9]
    if fragment & 0x3FFF and protocol not in ends_at:
        return None  # what else is in pieces may hold addresses of its own
    return at + size, end, -1 if fragment & 0x1FFF else protocol


def _ip6(
    data: bytes, at: int, end: int, found: Layers, ends_at: tuple[int, ...]
) -> tuple[int, int, int] | None:
    if end - at < 40 or data[at] >> 4 != 6:
        return None
    length = data[at + 4] << 8 | data[at + 5]
    end = min(end, at + 40 + length) if length else end
    found.addresses += [(at + 8, 16), (at + 24, 16)]
    found.ends = data[at + 8 : at + 40]
    protocol, at = data[at + 6], at + 40
    while protocol in (_HOP_BY_HOP, _FRAGMENT_HEADER):
        if end - at < 8:
            return None
        if protocol == _FRAGMENT_HEADER:
            offset_and_more = (data[at + 2] << 8 | data[at + 3]) & 0xFFF9
            protocol, at = data[at], at + 8
            if offset_and_more and protocol not in ends_at:
                return None  # what else is in pieces may hold addresses of its own
            if offset_and_more & 0xFFF8:
                return at, end, -1
        else:
            if _may_hold_an_address(data, at, end):
                return None
            protocol, at = data[at], at + (data[at + 1] + 1) * 8
    return (at, end, protocol) if at <= end else None


def _may_hold_an_address(data: bytes, at: int, end: int) -> bool:
    # Of the hop-by-hop options only padding, router alert and jumbo payload are known to hold none.
    stop = min(end, at + (data[at + 1] + 1) * 8)
    at += 2
    while at < stop:
        if data[at] == 0:
            at += 1
            continue
        if data[at] not in (1, 5, 0xC2) or at + 1 >= stop:
            return True
        at += 2 + data[at + 1]
    return False


def _tcp(data: bytes, at: int, end: int, found: Layers) -> Layers | None:
    if end - at < 18:
        return None
    found.checksums.append(Checksum(at + 16, at, end, found.addresses_of_ip()))
    return found


def _inside(data: bytes, at: int, end: int, protocol: int, found: Layers) -> tuple[int, int]:
    """Where a tunnel's payload begins, and what it is."""
    if protocol == _UDP and end - at >= 8:
        found.checksums.append(Checksum(at + 6, at, end, found.addresses_of_ip(), zero_is_none=True))
        source, destination = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        inside, ethertype = udp_tunnels.udp_payload(source, destination, data, at + 8, end)
        # What stands before Teredo's IPv6 may be somebody's address.
        has_more = udp_tunnels.TEREDO_PORT in (source, destination) and inside > at + 8
        return inside, link.ETHERTYPE_NONE if has_more else ethertype
    if protocol == _GRE:
        if end - at >= 8 and data[at] & 0x80:
            found.checksums.append(Checksum(at + 4, at, end))
        return tunnels.gre(data, at, end)
    return at, _TUNNELS.get(protocol, link.ETHERTYPE_NONE)
