from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import (
    BRIDGED,
    GRE_NUMBER,
    IPV6,
    MPLS,
    PAYLOAD,
    PPP,
    UDP_NUMBER,
    V6,
    VLAN,
    ethernet,
    gre,
    ip4,
    ip6,
    mpls,
    tcp,
    vlan,
)
from tests.network.seen import Seen, decoded
from tlseku.network.decode import tunnels
from tlseku.network.decode.link import ETHERTYPE_CUT, ETHERTYPE_NONE

OUTER = ("192.0.2.1", "192.0.2.2")
INNER4 = ip4(tcp())
INNER6 = ip6(tcp())
SEEN4 = Seen(("10.1.0.1", 40000), ("10.2.0.2", 443), 1000, 2000, 0x18, PAYLOAD, 0)
SEEN6 = Seen((V6[0], 40000), (V6[1], 443), 1000, 2000, 0x18, PAYLOAD, 0)
IN_ETHERNET = ethernet(INNER4)


def _in4(payload: bytes, protocol: int) -> bytes:
    return ethernet(ip4(payload, protocol=protocol, ends=OUTER))


def _in6(payload: bytes, protocol: int) -> bytes:
    return ethernet(ip6(payload, protocol=protocol, ends=("fd00::1", "fd00::2")), IPV6)


def _gre_fields(flags: int) -> bytes:
    return b"".join(b"\x00\x00\x00\x2a" for bit in (0x8000, 0x2000, 0x1000) if flags & bit)


CARD_0 = bytes.fromhex("001b21aabbcc00de adbeef01".replace(" ", ""))

