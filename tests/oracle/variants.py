"""The same conversation in other clothes: other link layers and file formats, other cuts, another order.

Knows IP, TCP and the two capture formats, by dpkt and ``struct`` (not by tlseku's own code, which is under test). Takes
a capture whose link layer is Ethernet, raw IP, Linux cooked or BSD loopback; gives files that carry the same TCP bytes.
"""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import dpkt

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
GZIP_MAGIC = b"\x1f\x8b"


class IpPacket(NamedTuple):
    """One IP packet (version 4 or 6, starting at its first header byte) and when it was seen."""

    ts_ns: int
    data: bytes

    @property
    def ip(self) -> dpkt.ip.IP | dpkt.ip6.IP6:
        return dpkt.ip6.IP6(self.data) if self.data[0] >> 4 == 6 else dpkt.ip.IP(self.data)

    @property
    def ends(self) -> frozenset[str]:
        """Both ends as ``ip:port``; empty if it is not TCP."""
        ip, tcp = self.ip, self.ip.data
        if not isinstance(tcp, dpkt.tcp.TCP):
            return frozenset()
        sides = ((ip_address(ip.src), tcp.sport), (ip_address(ip.dst), tcp.dport))
        return frozenset(
            f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}" for host, port in sides
        )


def read_ip(capture: Path) -> list[IpPacket]:
    """The IP packets of a capture (gzip or plain); packets that hold something else are left out."""
    raw = capture.read_bytes()
    opener = gzip.open if raw[:2] == GZIP_MAGIC else open
    packets = []
    with opener(capture, "rb") as stream:
        head = stream.read(4)
        stream.seek(0)
        reader = (dpkt.pcapng.Reader if head == PCAPNG_MAGIC else dpkt.pcap.Reader)(stream)
        linktype = reader.datalink()
        for ts, frame in reader:
            data = _ip_bytes(linktype, frame)
            if data and data[0] >> 4 in (4, 6):
                packets.append(IpPacket(int(Decimal(str(ts)) * 1_000_000_000), data))
    return packets


def _ip_bytes(linktype: int, frame: bytes) -> bytes:
    if linktype == 1:
        ethernet = dpkt.ethernet.Ethernet(frame)
        return bytes(ethernet.data) if ethernet.type in (0x0800, 0x86DD) else b""
    return frame[{0: 4, 12: 0, 101: 0, 113: 16, 228: 0, 229: 0, 276: 20}[linktype] :]


# --- what happens to the packets -------------------------------------------------------------------------------


def as_they_are(packets: Sequence[IpPacket]) -> list[IpPacket]:
    return list(packets)


def recut(packets: Sequence[IpPacket], mss: int = 100, overlap: int = 0) -> list[IpPacket]:
    """Segments cut into pieces of at most ``mss`` new bytes, each preceded by the ``overlap`` bytes before it."""
    pieces = []
    for packet in packets:
        if not _payload(packet):
            pieces.append(packet)
            continue
        tcp = packet.ip.data
        payload, seq, flags = bytes(tcp.data), tcp.seq, tcp.flags
        for at in range(0, len(payload), mss):
            start = max(0, at - overlap)
            last = at + mss >= len(payload)
            data = _with_payload(
                packet,
                payload[start : at + mss],
                seq=(seq + start) & 0xFFFFFFFF,
                flags=flags if last else flags & ~(dpkt.tcp.TH_FIN | dpkt.tcp.TH_PUSH),
            )
            pieces.append(IpPacket(packet.ts_ns + at, data))
    return pieces


def recut_finely(packets: Sequence[IpPacket]) -> list[IpPacket]:
    """Nearly every message ends in another segment than its record, where a record holds several."""
    return recut(packets, mss=17)


def overlapped(packets: Sequence[IpPacket]) -> list[IpPacket]:
    return recut(packets, mss=300, overlap=40)


def swapped(packets: Sequence[IpPacket]) -> list[IpPacket]:
    """Neighbouring data segments of one sender change places; the times stay in order."""
    order = recut(packets, mss=400)
    at = 1
    while at < len(order):
        before, after = order[at - 1], order[at]
        if _payload(before) and _payload(after) and _sender(before) == _sender(after) and not _fin(after):
            order[at - 1] = IpPacket(before.ts_ns, after.data)
            order[at] = IpPacket(after.ts_ns, before.data)
            at += 1
        at += 1
    return order


