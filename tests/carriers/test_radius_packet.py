"""``tlseku.carriers.eap.radius_packet``: the attributes that matter, in any order and number."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.spoken import NAMES, attribute, eap, radius_packet
from tlseku.carriers.eap.radius_packet import RadiusPacket, read_radius
from tlseku.errors import Malformed


def test_all_that_is_read() -> None:
    proxied = attribute(33, b"proxy")
    assert read_radius(
        radius_packet(1, 9, eap(2, 7, 1, b"u"), *NAMES, attribute(24, b"s"), proxied)
    ) == RadiusPacket(
        code=1,
        identifier=9,
        authenticator=bytes((9,)) * 16,
        eap=eap(2, 7, 1, b"u"),
        state=b"s",
        user_name="user@lab.example",
        nas="switch-1",
        called_station="02-00-00-00-00-0B:lab",
        calling_station="02-00-00-00-00-0A",
        proxied=True,
        cut=False,
    )


@pytest.mark.parametrize(
    ("attributes", "nas"),
    [
        ((), None),
        ((attribute(4, b"\xc0\0\x02\x01"),), "192.0.2.1"),
        ((attribute(95, bytes(15) + b"\x01"),), "::1"),
        ((attribute(4, b"\xc0\0\x02"),), None),
        ((attribute(4, b"\xc0\0\x02\x01"), attribute(32, b"ap\xff")), "ap\ufffd"),
    ],
)
def test_the_nas(attributes: tuple[bytes, ...], nas: str | None) -> None:
    assert read_radius(radius_packet(1, 9, None, *attributes)).nas == nas


def test_none_and_empty_eap_differ() -> None:
    assert read_radius(radius_packet(1, 9, None)).eap is None
    assert read_radius(radius_packet(1, 9, None, attribute(79, b""))).eap == b""


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (bytes(19), 19),
        (b"\x01\0\0\x13" + bytes(16), 2),
        (b"\x01\0\0\x15" + bytes(16), 2),
        (b"\x01\0\0\x15" + bytes(16) + b"\x01", 20),
        (b"\x01\0\0\x16" + bytes(16) + b"\x01\0", 21),
        (b"\x01\0\0\x16" + bytes(16) + b"\x01\x03", 21),
    ],
)
def test_what_is_no_radius(data: bytes, offset: int) -> None:
    with pytest.raises(Malformed) as refused:
        read_radius(data)
    assert refused.value.offset == offset


@given(st.binary(min_size=1, max_size=3000), st.integers(0, 3300))
def test_a_cut_packet_gives_the_beginning(message: bytes, end: int) -> None:
    whole = radius_packet(11, 3, message, attribute(24, b"state"))
    data = whole[: max(20, end)]
    read = read_radius(data, len(whole) - len(data))
    assert read.cut == (len(data) < len(whole))
    assert message.startswith(read.eap or b"")
    assert read.cut or read.eap == message


def test_any_bytes_read_or_are_malformed() -> None:
    chance = random.Random(2865)
    whole = radius_packet(1, 9, eap(2, 7, 13, bytes(600)), *NAMES, attribute(24, b"s"))
    for _ in range(20_000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_radius(bytes(data[: chance.randrange(len(data) + 1)]), chance.choice([0, 0, 700]))
        except Malformed:
            continue
