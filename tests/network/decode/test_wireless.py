from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import IPV6, PAYLOAD, ip4, ip6, tcp
from tests.network.seen import Seen, decoded
from tlseku.network.decode.link import ETHERTYPE_CUT
from tlseku.network.decode.wireless import strip_wireless

IEEE802_11, RADIOTAP = 105, 127
SEEN4 = Seen(("10.1.0.1", 40000), ("10.2.0.2", 443), 1000, 2000, 0x18, PAYLOAD, 0)
SEEN6 = SEEN4._replace(source=("2001:db8::1", 40000), destination=("2001:db8::2", 443))

ADDRESSES = bytes.fromhex("001122334455 66778899aabb ccddeeff0011".replace(" ", ""))
SNAP4 = b"\xaa\xaa\x03\x00\x00\x00\x08\x00"
SNAP6 = b"\xaa\xaa\x03\x00\x00\x00\x86\xdd"

DATA_TO_AP = b"\x08\x01\x2c\x00" + ADDRESSES + b"\x10\x00"
DATA_FROM_AP = b"\x08\x02\x2c\x00" + ADDRESSES + b"\x20\x00"
DATA_AD_HOC = b"\x08\x00\x2c\x00" + ADDRESSES + b"\x20\x00"
DATA_BRIDGED = b"\x08\x03\x2c\x00" + ADDRESSES + b"\x20\x00" + ADDRESSES[:6]
QOS_TO_AP = b"\x88\x01\x2c\x00" + ADDRESSES + b"\x30\x00" + b"\x00\x00"
QOS_FROM_AP = b"\x88\x02\x2c\x00" + ADDRESSES + b"\x30\x00" + b"\x05\x00"
ENCRYPTED = b"\x88\x41\x2c\x00" + ADDRESSES + b"\x30\x00" + b"\x00\x00"
BEACON = b"\x80\x00\x00\x00" + ADDRESSES + b"\x40\x00" + bytes(12) + b"\x00\x04wifi\x01\x01\x82"

# Flags, rate, channel, signal, antenna; and one with a timestamp and two words of presence.
SHORT_RADIOTAP = bytes.fromhex("00000f002a080000") + bytes.fromhex("1002 6c09c000 01".replace(" ", ""))
LONG_RADIOTAP = struct.pack(
    "<BBHIIQBBHHb", 0, 0, 27, 0x8000002F, 0x00000020, 1234567, 0x10, 12, 2437, 0x480, -40
)
FCS = b"\xde\xad\xbe\xef"


FOUND = [
    pytest.param(IEEE802_11, DATA_TO_AP + SNAP4 + ip4(tcp()), SEEN4, id="data to the access point"),
    pytest.param(IEEE802_11, DATA_FROM_AP + SNAP4 + ip4(tcp()), SEEN4, id="data from the access point"),
    pytest.param(IEEE802_11, DATA_AD_HOC + SNAP6 + ip6(tcp()), SEEN6, id="ad hoc, IPv6"),
    pytest.param(IEEE802_11, DATA_BRIDGED + SNAP4 + ip4(tcp()), SEEN4, id="between access points"),
    pytest.param(IEEE802_11, QOS_TO_AP + SNAP4 + ip4(tcp()), SEEN4, id="QoS"),
    pytest.param(IEEE802_11, QOS_FROM_AP + SNAP6 + ip6(tcp()) + FCS, SEEN6, id="QoS with check sequence"),
    pytest.param(IEEE802_11, QOS_TO_AP + b"\0\0" + SNAP4 + ip4(tcp()), SEEN4, id="QoS, padded header"),
    pytest.param(IEEE802_11, DATA_TO_AP + b"\xaa\xaa\x03\0\0\0\x81\0\0\x64\x08\0" + ip4(tcp()), SEEN4, id="VLAN"),
    pytest.param(IEEE802_11, b"\x01\x08" + DATA_TO_AP[2:] + SNAP4 + ip4(tcp()), SEEN4, id="frame control swapped"),
    pytest.param(IEEE802_11, b"\x02\x88" + QOS_FROM_AP[2:] + SNAP4 + ip4(tcp()), SEEN4, id="QoS, swapped"),
    pytest.param(RADIOTAP, SHORT_RADIOTAP + DATA_TO_AP + SNAP4 + ip4(tcp()) + FCS, SEEN4, id="radiotap"),
    pytest.param(RADIOTAP, LONG_RADIOTAP + QOS_FROM_AP + SNAP6 + ip6(tcp()) + FCS, SEEN6, id="radiotap, long"),
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


@pytest.mark.parametrize(
    ("linktype", "frame", "reason"),
    [
        pytest.param(IEEE802_11, BEACON, "not IP", id="beacon"),
        pytest.param(IEEE802_11, b"\xd4\0\0\0" + ADDRESSES[:6], "not IP", id="acknowledgement"),
        pytest.param(IEEE802_11, ENCRYPTED + bytes(60), "not IP", id="encrypted"),
        pytest.param(IEEE802_11, b"\x48\x01\0\0" + ADDRESSES + b"\0\0", "link layer refused by its decoder", id="no data"),
        pytest.param(IEEE802_11, DATA_TO_AP[:20], "link layer refused by its decoder", id="cut"),
        pytest.param(RADIOTAP, SHORT_RADIOTAP[:3], "link layer refused by its decoder", id="radiotap, cut"),
        pytest.param(RADIOTAP, b"\0\0\x04\0" + bytes(60), "link layer refused by its decoder", id="radiotap, too short"),
                ],
)  # fmt: skip
def test_says_why_there_is_none(linktype: int, frame: bytes, reason: str) -> None:
    assert decoded(frame, linktype) == reason


def test_gives_where_the_packet_begins() -> None:
    assert strip_wireless(b"xx" + DATA_TO_AP + SNAP6 + b"yy", 2, 34) == (34, IPV6)


@given(st.binary(max_size=80))
def test_any_bytes(frame: bytes) -> None:
    at, ethertype = strip_wireless(b"xx" + frame + b"yy", 2, 2 + len(frame))
    assert ethertype == ETHERTYPE_CUT or 2 <= at <= 2 + len(frame)


@pytest.mark.parametrize("rounds", [4000, pytest.param(400_000, marks=pytest.mark.long)])
def test_changed_frames_never_raise(seeded: random.Random, rounds: int) -> None:
    frames = [*(param.values[1] for param in FOUND if param.values[0] == IEEE802_11), BEACON]
    for _ in range(rounds):
        changed = bytearray(seeded.choice(frames))  # type: ignore[call-overload]
        for _ in range(seeded.randrange(1, 6)):
            changed[seeded.randrange(min(len(changed), 60))] = seeded.randrange(256)
        end = seeded.randrange(len(changed) + 1)
        at, ethertype = strip_wireless(bytes(changed), 0, end)
        assert ethertype == ETHERTYPE_CUT or at <= end
