"""Sequences of code points: what fits, and what must not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.policy.peer_software.request_shape import (
    LONGEST,
    CodeSequence,
    RequestShape,
    ShapePattern,
    read_sequence,
)

SEQUENCE = read_sequence("0403 0503? 0603 0807?", 16)
TLS12 = ShapePattern(((1, 2, 64), (1, 64)), None, SEQUENCE)
TLS13 = ShapePattern((), read_sequence("13 27? 47?", 10), SEQUENCE)


@pytest.mark.parametrize(
    "seen", [(0x403, 0x503, 0x603, 0x807), (0x403, 0x603, 0x807), (0x403, 0x503, 0x603), (0x403, 0x603)]
)
def test_fits(seen: tuple[int, ...]) -> None:
    assert SEQUENCE.fits(seen)


@pytest.mark.parametrize(
    "seen",
    [
        (),
        (0x403,),
        (0x603,),
        (0x603, 0x403),
        (0x403, 0x603, 0x603),
        (0x403, 0x403, 0x603),
        (0x403, 0x603, 0x503),
        (0x403, 0x503, 0x603, 0x807, 0x808),
        (0x201, 0x403, 0x603),
    ],
)
def test_does_not_fit(seen: tuple[int, ...]) -> None:
    assert not SEQUENCE.fits(seen)


def test_a_long_list_fits_nothing() -> None:
    whole = CodeSequence(tuple(range(LONGEST + 1)), frozenset())
    assert not whole.fits(tuple(range(LONGEST + 1)))
    assert CodeSequence(tuple(range(LONGEST)), frozenset()).fits(tuple(range(LONGEST)))


@pytest.mark.parametrize("text", ["0403 0403", "0403? 0403", "04x3", "?"])
def test_what_is_no_sequence(text: str) -> None:
    with pytest.raises(ValueError):
        read_sequence(text, 16)


@pytest.mark.parametrize(
    ("shape", "of12", "of13"),
    [
        (RequestShape((1, 2, 64), (0x403, 0x603), None), True, False),
        (RequestShape((1, 64), (0x403, 0x603), None), True, False),
        (RequestShape((64, 1), (0x403, 0x603), None), False, False),
        (RequestShape((1, 2, 64), None, None), False, False),
        (RequestShape(None, (0x403, 0x603), (13, 47)), False, True),
        (RequestShape(None, (0x403, 0x603), (13,)), False, True),
        (RequestShape(None, (0x403, 0x603), (47, 13)), False, False),
        (RequestShape(None, (0x403, 0x603), (13, 47, 50)), False, False),
        (RequestShape(None, (0x403, 0x603), None), False, False),
        (RequestShape(None, None, (13, 47)), False, False),
    ],
)
def test_patterns(shape: RequestShape, of12: bool, of13: bool) -> None:
    assert (TLS12.fits(shape), TLS13.fits(shape)) == (of12, of13)


@given(st.lists(st.integers(0, 0xFFFF), unique=True, max_size=30), st.randoms(use_true_random=False))
def test_whatever_may_be_left_out_may_be_left_out(codes: list[int], chance: random.Random) -> None:
    optional = frozenset(code for code in codes if chance.random() < 0.5)
    sequence = CodeSequence(tuple(codes), optional)
    left = tuple(code for code in codes if code not in optional or chance.random() < 0.5)
    assert sequence.fits(left)
    assert not sequence.fits((*left, 0x10000))
    # One that must be there and is not.
    for code in codes:
        if code not in optional:
            assert not sequence.fits(tuple(each for each in left if each != code))


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_fit_or_do_not(data: bytes) -> None:
    assert not SEQUENCE.fits(tuple(data))
