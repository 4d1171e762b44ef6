"""Packets and capture files for tests, from TCP segments down to gzip.

Knows how to lay a TCP segment into IP, a link layer, a tunnel and a capture file, with dpkt where it has the header and
struct where it has not; must not know TLS or what a test expects. Everything is deterministic. Checksums are dpkt's or
zero: the reader ignores them. ``LINKS`` and ``FILES`` are the tables from which tests draw.
"""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import dpkt

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SECOND = 1_000_000_000
START = 1_774_000_000 * SECOND
MILLISECOND = 1_000_000

CLIENT = ("192.0.2.10", 51000)
SERVER = ("198.51.100.20", 8443)
CLIENT6 = ("2001:db8::10", 51000)
SERVER6 = ("2001:db8:1::20", 8443)


class Frame(NamedTuple):
    """One captured frame: time in nanoseconds, bytes, and the length on the wire (None: all of it was captured)."""

    ts_ns: int
    data: bytes
    original_length: int | None = None


def packed(ip: str) -> bytes:
    """An address as its 4 or 16 bytes."""
    return socket.inet_pton(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip)


def ip_packet(source: str, target: str, protocol: int, payload: bytes | dpkt.Packet) -> bytes:
    """An IPv4 or IPv6 datagram, as the addresses say."""
    if ":" in source:
        raw = bytes(payload)
        return struct.pack("!IHBB", 6 << 28, len(raw), protocol, 64) + packed(source) + packed(target) + raw
    packet = dpkt.ip.IP(src=packed(source), dst=packed(target), p=protocol, ttl=64, data=payload)
    packet.len = 20 + len(payload)
    return bytes(packet)


def tcp_packet(
    source: tuple[str, int],
    target: tuple[str, int],
    seq: int,
    ack: int = 0,
    flags: int = ACK,
    payload: bytes = b"",
) -> bytes:
    """An IP datagram with one TCP segment."""
    segment = dpkt.tcp.TCP(
        sport=source[1],
        dport=target[1],
        seq=seq & 0xFFFFFFFF,
        ack=ack & 0xFFFFFFFF,
        flags=flags,
        data=payload,
    )
    return ip_packet(source[0], target[0], 6, segment)


def ethernet(payload: bytes, ethertype: int | None = None) -> bytes:
    """An Ethernet II frame around an IP datagram, padded to 60 bytes as a card does."""
    kind = ethertype if ethertype is not None else _ethertype(payload)
    return (b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" + kind.to_bytes(2, "big") + payload).ljust(60, b"\0")


def _ethertype(packet: bytes) -> int:
    return 0x0800 if packet[0] >> 4 == 4 else 0x86DD


def _typed(packet: bytes) -> bytes:
    return _ethertype(packet).to_bytes(2, "big")


def _sll(packet: bytes) -> bytes:
    return struct.pack("!HHH8s", 4, 1, 6, b"\x02\0\0\0\0\x01\0\0") + _typed(packet) + packet


def _sll2(packet: bytes) -> bytes:
    return _typed(packet) + struct.pack("!HIHBB8s", 0, 3, 1, 4, 6, b"\x02\0\0\0\0\x01\0\0") + packet


def _family(packet: bytes, order: str) -> bytes:
    return struct.pack(order + "I", 2 if packet[0] >> 4 == 4 else 30) + packet


def _pppoe(packet: bytes) -> bytes:
    protocol = b"\x00\x21" if packet[0] >> 4 == 4 else b"\x00\x57"
    return ethernet(struct.pack("!BBHH", 0x11, 0, 7, 2 + len(packet)) + protocol + packet, 0x8864)


def _udp(port: int, payload: bytes) -> bytes:
    datagram = dpkt.udp.UDP(sport=40000, dport=port, ulen=8 + len(payload), data=payload)
    return ethernet(ip_packet("203.0.113.1", "203.0.113.2", 17, datagram))


def _gre(packet: bytes) -> bytes:
    return ethernet(ip_packet("203.0.113.1", "203.0.113.2", 47, b"\0\0" + _typed(packet) + packet))


LINKS: Mapping[str, tuple[int, Callable[[bytes], bytes]]] = {
    "ethernet": (1, ethernet),
    "vlan": (1, lambda packet: ethernet(b"\x00\x05" + _typed(packet) + packet, 0x8100)),
    "qinq": (1, lambda packet: ethernet(b"\x00\x05\x81\x00\x00\x06" + _typed(packet) + packet, 0x88A8)),
    "sll": (113, _sll),
    "sll2": (276, _sll2),
    "null-le": (0, lambda packet: _family(packet, "<")),
    "null-be": (0, lambda packet: _family(packet, ">")),
    "loop": (108, lambda packet: _family(packet, ">")),
    "raw": (101, lambda packet: packet),
    "pppoe": (1, _pppoe),
    "mpls": (1, lambda packet: ethernet(b"\x00\x01\x01\x40" + packet, 0x8847)),
    "gre": (1, _gre),
    "vxlan": (1, lambda packet: _udp(4789, b"\x08\0\0\0\0\0\x07\0" + ethernet(packet))),
    "geneve": (1, lambda packet: _udp(6081, b"\0\0\x65\x58\0\0\x07\0" + ethernet(packet))),
    "4in6": (
        1,
        lambda packet: ethernet(
            ip_packet("2001:db8::1", "2001:db8::2", 4 if packet[0] >> 4 == 4 else 41, packet)
        ),
    ),
    "6in4": (
        1,
        lambda packet: ethernet(
            ip_packet("203.0.113.1", "203.0.113.2", 4 if packet[0] >> 4 == 4 else 41, packet)
        ),
    ),
}
"""Name to LINKTYPE_ number and the function that wraps an IP datagram."""


def pcap(frames: Sequence[Frame], linktype: int = 1, *, order: str = "<", nano: bool = False) -> bytes:
    """A classic pcap file."""
    unit = 1 if nano else 1000
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype)]
    for frame in frames:
        seconds, rest = divmod(frame.ts_ns, SECOND)
        length = len(frame.data) if frame.original_length is None else frame.original_length
        out += [struct.pack(order + "IIII", seconds, rest // unit, len(frame.data), length), frame.data]
    return b"".join(out)


def _block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(frames: Sequence[Frame], linktype: int = 1, *, order: str = "<", nano: bool = False) -> bytes:
    """A pcapng file: one section, one interface, enhanced packet blocks."""
    options = struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0) if nano else b""
    out = [
        _block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(order, 1, struct.pack(order + "HHI", linktype, 0, 262144) + options),
    ]
    for frame in frames:
        ticks = frame.ts_ns if nano else frame.ts_ns // 1000
        length = len(frame.data) if frame.original_length is None else frame.original_length
        header = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data), length)
        out.append(_block(order, 6, header + frame.data))
    return b"".join(out)


