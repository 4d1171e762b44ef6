"""Frames with their pcap record headers, a few microseconds each: Ethernet, VLAN, IPv4, IPv6, TCP, UDP.

Knows header layouts and checksums; must not know connections. A ``Lane`` is one direction between two ports; all
that stays the same from packet to packet is worked out once. Checksums are right. The ones' complement sum of
16-bit words equals the number that the bytes spell modulo 65535, which Python computes fast (RFC 1071).
"""

from __future__ import annotations

from struct import Struct

FILE_HEADER = Struct("<IHHiIII").pack(0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
"""Classic pcap, little-endian, microseconds, Ethernet."""

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

TCP, UDP = 6, 17

_RECORD = Struct("<IIII").pack
_IPV4 = Struct(">BBHHHBBH8s").pack
_IPV6 = Struct(">IHBB32s").pack
_TCP = Struct(">IIIHHHH").pack
_UDP = Struct(">IHH").pack
_TIMESTAMPS = Struct(">III").pack
_SYN_PLAIN = bytes.fromhex("020405b40101040201030307")
_SYN_TIMED = Struct(">IIII4s").pack

_NOP_NOP_TIMESTAMPS = 0x0101080A
_MSS_1460 = 0x020405B4
_SACK_TIMESTAMPS = 0x0402080A
_SCALE_7 = b"\x01\x03\x03\x07"

_ETHERNET_MINIMUM = 60


def ethernet(source: bytes, target: bytes, vlans: tuple[int, ...], ip_version: int) -> bytes:
    """The link header: two addresses, 802.1Q tags from the outside in (two are 802.1ad), EtherType."""
    tags = b""
    for index, vlan in enumerate(vlans):
        outer = len(vlans) == 2 and index == 0
        tags += (b"\x88\xa8" if outer else b"\x81\x00") + vlan.to_bytes(2, "big")
    return target + source + tags + (b"\x08\x00" if ip_version == 4 else b"\x86\xdd")


class Lane:
    """One direction between two ports. Times are microseconds since 1970; addresses are 4 or 16 bytes."""

    __slots__ = (
        "_addresses",
        "_ip_sum",
        "_link",
        "_ports",
        "_protocol",
        "_pseudo_sum",
        "_ttl",
        "_v6",
        "ip_id",
    )

    def __init__(
        self,
        link: bytes,
        source: bytes,
        target: bytes,
        ports: tuple[int, int],
        protocol: int,
        ttl: int,
        ip_id: int,
    ) -> None:
        self._link = link
        self._addresses = source + target
        self._ports = ports[0] << 16 | ports[1]
        self._protocol = protocol
        self._ttl = ttl
        self._v6 = len(source) == 16
        self.ip_id = ip_id
        addresses = int.from_bytes(self._addresses, "big")
        self._ip_sum = 0x4500 + 0x4000 + (ttl << 8 | protocol) + addresses
        self._pseudo_sum = (addresses + protocol + self._ports) % 65535

    def syn(self, ts: int, seq: int, ack: int, flags: int, clock: tuple[int, int] | None) -> bytes:
        """A SYN or SYN-ACK with the usual options; ``clock`` the two TCP timestamps, None for no such option."""
        options = _SYN_PLAIN
        if clock is not None:
            options = _SYN_TIMED(_MSS_1460, _SACK_TIMESTAMPS, clock[0], clock[1], _SCALE_7)
        return self._segment(ts, seq, ack, flags, 64240, options, b"")

    def segment(
        self, ts: int, seq: int, ack: int, flags: int, clock: tuple[int, int] | None, payload: bytes = b""
    ) -> bytes:
        """Any other segment."""
        options = b"" if clock is None else _TIMESTAMPS(_NOP_NOP_TIMESTAMPS, clock[0], clock[1])
        return self._segment(ts, seq, ack, flags, 501, options, payload)

    def datagram(self, ts: int, payload: bytes) -> bytes:
        """A UDP datagram."""
        length = 8 + len(payload)
        total = self._pseudo_sum + 2 * length + _sum(payload)
        # A checksum of zero means none was made, so zero is sent as ones (RFC 768).
        return self._packet(ts, _UDP(self._ports, length, _checksum(total) or 0xFFFF), payload)

    def _segment(
        self, ts: int, seq: int, ack: int, flags: int, window: int, options: bytes, payload: bytes
    ) -> bytes:
        offset_flags = (5 + len(options) // 4) << 12 | flags
        length = 20 + len(options) + len(payload)
        total = self._pseudo_sum + length + seq + ack + offset_flags + window
        total += int.from_bytes(options, "big") + _sum(payload)
        header = _TCP(self._ports, seq, ack, offset_flags, window, _checksum(total), 0) + options
        return self._packet(ts, header, payload)

    def _packet(self, ts: int, header: bytes, payload: bytes) -> bytes:
        length = len(header) + len(payload)
        if self._v6:
            ip = _IPV6(0x60000000, length, self._protocol, self._ttl, self._addresses)
        else:
            length += 20
            self.ip_id = ip_id = (self.ip_id + 1) & 0xFFFF
            check = _checksum(self._ip_sum + length + ip_id)
            ip = _IPV4(0x45, 0, length, ip_id, 0x4000, self._ttl, self._protocol, check, self._addresses)
        size = len(self._link) + len(ip) + len(header) + len(payload)
        padding = b""
        if size < _ETHERNET_MINIMUM:
            padding = bytes(_ETHERNET_MINIMUM - size)
            size = _ETHERNET_MINIMUM
        seconds, microseconds = divmod(ts, 1_000_000)
        return b"".join(
            (_RECORD(seconds, microseconds, size, size), self._link, ip, header, payload, padding)
        )


def other_frame(ts: int, frame: bytes) -> bytes:
    """A record with a whole frame that somebody else built."""
    frame = frame.ljust(_ETHERNET_MINIMUM, b"\0")
    seconds, microseconds = divmod(ts, 1_000_000)
    return _RECORD(seconds, microseconds, len(frame), len(frame)) + frame


def _sum(payload: bytes) -> int:
    value = int.from_bytes(payload, "big") % 65535
    return value << 8 if len(payload) & 1 else value


def _checksum(total: int) -> int:
    """The complement of a ones' complement sum that is not zero (RFC 1071)."""
    rest = total % 65535
    return 65535 - rest if rest else 0
