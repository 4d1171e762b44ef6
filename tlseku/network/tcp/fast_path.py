"""The fast path: of most frames of a batch a few bytes tell what to do, and no object is made for them.

Knows where addresses, ports and flags lie in a *common frame*: Ethernet, at most two VLAN tags, IPv4 without options or
IPv6, TCP. Must not know how bytes are put in order; each connection says by its *disposition* whether its packets are
recorded or nobody wants its bytes any more. Every other frame goes to the decoder, which knows all there is: another
link layer, a header that deviates in the least, a tunnel. Bytes behind a short frame may be read, but only to find out
that the decoder must see it or that it holds no TCP; of a packet that is recorded, the lengths are checked.

This is the hottest code of tlseku. Run as pure Python, a call costs nearly a tenth of what is done here for a frame:
therefore what happens to nearly every frame stands in one loop, step by step, and only the rest is in functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from librt.strings import read_i64_be
from librt.vecs import vec
from mypy_extensions import i64

from tlseku.network.decode.segment import FIN, NOT_IP, NOT_TCP, RST, SYN
from tlseku.network.decode.udp_tunnels import DESTINATION_PORTS, EITHER_PORTS
from tlseku.network.decode.unread import carrier_in_udp
from tlseku.network.tcp.connection import OPENING, RECORDED, TO_TABLE, WATCHED, Connection
from tlseku.network.tcp.dispatch import Connections
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
# The first byte of an IPv4 header of twenty bytes: version 4, five words.
_NO_OPTIONS: Final = 0x45
_TCP: Final = 6
_UDP: Final = 17
# UDP ports behind which a frame may be: of a tunnel's end, and of one whose answers come from there.
_TO_TUNNEL: Final = DESTINATION_PORTS | EITHER_PORTS
_FROM_TUNNEL: Final = EITHER_PORTS
# IP protocols that hold no TCP, inside or out: ICMP, IGMP, ICMPv6, OSPF, PIM, VRRP, SCTP.
_NOT_TCP_PROTOCOLS: Final = frozenset({1, 2, 58, 89, 103, 112, 132})
# Flags that begin or end a connection: the table of connections must see them.
_TURNING_POINT: Final = SYN | FIN | RST
# The first bytes of a record of TLS: content type alert or handshake, and the high byte of any version (RFC 8446
# section 5.1).
_ALERT: Final = 0x15
_HANDSHAKE: Final = 0x16
_VERSION_HIGH: Final = 0x03


def take_common_frames(
    data: bytes,
    starts: vec[i64],
    first: int,
    connections: Connections,
    skipped: dict[int, int],
    take: Callable[[int], None],
    claimed: dict[bytes, int] | None = None,
) -> int:
    """Deal with the common frames of a batch, which begin at ``starts`` in ``data``; ``take`` gets the index of each
    other one.

    ``first`` is the number of the first frame. ``skipped`` counts the frames that hold no TCP by their reason,
    ``claimed`` has the keys of UDP datagrams that ``take`` wants whatever they look like. A SYN ends that its
    connection is ignored, since what follows may belong to another one with the same addresses and ports. Returns how
    many frames ``take`` did not get.
    """
    table = connections.table
    cache = connections.lookup_cache
    header = connections.header
    touched = connections.last_packets.touched
    takes_new = connections.takes_new
    compiled = IS_COMPILED
    number: i64 = first
    last: i64 = len(data) - _REACH
    not_ip: i64 = 0
    not_tcp: i64 = 0
    taken: i64 = 0
    index: i64 = -1
    ip: i64 = 0
    end: i64 = 0
    # Addresses and ports lie in a row, as in the keys of connections, and end with the first four bytes of TCP.
    key_at: i64 = 0
    key = b""
    connection: Connection | None = None
    # Each step either deals with the frame and continues with the next one, or leaves it to ``take`` at the end.
    for start in starts:
        index += 1
        # Where TCP begins; 0 until the frame has turned out to be a common one.
        tcp: i64 = 0
        # Near the end of the data the reads below could leave it.
        if start <= last:
            # 1. Ethernet and VLAN tags. The EtherType and the six bytes behind it come in one read: six single ones
            # would take longer.
            ip = start + 14
            head: i64 = read_i64_be(data, start + 12)
            ethertype: i64 = (head >> 48) & 0xFFFF
            while ethertype in (_VLAN, _QINQ) and ip < start + 22:
                head = read_i64_be(data, ip + 2)
                ip += 4
                ethertype = (head >> 48) & 0xFFFF

            # 2. IP: whose packet it is. ``head`` ends with version, header length (IPv4) and length of the payload.
            if ethertype == _IPV4:
                # Flags and fragment offset, time to live, protocol.
                more: i64 = read_i64_be(data, ip + 6)
                # Fragments have to be joined first: More Fragments and the offset must be 0.
                if (head >> 40) & 0xFF == _NO_OPTIONS and not (more >> 48) & 0x3FFF:
                    if (more >> 32) & 0xFF == _TCP:
                        key_at = ip + 12
                        tcp = ip + 20
                        end = ip + ((head >> 16) & 0xFFFF)
                        if compiled:
                            connection = cache.of_ipv4(data, key_at)
                        else:
                            key = data[key_at : tcp + 4]
                            connection = table.get(key)
                    elif _holds_no_tcp(data, (more >> 32) & 0xFF, ip + 20, ip + 12, claimed):
                        not_tcp += 1
                        continue
            elif ethertype == _IPV6:
                if (head >> 44) & 0xF == 6:
                    if data[ip + 6] == _TCP:
                        key_at = ip + 8
                        tcp = ip + 40
                        end = tcp + (head & 0xFFFF)
                        if compiled:
                            connection = cache.of_ipv6(data, key_at)
                        else:
                            key = data[key_at : tcp + 4]
                            connection = table.get(key)
                    # A header that was cut counts as that, even if what was captured of it says that this is no TCP.
                    elif (
                        header is not None
                        and _holds_no_tcp(data, data[ip + 6], ip + 40, ip + 8, claimed)
                        and header.captured(data, start) >= ip + 40 - start
                    ):
                        not_tcp += 1
                        continue
            elif ethertype == _ARP:
                not_ip += 1
                continue
        if tcp > 0:
            # 3. TCP: acknowledgement, length of the header, flags and window in one read; what the connection wants.
            control: i64 = read_i64_be(data, tcp + 8)
            flags: i64 = (control >> 16) & 0xFF
            payload: i64 = tcp + ((control >> 28) & 0xF) * 4
            disposition: i64 = TO_TABLE
            if connection is not None:
                disposition = connection.disposition
            elif not takes_new:
                continue
            elif flags & SYN:
                # It may begin a connection that is recorded.
                disposition = OPENING

            # 4. Nobody wants the bytes: most packets of a long transfer. Only that it still lives is noted, by the
            # index of its last packet, since few of these times are ever asked for. After a first FIN or RST any packet
            # may be the last one, whose time counts.
            if (
                disposition > RECORDED
                and connection is not None
                and (disposition == WATCHED or connection.closed_by < 0)
            ):
                if flags & _TURNING_POINT:
                    if flags & SYN:
                        connection.disposition = TO_TABLE
                # Whoever watches wants alerts, and handshakes in the clear: a renegotiation.
                elif (
                    disposition != WATCHED
                    or data[payload] not in (_ALERT, _HANDSHAKE)
                    or data[payload + 1] != _VERSION_HIGH
                ):
                    if connection.touched < 0:
                        touched.append(connection)
                    connection.touched = index
                    continue

            # 5. It is recorded, or begins a recording.
            elif disposition != TO_TABLE and _record(
                connections, connection, key, data, start, key_at, tcp, end, number + index
            ):
                continue
        take(index)
        taken += 1
    if not_ip:
        skipped[NOT_IP] = skipped.get(NOT_IP, 0) + not_ip
    if not_tcp:
        skipped[NOT_TCP] = skipped.get(NOT_TCP, 0) + not_tcp
    return len(starts) - taken


def _record(
    connections: Connections,
    connection: Connection | None,
    key: bytes,
    data: bytes,
    start: i64,
    key_at: i64,
    tcp: i64,
    end: i64,
    frame: i64,
) -> bool:
    """Record the TCP packet at ``tcp``, which ends before ``end`` as its IP header says, or let it begin a recording;
    False if the decoder must see it. ``key`` is not yet known where this is compiled."""
    header = connections.header
    if header is None:
        return False
    ts_ns: i64 = header.timestamp(data, start)
    # Acknowledgement, length of the header, flags, window.
    control: i64 = read_i64_be(data, tcp + 8)
    flags: i64 = (control >> 16) & 0xFF
    payload: i64 = tcp + ((control >> 28) & 0xF) * 4
    # Whatever is odd about lengths or time is the decoder's: a cut packet has a gap, and offloading leaves length 0.
    if (
        payload < tcp + 20
        or payload > end
        or end > len(data)
        or header.captured(data, start) < end - start
        or ts_ns < 0
    ):
        return False
    # The ports stand in front of it.
    seq: i64 = read_i64_be(data, tcp) & 0xFFFFFFFF
    ack: i64 = (control >> 32) & 0xFFFFFFFF
    # Many packets are bare acknowledgements, and need no object.
    content = data[payload:end] if payload < end else b""

    # The most frequent of what ``Connections.packet`` does, without the calls.
    if (
        connection is not None
        and connection.disposition == RECORDED
        and not flags & _TURNING_POINT
        and connection.closed_by < 0
        and connections.lifetimes.doubted == 0
    ):
        recording = connection.recording
        # Silence may have made two connections of it.
        if recording is not None and ts_ns - connection.last_ts <= IDLE_NS:
            if ts_ns > connection.last_ts:
                connection.last_ts = ts_ns
            side: i64 = 0
            if IS_COMPILED:
                side = connections.lookup_cache.side
            elif key != connection.key:
                side = 1
            recording.add(side, frame, ts_ns, seq, ack, flags, content)
            if recording.is_full:
                connections.recording_is_full(connection)
            return True
    if IS_COMPILED:
        key = data[key_at : tcp + 4]
    return connections.packet(connection, key, seq, ack, flags, content, frame, ts_ns)


def _holds_no_tcp(
    data: bytes, protocol: i64, payload: i64, key_at: i64, claimed: dict[bytes, int] | None
) -> bool:
    """Whether an IP packet surely holds no TCP, not in a tunnel either, and nothing for a carrier of TLS; its payload
    begins with UDP's ports, if any, and its addresses begin at ``key_at``."""
    if protocol != _UDP:
        return protocol in _NOT_TCP_PROTOCOLS
    ports: i64 = read_i64_be(data, payload) >> 32
    if claimed and data[key_at : payload + 4] in claimed:
        return False
    # What seems to carry TLS is left to the decoder, which knows where the frame ends.
    return (
        ports & 0xFFFF not in _TO_TUNNEL
        and (ports >> 16) & 0xFFFF not in _FROM_TUNNEL
        and carrier_in_udp(data, payload, len(data)) == NOT_TCP
    )
