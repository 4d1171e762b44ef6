from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import wire
from tests.network import frames
from tests.wire import packed
from tlseku.output.captures.layers import layers_of
from tlseku.output.captures.pseudonyms import Pseudonyms

KEY = b"a key of thirty-two bytes, or so"
FOUR = (("192.0.2.7", 50000), ("198.51.100.9", 443))
SIX = (("2001:db8:7::7", 50000), ("2001:db8:9::9", 443))


def sum_of(data: bytes) -> int:
    """The one's complement sum, word by word, as RFC 1071 draws it: 0xffff where a checksum is right."""
    data += b"\0" * (len(data) & 1)
    total = 0
    for at in range(0, len(data), 2):
        total += data[at] << 8 | data[at + 1]
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checks(packet: bytes, linktype: int) -> list[bool]:
    """Whether each checksum of a packet, outer before inner, is right."""
    found = layers_of(linktype, packet)
    assert found is not None
    right = []
    for checksum in found.checksums:
        covered = packet[checksum.start : checksum.end]
        if checksum.over is not None:
            start, end = checksum.over
            length = checksum.end - checksum.start
            protocol = 17 if checksum.zero_is_none else 6
            covered = packet[start:end] + length.to_bytes(4, "big") + protocol.to_bytes(4, "big") + covered
        right.append(sum_of(covered) == 0xFFFF)
    return right


@pytest.mark.parametrize("size", [0, 1, 2, 99, 1400])
@pytest.mark.parametrize("link", wire.LINKS)
def test_right_checksums_stay_right(link: str, size: int) -> None:
    linktype, wrap = wire.LINKS[link]
    packet = wrap(wire.tcp_packet(*FOUR, 1, payload=b"\x5a" * size))
    assert all(checks(packet, linktype))
    renamed = Pseudonyms(KEY).packet(linktype, packet)
    assert renamed is not None
    assert all(checks(renamed, linktype))
    assert len(renamed) == len(packet)
    for address in ("192.0.2.7", "198.51.100.9", "203.0.113.1", "203.0.113.2"):
        assert packed(address) not in renamed
    assert b"\x02\0\0\0\0\x01" not in renamed


def test_a_wrong_checksum_stays_wrong() -> None:
    packet = bytearray(wire.ethernet(wire.tcp_packet(*FOUR, 1, payload=b"x" * 20)))
    packet[50] ^= 0x40
    renamed = Pseudonyms(KEY).packet(1, bytes(packet))
    assert renamed is not None
    assert checks(renamed, 1) == [True, False]


def test_a_packet_cut_by_the_snaplen_is_right_once_its_rest_is_there() -> None:
    packet = wire.ethernet(wire.tcp_packet(*FOUR, 1, payload=b"x" * 400))
    renamed = Pseudonyms(KEY).packet(1, packet[:96])
    assert renamed is not None
    assert renamed + packet[96:] == Pseudonyms(KEY).packet(1, packet)


def test_a_datagram_in_pieces_is_right_once_it_is_whole() -> None:
    whole = wire.tcp_packet(*FOUR, 1, payload=b"x" * 100)
    names = Pseudonyms(KEY)
    pieces = [
        names.packet(1, frames.ethernet(piece))
        for piece in frames.fragments4(whole[20:], 64, ends=(FOUR[0][0], FOUR[1][0]))
    ]
    again = b"".join(piece[34:] for piece in pieces if piece is not None)
    wanted = names.packet(1, frames.ethernet(whole))
    assert wanted is not None
    assert again == wanted[34:]


def test_no_udp_checksum_stays_none() -> None:
    inner = frames.ethernet(frames.ip4(frames.tcp()))
    packet = frames.ethernet(
        frames.ip4(
            frames.udp(b"\x08\0\0\0\0\0\x07\0" + inner, 4789), protocol=17, ends=("192.0.2.1", "192.0.2.2")
        )
    )
    renamed = Pseudonyms(KEY).packet(1, packet)
    assert renamed is not None
    assert renamed[40:42] == b"\0\0"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.2", "ff02::1", "255.255.255.255"],
)
def test_addresses_that_name_nobody_stay(address: str) -> None:
    assert Pseudonyms(KEY).address(packed(address)) == packed(address)


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "10."), ("10.0.0.1", "10."), ("fe80::1", "fd"), ("2001:db8::1", "fd")],
)
def test_addresses_become_private_ones(address: str, network: str) -> None:
    new = str(ip_address(Pseudonyms(KEY).address(packed(address))))
    assert new.startswith(network)
    assert new != address


def test_the_key_decides() -> None:
    one, same, other = (Pseudonyms(key).address(packed("192.0.2.7")) for key in (KEY, KEY, b"another key"))
    assert one == same != other


def test_link_addresses() -> None:
    names = Pseudonyms(KEY)
    new = names.mac(b"\x00\x1b\x21\x01\x02\x03")
    assert (new[0], len(new)) == (2, 6)
    assert names.mac(b"\xff" * 6) == b"\xff" * 6
    assert names.mac(b"\x01\0\x5e\0\0\x01") == b"\x01\0\x5e\0\0\x01"
    assert names.mac(bytes(6)) == bytes(6)
    assert names.mac(b"\x00\x1b\x21\x01\x02\x03\0\0")[6:] == b"\0\0"


def test_two_addresses_never_share_one() -> None:
    names = Pseudonyms(KEY)
    # 2**13 draws from 2**24 collide twice on average; this key does, as the count behind says.
    new = [names.address((0x0B000000 + n).to_bytes(4, "big")) for n in range(8192)]
    assert len(set(new)) == 8192


@given(st.binary(max_size=150), st.sampled_from([0, 1, 101, 113, 276]))
def test_any_bytes(data: bytes, linktype: int) -> None:
    renamed = Pseudonyms(KEY).packet(linktype, data)
    assert renamed is None or len(renamed) == len(data)


@given(st.binary(max_size=64), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_any_payload_between_any_addresses(payload: bytes, source: int, target: int) -> None:
    ends = ((str(ip_address(source)), 1), (str(ip_address(target)), 2))
    renamed = Pseudonyms(KEY).packet(101, wire.tcp_packet(*ends, 1, payload=payload))
    assert renamed is not None
    assert all(checks(renamed, 101))
