"""Which packets of a batch can matter: the hot path, which looks at a few bytes of each and makes no object.

Knows where addresses, ports and flags lie in a plain Ethernet frame, and for each connection its *fate*: that its
packets are recorded, or that nobody wants its bytes any more. Must not know what a connection is. Whatever is not
plainly one or the other is wanted: another link layer, a header that deviates in the least, a tunnel. Bytes behind a
short frame may be read, but only to find out that it is wanted or that it is no TCP; of a packet that is recorded, the
lengths are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from librt.strings import read_i64_be
from librt.vecs import vec
from mypy_extensions import i64

from tlseku.network.decode.segment import NOT_IP, NOT_TCP
from tlseku.network.decode.udp_tunnels import DESTINATION_PORTS, EITHER_PORTS
from tlseku.network.tcp.connection import OPENING, RECORDED, TAKEN, WATCHED, Connection
from tlseku.network.tcp.connection_table import Connections
from tlseku.network.tcp.lookup_cache import IS_COMPILED
from tlseku.network.tcp.recorder import IDLE_NS

# EtherTypes (IEEE 802, RFC 9542).
_IPV4: Final = 0x0800
_ARP: Final = 0x0806
_VLAN: Final = 0x8100
_IPV6: Final = 0x86DD
_QINQ: Final = 0x88A8
# Ethernet 14, two VLAN tags 8, IPv6 40 and TCP 60 bytes, and two of payload: how far this module looks.
_REACH: Final = 124
# UDP ports behind which a frame may be: of a tunnel's end, and of one whose answers come from there.
_TO_TUNNEL: Final = DESTINATION_PORTS | EITHER_PORTS
_FROM_TUNNEL: Final = EITHER_PORTS
# IP protocols that hold no TCP, inside or out: ICMP, IGMP, ICMPv6, OSPF, PIM, VRRP, SCTP.
_NOT_TCP_PROTOCOLS: Final = frozenset({1, 2, 58, 89, 103, 112, 132})


def skim(
    data: bytes,
    starts: vec[i64],
    first: int,
    connections: Connections,
    skipped: dict[int, int],
    take: Callable[[int], None],
) -> int:
    """Pass over a batch of Ethernet frames in ``data``: ``take`` every wanted one by its index into ``starts``.

    ``first`` is the number of the first frame. The fates are those of ``connections``. ``skipped`` counts the frames
    that hold no TCP by their reason. A SYN takes away its connection's fate of being unwanted, since what follows it
    belongs to another one. Returns how many frames were not taken.
    """
    table = connections.table
    recent = connections.recent
    compiled = IS_COMPILED
    connection: Connection | None = None
    key = b""
    touched = connections.touched
    header = connections.header
    number: i64 = first
    not_ip: i64 = 0
    not_tcp: i64 = 0
    taken: i64 = 0
    index: i64 = -1
    whole: i64 = len(data)
    last: i64 = whole - _REACH
    for start in starts:
        index += 1
        if start > last:
            take(index)
            taken += 1
            continue
        ip: i64 = start + 14
        # The type of the frame and the six bytes behind it.
        head: i64 = read_i64_be(data, start + 12)
        kind: i64 = (head >> 48) & 0xFFFF
        if kind in (_VLAN, _QINQ):
            ip = start + 18
            head = read_i64_be(data, start + 16)
            kind = (head >> 48) & 0xFFFF
            if kind in (_VLAN, _QINQ):
                ip = start + 22
                head = read_i64_be(data, start + 20)
                kind = (head >> 48) & 0xFFFF
        if kind == _IPV4:
            # Fragment, time to live and protocol.
            more: i64 = read_i64_be(data, ip + 6)
            if (head >> 40) & 0xFF != 0x45 or (more >> 48) & 0x3FFF:
                take(index)
                taken += 1
                continue
            protocol: i64 = (more >> 32) & 0xFF
            if protocol != 6:
                if protocol == 17:
                    ports: i64 = read_i64_be(data, ip + 16)
                    if ports & 0xFFFF in _TO_TUNNEL or (ports >> 16) & 0xFFFF in _FROM_TUNNEL:
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
            end: i64 = ip + ((head >> 16) & 0xFFFF)
            if compiled:
                connection = recent.of_ipv4(data, ip + 12)
            else:
                key = data[ip + 12 : ip + 24]
                connection = table.get(key)
        elif kind == _IPV6 and (head >> 44) & 0xF == 6:
            protocol = data[ip + 6]
            if protocol != 6:
                ports = read_i64_be(data, ip + 36)
                if (
                    (
                        protocol in _NOT_TCP_PROTOCOLS
                        or (
                            protocol == 17
                            and ports & 0xFFFF not in _TO_TUNNEL
                            and (ports >> 16) & 0xFFFF not in _FROM_TUNNEL
                        )
                    )
                    and header is not None
                    and header.captured(data, start) >= ip + 40 - start
                ):
                    not_tcp += 1
                else:
                    take(index)
                    taken += 1
                continue
            tcp = ip + 40
            end = tcp + (head & 0xFFFF)
            if compiled:
                connection = recent.of_ipv6(data, ip + 8)
            else:
                key = data[ip + 8 : ip + 44]
                connection = table.get(key)
        elif kind == _ARP:
            not_ip += 1
            continue
        else:
            take(index)
            taken += 1
            continue
        # Acknowledgement, length of the header, flags, window.
        control: i64 = read_i64_be(data, tcp + 8)
        flags: i64 = (control >> 16) & 0xFF
        payload: i64 = tcp + ((control >> 28) & 0xF) * 4
        fate: i64 = TAKEN
        if connection is not None:
            fate = connection.fate
        elif flags & 2:
            # A SYN may begin a connection that is recorded.
            fate = OPENING
        # What follows an end may be what ends it.
        if fate > RECORDED and connection is not None and (fate == WATCHED or connection.closed_by < 0):
            if flags & 7:
                if flags & 2:
                    connection.fate = TAKEN
                take(index)
                taken += 1
                continue
            if fate == WATCHED:
                begins: i64 = data[payload]
                if (begins == 0x15 or begins == 0x16) and data[payload + 1] == 3:
                    take(index)
                    taken += 1
                    continue
            if connection.touched < 0:
                touched.append(connection)
            connection.touched = index
            continue
        if fate == TAKEN or header is None:
            take(index)
            taken += 1
            continue
        ts_ns: i64 = header.moment(data, start)
        if (
            payload < tcp + 20
            or payload > end
            or end > whole
            or header.captured(data, start) < end - start
            or ts_ns < 0
        ):
            take(index)
            taken += 1
            continue
        # The ports stand in front of it.
        seq: i64 = read_i64_be(data, tcp) & 0xFFFFFFFF
        ack: i64 = (control >> 32) & 0xFFFFFFFF
        content = data[payload:end] if payload < end else b""
        if fate == RECORDED and connection is not None and not flags & 7 and connection.closed_by < 0:
            recording = connection.recording
            if recording is not None and ts_ns - connection.last_ts <= IDLE_NS:
                if ts_ns > connection.last_ts:
                    connection.last_ts = ts_ns
                side: i64 = 0
                if compiled:
                    side = recent.side
                elif key != connection.key:
                    side = 1
                recording.add(side, number + index, ts_ns, seq, ack, flags, content)
                if recording.is_full:
                    connections.ripe(connection)
                continue
        if compiled:
            key = data[ip + 12 : ip + 24] if tcp == ip + 20 else data[ip + 8 : ip + 44]
        if connections.packet(connection, key, seq, ack, flags, content, number + index, ts_ns):
            continue
        take(index)
        taken += 1
    if not_ip:
        skipped[NOT_IP] = skipped.get(NOT_IP, 0) + not_ip
    if not_tcp:
        skipped[NOT_TCP] = skipped.get(NOT_TCP, 0) + not_tcp
    return len(starts) - taken
