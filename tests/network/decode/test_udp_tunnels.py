"""Tunnels in UDP: the segments inside, either way round, and what is no tunnel."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.decode.test_tunnels import IN_ETHERNET, INNER4, INNER6, OUTER, SEEN4, SEEN6
from tests.network.decode.test_wireless import DATA_TO_AP, QOS_FROM_AP, SNAP4
from tests.network.frames import BRIDGED, IPV4, IPV6, UDP_NUMBER, VLAN, ethernet, ip4, ip6, mpls, udp, vlan
from tests.network.seen import Seen, decoded, values
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.udp_tunnels import (
    DESTINATION_PORTS,
    EITHER_PORTS,
    CapwapFragment,
    capwap,
    udp_payload,
)

PAYLOAD = SEEN4.payload
VNI = b"\x00\x00\x2a\x00"


def in_udp(payload: bytes, dport: int, sport: int = 50000) -> bytes:
    """A frame with a UDP datagram between the ends of a tunnel."""
    return ethernet(ip4(udp(payload, dport, sport=sport), protocol=UDP_NUMBER, ends=OUTER))


def _geneve(options: bytes, protocol: int, first: int = 0) -> bytes:
    return struct.pack(">BBH", first | len(options) // 4, 0, protocol) + VNI + options


def _gtp(payload: bytes, first: int = 0x30, more: bytes = b"") -> bytes:
    return struct.pack(">BBHI", first, 0xFF, len(more + payload), 42) + more + payload


def _capwap(payload: bytes, flags: int, *, binding: int = 1, more: bytes = bytes(4), size: int = 2) -> bytes:
    return bytes([0, size << 3, binding << 1 | flags >> 8, flags & 0xFF]) + more + payload


def _swapped(frame: bytes) -> bytes:
    return frame[1::-1] + frame[2:]


TZSP_TAGS = b"\x0a\x01\x80\x00\x00\x0d\x04\0\0\0\0\x01"
IN_802_11 = DATA_TO_AP + SNAP4 + INNER4
NATIVE, FRAGMENT, LAST, KEEP_ALIVE = 0x100, 0x80, 0x40, 0x08

CARRIED = [
    pytest.param(in_udp(b"\x08\0\0\0" + VNI + IN_ETHERNET, 4789), SEEN4, id="VXLAN"),
    pytest.param(in_udp(b"\x08\0\0\0" + VNI + IN_ETHERNET, 8472), SEEN4, id="VXLAN on Linux's old port"),
    pytest.param(in_udp(b"\x88\0\0\x07" + VNI + IN_ETHERNET, 4789), SEEN4, id="VXLAN with group policy"),
    pytest.param(
        in_udp(b"\x08\0\0\0" + VNI + ethernet(vlan(INNER6, IPV6), VLAN), 4789), SEEN6, id="VXLAN, VLAN"
    ),
    pytest.param(
        ethernet(ip6(udp(b"\x08\0\0\0" + VNI + IN_ETHERNET, 4789), protocol=UDP_NUMBER), IPV6),
        SEEN4,
        id="VXLAN in IPv6",
    ),
    pytest.param(in_udp(b"\x0c\0\0\x01" + VNI + INNER4, 4790), SEEN4, id="VXLAN-GPE of IPv4"),
    pytest.param(in_udp(b"\x0c\0\0\x02" + VNI + INNER6, 4790), SEEN6, id="VXLAN-GPE of IPv6"),
    pytest.param(in_udp(b"\x0c\0\0\x03" + VNI + IN_ETHERNET, 4790), SEEN4, id="VXLAN-GPE of Ethernet"),
    pytest.param(in_udp(b"\x0c\0\0\x05" + VNI + mpls(INNER4, 9), 4790), SEEN4, id="VXLAN-GPE of MPLS"),
    pytest.param(in_udp(b"\x08\0\0\0" + VNI + IN_ETHERNET, 4790), SEEN4, id="VXLAN on the port of VXLAN-GPE"),
    pytest.param(in_udp(_geneve(b"", BRIDGED) + IN_ETHERNET, 6081), SEEN4, id="Geneve"),
    pytest.param(in_udp(_geneve(bytes(12), BRIDGED) + IN_ETHERNET, 6081), SEEN4, id="Geneve with options"),
    pytest.param(in_udp(_geneve(bytes(252), IPV6) + INNER6, 6081), SEEN6, id="Geneve with all options, IPv6"),
    pytest.param(in_udp(_geneve(b"", IPV4) + INNER4, 6081), SEEN4, id="Geneve of IPv4"),
    pytest.param(
        in_udp(b"\x0c\0\0\x04" + VNI + b"\x00\x02\x02\x03" + bytes(4) + IN_ETHERNET, 4790),
        SEEN4,
        id="VXLAN-GPE of NSH",
    ),
    pytest.param(in_udp(_gtp(INNER4), 2152), SEEN4, id="GTP-U"),
    pytest.param(in_udp(_gtp(INNER6), 2152, 2152), SEEN6, id="GTP-U, IPv6"),
    pytest.param(in_udp(_gtp(INNER4, 0x32, b"\0\x01\0\0"), 2152), SEEN4, id="GTP-U, numbered"),
    pytest.param(
        in_udp(_gtp(INNER4, 0x34, b"\0\0\0\x85\x01\0\x09\x20\x02\0\0\0\0\0\0\0"), 2152),
        SEEN4,
        id="GTP-U, two extensions",
    ),
    pytest.param(in_udp(b"\x01\0\0\x01\x01" + IN_ETHERNET, 37008), SEEN4, id="TZSP"),
    pytest.param(in_udp(b"\x01\x01\0\x01" + TZSP_TAGS + IN_ETHERNET, 37008), SEEN4, id="TZSP, tags"),
    pytest.param(in_udp(b"\x01\0\0\x12" + TZSP_TAGS + IN_802_11, 37008), SEEN4, id="TZSP of 802.11"),
    pytest.param(in_udp(b"\0\x02\0\x07\0\x01\xff\x03\0\x21" + INNER4, 1701, 1701), SEEN4, id="L2TP"),
    pytest.param(
        in_udp(b"\x4a\x02\0\x6a\0\x07\0\x01\0\0\0\0\0\x02\0\0\x00\x57" + INNER6, 50000, 1701),
        SEEN6,
        id="L2TP, length, numbers and offset, from the server",
    ),
    pytest.param(in_udp(b"\0\x03\0\0\0\0\0\x09" + IN_ETHERNET, 1701), SEEN4, id="L2TP 3 over UDP"),
    pytest.param(in_udp(INNER6, 3544), SEEN6, id="Teredo"),
    pytest.param(in_udp(bytes(8) + INNER6, 50000, 3544), SEEN6, id="Teredo, origin, from the server"),
    pytest.param(
        in_udp(b"\0\x01\x02\x03" + bytes(14) + bytes(8) + INNER6, 3544),
        SEEN6,
        id="Teredo, authentication and origin",
    ),
    pytest.param(in_udp(bytes(8) + INNER4, 4341), SEEN4, id="LISP"),
    pytest.param(in_udp(mpls(INNER6, 7), 6635), SEEN6, id="MPLS in UDP"),
    pytest.param(in_udp(_capwap(IN_802_11, NATIVE), 5247), SEEN4, id="CAPWAP of 802.11"),
    pytest.param(
        in_udp(_capwap(QOS_FROM_AP + SNAP4 + INNER4, NATIVE, size=4, more=bytes(12)), 50000, 5247),
        SEEN4,
        id="CAPWAP of 802.11 with radio address, from the controller",
    ),
    pytest.param(
        in_udp(_capwap(_swapped(IN_802_11), NATIVE), 5247), SEEN4, id="CAPWAP, frame control swapped"
    ),
    pytest.param(in_udp(_capwap(IN_ETHERNET, 0), 5247), SEEN4, id="CAPWAP of 802.3"),
]


@pytest.mark.parametrize(("frame", "expected"), CARRIED)
def test_finds_the_segment_inside(frame: bytes, expected: Seen) -> None:
    assert decoded(frame) == expected
    assert decoded(frame + b"trailing bytes of the frame") == expected


@pytest.mark.parametrize(("frame", "expected"), CARRIED)
def test_cut_at_every_byte(frame: bytes, expected: Seen) -> None:
    for size in range(len(frame)):
        missing = len(frame) - size
        seen = decoded(frame[:size], missing=missing)
        if isinstance(seen, Seen):
            assert missing <= len(PAYLOAD)
            assert seen == expected._replace(payload=PAYLOAD[: len(PAYLOAD) - missing], missing=missing)
        else:
            assert missing > len(PAYLOAD)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(in_udp(b"\x00\0\0\0" + VNI + IN_ETHERNET, 4789), id="VXLAN without network"),
        pytest.param(in_udp(b"\x08\0\0\0" + VNI + IN_ETHERNET, 4788), id="another port"),
        pytest.param(in_udp(b"\x08\0\0\0" + VNI[:3], 4789), id="VXLAN, cut"),
        pytest.param(in_udp(_geneve(b"", BRIDGED, 0x40) + IN_ETHERNET, 6081), id="Geneve version 1"),
        pytest.param(in_udp(_geneve(b"", 0x0806) + IN_ETHERNET, 6081), id="Geneve of ARP"),
        pytest.param(in_udp(b"\x3f\0\x65\x58" + VNI, 6081), id="Geneve, options cut"),
        pytest.param(in_udp(b"a question", 53), id="DNS"),
        pytest.param(in_udp(_gtp(INNER4), 2153), id="GTP-U, another port"),
        pytest.param(in_udp(_gtp(INNER4), 50000, 2152), id="GTP-U, from its port only"),
        pytest.param(in_udp(_gtp(INNER4, 0x20), 2152), id="GTP'"),
        pytest.param(in_udp(_gtp(INNER4, 0x50), 2152), id="GTP version 2"),
        pytest.param(in_udp(b"\x30\x01" + bytes(60), 2152), id="GTP-U, echo request"),
        pytest.param(in_udp(_gtp(b"\x99" * 40), 2152), id="GTP-U of something else"),
        pytest.param(in_udp(_gtp(bytes(40), 0x34, b"\0\0\0\x85"), 2152), id="GTP-U, extension of length 0"),
        pytest.param(in_udp(_gtp(b"", 0x34, b"\0\0\0\x85\xff"), 2152), id="GTP-U, extension cut"),
        pytest.param(in_udp(b"\x01\x04\0\0", 37008), id="TZSP keep-alive"),
        pytest.param(in_udp(b"\x02\0\0\x01\x01" + IN_ETHERNET, 37008), id="TZSP version 2"),
        pytest.param(in_udp(b"\x01\0\0\x63\x01" + IN_ETHERNET, 37008), id="TZSP of something else"),
        pytest.param(in_udp(b"\x01\0\0\x01" + bytes(60), 37008), id="TZSP without end"),
        pytest.param(in_udp(b"\xc8\x02\0\x0c" + bytes(30), 1701), id="L2TP control message"),
        pytest.param(in_udp(b"\0\x01" + bytes(30), 1701), id="L2F"),
        pytest.param(in_udp(b"\0\x02\0\x07\0\x01", 1701), id="L2TP of nothing"),
        pytest.param(in_udp(INNER4, 3544), id="Teredo of IPv4"),
        pytest.param(in_udp(b"\0\x01\xff\xff", 3544), id="Teredo, authentication cut"),
        pytest.param(in_udp(b"\x01\0\0\0" + IN_ETHERNET, 5247), id="CAPWAP in DTLS"),
        pytest.param(in_udp(_capwap(bytes(30), KEEP_ALIVE), 5247), id="CAPWAP keep-alive"),
        pytest.param(in_udp(_capwap(IN_802_11, NATIVE, binding=0), 5247), id="CAPWAP of an unknown radio"),
        pytest.param(in_udp(_capwap(IN_ETHERNET, 0), 5246), id="CAPWAP's control port"),
        pytest.param(in_udp(_capwap(b"", 0), 5247), id="CAPWAP of nothing"),
    ],
)  # fmt: skip
def test_what_is_no_tunnel(frame: bytes) -> None:
    assert decoded(frame) == "not TCP"


def test_capwap_fragments_are_put_together() -> None:
    pieces = [
        in_udp(_capwap(IN_802_11[:24], NATIVE | FRAGMENT, more=b"\0\x05\0\0"), 5247),
        in_udp(_capwap(IN_802_11[24:], NATIVE | FRAGMENT | LAST, more=b"\0\x05\0\x18"), 5247),
    ]
    for order in (pieces, pieces[::-1]):
        decoder = Decoder()
        seen = [values(decoder.decode(1, frame, 0, len(frame), 0, 0)) for frame in order]
        assert seen == ["fragment of an IP datagram", SEEN4]
    other = in_udp(_capwap(IN_802_11[24:], NATIVE | FRAGMENT | LAST, more=b"\0\x06\0\x18"), 5247)
    decoder = Decoder()
    seen = [values(decoder.decode(1, frame, 0, len(frame), 0, 0)) for frame in (pieces[0], other)]
    assert seen == ["fragment of an IP datagram"] * 2


def test_a_capwap_fragment_by_its_fields() -> None:
    data = _capwap(b"12345678", FRAGMENT | LAST, more=b"\x12\x34\x00\x47")
    assert capwap(data, 0, len(data)) == CapwapFragment(b"\x12\x34", 0x40, False, 8, -1001)


PORTS = sorted(DESTINATION_PORTS | EITHER_PORTS)


@given(st.sampled_from(PORTS), st.booleans(), st.binary(max_size=60))
def test_offsets_stay_inside(port: int, answers: bool, payload: bytes) -> None:
    data = b"\xff" * 3 + payload
    offset, ethertype = udp_payload(*((port, 9) if answers else (9, port)), data, 3, len(data))
    assert ethertype in (0, BRIDGED, 0x8847) or 3 <= offset <= len(data)


@pytest.mark.parametrize("rounds", [3000, pytest.param(300_000, marks=pytest.mark.long)])
def test_changed_frames_never_raise(seeded: random.Random, rounds: int) -> None:
    decoder = Decoder()
    frames = [param.values[0] for param in CARRIED]
    for _ in range(rounds):
        changed = bytearray(seeded.choice(frames))  # type: ignore[call-overload]
        for _ in range(seeded.randrange(1, 6)):
            changed[seeded.randrange(14, min(len(changed), 90))] = seeded.randrange(256)
        end = seeded.randrange(len(changed) + 1)
        assert decoder.decode(1, bytes(changed), 0, end, 0, 0) is not None