FILES: Mapping[str, Callable[[Sequence[Frame], int], bytes]] = {
    "pcap-le": pcap,
    "pcap-be": lambda frames, linktype: pcap(frames, linktype, order=">"),
    "pcap-nano": lambda frames, linktype: pcap(frames, linktype, nano=True),
    "pcap-nano-be": lambda frames, linktype: pcap(frames, linktype, order=">", nano=True),
    "pcapng": pcapng,
    "pcapng-be": lambda frames, linktype: pcapng(frames, linktype, order=">", nano=True),
    "pcap-gzip": lambda frames, linktype: gzip.compress(pcap(frames, linktype), 1, mtime=0),
    "pcapng-gzip": lambda frames, linktype: gzip.compress(pcapng(frames, linktype), 1, mtime=0),
}
"""Name to the function that makes a file of frames and a LINKTYPE_ number."""


def truncated(frame: Frame, snaplen: int) -> Frame:
    """The frame as a capture with that snaplen keeps it."""
    if len(frame.data) <= snaplen:
        return frame
    return Frame(frame.ts_ns, frame.data[:snaplen], frame.original_length or len(frame.data))


@dataclass(slots=True)
class Talk:
    """Both ends of a TCP connection; ``packets`` holds the IP datagrams written so far, in order.

    ``isn`` are the initial sequence numbers of client and server. Side 0 is the client, who opens.
    """

    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER
    isn: tuple[int, int] = (1000, 900_000)
    packets: list[bytes] = field(default_factory=list)
    next_seq: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.next_seq = [self.isn[0] + 1, self.isn[1] + 1]

    @property
    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Client and server as (address, port)."""
        return self.client, self.server

    def open(self) -> Talk:
        """SYN, SYN-ACK, ACK."""
        self.packets += [
            tcp_packet(self.client, self.server, self.isn[0], 0, SYN),
            tcp_packet(self.server, self.client, self.isn[1], self.isn[0] + 1, SYN | ACK),
            tcp_packet(self.client, self.server, self.isn[0] + 1, self.isn[1] + 1, ACK),
        ]
        return self

    def send(self, side: int, data: bytes, flags: int = ACK | PSH) -> Talk:
        """One segment, however large."""
        ends = self.ends
        self.packets.append(
            tcp_packet(ends[side], ends[1 - side], self.next_seq[side], self.next_seq[1 - side], flags, data)
        )
        self.next_seq[side] += len(data)
        return self

    def send_in(self, side: int, data: bytes, size: int) -> Talk:
        """Segments of at most ``size`` bytes."""
        for at in range(0, len(data), size):
            self.send(side, data[at : at + size])
        return self

    def ack(self, side: int) -> Talk:
        """A bare acknowledgement."""
        return self.send(side, b"", ACK)

    def close(self, side: int = 0) -> Talk:
        """FIN from ``side``, FIN from the other, last ACK."""
        for each in (side, 1 - side):
            self.send(each, b"", FIN | ACK)
            self.next_seq[each] += 1
        return self.ack(side)

    def reset(self, side: int) -> Talk:
        """RST."""
        return self.send(side, b"", RST | ACK)

    def frames(self, link: str = "ethernet", *, start: int = START, step: int = MILLISECOND) -> list[Frame]:
        """What was written, as frames of a link layer, one each ``step`` nanoseconds."""
        wrap = LINKS[link][1]
        return [Frame(start + index * step, wrap(packet)) for index, packet in enumerate(self.packets)]
