"""Tags of switches and fabrics: the segment behind them, and what is not behind them."""

from __future__ import annotations

import random

import pytest

from tests.network.decode.test_tunnels import IN_ETHERNET, INNER4, INNER6, SEEN4, SEEN6
from tests.network.frames import MAC, VLAN, ethernet, mpls, vlan
from tests.network.seen import Seen, decoded
from tlseku.network.decode.ether_tags import ETHER_TAGS, strip_tag

PAYLOAD = SEEN4.payload
METADATA = b"\x01\x01\x00\x01\x00\x0a"
SCI = bytes.fromhex("020000000001 0001")

CARRIED = [
    pytest.param(ethernet(METADATA + b"\x08\x00" + INNER4, 0x8909), SEEN4, id="Cisco MetaData"),
    pytest.param(
        ethernet(METADATA + b"\x81\x00" + vlan(INNER6, 0x86DD), 0x8909), SEEN6, id="Cisco MetaData, VLAN"
    ),
    pytest.param(ethernet(b"\0\0\0\x14\x08\x00" + INNER4, 0x8926), SEEN4, id="VN-Tag"),
    pytest.param(ethernet(b"\0\0\0\x14\x81\x00" + vlan(INNER4), 0x8926), SEEN4, id="VN-Tag, VLAN"),
    pytest.param(ethernet(b"\0\0\0\x01\0\0\x86\xdd" + INNER6, 0x893F), SEEN6, id="E-tag"),
    pytest.param(ethernet(b"\0\0\0\x01\0\0\x81\x00" + vlan(INNER4), 0x893F), SEEN4, id="E-tag, VLAN"),
    pytest.param(
        ethernet(b"\0\0\0\x01\0\0\x00\x30\xaa\xaa\x03\0\0\0\x08\x00" + INNER4, 0x893F), SEEN4, id="E-tag, LLC"
    ),
    pytest.param(ethernet(b"\x04\x20" + IN_ETHERNET + bytes(4), 0x8903), SEEN4, id="FabricPath"),
    pytest.param(
        ethernet(b"\x04\x20" + ethernet(vlan(INNER4), VLAN) + bytes(4), 0x8903), SEEN4, id="FabricPath, VLAN"
    ),
    pytest.param(ethernet(b"\x00\x3f\0\x01\0\x02" + IN_ETHERNET, 0x22F3), SEEN4, id="TRILL"),
    pytest.param(
        ethernet(b"\x00\x7f\0\x01\0\x02" + bytes(4) + IN_ETHERNET, 0x22F3), SEEN4, id="TRILL, option"
    ),
    pytest.param(ethernet(b"\0\0\0\x2a" + IN_ETHERNET, 0x88E7), SEEN4, id="PBB"),
    pytest.param(ethernet(vlan(b"\0\0\0\x2a" + IN_ETHERNET, 0x88E7), 0x88A8), SEEN4, id="PBB with B-tag"),
    pytest.param(
        ethernet(b"\x20\0\0\0\0\x01" + SCI + b"\x08\x00" + INNER4 + bytes(16), 0x88E5),
        SEEN4,
        id="MACsec, SCI",
    ),
    pytest.param(
        ethernet(b"\x00\0\0\0\0\x01" + b"\x81\x00" + vlan(INNER4) + bytes(16), 0x88E5), SEEN4, id="MACsec"
    ),
    pytest.param(ethernet(b"\x00\x34\0\x01\x08\x00" + INNER4, 0x892F), SEEN4, id="HSR"),
    pytest.param(ethernet(b"\xaa\xaa\x03\0\0\0\x08\x00" + INNER4, 0x8870), SEEN4, id="jumbo LLC"),
    pytest.param(ethernet(b"\x0f\xc2\x02\x01" + bytes(4) + INNER4, 0x894F), SEEN4, id="NSH of IPv4"),
    pytest.param(ethernet(b"\x0f\xc6\x01\x02" + bytes(20) + INNER6, 0x894F), SEEN6, id="NSH type 1 of IPv6"),
    pytest.param(ethernet(b"\x0f\xc2\x02\x03" + bytes(4) + IN_ETHERNET, 0x894F), SEEN4, id="NSH of Ethernet"),
    pytest.param(ethernet(b"\x0f\xc2\x02\x05" + bytes(4) + mpls(INNER4, 3), 0x894F), SEEN4, id="NSH of MPLS"),
    pytest.param(
        ethernet(b"\x0f\xc2\x02\x04" + bytes(4) + b"\x0f\xc2\x02\x01" + bytes(4) + INNER4, 0x894F),
        SEEN4,
        id="NSH in NSH",
    ),
]


@pytest.mark.parametrize(("frame", "expected"), CARRIED)
def test_finds_the_segment_behind(frame: bytes, expected: Seen) -> None:
    assert decoded(frame) == expected
    assert decoded(frame + b"trailing bytes of the frame") == expected


@pytest.mark.parametrize(("frame", "expected"), CARRIED)
def test_cut_at_every_byte(frame: bytes, expected: Seen) -> None:
    whole = frame.index(PAYLOAD) + len(PAYLOAD)
    for size in range(len(frame)):
        seen = decoded(frame[:size], missing=len(frame) - size)
        missing = max(0, whole - size)
        if isinstance(seen, Seen):
            assert seen == expected._replace(payload=PAYLOAD[: len(PAYLOAD) - missing], missing=missing)
        else:
            assert missing > len(PAYLOAD)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ethernet(b"\x08\0\0\0\0\x01" + bytes(60), 0x88E5), "EtherType 0x88e5 (MACsec)"),
        (ethernet(b"\x2c\0\0\0\0\x01" + bytes(60), 0x88E5), "EtherType 0x88e5 (MACsec)"),
        (ethernet(b"\x80\0\0\0\0\x01" + bytes(60), 0x88E5), "EtherType 0x88e5 (MACsec)"),
        (ethernet(b"\0\0\0\x14\x88\x8e" + bytes(40), 0x8926), "EAPOL"),
        (ethernet(METADATA + b"\x08\x06" + bytes(40), 0x8909), "not IP"),
        (ethernet(b"\x0f\xc1\x02\x01" + bytes(40), 0x894F), "EtherType 0x894f"),
        (ethernet(b"\x0f\xc2\x02\x07" + bytes(40), 0x894F), "EtherType 0x894f"),
        (MAC + b"\x89\x3f\0\0", "headers cut by the snaplen"),
        (MAC + b"\x89\x03", "headers cut by the snaplen"),
        (ethernet(b"\x01\xff\0\x01" + bytes(60), 0x8909), "headers cut by the snaplen"),
    ],
)
def test_says_why_there_is_none(frame: bytes, reason: str) -> None:
    assert decoded(frame) == reason


def test_tags_without_end_are_bounded() -> None:
    assert decoded(ethernet(b"\0\0\0\x14\x89\x26" * 30, 0x8926)) == "too many layers of encapsulation"


@pytest.mark.parametrize("rounds", [2000, pytest.param(200_000, marks=pytest.mark.long)])
def test_any_bytes(seeded: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        data = seeded.randbytes(seeded.randrange(40))
        at, ethertype = strip_tag(seeded.choice(sorted(ETHER_TAGS)), data, 0, len(data))
        assert at >= 0
        assert ethertype >= -1
