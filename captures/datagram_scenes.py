"""The captures of what travels in datagrams: DTLS, CAPWAP and QUIC.

Knows how each is laid out in UDP; must not know how a message is written. The TLS in them is that of recordings under
``handshakes/``, told again (``dtls_retold``) or in part (``quic_written``): no two programs spoke it so.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dtls_retold import Datagram, again, retell
from handshakes import Transcript
from packets import MICROSECOND, MILLISECOND, SECOND, Host, Packet, capture, datagram, noise, number
from quic_written import key_log, written
from scenes import at

DIRECTORY = "datagrams"

_CAPWAP = b"\x01\0\0\0"
_CLIENT = Host("192.0.2.10", captures=True)
_SERVER = Host("198.51.100.20", ttl=57, via="192.0.2.1")
_MTU = 1200

_Layout = Callable[[Transcript], list[Packet]]


@dataclass(frozen=True, slots=True)
class DatagramScene:
    """As ``scenes.Scene``; ``file`` is a name in ``datagrams/``, and with ``secrets`` it is a pcapng that holds a
    Decryption Secrets Block."""

    file: str
    proves: str
    transcript: str
    packets: _Layout
    secrets: bytes = b""

    def content(self, packets: Sequence[Packet]) -> bytes:
        """The file."""
        return _pcapng(packets, self.secrets) if self.secrets else capture(packets)


def _lay_out(
    flights: Sequence[Sequence[Datagram]], moment: str, ports: tuple[int, int], front: bytes = b""
) -> list[Packet]:
    """A packet for each datagram, a flight half a round trip behind the one before it."""
    ts = at(moment)
    packets: list[Packet] = []
    for flight in flights:
        ts += 6 * MILLISECOND
        for sender, payload in flight:
            source, target = (_CLIENT, _SERVER) if sender == "client" else (_SERVER, _CLIENT)
            near, far = ports if sender == "client" else ports[::-1]
            label = f"datagram {moment} {len(packets)}"
            packets.append(
                Packet(ts, datagram(source, target, near, far, front + payload, number(label, 1 << 16)))
            )
            ts += 40 * MICROSECOND
    return packets


def _dtls(moment: str, ports: tuple[int, int], front: bytes = b"", mtu: int = _MTU) -> _Layout:
    def packets(transcript: Transcript) -> list[Packet]:
        return _lay_out(retell(transcript, noise(f"cookie {moment}", 20), mtu), moment, ports, front)

    return packets


def _lossy(transcript: Transcript) -> list[Packet]:
    """Datagrams of the server's flight are not in the capture; a second later it comes again in smaller pieces."""
    moment = "2026-06-02T08:20:00.500000"
    flights = retell(transcript, noise(f"cookie {moment}", 20), 500)
    cut = [each for index, each in enumerate(flights[3]) if index not in (1, 2)]
    before = _lay_out([*flights[:3], cut], moment, (50120, 4433))
    rest = _lay_out([again(flights[3], 300), *flights[4:]], "2026-06-02T08:20:01.600000", (50120, 4433))
    if rest[0].ts - before[-1].ts < SECOND:
        raise ValueError("the flight comes again too soon")
    return [*before, *rest]


def _quic(moment: str) -> _Layout:
    def packets(transcript: Transcript) -> list[Packet]:
        return _lay_out(written(transcript, b"edge.example"), moment, (50443, 443))

    return packets


def _pcapng(packets: Sequence[Packet], secrets: bytes) -> bytes:
    """A pcapng with a Decryption Secrets Block of TLS secrets before the packets."""

    def block(kind: int, body: bytes) -> bytes:
        padded = body.ljust(-(-len(body) // 4) * 4, b"\0")
        size = struct.pack("<I", len(padded) + 12)
        return struct.pack("<I", kind) + size + padded + size

    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    interface = struct.pack("<HHI", 1, 0, 262144)
    blocks = [
        block(0x0A0D0D0A, section),
        block(1, interface),
        block(10, b"KSLT" + struct.pack("<I", len(secrets)) + secrets),
    ]
    for ts, frame in packets:
        time = ts // MICROSECOND
        head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        blocks.append(block(6, head + frame))
    return b"".join(blocks)


DATAGRAM_SCENES: tuple[DatagramScene, ...] = (
    DatagramScene(
        "dtls-mutual.pcap",
        "Mutual DTLS 1.2 with a cookie: both chains, completed.",
        "no-eku",
        _dtls("2026-06-02T08:00:00.100000", (50100, 4433)),
    ),
    DatagramScene(
        "dtls-refused.pcap",
        "DTLS 1.2: the client's leaf is serverAuth only, the server refuses it with alert 43 in clear.",
        "wrong-eku-refused",
        _dtls("2026-06-02T08:10:00.200000", (50110, 4433)),
    ),
    DatagramScene(
        "dtls-lossy.pcap",
        "DTLS 1.2 in datagrams of 500 bytes, two of the server's are missing; the flight comes again in pieces with "
        "other borders, and the client's Certificate in several.",
        "no-eku",
        _lossy,
    ),
    DatagramScene(
        "capwap.pcap",
        "DTLS 1.2 behind CAPWAP's four bytes on UDP 5246 (RFC 5415 section 4.2).",
        "no-eku",
        _dtls("2026-06-02T08:30:00.300000", (50130, 5246), _CAPWAP),
    ),
    DatagramScene(
        "quic.pcap",
        "QUIC 1 without secrets: the hellos are read, everything else is hidden.",
        "no-eku",
        _quic("2026-06-02T08:40:00.400000"),
    ),
    DatagramScene(
        "quic-secrets.pcapng",
        "The same with its secrets in a Decryption Secrets Block: both chains, the request, completed.",
        "no-eku",
        _quic("2026-06-02T08:50:00.500000"),
        key_log(),
    ),
)
"""Every capture of datagrams, in the order of the README."""
