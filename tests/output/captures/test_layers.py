from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import wire
from tests.network import frames
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import Segment
from tlseku.output.captures.layers import layers_of

ENDS = {
    4: (("192.0.2.7", 50000), ("198.51.100.9", 443)),
    6: (("2001:db8:7::7", 50000), ("2001:db8:9::9", 443)),
}


INNER = frames.ip4(frames.tcp())


def _in_udp(payload: bytes, port: int) -> bytes:
    return frames.ethernet(frames.ip4(frames.udp(payload, port), protocol=17))


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("link", wire.LINKS)
def test_it_finds_what_the_decoder_finds(link: str, version: int) -> None:
    linktype, wrap = wire.LINKS[link]
    packet = wrap(wire.tcp_packet(*ENDS[version], 1, payload=b"x"))
    segment = Decoder().decode(linktype, packet, 0, len(packet), 0, 0)
    found = layers_of(linktype, packet)
    assert isinstance(segment, Segment)
    assert found is not None
    assert found.ends == segment.key[:-4]
    tunnelled = link in ("gre", "vxlan", "geneve", "4in6", "6in4")
    assert len(found.addresses) == (4 if tunnelled else 2)
    macs = {"sll": 1, "sll2": 1, "null-le": 0, "null-be": 0, "loop": 0, "raw": 0, "vxlan": 4, "geneve": 4}
    assert len(found.macs) == macs.get(link, 2)


@pytest.mark.parametrize(
    ("name", "packet"),
    [
        ("ARP", frames.ethernet(b"\0" * 28, 0x0806)),
        ("ICMP quotes headers", frames.ethernet(frames.ip4(b"\0" * 30, protocol=1))),
        ("plain UDP", frames.ethernet(frames.ip4(frames.udp(b"x" * 30, 5060), protocol=17))),
        ("record route", frames.ethernet(frames.ip4(frames.tcp(), options=b"\x07\x07\x04\0\0\0\0\0"))),
        ("source route", frames.ethernet(frames.ip4(frames.tcp(), options=b"\x83\x07\x04\x0a\0\0\x01\0"))),
        (
            "routing header",
            frames.ethernet(frames.ip6(b"\x06\x02\0\1" + b"\0" * 20 + frames.tcp(), protocol=43), 0x86DD),
        ),
        (
            "destination options",
            frames.ethernet(frames.ip6(b"\x06\x02\xc9\x10" + b"\1" * 20 + frames.tcp(), protocol=60), 0x86DD),
        ),
        (
            "unknown hop-by-hop option",
            frames.ethernet(frames.ip6(b"\x06\0\x1e\4\1\2\3\4" + frames.tcp(), protocol=0), 0x86DD),
        ),
        ("a tunnel in pieces", frames.ethernet(frames.ip4(b"\0" * 64, protocol=47, fragment=0x2000))),
        ("a tunnel's later piece", frames.ethernet(frames.ip4(b"\0" * 64, protocol=17, fragment=8))),
        ("cut in IP", frames.ethernet(frames.ip4(frames.tcp()))[:30]),
        ("cut in TCP", frames.ethernet(frames.ip4(frames.tcp()))[:44]),
        ("MACsec, which may name a port", frames.ethernet(b"\0\0\0\0\0\1\x08\0" + INNER, 0x88E5)),
        ("NSH with metadata", frames.ethernet(b"\x0f\xc6\x01\x01" + bytes(20) + INNER, 0x894F)),
        ("TZSP with tags", _in_udp(b"\x01\0\0\x01\x01" + frames.ethernet(INNER), 37008)),
        ("CAPWAP", _in_udp(b"\0\x10\x02\0" + bytes(4) + frames.ethernet(INNER), 5247)),
        ("Teredo with somebody's address", _in_udp(bytes(8) + frames.ip6(frames.tcp()), 3544)),
        ("nothing", b""),
    ],
)
def test_where_an_address_may_hide_nothing_is_found(name: str, packet: bytes) -> None:
    assert layers_of(1, packet) is None


@pytest.mark.parametrize("linktype", [105, 127, 189, 258, 9999])
def test_link_layers_of_their_own_kind(linktype: int) -> None:
    assert layers_of(linktype, frames.ip4(frames.tcp())) is None


@pytest.mark.parametrize(
    ("name", "packet"),
    [
        ("padding options", frames.ethernet(frames.ip4(frames.tcp(), options=b"\x01\x01\x01\0"))),
        (
            "router alert",
            frames.ethernet(frames.ip6(b"\x06\0\5\2\0\0\1\0" + frames.tcp(), protocol=0), 0x86DD),
        ),
        ("a later piece of TCP", frames.ethernet(frames.ip4(b"\0" * 64, fragment=8))),
    ],
)
def test_what_holds_none_is_no_obstacle(name: str, packet: bytes) -> None:
    found = layers_of(1, packet)
    assert found is not None
    assert len(found.addresses) == 2


@pytest.mark.parametrize(
    ("name", "packet", "macs", "addresses"),
    [
        ("VN-Tag", frames.ethernet(b"\0\0\0\x14\x08\0" + INNER, 0x8926), 2, 2),
        ("E-tag", frames.ethernet(b"\0\0\0\x01\0\0\x08\0" + INNER, 0x893F), 2, 2),
        ("Cisco MetaData", frames.ethernet(b"\1\1\0\1\0\x0a\x08\0" + INNER, 0x8909), 2, 2),
        ("FabricPath", frames.ethernet(b"\4\x20" + frames.ethernet(INNER), 0x8903), 4, 2),
        ("PBB", frames.ethernet(b"\0\0\0\1" + frames.ethernet(INNER), 0x88E7), 4, 2),
        ("GTP-U", _in_udp(b"\x30\xff\0\0\0\0\0\1" + INNER, 2152), 2, 4),
        ("L2TP", _in_udp(b"\0\x02\0\1\0\1\xff\3\0\x21" + INNER, 1701), 2, 4),
        ("Teredo", _in_udp(frames.ip6(frames.tcp()), 3544), 2, 4),
    ],
)
def test_tags_and_tunnels(name: str, packet: bytes, macs: int, addresses: int) -> None:
    found = layers_of(1, packet)
    assert found is not None
    assert (len(found.macs), len(found.addresses)) == (macs, addresses)


@given(st.binary(max_size=120), st.sampled_from([1, 0, 9, 101, 104, 113, 276, 12345]))
def test_any_bytes(data: bytes, linktype: int) -> None:
    layers_of(linktype, data)


def test_changed_packets(seeded: random.Random) -> None:
    for link in wire.LINKS:
        linktype, wrap = wire.LINKS[link]
        packet = wrap(wire.tcp_packet(*ENDS[4], 1, payload=b"x" * 20))
        for _ in range(300):
            data = bytearray(packet)
            for _ in range(seeded.randrange(1, 5)):
                data[seeded.randrange(len(data))] = seeded.randrange(256)
            found = layers_of(linktype, bytes(data[: seeded.randrange(len(data) + 1)]))
            if found is not None:
                assert all(at >= 0 and at + size <= len(data) for at, size in [*found.macs, *found.addresses])
