"""Which packets of a batch can matter: the hot path, which looks at a few bytes of each and makes no object.

Knows where addresses, ports and flags lie in a plain Ethernet frame, and for each direction its *fate*: a log that
takes its packets, or that nobody wants its bytes any more. Must not know what a connection is. Whatever is not plainly
one or the other is wanted: another link layer, a header that deviates in the least, a tunnel, a SYN, FIN or RST. Bytes
behind a short frame may be read, but only to find out that it is wanted or that it is no TCP; a record is checked by
whoever reads the log (``recording``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tlseku.network.connections import Connections
from tlseku.network.recorder import DONE, WATCHED
from tlseku.network.recording import HEADER, MAX_PACKETS
from tlseku.network.segment import NOT_IP, NOT_TCP, reversed_key
from tlseku.network.tunnels import GENEVE_PORT, VXLAN_GPE_PORT, VXLAN_PORTS

if TYPE_CHECKING:
    from mypy_extensions import i64

# Ethernet 14, two VLAN tags 8, IPv6 40 and TCP 20 bytes, and two of payload: how far this module looks.
_REACH: Final = 84
_TUNNEL_PORTS = frozenset({*VXLAN_PORTS, VXLAN_GPE_PORT, GENEVE_PORT})
# IP protocols that hold no TCP, inside or out: ICMP, IGMP, OSPF, PIM, VRRP, SCTP.
_NOT_TCP_PROTOCOLS = frozenset({1, 2, 89, 103, 112, 132})


def skim(
    data: bytes,
    starts: list[int],
    first: int,
    connections: Connections,
    skipped: dict[int, int],
    take: Callable[[int], None],
) -> int:
    """Pass over a batch of Ethernet frames in ``data``: ``take`` every wanted one by its index into ``starts``.

    ``first`` is the number of the first frame. The fates are those of ``connections``. ``skipped`` counts the frames
    that hold no TCP by their reason. A SYN takes away its direction's fate of being unwanted, since what follows it
    belongs to another connection. Returns how many frames were not taken.
    """
    fates = connections.fates
    touched = connections.touched
    full: i64 = MAX_PACKETS
    not_ip: i64 = 0
    not_tcp: i64 = 0
    taken: i64 = 0
    index: i64 = -1
    last: i64 = len(data) - _REACH
    for start_object in starts:
        start: i64 = start_object
        index += 1
        if start > last:
            take(index)
            taken += 1
            continue
        ip: i64 = start + 14
        kind: i64 = data[start + 12]
        if (kind == 0x81 and data[start + 13] == 0) or (kind == 0x88 and data[start + 13] == 0xA8):
            ip = start + 18
            kind = data[start + 16]
            if (kind == 0x81 and data[start + 17] == 0) or (kind == 0x88 and data[start + 17] == 0xA8):
                ip = start + 22
                kind = data[start + 20]
        if kind == 0x08 and data[ip - 1] == 0:
            if data[ip] != 0x45 or data[ip + 6] & 0x3F or data[ip + 7]:
                take(index)
                taken += 1
                continue
            protocol: i64 = data[ip + 9]
            if protocol != 6:
                if protocol == 17:
                    port: i64 = data[ip + 22] << 8 | data[ip + 23]
                    if port in _TUNNEL_PORTS:
                        take(index)
                        taken += 1
                    else:
                        not_tcp += 1
                elif protocol in _NOT_TCP_PROTOCOLS:
                    not_tcp += 1
                else:
                    take(index)
                    taken += 1
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
            take(index)
            taken += 1
            continue
        fate = fates.get(key)
        if fate is None:
            take(index)
            taken += 1
            continue
        flags: i64 = data[tcp + 13]
        if fate is DONE or fate is WATCHED:
            if flags & 7:
                if flags & 2:
                    del fates[key]
                    fates.pop(reversed_key(key), None)
                take(index)
                taken += 1
                continue
            if fate is WATCHED:
                payload: i64 = tcp + (data[tcp + 12] >> 4) * 4
                begins: i64 = data[payload]
                if (begins == 0x15 or begins == 0x16) and data[payload + 1] == 3:
                    take(index)
                    taken += 1
                    continue
            touched[key] = index
            continue
        size: i64 = (
            (data[ip + 2] << 8 | data[ip + 3]) if tcp == ip + 20 else (data[ip + 4] << 8 | data[ip + 5]) + 40
        )
        if flags & 7 or size < 40:
            take(index)
            taken += 1
            continue
        records = fate.records
        records.append(data[start - HEADER : ip + size])
        fate.frames.append(first + index)
        if len(records) >= full:
            connections.ripe(key)
    if not_ip:
        skipped[NOT_IP] = skipped.get(NOT_IP, 0) + not_ip
    if not_tcp:
        skipped[NOT_TCP] = skipped.get(NOT_TCP, 0) + not_tcp
    return len(starts) - taken