def duplicated(packets: Sequence[IpPacket]) -> list[IpPacket]:
    """Half of all data segments arrive twice, as behind a mirror port."""
    dice = random.Random(2)
    return [
        copy
        for p in packets
        for copy in ([p, p] if _payload(p) and not _fin(p) and dice.random() < 0.5 else [p])
    ]


def _payload(packet: IpPacket) -> bytes:
    tcp = packet.ip.data
    return bytes(tcp.data) if isinstance(tcp, dpkt.tcp.TCP) else b""


def _sender(packet: IpPacket) -> tuple[bytes, int, bytes, int]:
    ip = packet.ip
    return ip.src, ip.data.sport, ip.dst, ip.data.dport


def _fin(packet: IpPacket) -> bool:
    return bool(packet.ip.data.flags & dpkt.tcp.TH_FIN)


def _with_payload(packet: IpPacket, payload: bytes, *, seq: int, flags: int) -> bytes:
    ip = packet.ip
    tcp = ip.data
    tcp.data, tcp.seq, tcp.flags, tcp.sum = payload, seq, flags, 0
    if isinstance(ip, dpkt.ip6.IP6):
        ip.plen = len(tcp)
    else:
        ip.len, ip.sum = ip.hl * 4 + len(tcp), 0
    return bytes(ip)


# --- what they are wrapped in ----------------------------------------------------------------------------------


def _ethertype(data: bytes) -> bytes:
    return b"\x86\xdd" if data[0] >> 4 == 6 else b"\x08\x00"


MACS = bytes.fromhex("020000000001020000000002")

LINKS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "ethernet": (1, lambda ip: MACS + _ethertype(ip) + ip),
    "vlan": (1, lambda ip: MACS + b"\x81\x00\x00\x64" + _ethertype(ip) + ip),
    "qinq": (1, lambda ip: MACS + b"\x88\xa8\x00\x64\x81\x00\x00\xc8" + _ethertype(ip) + ip),
    "null": (0, lambda ip: struct.pack("<I", 30 if ip[0] >> 4 == 6 else 2) + ip),
    "raw": (101, lambda ip: ip),
    "sll": (113, lambda ip: b"\0\0\0\1\0\6" + MACS[:6] + b"\0\0" + _ethertype(ip) + ip),
    "sll2": (276, lambda ip: _ethertype(ip) + b"\0\0" + b"\0\0\0\2" + b"\0\1\0\6" + MACS[:6] + b"\0\0" + ip),
}
"""Link layers by name: the LINKTYPE_ number and what makes a frame of an IP packet."""


def write_pcap(
    path: Path, packets: Sequence[IpPacket], link: str, *, order: str = "<", nano: bool = False
) -> None:
    """Classic pcap in either byte order, with micro- or nanoseconds."""
    linktype, frame_of = LINKS[link]
    unit = 1 if nano else 1000
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    with path.open("wb") as stream:
        stream.write(struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262144, linktype))
        for packet in packets:
            frame = frame_of(packet.data)
            seconds, fraction = divmod(packet.ts_ns, 1_000_000_000)
            stream.write(
                struct.pack(f"{order}IIII", seconds, fraction // unit, len(frame), len(frame)) + frame
            )


def write_pcapng(path: Path, packets: Sequence[IpPacket], links: Sequence[str], *, order: str = "<") -> None:
    """pcapng with nanoseconds and one interface a link layer; packets go to the interfaces in turn."""
    with path.open("wb") as stream:
        stream.write(_block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for link in links:
            options = struct.pack(f"{order}HHB3xHH", 9, 1, 9, 0, 0)
            stream.write(_block(order, 1, struct.pack(f"{order}HHI", LINKS[link][0], 0, 262144) + options))
        for index, packet in enumerate(packets):
            frame = LINKS[links[index % len(links)]][1](packet.data)
            high, low = divmod(packet.ts_ns, 1 << 32)
            head = struct.pack(f"{order}IIIII", index % len(links), high, low, len(frame), len(frame))
            stream.write(_block(order, 6, head + frame + bytes(-len(frame) % 4)))


def _block(order: str, kind: int, body: bytes) -> bytes:
    length = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + length + body + length
