from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.network.tcp.sequence import distance

NUMBERS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (5, 5, 0),
        (6, 5, 1),
        (5, 6, -1),
        (0, 0xFFFFFFFF, 1),
        (0xFFFFFFFF, 0, -1),
        (100, 0xFFFFFF00, 356),
        (0x80000000, 1, 0x7FFFFFFF),
        (0x80000000, 0, -0x80000000),
        (0, 0x80000000, -0x80000000),
    ],
)
def test_distance(a: int, b: int, expected: int) -> None:
    assert distance(a, b) == expected


@given(NUMBERS, st.integers(-(2**31), 2**31 - 1))
def test_what_is_added_is_the_distance(start: int, by: int) -> None:
    assert distance((start + by) & 0xFFFFFFFF, start) == by


def test_any_integers_are_taken_modulo(seeded: random.Random) -> None:
    for _ in range(1000):
        a, b = seeded.randrange(-(2**40), 2**40), seeded.randrange(-(2**40), 2**40)
        assert -(2**31) <= distance(a, b) < 2**31
        assert (distance(a, b) - a + b) % 2**32 == 0
