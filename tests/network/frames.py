"""Headers for tests, written byte by byte: right by default, and each keyword changes one thing.

Knows IP, TCP, UDP and Ethernet as their RFCs draw them; must not know tlseku. Checksums are zero, as in a capture made
before the card puts them in.
"""

from __future__ import annotations

import struct
from ipaddress import ip_address

V4 = ("10.1.0.1", "10.2.0.2")
V6 = ("2001:db8::1", "2001:db8::2")
PAYLOAD = b"\x16\x03\x01 the payload of a segment"
MAC = bytes.fromhex("0200000000020200000000 01".replace(" ", ""))

IPV4, IPV6, VLAN, QINQ, BRIDGED, PPP, MPLS = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x6558, 0x880B, 0x8847
TCP_NUMBER, UDP_NUMBER, GRE_NUMBER = 6, 17, 47
PSH = 0x08


def tcp(
    payload: bytes = PAYLOAD,
    *,
    sport: int = 40000,
    dport: int = 443,
    seq: int = 1000,
    ack: int = 2000,
    flags: int = 0x18,
    options: bytes = b"",
) -> bytes:
    """A TCP segment (RFC 9293 section 3.1); options must be a multiple of 4 bytes."""
    offset = (20 + len(options)) // 4 << 4
    return struct.pack(">HHIIBBHHH", sport, dport, seq, ack, offset, flags, 8192, 0, 0) + options + payload


def udp(payload: bytes, dport: int, *, sport: int = 50000) -> bytes:
    """A UDP datagram (RFC 768)."""
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def ip4(
    payload: bytes,
    *,
    protocol: int = TCP_NUMBER,
    ends: tuple[str, str] = V4,
    options: bytes = b"",
    total_length: int | None = None,
    identification: int = 7,
    fragment: int = 0x4000,
) -> bytes:
    """An IPv4 datagram (RFC 791); ``fragment`` is the whole field of flags and offset."""
    length = 20 + len(options)
    total = length + len(payload) if total_length is None else total_length
    head = struct.pack(">BBHHHBBH", 0x40 | length // 4, 0, total, identification, fragment, 64, protocol, 0)
    return head + ip_address(ends[0]).packed + ip_address(ends[1]).packed + options + payload


def ip6(
    payload: bytes,
    *,
    protocol: int = TCP_NUMBER,
    ends: tuple[str, str] = V6,
    payload_length: int | None = None,
) -> bytes:
    """An IPv6 datagram (RFC 8200)."""
    length = len(payload) if payload_length is None else payload_length
    head = struct.pack(">IHBB", 6 << 28, length, protocol, 64)
    return head + ip_address(ends[0]).packed + ip_address(ends[1]).packed + payload


def ethernet(payload: bytes, ethertype: int = IPV4) -> bytes:
    """An Ethernet II frame without check sequence."""
    return MAC + struct.pack(">H", ethertype) + payload


def vlan(payload: bytes, ethertype: int = IPV4) -> bytes:
    """What follows a VLAN tag's EtherType: the tag and the inner type."""
    return struct.pack(">HH", 100, ethertype) + payload


def gre(payload: bytes, protocol: int = IPV4, *, flags: int = 0, rest: bytes = b"") -> bytes:
    """A GRE packet (RFC 2784, 2890); ``rest`` are the fields that the flags announce."""
    return struct.pack(">HH", flags, protocol) + rest + payload


def mpls(payload: bytes, *labels: int) -> bytes:
    """A label stack (RFC 3032), the bottom flag on the last label, and its payload."""
    entries = [label << 12 | (1 << 8 if at == len(labels) - 1 else 0) | 64 for at, label in enumerate(labels)]
    return b"".join(struct.pack(">I", entry) for entry in entries) + payload


def fragments4(payload: bytes, size: int, **fields: object) -> list[bytes]:
    """An IPv4 datagram in fragments of ``size`` bytes of payload (a multiple of 8)."""
    pieces = []
    for at in range(0, len(payload), size):
        more = 0x2000 if at + size < len(payload) else 0
        pieces.append(ip4(payload[at : at + size], fragment=more | at // 8, **fields))  # type: ignore[arg-type]
    return pieces


def fragments6(
    payload: bytes, size: int, *, protocol: int = TCP_NUMBER, identification: int = 9, before: bytes = b""
) -> list[bytes]:
    """An IPv6 datagram in fragments (RFC 8200 section 4.5).

    ``before`` is an extension header ahead of each fragment header; a hop-by-hop header, type 0.
    """
    pieces = []
    for at in range(0, len(payload), size):
        more = 1 if at + size < len(payload) else 0
        header = struct.pack(">BBHI", protocol, 0, at | more, identification)
        body = before + header + payload[at : at + size]
        pieces.append(ip6(body, protocol=0 if before else 44))
    return pieces
