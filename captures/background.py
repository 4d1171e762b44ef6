"""Traffic that is none of tlseku's business: what stands in a busy node's capture before the golden frames.

Knows ARP, ICMP, SIP over UDP and TCP, media, keep-alives and short plain-text TCP connections; must not hold a
single byte of TLS. Most of it repeats every second, byte for byte and microsecond for microsecond, because
13,698 packets must gzip to a few tens of kilobytes. The capturing host takes part in every TCP connection.
"""

from __future__ import annotations

from packets import (
    MICROSECOND,
    MILLISECOND,
    SECOND,
    Connection,
    Host,
    Packet,
    arp_reply,
    arp_request,
    datagram,
    echo,
    noise,
)

_PERIOD = SECOND
_MEDIA_INTERVAL = 20 * MILLISECOND
_MEDIA_PACKETS = 150
"""Three seconds of one call: media packets differ from one another and cost most in the gzip file."""


def background(node: Host, network: str, before: int, count: int) -> list[Packet]:
    """The last ``count`` packets before the time ``before``, in time order, as ``node`` captures them.

    ``network`` is the first three octets of the node's own network.
    """
    packets: list[Packet] = []
    second = 0
    start = before - before % _PERIOD
    regular = _every_second(node, network)
    while len(packets) < count:
        origin = start - second * _PERIOD
        packets += [Packet(origin + offset, frame) for offset, frame in regular if origin + offset < before]
        if second % 7 == 3:
            packets += _short_connection(node, network, origin + 137 * MILLISECOND, second)
        if second % 11 == 5:
            packets += _sip_options(node, network, origin + 411 * MILLISECOND, second)
        if second == 4:
            packets += _call(node, network, origin + 3 * MILLISECOND)
        second += 1
    packets.sort(key=lambda packet: packet.ts)
    return packets[-count:]


def _every_second(node: Host, network: str) -> list[tuple[int, bytes]]:
    router = Host(f"{network}.1", ttl=255)
    standby = Host("224.0.0.2")
    hello = bytes.fromhex("0000 10 03 0a 78 01 00") + b"cisco\0\0\0" + router.packed
    events = [(2 * MILLISECOND, datagram(Host(router.ip, ttl=1), standby, 1985, 1985, hello, 0))]
    for machine in range(12):
        asked = f"{network}.{60 + machine}"
        events.append(((21 + 80 * machine) * MILLISECOND, arp_request(router, asked)))
    events.append((33 * MILLISECOND, arp_request(router, node.ip)))
    events.append((33 * MILLISECOND + 20 * MICROSECOND, arp_reply(node, router)))
    events.append((512 * MILLISECOND, echo(router, node, reply=False, ident=0x1A2B, sequence=1)))
    events.append(
        (512 * MILLISECOND + 25 * MICROSECOND, echo(node, router, reply=True, ident=0x1A2B, sequence=1))
    )
    for phone in range(24):
        # A line end and nothing else is SIP's keep-alive over UDP (RFC 5626 section 3.5.1).
        user = Host(f"198.51.100.{10 + phone}", ttl=52, via=router.ip)
        at = (7 + 40 * phone) * MILLISECOND + 311 * MICROSECOND
        events.append((at, datagram(user, node, 5060, 5060, b"\r\n\r\n", 0)))
    for neighbour in range(10):
        peer = Host(f"{network}.{140 + neighbour}")
        idle = Connection(peer, node, 40000 + 17 * neighbour, 5060, constant_ip_id=True)
        idle.keep_alive("client", (13 + 95 * neighbour) * MILLISECOND, with_byte=neighbour != 7)
        events += [(packet.ts, packet.frame) for packet in idle.packets]
    return sorted(events)


def _short_connection(node: Host, network: str, ts: int, second: int) -> list[Packet]:
    """A monitoring host fetches a page in clear text."""
    monitor = Host(f"{network}.250")
    connection = Connection(monitor, node, 50000 + second, 80)
    at = connection.open(ts, 400 * MICROSECOND, 1460)
    request = (
        f"GET /status HTTP/1.1\r\nHost: {node.ip}\r\nUser-Agent: monitor/1.0\r\nConnection: close\r\n\r\n"
    )
    connection.send("client", request.encode(), at + 200 * MICROSECOND)
    answer = b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://node.example/\r\nContent-Length: 0\r\n\r\n"
    connection.send("server", answer, at + 2 * MILLISECOND)
    connection.ack("client", at + 2400 * MICROSECOND)
    connection.finish("server", at + 2500 * MICROSECOND, 450 * MICROSECOND)
    return connection.packets


def _sip_options(node: Host, network: str, ts: int, second: int) -> list[Packet]:
    """A neighbour asks over UDP whether the node is alive, and hears that it is."""
    peer = Host(f"{network}.162")
    asks, answers = f"SIP/2.0/UDP {peer.ip}:5060;branch=z9hG4bK{second:08x}", f"{second:08x}@{peer.ip}"
    common = (
        f"Via: {asks}\r\nFrom: <sip:{peer.ip}>;tag={second:04x}\r\nTo: <sip:{node.ip}>\r\n"
        f"Call-ID: {answers}\r\nCSeq: {second} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    question = f"OPTIONS sip:{node.ip}:5060 SIP/2.0\r\n{common}".encode()
    reply = f"SIP/2.0 200 OK\r\n{common}".encode()
    return [
        Packet(ts, datagram(peer, node, 5060, 5060, question, 0)),
        Packet(ts + 3 * MILLISECOND, datagram(node, peer, 5060, 5060, reply, 0)),
    ]


def _call(node: Host, network: str, ts: int) -> list[Packet]:
    """Media in both directions: RTP headers (RFC 3550 section 5.1) with the same 24 bytes as payload."""
    peer = Host("203.0.113.77", ttl=49, via=f"{network}.1")
    packets: list[Packet] = []
    for index in range(_MEDIA_PACKETS):
        for delay, source, target, source_port, target_port in (
            (0, peer, node, 49172, 36002),
            (9 * MILLISECOND, node, peer, 36002, 49172),
        ):
            header = b"\x80\x00" + index.to_bytes(2, "big") + (index * 160).to_bytes(4, "big")
            payload = header + noise(f"ssrc {source.ip}", 4) + noise("media", 24)
            frame = datagram(source, target, source_port, target_port, payload, 0)
            packets.append(Packet(ts + index * _MEDIA_INTERVAL + delay, frame))
    return packets
