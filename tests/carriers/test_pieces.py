"""Pieces of a run of bytes: what is there, in any order, and what was said twice."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.carriers.pieces import Pieces


@pytest.mark.parametrize(
    ("added", "new", "beginning"),
    [
        ([(0, b"abc")], [3], b"abc"),
        ([(0, b"abc"), (3, b"de")], [3, 2], b"abcde"),
        ([(3, b"de"), (0, b"abc")], [2, 3], b"abcde"),
        ([(0, b"abc"), (0, b"abc")], [3, 0], b"abc"),
        ([(0, b"ab"), (4, b"ef"), (1, b"bcde")], [2, 2, 2], b"abcdef"),
        ([(1, b"b"), (3, b"d"), (0, b"abcde")], [1, 1, 3], b"abcde"),
        ([(2, b"cd")], [2], b""),
        ([(0, b"")], [0], b""),
    ],
)
def test_what_is_new_and_what_there_is(
    added: list[tuple[int, bytes]], new: list[int], beginning: bytes
) -> None:
    pieces = Pieces()
    assert [pieces.add(*each) for each in added] == new
    assert (pieces.beginning, pieces.held, pieces.contradicted) == (beginning, sum(new), False)


def test_the_first_that_comes_stays() -> None:
    pieces = Pieces()
    pieces.add(1, b"bc")
    assert pieces.add(0, b"aXcd") == 2
    assert (pieces.beginning, pieces.contradicted) == (b"abcd", True)


def test_what_was_taken_from_the_front_is_gone() -> None:
    pieces = Pieces()
    for each in ((0, b"ab"), (2, b"cd"), (6, b"gh")):
        pieces.add(*each)
    assert (pieces.front(1), pieces.held, len(pieces)) == (b"bcd", 2, 1)
    assert (pieces.front(4), pieces.held) == (b"", 2)
    assert (pieces.front(7), pieces.held, len(pieces)) == (b"h", 0, 0)


def test_nothing_is_allocated_for_bytes_that_are_not_there() -> None:
    pieces = Pieces()
    pieces.add(1 << 60, b"x")
    assert (pieces.held, pieces.beginning, pieces.front(0)) == (1, b"", b"")


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_pieces_in_any_order(whole: bytes, data: st.DataObject) -> None:
    offsets = st.integers(0, len(whole) - 1)
    wanted = data.draw(st.lists(st.tuples(offsets, st.integers(1, 9)), max_size=12))
    pieces = Pieces()
    there = set[int]()
    for start, size in wanted:
        piece = range(start, min(start + size, len(whole)))
        assert pieces.add(start, whole[start : start + size]) == len(set(piece) - there)
        there |= set(piece)
    first_gap = next((at for at in range(len(whole)) if at not in there), len(whole))
    assert pieces.beginning == whole[:first_gap]
    assert (pieces.held, pieces.contradicted) == (len(there), False)
    assert pieces.front(0) == whole[:first_gap]


def test_bytes_one_by_one_from_the_end() -> None:
    whole = random.Random(1).randbytes(3000)
    pieces = Pieces()
    for at in reversed(range(len(whole))):
        pieces.add(at, whole[at : at + 1])
    assert pieces.front(0) == whole