CARRIED = [
    pytest.param(_in4(INNER4, 4), SEEN4, id="4in4"),
    pytest.param(_in6(INNER4, 4), SEEN4, id="4in6"),
    pytest.param(_in4(INNER6, 41), SEEN6, id="6in4"),
    pytest.param(_in6(INNER6, 41), SEEN6, id="6in6"),
    pytest.param(_in4(ip4(INNER6, protocol=41, ends=OUTER), 4), SEEN6, id="6in4in4"),
    pytest.param(_in4(mpls(INNER4, 5), 137), SEEN4, id="MPLS in IP"),
    pytest.param(_in6(IN_ETHERNET, 143), SEEN4, id="Ethernet in IPv6"),
    *[
        pytest.param(
            _in4(gre(INNER4, flags=flags, rest=_gre_fields(flags)), GRE_NUMBER), SEEN4, id=f"GRE {flags:04x}"
        )
        for flags in (0, 0x8000, 0x2000, 0x1000, 0xA000, 0x9000, 0x3000, 0xB000)
    ],
    pytest.param(_in6(gre(INNER6, IPV6), GRE_NUMBER), SEEN6, id="GRE, IPv6 in IPv6"),
    pytest.param(_in4(gre(IN_ETHERNET, BRIDGED), GRE_NUMBER), SEEN4, id="GRE, bridged"),
    pytest.param(_in4(gre(vlan(INNER4), VLAN), GRE_NUMBER), SEEN4, id="GRE, VLAN tag"),
    pytest.param(_in4(gre(mpls(INNER6, 3), MPLS), GRE_NUMBER), SEEN6, id="GRE, MPLS"),
    pytest.param(
        _in4(gre(b"\xff\x03\x00\x21" + INNER4, PPP, flags=0x3001, rest=bytes(8)), GRE_NUMBER),
        SEEN4,
        id="PPTP",
    ),
    pytest.param(
        _in4(gre(b"\x21" + INNER4, PPP, flags=0x3081, rest=bytes(12)), GRE_NUMBER), SEEN4, id="PPTP with ack"
    ),
    pytest.param(
        _in4(gre(b"\x00\x57" + INNER6, PPP, flags=0x2001, rest=bytes(4)), GRE_NUMBER),
        SEEN6,
        id="PPTP without seq",
    ),
    pytest.param(_in4(gre(IN_ETHERNET, 0x88BE), GRE_NUMBER), SEEN4, id="ERSPAN I"),
    pytest.param(
        _in4(gre(b"\x10\x01" + bytes(6) + IN_ETHERNET, 0x88BE, flags=0x1000, rest=bytes(4)), GRE_NUMBER),
        SEEN4,
        id="ERSPAN II",
    ),
    pytest.param(
        _in4(gre(b"\x20\x01" + bytes(10) + IN_ETHERNET, 0x22EB, flags=0x1000, rest=bytes(4)), GRE_NUMBER),
        SEEN4,
        id="ERSPAN III",
    ),
    pytest.param(
        _in4(gre(b"\x20\x01" + bytes(9) + b"\x01" + bytes(8) + IN_ETHERNET, 0x22EB), GRE_NUMBER),
        SEEN4,
        id="ERSPAN III with subheader",
    ),
    pytest.param(
        _in4(gre(b"\x20\x01" + bytes(8) + b"\x08\x00" + INNER6, 0x22EB), GRE_NUMBER),
        SEEN6,
        id="ERSPAN III of IP",
    ),
    pytest.param(_in4(gre(INNER4, 0x883E), GRE_NUMBER), SEEN4, id="WCCP 1"),
    pytest.param(_in4(gre(bytes(4) + INNER4, 0x883E), GRE_NUMBER), SEEN4, id="WCCP 2"),
    pytest.param(_in4(b"\x30\x00" + IN_ETHERNET, 97), SEEN4, id="Ethernet in IP"),
    pytest.param(_in4(b"\0\0\0\x07" + IN_ETHERNET, 115), SEEN4, id="L2TP 3"),
    pytest.param(_in4(b"\0\0\0\x07" + bytes(8) + IN_ETHERNET, 115), SEEN4, id="L2TP 3, cookie and sublayer"),
    pytest.param(ethernet(mpls(INNER4, 16), 0x8847), SEEN4, id="MPLS"),
    pytest.param(ethernet(mpls(INNER6, 16, 17, 18), 0x8848), SEEN6, id="three MPLS labels, upstream"),
    pytest.param(ethernet(mpls(INNER6, 2), 0x8847), SEEN6, id="MPLS, explicit null"),
    pytest.param(ethernet(mpls(bytes(4) + IN_ETHERNET, 16), 0x8847), SEEN4, id="MPLS, control word"),
    pytest.param(ethernet(mpls(bytes(4) + CARD_0 + b"\x08\x00" + INNER4, 1), 0x8847), SEEN4, id="both"),
    pytest.param(
        ethernet(mpls(CARD_0 + b"\x08\x00" + INNER4, 16), 0x8847),
        SEEN4,
        id="MPLS, no control word, card 00:...",
    ),
    pytest.param(
        ethernet(mpls(b"\xac" + bytes(11) + b"\x86\xdd" + INNER6, 16), 0x8847),
        SEEN6,
        id="MPLS, no word, card ac:...",
    ),
    pytest.param(ethernet(b"\x11\x00\x00\x01\x00\xff\x00\x21" + INNER4, 0x8864), SEEN4, id="PPPoE"),
    pytest.param(
        ethernet(vlan(vlan(b"\x11\x00\x00\x01\x00\xff\x00\x57" + INNER6, 0x8864), VLAN), 0x88A8),
        SEEN6,
        id="PPPoE in QinQ",
    ),
    pytest.param(
        ethernet(b"\x11\x00\x00\x01\x00\xff\x02\x81" + mpls(INNER4, 4), 0x8864), SEEN4, id="MPLS in PPPoE"
    ),
]


@pytest.mark.parametrize(("frame", "expected"), CARRIED)
def test_finds_the_segment_inside(frame: bytes, expected: Seen) -> None:
    assert decoded(frame) == expected
    assert decoded(frame + b"trailing bytes of the frame") == expected


