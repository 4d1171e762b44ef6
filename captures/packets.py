"""Ethernet frames with right checksums, and TCP connections that keep their own sequence numbers.

Knows Ethernet II, ARP, IPv4, ICMP, UDP and TCP, all written with dpkt; must not know TLS or which capture is
being made. Everything that a real machine would draw at random (addresses of network cards, initial sequence
numbers, IP identifications) is drawn from a hash of names, so that the same calls give the same bytes. Times
are integer nanoseconds since 1970-01-01 UTC. Frames that the capturing host received are padded to Ethernet's
60 bytes; those it sent are not, because a capture sees them before the card pads them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

import dpkt
from dpkt.arp import ARP, ARP_OP_REPLY, ARP_OP_REQUEST
from dpkt.ethernet import ETH_TYPE_ARP, ETH_TYPE_IP, Ethernet
from dpkt.icmp import ICMP
from dpkt.ip import IP, IP_PROTO_ICMP, IP_PROTO_TCP, IP_PROTO_UDP
from dpkt.tcp import TCP, TH_ACK, TH_FIN, TH_PUSH, TH_SYN
from dpkt.udp import UDP

Side = Literal["client", "server"]

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000

_BROADCAST = b"\xff" * 6
_ETHERNET_MINIMUM = 60
_SNAPLEN = 262144


class Packet(NamedTuple):
    """One captured frame and its time in nanoseconds."""

    ts: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class Host:
    """A machine as the capture sees it.

    ``ttl`` is what arrives at (or leaves) the capturing host. ``via`` is the address of the router that stands
    between, None on the same network: its network card then appears in place of the host's own.
    """

    ip: str
    ttl: int = 64
    via: str | None = None
    captures: bool = False

    @property
    def mac(self) -> bytes:
        """The hardware address on the captured wire: unicast, locally administered (IEEE 802c)."""
        return b"\x02" + _digest(f"mac {self.via or self.ip}")[:5]

    @property
    def packed(self) -> bytes:
        """The IPv4 address as four bytes."""
        return socket.inet_aton(self.ip)


def number(label: str, below: int) -> int:
    """A number in [0, below) that depends on the label alone."""
    return int.from_bytes(_digest(label)[:8], "big") % below


def noise(label: str, length: int) -> bytes:
    """Bytes that look random and depend on the label alone."""
    return hashlib.shake_256(label.encode()).digest(length)


def datagram(
    source: Host, target: Host, source_port: int, target_port: int, payload: bytes, ip_id: int
) -> bytes:
    """A frame with one UDP datagram. ``target`` may be a multicast address."""
    udp = UDP(sport=source_port, dport=target_port, ulen=8 + len(payload), data=payload)
    return _ipv4(source, target, IP_PROTO_UDP, udp, ip_id)


def echo(source: Host, target: Host, *, reply: bool, ident: int, sequence: int) -> bytes:
    """A frame with an ICMP echo request or its reply (RFC 792)."""
    body = ICMP.Echo(id=ident, seq=sequence, data=bytes(range(0x10, 0x40)))
    return _ipv4(source, target, IP_PROTO_ICMP, ICMP(type=0 if reply else 8, data=body), 0)


def arp_request(asker: Host, wanted: str) -> bytes:
    """A frame with a broadcast "who has" for an IPv4 address (RFC 826)."""
    arp = ARP(op=ARP_OP_REQUEST, sha=asker.mac, spa=asker.packed, tha=bytes(6), tpa=socket.inet_aton(wanted))
    return _framed(asker, Ethernet(dst=_BROADCAST, src=asker.mac, type=ETH_TYPE_ARP, data=arp))


def arp_reply(owner: Host, asker: Host) -> bytes:
    """A frame with the answer to ``arp_request``."""
    arp = ARP(op=ARP_OP_REPLY, sha=owner.mac, spa=owner.packed, tha=asker.mac, tpa=asker.packed)
    return _framed(owner, Ethernet(dst=asker.mac, src=owner.mac, type=ETH_TYPE_ARP, data=arp))


@dataclass(slots=True)
class _End:
    host: Host
    port: int
    sequence: int
    ip_id: int
    acknowledged: int = 0


@dataclass(slots=True)
class Connection:
    """A TCP connection, written one segment at a time; ``packets`` holds what has been written.

    Without ``open`` the connection is one that began before the capture did. ``constant_ip_id`` sends every
    segment with identification 0, as hosts may do for packets that are never fragmented (RFC 6864).
    """

    client: Host
    server: Host
    client_port: int
    server_port: int
    constant_ip_id: bool = False
    packets: list[Packet] = field(default_factory=list)
    _ends: dict[Side, _End] = field(init=False)

    def __post_init__(self) -> None:
        label = f"{self.client.ip}:{self.client_port} {self.server.ip}:{self.server_port}"
        self._ends = {
            "client": _End(
                self.client, self.client_port, number(f"{label} c", 1 << 32), number(f"{label} ci", 60000)
            ),
            "server": _End(
                self.server, self.server_port, number(f"{label} s", 1 << 32), number(f"{label} si", 60000)
            ),
        }
        self._ends["client"].acknowledged = self._ends["server"].sequence
        self._ends["server"].acknowledged = self._ends["client"].sequence

    def open(self, ts: int, round_trip: int, mss: int) -> int:
        """SYN, SYN-ACK, ACK; gives back the time of the last."""
        options = b"\x02\x04" + mss.to_bytes(2, "big") + b"\x01\x01\x04\x02\x01\x03\x03\x07"
        self._write("client", TH_SYN, ts, options=options)
        self._write("server", TH_SYN | TH_ACK, ts + round_trip, options=options)
        self._write("client", TH_ACK, ts + round_trip + 30 * MICROSECOND)
        return ts + round_trip + 30 * MICROSECOND

    def send(self, side: Side, data: bytes, ts: int, *, push: bool = True) -> None:
        """One segment with payload, however large (segmentation offload)."""
        self._write(side, TH_ACK | (TH_PUSH if push else 0), ts, data)

    def ack(self, side: Side, ts: int, *, short_of: int = 0) -> None:
        """A bare acknowledgement of all that the other side has sent, but for the last ``short_of`` bytes."""
        end = self._ends[side]
        everything = end.acknowledged
        end.acknowledged = (everything - short_of) % (1 << 32)
        self._write(side, TH_ACK, ts)
        end.acknowledged = everything

    def keep_alive(self, side: Side, ts: int, *, with_byte: bool = False) -> None:
        """A keep-alive probe one below the next sequence number (RFC 9293 section 3.8.4) and its answer."""
        end = self._ends[side]
        end.sequence = (end.sequence - 1) % (1 << 32)
        data = b"\0" if with_byte else b""
        self._write(side, TH_ACK, ts, data)
        if not with_byte:
            end.sequence = (end.sequence + 1) % (1 << 32)
        self._ends[_other(side)].acknowledged = end.sequence
        self.ack(_other(side), ts + 300 * MICROSECOND)

    def finish(self, side: Side, ts: int, round_trip: int) -> None:
        """FIN from ``side``, FIN from the other, last ACK."""
        self._write(side, TH_FIN | TH_ACK, ts)
        self._write(_other(side), TH_FIN | TH_ACK, ts + round_trip)
        self._write(side, TH_ACK, ts + round_trip + 40 * MICROSECOND)

    def _write(self, side: Side, flags: int, ts: int, data: bytes = b"", options: bytes = b"") -> None:
        sender, receiver = self._ends[side], self._ends[_other(side)]
        segment = TCP(
            sport=sender.port,
            dport=receiver.port,
            seq=sender.sequence,
            ack=sender.acknowledged if flags & TH_ACK else 0,
            flags=flags,
            win=29200 if flags & TH_SYN else 501,
            off=5 + len(options) // 4,
            opts=options,
            data=data,
        )
        self.packets.append(
            Packet(ts, _ipv4(sender.host, receiver.host, IP_PROTO_TCP, segment, sender.ip_id))
        )
        if self.constant_ip_id:
            sender.ip_id = 0
        else:
            sender.ip_id = (sender.ip_id + 1) % (1 << 16)
        occupied = len(data) + (1 if flags & (TH_SYN | TH_FIN) else 0)
        sender.sequence = (sender.sequence + occupied) % (1 << 32)
        receiver.acknowledged = sender.sequence


def capture(packets: Iterable[Packet], *, nanoseconds: bool = False) -> bytes:
    """A classic pcap file, Ethernet, in the order given."""
    sink = io.BytesIO()
    writer = dpkt.pcap.Writer(sink, snaplen=_SNAPLEN, linktype=dpkt.pcap.DLT_EN10MB, nano=nanoseconds)
    for packet in packets:
        # A Fraction, because a float cannot hold a time of this century to the nanosecond.
        writer.writepkt_time(packet.frame, Fraction(packet.ts, SECOND))
    return sink.getvalue()


def compressed(content: bytes) -> bytes:
    """gzip without name or time, so that the same content gives the same file (for one zlib)."""
    sink = io.BytesIO()
    # gzip.compress would do, but its header differs between releases of Python.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=sink, mtime=0) as packer:
        packer.write(content)
    return sink.getvalue()


def _other(side: Side) -> Side:
    return "server" if side == "client" else "client"


def _digest(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def _ipv4(source: Host, target: Host, protocol: int, payload: dpkt.Packet, ip_id: int) -> bytes:
    packet = IP(
        src=source.packed,
        dst=target.packed,
        p=protocol,
        ttl=source.ttl,
        id=ip_id,
        df=1,
        data=payload,
    )
    packet.len = len(packet)
    first = target.packed[0]
    multicast = b"\x01\x00\x5e" + bytes([target.packed[1] & 0x7F]) + target.packed[2:]
    target_mac = multicast if 224 <= first < 240 else target.mac
    return _framed(source, Ethernet(dst=target_mac, src=source.mac, type=ETH_TYPE_IP, data=packet))


def _framed(source: Host, frame: Ethernet) -> bytes:
    raw = bytes(frame)
    return raw if source.captures else raw.ljust(_ETHERNET_MINIMUM, b"\0")
