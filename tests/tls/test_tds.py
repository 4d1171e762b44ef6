"""TDS packets taken off."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls.written import client_hello
from tlseku.tls.tds import TdsUnwrapper, begins_tds

OPTIONS = bytes.fromhex("00000b0006010011000 1ff".replace(" ", "")) + bytes(15)


def packet(payload: bytes, kind: int = 0x12, status: int = 1) -> bytes:
    return struct.pack(">BBHHBB", kind, status, 8 + len(payload), 0, 1, 0) + payload


WHOLE = packet(OPTIONS) + packet(b"a" * 30, status=0) + packet(b"b" * 9) + client_hello()
PAYLOAD = OPTIONS + b"a" * 30 + b"b" * 9 + client_hello()


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (packet(OPTIONS), True),
        (packet(OPTIONS, 0x04), True),
        (packet(OPTIONS)[:13], False),
        (packet(OPTIONS, 0x10), False),
        (packet(OPTIONS, status=0), False),
        (packet(OPTIONS[1:]), False),
        (client_hello(), False),
        (packet(client_hello()), True),
        (packet(client_hello(), status=0), True),
        (packet(client_hello(), 0x04), False),
        (packet(client_hello())[:6] + b"\x01\x01" + client_hello(), False),
        (b"\x04\x01\x01\xbb\x7f\0\0\x01user\0" + client_hello(), False),
    ],
)
def test_begins_tds(data: bytes, yes: bool) -> None:
    assert begins_tds(data) is yes


@given(st.lists(st.integers(1, len(WHOLE) - 1), unique=True, max_size=20))
def test_any_cut(points: list[int]) -> None:
    unwrapper = TdsUnwrapper()
    edges = [0, *sorted(points), len(WHOLE)]
    assert b"".join(unwrapper.data(WHOLE[a:b]) for a, b in pairwise(edges)) == PAYLOAD


def test_a_gap_within_a_packet_is_payload() -> None:
    unwrapper = TdsUnwrapper()
    data = packet(b"a" * 100) + packet(b"b" * 10)
    assert unwrapper.data(data[:40]) == b"a" * 32
    assert unwrapper.gap(68)
    assert unwrapper.data(data[108:]) == b"b" * 10


def test_a_gap_beyond_a_packet_leaves_the_rest_as_it_is() -> None:
    unwrapper = TdsUnwrapper()
    data = packet(b"a" * 100) + packet(b"b" * 10)
    unwrapper.data(data[:40])
    assert not unwrapper.gap(70)
    assert unwrapper.data(data[110:]) == data[110:]
    assert unwrapper.gap(1000)


@given(st.binary(max_size=100))
def test_any_bytes(data: bytes) -> None:
    assert len(TdsUnwrapper().data(data)) <= len(data)
