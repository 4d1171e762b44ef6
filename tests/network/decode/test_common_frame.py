from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import IPV6, PAYLOAD, VLAN, ethernet, ip4, ip6, tcp, vlan
from tests.network.seen import Seen, values
from tlseku.network.decode.common_frame import decode_common_frame
from tlseku.network.decode.decoder import Decoder

SEEN4 = Seen(("10.1.0.1", 40000), ("10.2.0.2", 443), 1000, 2000, 0x18, PAYLOAD, 0)
SEEN6 = SEEN4._replace(source=("2001:db8::1", 40000), destination=("2001:db8::2", 443))

COMMON = [
    pytest.param(ethernet(ip4(tcp())), SEEN4, id="IPv4"),
    pytest.param(ethernet(ip6(tcp()), IPV6), SEEN6, id="IPv6"),
    pytest.param(ethernet(vlan(ip4(tcp())), VLAN), SEEN4, id="VLAN, IPv4"),
    pytest.param(ethernet(vlan(ip6(tcp()), IPV6), VLAN), SEEN6, id="VLAN, IPv6"),
    pytest.param(ethernet(vlan(vlan(ip4(tcp())), VLAN), VLAN), SEEN4, id="two VLAN tags"),
    pytest.param(ethernet(vlan(vlan(ip6(tcp()), IPV6), VLAN), 0x88A8), SEEN6, id="802.1ad, IPv6"),
    pytest.param(ethernet(vlan(ip4(tcp())), 0x88A8), SEEN4, id="802.1ad alone"),
    pytest.param(ethernet(ip4(tcp(options=bytes(12)))), SEEN4, id="TCP options"),
    pytest.param(ethernet(ip4(tcp(options=bytes(40)))), SEEN4, id="as many TCP options as there can be"),
    pytest.param(ethernet(ip4(tcp(b""))), SEEN4._replace(payload=b""), id="no payload"),
    pytest.param(ethernet(ip4(tcp(b""))).ljust(60, b"P"), SEEN4._replace(payload=b""), id="padded"),
    pytest.param(ethernet(ip4(tcp(bytes(65_495)))), SEEN4._replace(payload=bytes(65_495)), id="the largest"),
    pytest.param(ethernet(ip4(tcp(), fragment=0)), SEEN4, id="may be fragmented, is not"),
    pytest.param(ethernet(ip4(tcp(seq=0xFFFFFFFF, ack=0, flags=0xFF, sport=0, dport=65535))),
                 Seen(("10.1.0.1", 0), ("10.2.0.2", 65535), 0xFFFFFFFF, 0, 0xFF, PAYLOAD, 0), id="extreme numbers"),
]  # fmt: skip

OTHERS = [
    pytest.param(ethernet(ip4(tcp(), options=bytes(4))), id="IPv4 options"),
    pytest.param(ethernet(ip4(tcp(), fragment=0x2000)), id="more fragments"),
    pytest.param(ethernet(ip4(tcp(), fragment=1)), id="last fragment"),
    pytest.param(ethernet(ip4(tcp(), fragment=0x0100)), id="fragment, high byte of the offset"),
    pytest.param(ethernet(ip4(tcp(), total_length=0)), id="offload, IPv4"),
    pytest.param(ethernet(ip6(tcp(), payload_length=0), IPV6), id="offload, IPv6"),
    pytest.param(ethernet(ip4(tcp(), total_length=2000)), id="longer than the frame"),
    pytest.param(ethernet(ip4(tcp(), total_length=39)), id="shorter than TCP's header"),
    pytest.param(ethernet(ip4(tcp(), protocol=17)), id="UDP"),
    pytest.param(ethernet(ip6(b"\x06\0\x01\x04\0\0\0\0" + tcp(), protocol=60), IPV6), id="IPv6 options"),
    pytest.param(ethernet(vlan(vlan(vlan(ip4(tcp())), VLAN), VLAN), VLAN), id="three VLAN tags"),
    pytest.param(ethernet(vlan(ip4(tcp())), 0x9100), id="a tag from before 802.1ad"),
    pytest.param(ethernet(bytes(60), 0x0806), id="ARP"),
    pytest.param(ethernet(bytes(60), 0x0801), id="almost IPv4"),
    pytest.param(ethernet(bytes(60), 0x8100), id="a VLAN of nothing"),
    pytest.param(ethernet(ip4(tcp(b"")))[:53], id="a byte short"),
    pytest.param(ethernet(vlan(ip4(tcp(b""))), VLAN)[:57], id="a byte short, VLAN"),
    pytest.param(ethernet(ip6(tcp(b"")), IPV6)[:73], id="a byte short, IPv6"),
    pytest.param(b"", id="nothing"),
]


@pytest.mark.parametrize(("frame", "expected"), COMMON)
def test_slices_the_common_frame(frame: bytes, expected: Seen) -> None:
    data = b"before" + frame + b"after" * 20
    assert values(decode_common_frame(data, 6, 6 + len(frame))) == expected
    assert values(Decoder().walk(1, data, 6, 6 + len(frame), 0, 0)) == expected


@pytest.mark.parametrize("frame", OTHERS)
def test_leaves_the_rest_to_the_walk(frame: bytes) -> None:
    assert decode_common_frame(b"before" + frame + bytes(80), 6, 6 + len(frame)) is None


@pytest.mark.parametrize("frame", [param.values[0] for param in COMMON[:-2]])
def test_every_shorter_frame_is_left(frame: bytes) -> None:
    padding = len(frame) - len(frame.rstrip(b"P"))
    for size in range(len(frame) - padding):
        assert decode_common_frame(frame, 0, size) is None


def _agrees_with_the_walk(frame: bytes, missing: int) -> bool:
    short = decode_common_frame(frame, 0, len(frame))
    if short is None:
        return False
    assert Decoder().walk(1, frame, 0, len(frame), missing, 0) == short
    return True


@given(
    st.sampled_from([param.values[0] for param in COMMON]),
    st.lists(st.tuples(st.integers(12, 80), st.integers(0, 255)), max_size=3),
    st.integers(0, 40),
)
def test_agrees_with_the_walk_on_changed_frames(
    frame: bytes, changes: list[tuple[int, int]], missing: int
) -> None:
    changed = bytearray(frame)
    for at, byte in changes:
        if at < len(changed):
            changed[at] = byte
    _agrees_with_the_walk(bytes(changed), missing)


def test_agrees_with_the_walk_on_many_changed_frames(seeded: random.Random) -> None:
    frames = [param.values[0] for param in (*COMMON, *OTHERS) if 0 < len(param.values[0]) < 2000]  # type: ignore[arg-type]
    agreed = 0
    for _ in range(20_000):
        frame = bytearray(seeded.choice(frames))  # type: ignore[call-overload]
        for _ in range(seeded.randrange(4)):
            frame[seeded.randrange(len(frame))] = seeded.randrange(256)
        del frame[len(frame) - seeded.choice((0, 0, 0, seeded.randrange(len(frame)))) :]
        frame += bytes(seeded.choice((0, 0, 6)))
        agreed += _agrees_with_the_walk(bytes(frame), seeded.choice((0, 0, 300)))
    assert agreed > 4000
