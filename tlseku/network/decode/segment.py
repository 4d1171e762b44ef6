"""One TCP segment, as found in a frame, and the words for frames that hold none.

Knows the fields of RFC 9293 section 3.1 that reassembly needs; must not know how they were found. A key is the bytes as
they lie in the packet and not a tuple of addresses and ports: nothing has to be read to look a connection up.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlseku.registry.addresses import address_text

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
ACK: Final = 0x10


class Segment(NamedTuple):
    """A TCP segment inside ``data``, whose payload is ``data[start:end]``.

    ``key`` holds addresses and ports as they lie in the packet: source address, destination address, source
    port, destination port (12 bytes for IPv4, 36 for IPv6). ``missing`` counts payload bytes that were on the
    wire after ``end`` but were not captured (snaplen).
    """

    key: bytes
    seq: int
    ack: int
    flags: int
    data: bytes
    start: int
    end: int
    missing: int


class Datagram(NamedTuple):
    """What ``data[start:end]`` may hold for a carrier of TLS other than TCP.

    ``kind`` is ``QUIC``, ``DTLS``, ``RADIUS``, ``OPENVPN``, ``IKE``, ``KERBEROS`` or ``EAPOL``. ``key`` is that of a
    ``Segment``; for EAPOL the addresses are those of the link (6 bytes each) and the ports 0. ``missing`` counts bytes
    that were on the wire after ``end`` but were not captured.
    """

    kind: int
    key: bytes
    data: bytes
    start: int
    end: int
    missing: int


# Reasons for a frame without a segment, or with one that cannot be read. Integers, because the hot path compares and
# counts them; above their five bits stands the number of the link type or EtherType that nothing reads, 0 where there
# is none.
NOT_IP = 1
NOT_TCP = 2
TRUNCATED_HEADERS = 3
MALFORMED_HEADERS = 4
FRAGMENT = 5
UNKNOWN_LINK_TYPE = 6
TOO_MANY_LAYERS = 7
DECODER_REFUSED = 8
# Carriers of TLS that are not TCP: what is counted of them was not read.
QUIC = 9
DTLS = 10
RADIUS = 11
OPENVPN = 12
IKE = 13
# A TCP segment of a connection in which no TLS could be found.
PAYLOAD_CUT = 14
KERBEROS = 15
EAPOL = 16
# Of matter only beside DTLS, and never counted: it is no TCP, and nothing is left unread in it.
STUN = 17
OPENVPN_WRAPPED = 18

SKIP_REASONS = {
    NOT_IP: "not IP",
    NOT_TCP: "not TCP",
    TRUNCATED_HEADERS: "headers cut by the snaplen",
    MALFORMED_HEADERS: "malformed headers",
    FRAGMENT: "fragment of an IP datagram",
    UNKNOWN_LINK_TYPE: "unknown link type",
    TOO_MANY_LAYERS: "too many layers of encapsulation",
    DECODER_REFUSED: "link layer refused by its decoder",
    QUIC: "QUIC",
    DTLS: "DTLS",
    RADIUS: "RADIUS",
    OPENVPN: "OpenVPN",
    IKE: "IKE",
    KERBEROS: "Kerberos",
    EAPOL: "EAPOL",
    OPENVPN_WRAPPED: "OpenVPN with tls-crypt",
    PAYLOAD_CUT: "payload cut by the snaplen",
}

_REASON_BITS = 5


def numbered(reason: int, number: int) -> int:
    """A reason together with the link type or EtherType that it is about (16 bits)."""
    return reason | (number & 0xFFFF) << _REASON_BITS


def reason_of(code: int) -> int:
    """The reason in a count's code."""
    return code & 0x1F


def number_of(code: int) -> int:
    """The link type or EtherType in a count's code."""
    return code >> _REASON_BITS


def reversed_key(key: bytes) -> bytes:
    """The key of the opposite direction."""
    half = (len(key) - 4) >> 1
    return key[half : 2 * half] + key[:half] + key[-2:] + key[-4:-2]


def endpoints(key: bytes) -> tuple[tuple[str, int], tuple[str, int]]:
    """The (address, port) pairs of source and destination as text and integers."""
    half = (len(key) - 4) >> 1
    source, destination = address_text(key[:half]), address_text(key[half : 2 * half])
    return (source, int.from_bytes(key[-4:-2], "big")), (destination, int.from_bytes(key[-2:], "big"))


def key_of(source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    """The key for (address, port) pairs given as text and integers. Raises ValueError for bad addresses."""
    from ipaddress import ip_address

    a, b = ip_address(source[0]), ip_address(destination[0])
    if a.version != b.version:
        raise ValueError("source and destination are of different IP versions")
    return a.packed + b.packed + source[1].to_bytes(2, "big") + destination[1].to_bytes(2, "big")
