"""Which packets of a batch can matter: the hot path, which looks at a few bytes of each and makes no object.

Knows where addresses, ports and flags lie in a plain Ethernet frame, and which connections nobody wants bytes of any
more; must not know what a connection is. Whatever is not plainly of no interest is wanted: another link layer, a
header that deviates in the least, a tunnel, a SYN, FIN or RST. Bytes behind a short frame may be read, but only to find
out that it is wanted or that it is no TCP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlseku.network.segment import NOT_IP, NOT_TCP, reversed_key
from tlseku.network.tunnels import GENEVE_PORT, VXLAN_GPE_PORT, VXLAN_PORTS

if TYPE_CHECKING:
    from mypy_extensions import i64

# Ethernet 14, VLAN tag 4, IPv6 40 and TCP 20 bytes, and two of payload: how far this module looks.
_REACH = 80
_TUNNEL_PORTS = frozenset({*VXLAN_PORTS, VXLAN_GPE_PORT, GENEVE_PORT})
# IP protocols that hold no TCP, inside or out: ICMP, IGMP, OSPF, PIM, VRRP, SCTP.
_NOT_TCP_PROTOCOLS = frozenset({1, 2, 89, 103, 112, 132})


def skim(
    data: bytes,
    starts: list[int],
    done: dict[bytes, bool],
    touched: dict[bytes, int],
    skipped: dict[int, int],
) -> list[int]:
    """The indexes into ``starts`` of the packets that are wanted, of a batch of Ethernet frames in ``data``.

    ``done`` has the keys of the directions whose bytes are no longer wanted; its value says whether a segment that
    begins with an alert or a handshake record is wanted all the same. ``touched`` gets, for each of these, the index of
    its last packet; ``skipped`` counts the frames that hold no TCP by their reason. A SYN takes its key out of
    ``done``, since what follows it belongs to another connection.
    """
    wanted: list[int] = []
    not_ip: i64 = 0
    not_tcp: i64 = 0
    index: i64 = -1
    last: i64 = len(data) - _REACH
    for start_object in starts:
        start: i64 = start_object
        index += 1
        if start > last:
            wanted.append(index)
            continue
        ip: i64 = start + 14
        kind: i64 = data[start + 12]
        if kind == 0x81 and data[start + 13] == 0:
            ip = start + 18
            kind = data[start + 16]
        if kind == 0x08 and data[ip - 1] == 0:
            if data[ip] != 0x45 or data[ip + 6] & 0x3F or data[ip + 7]:
                wanted.append(index)
                continue
            protocol: i64 = data[ip + 9]
            if protocol != 6:
                if protocol == 17:
                    port: i64 = data[ip + 22] << 8 | data[ip + 23]
                    if port in _TUNNEL_PORTS:
                        wanted.append(index)
                    else:
                        not_tcp += 1
                elif protocol in _NOT_TCP_PROTOCOLS:
                    not_tcp += 1
                else:
                    wanted.append(index)
                continue
            tcp: i64 = ip + 20
            key = data[ip + 12 : ip + 24]
        elif kind == 0x86 and data[ip - 1] == 0xDD and data[ip + 6] == 6:
            tcp = ip + 40
            key = data[ip + 8 : ip + 44]
        elif kind == 0x08 and data[ip - 1] == 0x06:
            not_ip += 1
            continue
        else:
            wanted.append(index)
            continue
        watched = done.get(key)
        if watched is None:
            wanted.append(index)
            continue
        flags: i64 = data[tcp + 13]
        if flags & 7:
            if flags & 2:
                del done[key]
                done.pop(reversed_key(key), None)
            wanted.append(index)
            continue
        if watched:
            payload: i64 = tcp + (data[tcp + 12] >> 4) * 4
            first: i64 = data[payload]
            if (first == 0x15 or first == 0x16) and data[payload + 1] == 3:
                wanted.append(index)
                continue
        touched[key] = index
    if not_ip:
        skipped[NOT_IP] = skipped.get(NOT_IP, 0) + not_ip
    if not_tcp:
        skipped[NOT_TCP] = skipped.get(NOT_TCP, 0) + not_tcp
    return wanted
