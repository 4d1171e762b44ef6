"""Handshake messages fragmented, coalesced and full of holes."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls.written import message
from tlseku.tls.handshake import MAX_MESSAGE, HandshakeReader
from tlseku.tls.message import Message

A, B, D = message(2, b"a" * 50), message(11, b"b" * 300), message(14, b"")
ALL = A + B + D


def read(
    *steps: bytes | int | str, close: bool = False
) -> list[tuple[int, bytes, int, tuple[int, ...], str | None]]:
    """Bytes (frames count from 1), holes of known length, ``record`` for the beginning of one, ``lose``."""
    out: list[Message | None] = []
    reader = HandshakeReader(0, False)
    for frame, step in enumerate(steps, 1):
        if isinstance(step, int):
            out.append(reader.hole(step, "gone"))
        elif step == "lose":
            out.append(reader.lose("gone"))
        elif isinstance(step, bytes):
            reader.reached(frame, frame * 10)
            reader.begin_record(step[:4], len(step))
            out += reader.data(step, 0, len(step), frame)
    if close:
        out.append(reader.close("over"))
    return [(each.kind, each.body, each.frame, each.frames, each.cut) for each in out if each is not None]


def test_coalesced() -> None:
    assert read(ALL) == [
        (2, b"a" * 50, 1, (1,), None),
        (11, b"b" * 300, 1, (1,), None),
        (14, b"", 1, (1,), None),
    ]


@pytest.mark.parametrize("at", range(1, len(ALL)))
def test_cut_in_two(at: int) -> None:
    found = read(ALL[:at], ALL[at:])
    assert [(kind, body, cut) for kind, body, _, _, cut in found] == [
        (2, b"a" * 50, None),
        (11, b"b" * 300, None),
        (14, b"", None),
    ]
    ends = [54, 358, 362]
    starts = [0, 54, 358]
    assert [frame for _, _, frame, _, _ in found] == [1 if end <= at else 2 for end in ends]
    assert [frames for _, _, _, frames, _ in found] == [
        (1,) if end <= at else (2,) if start >= at else (1, 2)
        for start, end in zip(starts, ends, strict=True)
    ]


@given(st.lists(st.integers(1, len(ALL) - 1), unique=True, max_size=60))
def test_any_cut(points: list[int]) -> None:
    edges = [0, *sorted(points), len(ALL)]
    found = read(*(ALL[low:high] for low, high in pairwise(edges)))
    assert [(kind, body, cut) for kind, body, _, _, cut in found] == [
        (2, b"a" * 50, None),
        (11, b"b" * 300, None),
        (14, b"", None),
    ]


@pytest.mark.parametrize("length", [1, 5, 100, 200])
@pytest.mark.parametrize("at", [4, 5, 60, 100])
def test_a_hole_inside_a_message_cuts_it_and_no_other(at: int, length: int) -> None:
    data = B + A + D
    found = read(data[:at], length, data[at + length :])
    assert found == [
        (11, b"b" * (at - 4), 1, (1,), "gone"),
        (2, b"a" * 50, 3, (3,), None),
        (14, b"", 3, (3,), None),
    ]


def test_a_hole_up_to_the_end_of_a_message() -> None:
    assert read(B[:100], 204, A) == [(11, b"b" * 96, 1, (1,), "gone"), (2, b"a" * 50, 3, (3,), None)]


def test_two_holes_in_one_message() -> None:
    assert read(B[:100], 50, B[150:200], 50, B[250:] + D) == [
        (11, b"b" * 96, 1, (1,), "gone"),
        (14, b"", 5, (5,), None),
    ]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_hole_in_a_header_loses_the_rest_of_the_record(at: int) -> None:
    """The message's length is gone; the next record that begins like a message is where reading goes on."""
    assert read(B[:at], 10, B[at + 10 :], A) == [(11, b"", 1, (1,), "gone"), (2, b"a" * 50, 4, (4,), None)]


def test_a_hole_beyond_the_message() -> None:
    data = B + A
    assert read(data[:100], 220, data[320:], D) == [
        (11, b"b" * 96, 1, (1,), "gone"),
        (14, b"", 4, (4,), None),
    ]


def test_after_a_loss_a_piece_in_the_middle_is_not_taken_for_a_message() -> None:
    assert read(B[:100], "lose", b"\x77" * 80, B[4:80], D) == [
        (11, b"b" * 96, 1, (1,), "gone"),
        (14, b"", 5, (5,), None),
    ]


@pytest.mark.parametrize("at", [1, 4, 60])
def test_closed_amid_a_message(at: int) -> None:
    assert read(A + B[:at], close=True)[1:] == [(11, b"b" * max(0, at - 4), 1, (1,), "over")]


def test_closed_between_messages() -> None:
    assert read(A, close=True) == [(2, b"a" * 50, 1, (1,), None)]


def test_a_message_beyond_the_limit_is_cut_there_and_the_next_is_read() -> None:
    size = MAX_MESSAGE + 70_000
    data = message(11, bytes(size)) + D
    found = read(*(data[at : at + 16384] for at in range(0, len(data), 16384)))
    assert [(kind, len(body), cut) for kind, body, _, _, cut in found] == [
        (11, MAX_MESSAGE - 4, "message too long"),
        (14, 0, None),
    ]


def test_the_longest_message() -> None:
    (found,) = read(message(11, bytes(MAX_MESSAGE - 4)))
    assert (len(found[1]), found[4]) == (MAX_MESSAGE - 4, None)


def test_a_frame_that_brought_bytes_before_counts_for_what_completes_later() -> None:
    reader = HandshakeReader(1, True)
    reader.reached(9, 90)
    (found,) = reader.data(b"?" + D + b"?", 1, 1 + len(D), 4)
    assert (found.side, found.kind, found.body, found.opened) == (1, 14, b"", True)
    assert (found.frame, found.frames, found.ts_ns) == (9, (4,), 90)


def test_amid_a_message() -> None:
    reader = HandshakeReader(0, False)
    reader.reached(1, 1)
    states = []
    for step in (A, B[:2], B[2:100]):
        reader.data(step, 0, len(step), 1)
        states.append(reader.amid_message)
    reader.hole(100, "gone")
    states.append(reader.amid_message)
    reader.data(B, 200, len(B), 1)
    states.append(reader.amid_message)
    assert states == [False, True, True, True, False]


def test_any_steps(seeded: random.Random) -> None:
    for _ in range(3000):
        steps: list[bytes | int | str] = []
        for _ in range(seeded.randrange(1, 8)):
            low = seeded.randrange(len(ALL))
            steps.append(
                seeded.choice(
                    (
                        ALL[low : low + seeded.randrange(1, 90)],
                        seeded.randrange(1, 400),
                        "lose",
                        seeded.randbytes(9),
                    )
                )
            )
        total = sum(len(step) for step in steps if isinstance(step, bytes))
        assert sum(len(body) for _, body, _, _, _ in read(*steps, close=True)) <= total
