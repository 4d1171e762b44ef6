from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import IPV4, IPV6, MAC, ethernet, ip4, ip6, tcp
from tests.network.seen import Seen, decoded
from tlseku.network.decode import link

DATAGRAMS = {
    IPV4: (ip4(tcp()), Seen(("10.1.0.1", 40000), ("10.2.0.2", 443), 1000, 2000, 0x18, tcp()[20:], 0)),
    IPV6: (ip6(tcp()), Seen(("2001:db8::1", 40000), ("2001:db8::2", 443), 1000, 2000, 0x18, tcp()[20:], 0)),
}


def _type(ethertype: int) -> bytes:
    return struct.pack(">H", ethertype)


def _pktap(dlt: int, length: int = 108) -> bytes:
    return struct.pack("<III", length, 1, dlt) + bytes(length - 12)


def _headers(ethertype: int) -> list[tuple[str, int, bytes]]:
    """Every link header that may stand before an IP packet: name, LINKTYPE_ number, bytes."""
    snap = b"\xaa\xaa\x03\x00\x00\x00" + _type(ethertype)
    ppp = b"\x00\x21" if ethertype == IPV4 else b"\x00\x57"
    families = (2,) if ethertype == IPV4 else (10, 23, 24, 26, 28, 30)
    is_ip4 = ethertype == IPV4
    return [
        ("ethernet", 1, MAC + _type(ethertype)),
        ("802.1Q", 1, MAC + b"\x81\x00\x00\x64" + _type(ethertype)),
        ("802.1ad", 1, MAC + b"\x88\xa8\x00\x64\x81\x00\x00\xc8" + _type(ethertype)),
        ("QinQ with 0x9100", 1, MAC + b"\x91\x00\x00\x64\x81\x00\x00\xc8" + _type(ethertype)),
        ("three tags", 1, MAC + b"\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03" + _type(ethertype)),
        ("802.3 SNAP", 1, MAC + b"\x00\x64" + snap),
        ("802.3 with length 0", 1, MAC + b"\x00\x00" + snap),
        ("802.1Q 802.3 SNAP", 1, MAC + b"\x81\x00\x00\x64\x05\xdc" + snap),
        ("SLL", 113, b"\x00\x04\x00\x01\x00\x06" + bytes(8) + _type(ethertype)),
        ("SLL 802.2", 113, b"\x00\x04\x00\x01\x00\x06" + bytes(8) + b"\x00\x04" + snap),
        ("SLL VLAN", 113, b"\x00" * 14 + b"\x81\x00\x00\x64" + _type(ethertype)),
        ("SLL2", 276, _type(ethertype) + bytes(18)),
        ("SLL2 802.2", 276, b"\x00\x04" + bytes(18) + snap),
        *[(f"NULL {family} little-endian", 0, struct.pack("<I", family)) for family in families],
        *[(f"NULL {family} big-endian", 0, struct.pack(">I", family)) for family in families],
        *[(f"LOOP {family}", 108, struct.pack(">I", family)) for family in families],
        ("RAW", 101, b""),
        ("RAW BSD", 12, b""),
        ("RAW OpenBSD", 14, b""),
        ("IPV4" if is_ip4 else "IPV6", 228 if is_ip4 else 229, b""),
        ("PPP", 9, b"\xff\x03" + ppp),
        ("PPP without address and control", 9, ppp),
        ("PPP, protocol compressed", 9, ppp[1:]),
        ("PPP HDLC", 50, b"\xff\x03" + ppp),
        ("PPP HDLC, protocol compressed", 50, b"\xff\x03" + ppp[1:]),
        ("Cisco HDLC as PPP HDLC, unicast", 50, b"\x0f\x00" + _type(ethertype)),
        ("Cisco HDLC as PPP, multicast", 9, b"\x8f\x00" + _type(ethertype)),
        ("PPP pppd, in", 166, b"\x00\x03" + ppp),
        ("PPP pppd, out", 166, b"\x01\x03" + ppp),
        ("PPP pppd without control", 166, b"\x01" + ppp),
        ("PPP with direction", 204, b"\x00\xff\x03" + ppp),
        ("PPPoE", 51, b"\x11\x00\x00\x01\x01\x00" + ppp),
        ("Ethernet PPPoE", 1, MAC + b"\x88\x64\x11\x00\x00\x01\x01\x00" + ppp),
        ("Cisco HDLC", 104, b"\x0f\x00" + _type(ethertype)),
        ("Cisco HDLC with direction", 205, b"\x01\x0f\x00" + _type(ethertype)),
        ("MPLS", 219, b"\x00\x01\x01\x40"),
        ("PKTAP of Ethernet", 258, _pktap(1) + MAC + _type(ethertype)),
        ("PKTAP of RAW", 258, _pktap(12)),
        ("PKTAP of NULL, old number", 149, _pktap(0, 156) + struct.pack("<I", families[-1])),
    ]


SAMPLES = [
    pytest.param(linktype, header, ethertype, id=f"{name}, IPv{4 if ethertype == IPV4 else 6}")
    for ethertype in (IPV4, IPV6)
    for name, linktype, header in _headers(ethertype)
]


@pytest.mark.parametrize(("linktype", "header", "ethertype"), SAMPLES)
def test_finds_the_segment(linktype: int, header: bytes, ethertype: int) -> None:
    datagram, expected = DATAGRAMS[ethertype]
    assert decoded(header + datagram, linktype) == expected