@pytest.mark.parametrize(("frame", "expected"), CARRIED)
def test_cut_at_every_byte(frame: bytes, expected: Seen) -> None:
    # The ports are found where enough is captured, and then what is missing is exact.
    for size in range(len(frame)):
        seen = decoded(frame[:size], missing=len(frame) - size)
        missing = len(frame) - size
        if isinstance(seen, Seen):
            assert missing <= len(PAYLOAD)
            assert seen == expected._replace(payload=PAYLOAD[: len(PAYLOAD) - missing], missing=missing)
        else:
            assert missing > len(PAYLOAD)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        pytest.param(_in4(gre(INNER4, flags=0x4000), GRE_NUMBER), "not TCP", id="GRE with routing"),
        pytest.param(_in4(gre(INNER4, flags=0x0002), GRE_NUMBER), "not TCP", id="GRE version 2"),
        pytest.param(_in4(gre(b"", 0), GRE_NUMBER), "not TCP", id="GRE keep-alive"),
        pytest.param(_in4(b"\0\0", GRE_NUMBER), "headers cut by the snaplen", id="GRE, cut"),
        pytest.param(_in4(gre(b"\x20", 0x22EB), GRE_NUMBER), "headers cut by the snaplen", id="ERSPAN III, cut"),
        pytest.param(_in4(bytes(40), 50), "not TCP", id="ESP"),
        pytest.param(_in4(bytes(4) + IN_ETHERNET, 115), "not TCP", id="L2TP 3, control message"),
        pytest.param(_in4(b"\0\0\0\x07" + bytes(60), 115), "not TCP", id="L2TP 3 of something else"),
        pytest.param(_in4(bytes(40), 132), "not TCP", id="SCTP"),
        pytest.param(_in4(b"", 1), "not TCP", id="ICMP"),
        pytest.param(_in4(b"\0\0\0\0", UDP_NUMBER), "not TCP", id="UDP, cut"),
        pytest.param(ethernet(mpls(b"", 16), 0x8847), "headers cut by the snaplen", id="MPLS of nothing"),
        pytest.param(ethernet(b"\x00\x01\x00\x40" * 9, 0x8847), "headers cut by the snaplen", id="labels without end"),
        pytest.param(ethernet(b"\x11\x00\x00\x01\x00\x00" + b"\x00\x21" + INNER4, 0x8864), "headers cut by the snaplen",
                     id="PPPoE with length 0"),
    ],
)  # fmt: skip
def test_says_why_there_is_none(frame: bytes, reason: str) -> None:
    assert decoded(frame) == reason


def test_nests_no_deeper_than_the_limit() -> None:
    frame = INNER4
    for _ in range(22):
        frame = ip4(frame, protocol=4)
    assert decoded(frame, 101) == SEEN4
    for _ in range(2):
        frame = ip4(frame, protocol=4)
    assert decoded(frame, 101) == "too many layers of encapsulation"


@given(st.binary(max_size=60))
def test_offsets_stay_inside(payload: bytes) -> None:
    data = b"\xff" * 3 + payload
    for offset, ethertype in (
        tunnels.gre(data, 3, len(data)),
        tunnels.l2tp_session(data, 3, len(data)),
        tunnels.mpls(data, 3, len(data)),
    ):
        assert (
            ethertype in (ETHERTYPE_CUT, ETHERTYPE_NONE) or 3 <= offset <= len(data) or ethertype == BRIDGED
        )
    offset, ethertype, end = tunnels.pppoe(data, 3, len(data))
    assert 3 <= offset <= len(data)
    assert end <= len(data)


def test_random_tunnels_never_raise(seeded: random.Random) -> None:
    for _ in range(3000):
        data = seeded.randbytes(seeded.randrange(50))
        assert len(tunnels.gre(data, 0, len(data))) == 2
        assert len(tunnels.l2tp_session(data, 0, len(data))) == 2
        assert len(tunnels.mpls(data, 0, len(data))) == 2
        assert len(tunnels.pppoe(data, 0, len(data))) == 3
