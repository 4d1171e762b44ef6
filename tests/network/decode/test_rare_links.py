"""Rare link layers: the segment behind each header, cut anywhere, and what is something else."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.decode.test_tunnels import IN_ETHERNET, INNER4, INNER6, SEEN4, SEEN6
from tests.network.decode.test_wireless import DATA_TO_AP, SNAP4, SNAP6
from tests.network.seen import Seen, decoded
from tlseku.network.decode.link import ETHERTYPE_CUT, ETHERTYPE_UNKNOWN_LINK
from tlseku.network.decode.rare_links import strip_rare

PAYLOAD = SEEN4.payload
IN_802_11 = DATA_TO_AP + SNAP4 + INNER4
CARDS = bytes.fromhex("020000000001 020000000002")
BRIDGED_SNAP = b"\xaa\xaa\x03\x00\x80\xc2\x00\x07"


def _pflog(length: int, family: int) -> bytes:
    header = bytes([length, family, 0, 0]) + b"em0".ljust(16, b"\0")
    return header.ljust((length + 3) // 4 * 4, b"\0")


def _nflog(payload: bytes, order: str, family: int = 2) -> bytes:
    """A prefix, a mark of the packet and the packet, as the kernel writes them."""
    attributes = b""
    for kind, value in ((10, b"\0"), (1, b"\x08\x00\x01\x00"), (9, payload)):
        attributes += struct.pack(order + "HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)
    return bytes([family, 0]) + b"\0\x05" + attributes


def _erf(kind: int, payload: bytes, extensions: bytes = b"") -> bytes:
    head = bytes(8) + bytes([kind | (0x80 if extensions else 0), 4])
    return head + struct.pack(">HHH", 16 + len(extensions + payload), 0, len(payload)) + extensions + payload


def _prism(order: str, length: int = 144) -> bytes:
    return struct.pack(order + "II", 0x44, length) + bytes(length - 8)


AVS = struct.pack(">II", 0x80211001, 64) + bytes(56)
RADIOTAP = bytes.fromhex("00000f002a08000010026c09c00001")

FOUND = [
    pytest.param(6, b"\x10\x40" + CARDS + SNAP4 + INNER4, SEEN4, id="Token Ring"),
    pytest.param(
        6, b"\x10\x40" + CARDS[:6] + b"\x82" + CARDS[7:] + b"\x06\x30\0\x11\0\x20" + SNAP6 + INNER6, SEEN6,
        id="Token Ring, source route",
    ),
    pytest.param(8, b"\0\x45" + bytes(14) + INNER4, SEEN4, id="SLIP"),
    pytest.param(10, b"\x50" + CARDS + SNAP4 + INNER4, SEEN4, id="FDDI"),
    pytest.param(15, bytes(24) + INNER6, SEEN6, id="SLIP, BSD/OS"),
    pytest.param(99, bytes(6) + b"\x08\x00" + bytes(36) + INNER4, SEEN4, id="Symantec Firewall 2"),
    pytest.param(99, bytes(10) + b"\x86\xdd" + bytes(44) + INNER6, SEEN6, id="Symantec Firewall 3"),
    pytest.param(143, b"\0\0" + struct.pack(">H", len(IN_ETHERNET)) + b"\0\0" + IN_ETHERNET, SEEN4, id="DOCSIS"),
    pytest.param(143, b"\x01\x03" + struct.pack(">H", 3 + len(IN_ETHERNET)) + b"\x30\x01\0\0\0" + IN_ETHERNET, SEEN4, id="DOCSIS, extended header"),
    pytest.param(226, b"\x01\x02\0\0" + struct.pack(">I", len(INNER4)) + bytes(16) + INNER4, SEEN4, id="Solaris IPnet"),
    pytest.param(281, CARDS + b"\x20\0\0\x01\x08\x00" + INNER4, SEEN4, id="Broadcom tag"),
    pytest.param(282, b"\x20\0\0\x01" + IN_ETHERNET, SEEN4, id="Broadcom tag in front"),
    pytest.param(284, CARDS + b"\x40\0\0\x01\x86\xdd" + INNER6, SEEN6, id="Marvell DSA"),
    pytest.param(285, CARDS + b"\xda\xda\0\0\x40\0\0\x01\x08\x00" + INNER4, SEEN4, id="Marvell EDSA"),
    pytest.param(16, bytes(24) + b"\xff\x03\x00\x21" + INNER4, SEEN4, id="PPP, BSD/OS"),
    pytest.param(100, SNAP4 + INNER4, SEEN4, id="ATM"),
    pytest.param(100, BRIDGED_SNAP + b"\0\0" + IN_ETHERNET, SEEN4, id="ATM, bridged"),
    pytest.param(106, SNAP6 + INNER6, SEEN6, id="classical IP over ATM"),
    pytest.param(106, INNER4, SEEN4, id="classical IP over ATM, bare"),
    pytest.param(107, b"\x18\x41\x03\xcc" + INNER4, SEEN4, id="Frame Relay, IPv4"),
    pytest.param(107, b"\x18\x41\x03\x8e" + INNER6, SEEN6, id="Frame Relay, IPv6"),
    pytest.param(107, b"\x18\x41\x03\x00\x80\0\0\0\x08\x00" + INNER4, SEEN4, id="Frame Relay, SNAP"),
    pytest.param(107, b"\x18\x41\x03\x00\x80\0\x80\xc2\0\x07" + IN_ETHERNET, SEEN4, id="Frame Relay, bridged"),
    pytest.param(107, b"\x18\x41\x08\x00" + INNER4, SEEN4, id="Frame Relay, Cisco"),
    pytest.param(107, b"\x18\x40\x00\x41\x86\xdd" + INNER6, SEEN6, id="Frame Relay, long address, Cisco"),
    pytest.param(109, b"\x02\0\0\0" + bytes(8) + INNER4, SEEN4, id="ENC"),
    pytest.param(109, b"\0\0\0\x18" + bytes(8) + INNER6, SEEN6, id="ENC, IPv6"),
    pytest.param(117, _pflog(61, 2) + INNER4, SEEN4, id="PF log"),
    pytest.param(117, _pflog(48, 24) + INNER6, SEEN6, id="PF log, old, IPv6"),
    pytest.param(117, _pflog(100, 2) + INNER4, SEEN4, id="PF log, new"),
    pytest.param(119, _prism("<") + IN_802_11, SEEN4, id="Prism"),
    pytest.param(119, _prism(">") + IN_802_11, SEEN4, id="Prism, big-endian"),
    pytest.param(119, AVS + IN_802_11, SEEN4, id="AVS as Prism"),
    pytest.param(122, bytes(16) + SNAP4 + INNER4, SEEN4, id="IP over Fibre Channel"),
    pytest.param(123, b"\x02\x00\x00\x20" + SNAP4 + INNER4, SEEN4, id="SunATM"),
    pytest.param(123, b"\x81\x00\x00\x20\0\x01" + IN_ETHERNET, SEEN4, id="SunATM, LAN emulation"),
    pytest.param(127, RADIOTAP + IN_802_11 + bytes(4), SEEN4, id="radiotap"),
    pytest.param(138, bytes(16) + b"\x08\x00" + INNER4, SEEN4, id="IEEE 1394"),
    pytest.param(163, AVS + IN_802_11, SEEN4, id="AVS"),
    pytest.param(178, b"MGC\x81\0\0" + IN_ETHERNET, SEEN4, id="Juniper Ethernet"),
    pytest.param(178, b"MGC\x80\0\x06\x01\x01\x02\x02\x01\x03" + IN_ETHERNET, SEEN4, id="Juniper, extensions"),
    pytest.param(178, b"MGC\x01" + IN_ETHERNET, SEEN4, id="Juniper, no extensions"),
    pytest.param(178, b"MGC\x83\0\0\x02\0\0\0" + INNER4, SEEN4, id="Juniper, no link layer"),
    pytest.param(179, b"MGC\x81\0\0\xff\x03\0\x21" + INNER4, SEEN4, id="Juniper PPP"),
    pytest.param(180, b"MGC\x81\0\0\x18\x41\x03\xcc" + INNER4, SEEN4, id="Juniper Frame Relay"),
    pytest.param(181, b"MGC\x81\0\0\x0f\0\x86\xdd" + INNER6, SEEN6, id="Juniper Cisco HDLC"),
    pytest.param(192, b"\0\0\x08\0\x01\0\0\0" + IN_ETHERNET, SEEN4, id="PPI of Ethernet"),
    pytest.param(192, b"\0\0\x20\0\x69\0\0\0" + bytes(24) + IN_802_11, SEEN4, id="PPI of 802.11"),
    pytest.param(192, b"\0\0\x08\0\x0c\0\0\0" + INNER6, SEEN6, id="PPI of IP"),
    pytest.param(192, b"\0\0\x08\0\xef\0\0\0" + _nflog(INNER4, "<"), SEEN4, id="PPI of NFLOG"),
    pytest.param(197, _erf(2, b"\0\0" + IN_ETHERNET), SEEN4, id="ERF"),
    pytest.param(197, _erf(2, b"\0\0" + IN_ETHERNET, b"\x80" + bytes(15)), SEEN4, id="ERF, two extensions"),
    pytest.param(197, _erf(1, b"\xff\x03\0\x21" + INNER4), SEEN4, id="ERF of HDLC"),
    pytest.param(197, _erf(22, INNER4), SEEN4, id="ERF of IPv4"),
    pytest.param(197, _erf(23, INNER6), SEEN6, id="ERF of IPv6"),
    pytest.param(206, b"\x01\x18\x41\x03\xcc" + INNER4, SEEN4, id="Frame Relay with direction"),
    pytest.param(239, _nflog(INNER4, "<"), SEEN4, id="NFLOG"),
    pytest.param(239, _nflog(INNER6, ">", 10), SEEN6, id="NFLOG, big-endian"),
    pytest.param(240, bytes(4) + IN_ETHERNET, SEEN4, id="netANALYZER"),
    pytest.param(241, bytes(4) + b"\x55" * 7 + b"\xd5" + IN_ETHERNET, SEEN4, id="netANALYZER, transparent"),
    pytest.param(242, bytes(40) + b"\x08\x00\0\0" + INNER4, SEEN4, id="IPoIB"),
    pytest.param(242, bytes(20) + b"\x08\x00\0\0" + INNER4, SEEN4, id="IPoIB, address"),
    pytest.param(242, b"\x86\xdd\0\0" + INNER6, SEEN6, id="IPoIB, bare"),
    pytest.param(259, b"\x55\x55\xd5\x55\x55\0\0\x42" + IN_ETHERNET, SEEN4, id="EPON"),
    pytest.param(274, b"\x55" * 7 + b"\xd5" + IN_ETHERNET, SEEN4, id="mPacket"),
]  # fmt: skip


@pytest.mark.parametrize(("linktype", "frame", "expected"), FOUND)
def test_finds_the_segment(linktype: int, frame: bytes, expected: Seen) -> None:
    assert decoded(frame, linktype) == expected


@pytest.mark.parametrize(("linktype", "frame", "expected"), FOUND)
def test_cut_at_every_byte(linktype: int, frame: bytes, expected: Seen) -> None:
    end = frame.index(PAYLOAD) + len(PAYLOAD)
    for size in range(len(frame)):
        seen = decoded(frame[:size], linktype, missing=len(frame) - size)
        if size < end - len(PAYLOAD):
            assert isinstance(seen, str)
        else:
            payload = frame[end - len(PAYLOAD) : min(size, end)]
            assert seen == expected._replace(payload=payload, missing=len(PAYLOAD) - len(payload))


REFUSED = "link layer refused by its decoder"


@pytest.mark.parametrize(
    ("linktype", "frame", "reason"),
    [
        pytest.param(10, b"\x50" + CARDS + b"\x42\x42\x03" + bytes(40), "not IP", id="FDDI, spanning tree"),
        pytest.param(100, b"\xaa\xaa\x03\x00\x80\xc2\x00\x0e" + bytes(60), "not IP", id="ATM, bridged BPDU"),
        pytest.param(143, b"\xc2\0\0\x40" + bytes(60), "not IP", id="DOCSIS, MAC management"),
        pytest.param(107, b"\x00\x01\x03\x08\x00\x75" + bytes(20), "not IP", id="Frame Relay, LMI"),
        pytest.param(107, b"\x00\x00\x00\x00", REFUSED, id="Frame Relay, address without end"),
        pytest.param(107, b"\x18\x41\x03\xcc", "headers cut by the snaplen", id="Frame Relay of nothing"),
        pytest.param(117, b"", REFUSED, id="PF log of nothing"),
        pytest.param(117, _pflog(61, 2), REFUSED, id="PF log without packet"),
        pytest.param(117, _pflog(61, 2) + b"\x99" + bytes(40), "not IP", id="PF log of something else"),
        pytest.param(119, struct.pack("<II", 0x44, 4000) + bytes(60), REFUSED, id="Prism, too long"),
        pytest.param(127, RADIOTAP[:3], REFUSED, id="radiotap, cut"),
        pytest.param(127, b"\0\0\x04\0" + bytes(60), REFUSED, id="radiotap, too short"),
        pytest.param(178, b"MGD\x81\0\0" + IN_ETHERNET, REFUSED, id="Juniper, another magic number"),
        pytest.param(192, b"\0\0\x04\0\x01\0\0\0" + IN_ETHERNET, REFUSED, id="PPI, too short"),
        pytest.param(192, b"\0\0\x08\0\x93\0\0\0" + bytes(60), "unknown link type 147 (USER0)", id="PPI of USER0"),
        pytest.param(197, _erf(21, INNER4), "not IP", id="ERF of InfiniBand"),
        pytest.param(239, _nflog(INNER4, "<")[:12], REFUSED, id="NFLOG without packet"),
        pytest.param(239, b"\x02\0\0\0" + bytes(40), REFUSED, id="NFLOG, attributes of length 0"),
        pytest.param(239, _nflog(b"\x99" * 40, "<"), "not IP", id="NFLOG of something else"),
        pytest.param(242, bytes(40) + b"\x08\x06\0\0" + bytes(30), "not IP", id="IPoIB, ARP"),
        pytest.param(147, bytes(60), "unknown link type 147 (USER0)", id="USER0"),
        pytest.param(9999, bytes(60), "unknown link type 9999", id="a number without a name"),
    ],
)  # fmt: skip
def test_says_why_there_is_none(linktype: int, frame: bytes, reason: str) -> None:
    assert decoded(frame, linktype) == reason


def test_frames_in_frames_are_bounded() -> None:
    assert decoded(b"\0\0\x08\0\xc0\0\0\0" * 40 + IN_ETHERNET, 192) == "too many layers of encapsulation"


def test_other_link_types_are_not_taken() -> None:
    assert strip_rare(1, bytes(60), 0, 60) == (0, ETHERTYPE_UNKNOWN_LINK)


LINKTYPES = sorted({param.values[0] for param in FOUND})  # type: ignore[type-var]


@given(st.sampled_from(LINKTYPES), st.binary(max_size=80))
def test_any_bytes(linktype: int, frame: bytes) -> None:
    at, ethertype = strip_rare(linktype, b"xx" + frame + b"yy", 2, 2 + len(frame))
    assert at >= 2
    assert ethertype != ETHERTYPE_UNKNOWN_LINK
    assert isinstance(decoded(frame, linktype), str | Seen)


@pytest.mark.parametrize("rounds", [4000, pytest.param(400_000, marks=pytest.mark.long)])
def test_changed_frames_never_raise(seeded: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        linktype, frame, _ = seeded.choice(FOUND).values
        changed = bytearray(frame)  # type: ignore[call-overload]
        for _ in range(seeded.randrange(1, 6)):
            changed[seeded.randrange(min(len(changed), 60))] = seeded.randrange(256)
        end = seeded.randrange(len(changed) + 1)
        at, ethertype = strip_rare(linktype, bytes(changed), 0, end)  # type: ignore[arg-type]
        assert ethertype == ETHERTYPE_CUT or at >= 0
        assert isinstance(decoded(bytes(changed[:end]), linktype), str | Seen)  # type: ignore[arg-type]