@pytest.mark.parametrize(("linktype", "header", "ethertype"), SAMPLES)
def test_padding_is_not_payload(linktype: int, header: bytes, ethertype: int) -> None:
    datagram, expected = DATAGRAMS[ethertype]
    assert decoded(header + datagram + b"padding and a check sequence", linktype) == expected


@pytest.mark.parametrize(("linktype", "header", "ethertype"), SAMPLES)
def test_cut_at_every_byte(linktype: int, header: bytes, ethertype: int) -> None:
    datagram, expected = DATAGRAMS[ethertype]
    frame = header + datagram
    tcp_ends = len(frame) - len(expected.payload)
    for size in range(len(frame)):
        seen = decoded(frame[:size], linktype, missing=len(frame) - size)
        if size < tcp_ends:
            assert seen in ("headers cut by the snaplen", "not IP"), size
        else:
            payload = frame[tcp_ends:size]
            assert seen == expected._replace(payload=payload, missing=len(frame) - size), size


@pytest.mark.parametrize(
    ("linktype", "frame", "reason"),
    [
        pytest.param(1, ethernet(b"\x00\x01" + bytes(40), 0x0806), "not IP", id="ARP"),
        pytest.param(1, ethernet(bytes(46), 0x88CC), "not IP", id="LLDP"),
        pytest.param(1, ethernet(b"\x42\x42\x03" + bytes(43), 38), "not IP", id="spanning tree"),
        pytest.param(1, ethernet(b"\xaa\xaa\x03\x00\x00\x0c\x20\x00" + bytes(40), 48), "not IP", id="CDP"),
        pytest.param(1, ethernet(b"\x11\x09" + bytes(40), 0x8863), "not IP", id="PPPoE discovery"),
        pytest.param(
            1, ethernet(b"\x11\x65\0\1\0\x20" + bytes(40), 0x8864), "not IP", id="PPPoE, not a session"
        ),
        pytest.param(1, ethernet(b"\x21\x00\0\1\0\x20" + bytes(40), 0x8864), "not IP", id="PPPoE version 2"),
        pytest.param(9, b"\xff\x03\xc0\x21" + bytes(20), "not IP", id="PPP LCP"),
        pytest.param(9, b"\xff\x03\x00\x2d" + bytes(40), "not IP", id="PPP, compressed TCP"),
        pytest.param(0, struct.pack("<I", 7) + ip4(tcp()), "not IP", id="NULL of another family"),
        pytest.param(101, b"\x50" + bytes(60), "not IP", id="RAW, version 5"),
        pytest.param(104, b"\x8f\x00\x80\x35" + bytes(40), "not IP", id="Cisco SLARP"),
        pytest.param(113, bytes(14) + b"\x00\x01" + bytes(60), "not IP", id="SLL, Novell"),
        pytest.param(258, _pktap(258) + _pktap(1) + ethernet(ip4(tcp())), "not IP", id="PKTAP in PKTAP"),
        pytest.param(
            258, struct.pack("<III", 11, 1, 1) + bytes(80), "headers cut by the snaplen", id="PKTAP, short"
        ),
        pytest.param(
            258, _pktap(147) + bytes(80), "unknown link type 147 (USER0)", id="PKTAP of something else"
        ),
        pytest.param(147, ethernet(ip4(tcp())), "unknown link type 147 (USER0)", id="user 0"),
        pytest.param(1, ethernet(ip4(tcp()), 0x9000), "not IP", id="unknown EtherType"),
        pytest.param(1, ethernet(ip4(tcp()), 1500), "not IP", id="a length, not an EtherType"),
        pytest.param(1, ethernet(ip6(tcp()), IPV4), "malformed headers", id="IPv6 that calls itself IPv4"),
        pytest.param(1, ethernet(ip4(tcp()), IPV6), "malformed headers", id="IPv4 that calls itself IPv6"),
        pytest.param(1, b"", "headers cut by the snaplen", id="nothing"),
        pytest.param(101, b"", "headers cut by the snaplen", id="nothing, RAW"),
    ],
)
def test_says_why_there_is_none(linktype: int, frame: bytes, reason: str) -> None:
    assert decoded(frame, linktype) == reason


def test_llc_with_ip_as_service_access_point() -> None:
    assert link.llc(b"\x06\x06\x03\x45", 0, 4) == (3, IPV4)


def test_802_3_length_does_not_end_the_frame_early() -> None:
    # A length that is too short changes nothing: the datagram has its own.
    frame = MAC + b"\x00\x08\xaa\xaa\x03\x00\x00\x00\x08\x00" + ip4(tcp())
    assert decoded(frame) == DATAGRAMS[IPV4][1]


@given(st.integers(0, 300), st.binary(max_size=80))
def test_strip_stays_inside_or_says_cut(linktype: int, frame: bytes) -> None:
    data = b"\xff" * 5 + frame
    offset, ethertype = link.strip(linktype, data, 5, len(data))
    assert -2 <= ethertype <= 0xFFFF
    if ethertype > 0:
        assert 5 <= offset <= len(data) or ethertype in (link.ETHERTYPE_PPP, link.ETHERTYPE_PPPOE_SESSION)


def test_random_headers_never_raise(seeded: random.Random) -> None:
    for _ in range(3000):
        linktype = seeded.choice((0, 1, 9, 12, 50, 51, 101, 104, 108, 113, 149, 166, 204, 205, 219, 258, 276))
        frame = seeded.randbytes(seeded.randrange(40))
        offset, ethertype = link.strip(linktype, frame, 0, len(frame))
        assert offset >= 0
        assert ethertype >= -2
