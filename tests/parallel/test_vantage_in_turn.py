"""From where flows are seen is decided where ``BeginOrder`` would, from what each capture says by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tlseku.handshake import begin_order
from tlseku.handshake.vantage import VantageFinder
from tlseku.parallel.vantage_in_turn import Decision, Steps

A, B, C, D = (bytes([10, 0, 0, last]) for last in (1, 2, 3, 4))

Batch = tuple[Sequence[tuple[bytes, bytes]], int]
"""The ends of the flows that ended in it, and the bytes that these take."""


def finder_of(*flows: tuple[bytes, bytes]) -> VantageFinder:
    finder = VantageFinder()
    for source, destination in flows:
        finder.flow(source + destination + bytes(4))
        finder.connection(source + destination + bytes(4))
    return finder


def decided(captures: Sequence[Sequence[Batch]], *, piece_by_piece: bool) -> tuple[str, ...]:
    decision = Decision()
    for batches in captures:
        steps, seen = Steps(), list[tuple[bytes, bytes]]()
        for flows, held in batches:
            seen += flows
            steps.batch(finder_of(*seen), held)
            if piece_by_piece and decision.take(steps.take_new(), steps.held) is not None:
                break
        decision.take(steps.take_new(), steps.held)
        decision.end(finder_of(*seen))
    return decision.rest().words


@pytest.mark.parametrize("piece_by_piece", [True, False])
@pytest.mark.parametrize(
    ("captures", "expected"),
    [
        ([], ()),
        ([[([(A, B)], 1)]], ()),
        ([[([(A, B), (A, C)], 2)]], ("10.0.0.1",)),
        # One of each is in all.
        ([[([(A, B)], 1)], [([(A, C)], 1)]], ("10.0.0.1",)),
        ([[([(A, B), (A, C)], 2)], [([(B, C)], 1)]], ()),
        # What is held is not more than may be.
        ([[([(A, B), (A, C)], 10)], [([(B, C)], 1)]], ()),
        # It was decided before the next capture came, and before the next batch.
        ([[([(A, B), (A, C)], 11)], [([(B, C)], 1)]], ("10.0.0.1",)),
        ([[([(A, B), (A, C)], 11), ([(B, C)], 1)]], ("10.0.0.1",)),
        ([[([(A, B)], 6)], [([(A, C)], 5), ([(D, C)], 5)]], ("10.0.0.1",)),
        # The batch that makes it too much has its say.
        ([[([(A, B), (A, C)], 10), ([(B, C)], 1)]], ()),
        ([[([(A, B)], 11), ([(A, C)], 1)]], ()),
        # Nobody can be in all any more.
        ([[([(A, B), (C, D)], 1), ([(A, C)], 1)], [([(A, C)], 99)]], ()),
    ],
)
def test_where_it_is_decided(
    monkeypatch: pytest.MonkeyPatch,
    captures: Sequence[Sequence[Batch]],
    expected: tuple[str, ...],
    piece_by_piece: bool,
) -> None:
    monkeypatch.setattr(begin_order, "MAX_HELD_BYTES", 10)
    assert decided(captures, piece_by_piece=piece_by_piece) == expected


def test_what_stays_as_it_is_is_told_once() -> None:
    steps = Steps()
    for _ in range(3):
        steps.batch(finder_of((A, B)), 5)
    assert [at for at, _ in steps.take_new()] == [0]
    steps.batch(finder_of((A, B), (A, C)), 5)
    assert [at for at, _ in steps.take_new()] == [15]
    assert steps.take_new() == []
