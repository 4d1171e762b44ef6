from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.network.tcp.out_of_order import PIECE_COST, OutOfOrderQueue, Piece, QueuedBytes

Shape = tuple[int, bytes | int, int]


def _shape(piece: Piece) -> Shape:
    return (piece.position, piece.data or piece.end - piece.position, piece.frame)


def _taken(waiting: OutOfOrderQueue) -> list[Shape]:
    return [_shape(waiting.take()) for _ in range(len(waiting))]


@pytest.mark.parametrize(
    ("added", "pieces"),
    [
        pytest.param([(5, b"abc", 0)], [(5, b"abc", 0)], id="one"),
        pytest.param([(5, b"abc", 0), (2, b"xyz", 0)], [(2, b"xyz", 1), (5, b"abc", 0)], id="before"),
        pytest.param([(5, b"abc", 0), (8, b"xyz", 0)], [(5, b"abc", 0), (8, b"xyz", 1)], id="after"),
        pytest.param([(5, b"abc", 0), (5, b"abc", 0)], [(5, b"abc", 0)], id="again"),
        pytest.param([(5, b"abcd", 0), (6, b"bc", 0)], [(5, b"abcd", 0)], id="inside"),
        pytest.param(
            [(5, b"bc", 0), (4, b"abcd", 0)], [(4, b"a", 1), (5, b"bc", 0), (7, b"d", 1)], id="around"
        ),
        pytest.param([(5, b"abc", 0), (7, b"cde", 0)], [(5, b"abc", 0), (8, b"de", 1)], id="over the end"),
        pytest.param(
            [(5, b"cde", 0), (3, b"abc", 0)], [(3, b"ab", 1), (5, b"cde", 0)], id="over the beginning"
        ),
        pytest.param(
            [(2, b"bb", 0), (6, b"ff", 0), (0, b"aabbddffhh", 0)],
            [(0, b"aa", 2), (2, b"bb", 0), (4, b"dd", 2), (6, b"ff", 1), (8, b"hh", 2)],
            id="around two",
        ),
        pytest.param([(5, b"abc", 4)], [(5, b"abc", 0), (8, 4, 0)], id="cut by the snaplen"),
        pytest.param([(5, b"", 4)], [(5, 4, 0)], id="nothing captured"),
        pytest.param(
            [(5, b"", 6), (7, b"xy", 0)],
            [(5, 2, 0), (7, b"xy", 1), (9, 2, 0)],
            id="captured at last, in the middle",
        ),
        pytest.param([(5, b"", 3), (4, b"abcde", 0)], [(4, b"abcde", 1)], id="captured at last, all of it"),
        pytest.param(
            [(5, b"", 3), (6, b"bcd", 2)], [(5, 1, 0), (6, b"bcd", 1), (9, 2, 1)], id="captured, but the end"
        ),
        pytest.param(
            [(5, b"ab", 0), (9, b"ef", 0), (4, b"x", 9)],
            [(4, b"x", 2), (5, b"ab", 0), (7, 2, 2), (9, b"ef", 1), (11, 3, 2)],
            id="what waits is not lost behind uncaptured bytes",
        ),
        pytest.param([(5, b"", 3), (4, b"", 5)], [(4, 1, 1), (5, 3, 0), (8, 1, 1)], id="never captured"),
        pytest.param(
            [(2, b"b", 2), (1, b"abcdef", 0)],
            [(1, b"a", 1), (2, b"b", 0), (3, b"cdef", 1)],
            id="half captured first",
        ),
    ],
)
def test_pieces(added: list[tuple[int, bytes, int]], pieces: list[Shape]) -> None:
    held = QueuedBytes()
    waiting = OutOfOrderQueue(held)
    for frame, (position, data, missing) in enumerate(added):
        assert waiting.add(position, data, missing, frame, 0) is False
    assert waiting.cost == held.bytes
    assert waiting.cost == sum(
        len(p[1]) if isinstance(p[1], bytes) else 0 for p in pieces
    ) + PIECE_COST * len(pieces)
    assert waiting.first.position == pieces[0][0]
    assert _taken(waiting) == pieces
    assert waiting.cost == held.bytes == 0


@pytest.mark.parametrize(
    ("position", "data", "differs"),
    [
        (10, b"abcd", False),
        (9, b"?abcd?", False),
        (11, b"bc", False),
        (12, b"cd??", False),
        (14, b"????", False),
        (6, b"????", False),
        (10, b"abcX", True),
        (13, b"X", True),
        (9, b"?Xbcd", True),
    ],
)
def test_tells_contradictions(position: int, data: bytes, differs: bool) -> None:
    waiting = OutOfOrderQueue(QueuedBytes())
    waiting.add(10, b"abcd", 0, 0, 0)
    assert waiting.add(position, data, 0, 1, 0) is differs


def test_shift_and_clear() -> None:
    held = QueuedBytes()
    waiting, other = OutOfOrderQueue(held), OutOfOrderQueue(held)
    waiting.add(-5, b"abc", 2, 0, 0)
    other.add(0, b"xy", 0, 0, 0)
    waiting.shift(100)
    assert (waiting.first.position, waiting.end) == (95, 100)
    waiting.add(97, b"", 9, 1, 0)
    assert _taken(waiting) == [(95, b"abc", 0), (98, 2, 0), (100, 6, 1)]
    waiting.add(0, b"abc", 0, 0, 0)
    waiting.clear()
    assert (len(waiting), waiting.cost, held.bytes) == (0, 0, other.cost)


@given(
    st.binary(min_size=60, max_size=60),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12),
)
def test_every_position_once_and_the_first_captured(whole: bytes, cuts: list[tuple[int, int, int]]) -> None:
    held = QueuedBytes()
    waiting = OutOfOrderQueue(held)
    expected: dict[int, int | None] = {}
    for frame, (position, length, missing) in enumerate(cuts):
        data = whole[position : position + length]
        assert waiting.add(position, data, missing, frame, 0) is False
        for at in range(position, position + len(data)):
            if expected.get(at) is None:
                expected[at] = frame
        for at in range(position + len(data), position + len(data) + missing):
            expected.setdefault(at, None)
    assert waiting.cost == held.bytes
    found: dict[int, int | None] = {}
    last = -1
    for _ in range(len(waiting)):
        piece = waiting.take()
        assert last <= piece.position < piece.end
        last = piece.end
        assert piece.data in (b"", whole[piece.position : piece.end])
        for at in range(piece.position, piece.end):
            found[at] = piece.frame if piece.data else None
    assert found == expected
    assert held.bytes == 0


def test_random_pieces_never_raise(seeded: random.Random) -> None:
    waiting = OutOfOrderQueue(QueuedBytes())
    for frame in range(20_000):
        position = seeded.randrange(2000)
        waiting.add(position, seeded.randbytes(seeded.randrange(30)), seeded.randrange(3), frame, 0)
        if seeded.random() < 0.5 and len(waiting):
            waiting.take()
    positions = [piece.position for piece in waiting._pieces]
    assert positions == waiting._positions == sorted(positions)
