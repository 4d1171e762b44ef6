"""Captures that are being written: the clock of one, what wakes a quiet line, and how a reading is stopped."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator

import pytest
from librt.vecs import vec
from mypy_extensions import i64

from tlseku.capture import Batch
from tlseku.capture import Clock as Ticks
from tlseku.cli.streams.arriving import FAR_NS, MAX_DELAY_NS, RUN, Arriving, Clock
from tlseku.cli.streams.stopping import GRACE_SECONDS, Stopping

SECOND = 1_000_000_000
THEN = 1_700_000_000 * SECOND


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def batch_at(*times_ns: int) -> Batch:
    data, starts = b"", []
    for each in times_ns:
        data += struct.pack("<IIII", each // SECOND, each % SECOND, 1, 1)
        starts.append(len(data))
        data += b"x"
    return Batch(data, vec[i64](starts), 1, 1, Ticks("<", 1))


def clock_at(hand: Hand, calendar_ns: int = 0) -> Clock:
    return Clock(hand, lambda: calendar_ns)


def test_nobody_knows_the_time_before_a_packet() -> None:
    assert clock_at(Hand()).now_ns() is None


def test_time_is_that_of_the_last_packet_and_what_was_waited() -> None:
    hand = Hand()
    clock = clock_at(hand)
    clock.saw(batch_at(THEN, THEN + SECOND))
    assert clock.now_ns() == THEN + SECOND
    hand.seconds += 2.5
    assert clock.now_ns() == THEN + 3 * SECOND + SECOND // 2
    clock.saw(batch_at(THEN + 2 * SECOND))
    assert clock.now_ns() == THEN + 2 * SECOND


@pytest.mark.parametrize(
    ("delay_ns", "counted_ns"),
    [(-1, 0), (0, 0), (1, 1), (SECOND, SECOND), (MAX_DELAY_NS, MAX_DELAY_NS), (MAX_DELAY_NS + 1, 0)],
)
def test_what_lay_in_a_buffer_has_waited_for_that_long(delay_ns: int, counted_ns: int) -> None:
    clock = clock_at(Hand(), THEN + delay_ns)
    clock.saw(batch_at(THEN))
    assert clock.now_ns() == THEN + counted_ns


@pytest.mark.parametrize("far_ns", [FAR_NS + 1, -FAR_NS - 1])
def test_a_packet_far_from_all_others_moves_no_clock(far_ns: int) -> None:
    clock = clock_at(Hand())
    clock.saw(batch_at(THEN))
    for _ in range(RUN - 1):
        clock.saw(batch_at(THEN + far_ns))
        assert clock.now_ns() == THEN
    clock.saw(batch_at(THEN + SECOND))
    assert clock.now_ns() == THEN + SECOND


def test_packets_that_agree_move_it() -> None:
    clock = clock_at(Hand())
    clock.saw(batch_at(THEN))
    for _ in range(RUN):
        clock.saw(batch_at(THEN + 2 * FAR_NS))
    assert clock.now_ns() == THEN + 2 * FAR_NS


def test_a_first_batch_whose_ends_disagree_is_doubted() -> None:
    clock = clock_at(Hand())
    clock.saw(batch_at(THEN, THEN + 2 * FAR_NS))
    assert clock.now_ns() is None


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for each in (read, write):
        with contextlib.suppress(OSError):
            os.close(each)


def test_bytes_come_as_they_are_written_until_the_end(pipe: tuple[int, int]) -> None:
    begun: list[int] = []
    arriving = Arriving(pipe[0], "lo", Stopping(), lambda: begun.append(1))
    os.write(pipe[1], b"abc")
    assert arriving.read(2) == b"ab"
    assert arriving.read(512) == b"c"
    os.close(pipe[1])
    assert arriving.read(512) == b""
    assert arriving.name == "lo"
    assert begun == [1]


@pytest.mark.skipif(os.name != "posix", reason="pipes cannot be waited for")
def test_a_pipe_in_which_nothing_comes_ends_when_that_is_asked_for(pipe: tuple[int, int]) -> None:
    hand = Hand()
    stopping = Stopping(hand)
    arriving = Arriving(pipe[0], "lo", stopping, lambda: None)
    asked: list[int] = []
    stopping.on_asked = lambda: asked.append(1)
    stopping.ask()
    stopping.ask()
    assert asked == [1]
    assert stopping.asked
    assert not stopping.overdue
    os.write(pipe[1], b"last words")
    assert arriving.read(512) == b"last words"
    hand.seconds += GRACE_SECONDS
    assert arriving.read(512) == b""
