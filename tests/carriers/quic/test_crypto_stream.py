"""Handshake messages out of CRYPTO frames, in any pieces."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.quic.written import FINISHED, certificate, client_hello, message
from tlseku.carriers.carrier import DATAGRAM_LOST
from tlseku.carriers.quic import crypto_stream
from tlseku.carriers.quic.crypto_stream import CryptoStream

FLIGHT = message(8, b"\0\0") + certificate(bytes(range(250)) * 6) + FINISHED
WHOLE = [(8, b"\0\0"), (11, certificate(bytes(range(250)) * 6)[4:]), (20, bytes(32))]


def test_the_frames_of_each_message() -> None:
    stream = CryptoStream(1, opened=True)
    found = stream.add(0, FLIGHT[:700], 4, 40)
    found += stream.add(1400, FLIGHT[1400:], 5, 50)
    found += stream.add(700, FLIGHT[700:1400], 6, 60)
    assert [(each.kind, each.frame, each.frames) for each in found] == [
        (8, 4, (4,)),
        (11, 6, (4, 5, 6)),
        (20, 6, (5,)),
    ]
    assert {(each.side, each.opened, each.cut) for each in found} == {(1, True, None)}
    assert (stream.amid_message, stream.close(9, 90)) == (False, None)


def test_what_comes_again_says_nothing() -> None:
    stream = CryptoStream(0, opened=False)
    assert len(stream.add(0, client_hello(), 1, 10)) == 1
    assert stream.add(0, client_hello(), 2, 20) == []
    assert stream.add(5, client_hello()[5:50], 3, 30) == []
    assert stream.problem is None


def test_what_never_becomes_whole_is_cut() -> None:
    stream = CryptoStream(1, opened=True)
    stream.add(0, FLIGHT[:700], 4, 40)
    stream.add(900, FLIGHT[900:1000], 5, 50)
    cut = stream.close(9, 90)
    assert cut is not None
    assert (cut.kind, cut.body, cut.frame, cut.frames, cut.cut) == (
        11,
        FLIGHT[10:700],
        4,
        (4,),
        DATAGRAM_LOST,
    )
    assert stream.amid_message


def test_nothing_but_the_end_is_there() -> None:
    stream = CryptoStream(1, opened=True)
    assert stream.add(900, FLIGHT[900:], 5, 50) == []
    assert (stream.close(9, 90), stream.amid_message, stream.held) == (None, True, len(FLIGHT) - 900)


@pytest.mark.parametrize(
    ("pieces", "problem"),
    [
        ([(1 << 61, b"far")], "CRYPTO frames far ahead of what came so far, or in too many pieces"),
        (
            [(at, b"x") for at in range(1, 2 * crypto_stream.MAX_PIECES + 5, 2)],
            "CRYPTO frames far ahead of what came so far, or in too many pieces",
        ),
        ([(8, b"ab"), (8, b"cd")], "CRYPTO frames contradict each other"),
        ([(0, b"\x0b\xff\xff\xff")], "a message of 16777215 bytes"),
    ],
)
def test_what_is_hostile_ends_the_reading(pieces: list[tuple[int, bytes]], problem: str) -> None:
    stream = CryptoStream(0, opened=False)
    for offset, data in pieces:
        stream.add(offset, data, 1, 10)
    assert stream.problem == problem
    assert stream.add(0, client_hello(), 2, 20) == []


@given(st.data())
def test_any_pieces_in_any_order(data: st.DataObject) -> None:
    cuts = sorted({0, len(FLIGHT), *data.draw(st.lists(st.integers(0, len(FLIGHT)), max_size=12))})
    pieces = list(pairwise(cuts))
    pieces += data.draw(st.lists(st.sampled_from(pieces), max_size=4))
    stream = CryptoStream(0, opened=True)
    found = []
    for frame, (start, end) in enumerate(data.draw(st.permutations(pieces)), 1):
        found += stream.add(start, FLIGHT[start:end], frame, frame)
    assert [(each.kind, each.body) for each in found] == WHOLE
    assert stream.problem is None


def test_byte_by_byte_from_the_end() -> None:
    stream = CryptoStream(0, opened=True)
    order = list(range(len(FLIGHT)))
    random.Random(3).shuffle(order)
    found = [each for at in order for each in stream.add(at, FLIGHT[at : at + 1], at + 1, at)]
    if stream.problem is None:
        assert [(each.kind, each.body) for each in found] == WHOLE
    assert len(stream._pieces) <= crypto_stream.MAX_PIECES
