"""``tlseku.network.tcp.out_of_order_budget``: how much all streams together hold back."""

from __future__ import annotations

import pytest

from tests.network.connections import (
    C,
    Table,
    other,
)
from tests.network.heard import Recorder, segment
from tlseku.network.tcp import out_of_order_budget
from tlseku.network.tcp.out_of_order_budget import OutOfOrderBudget
from tlseku.network.tcp.stream import Stream


def test_all_together_hold_back_no_more_than_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out_of_order_budget, "MAX_HELD_BYTES", 100_000)
    table = Table()
    for number in range(10):
        table.feed(
            segment(0, C, syn=True, key=other(number)), segment(0, C + 5, bytes(20_000), key=other(number))
        )
        assert table.table._budget.queued.bytes <= 100_000
    assert [listener.count("gap") for listener in table.listeners] == [1] * 6 + [0] * 4
    assert table.table.limits == {"MAX_HELD_BYTES": 6}
    assert [heard[0] for heard in table.closed()] == [("gap", 0, 4, "segment_lost")] * 10


def _waiting(budget: OutOfOrderBudget, size: int) -> tuple[Stream, Recorder]:
    """A stream in which so many bytes wait behind a hole of one."""
    listener = Recorder()
    stream = Stream(0, listener, budget.queued)
    stream.syn(C)
    stream.segment(C + 2, bytes(size), 0, 1, 0)
    return stream, listener


def test_the_stream_that_has_waited_longest_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out_of_order_budget, "MAX_HELD_BYTES", 2500)
    budget = OutOfOrderBudget()
    (first, of_first), (second, of_second) = _waiting(budget, 1000), _waiting(budget, 900)
    assert budget.waits(first) == 0
    # Once more does not make it younger.
    assert (budget.waits(second), budget.waits(first)) == (0, 0)
    third, of_third = _waiting(budget, 800)
    assert budget.waits(third) == 1
    assert [each.waiting for each in (first, second, third)] == [False, True, True]
    assert [each.count("gap") for each in (of_first, of_second, of_third)] == [1, 0, 0]


def test_a_stream_that_was_dropped_or_waits_no_more_gives_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    budget = OutOfOrderBudget()
    (first, of_first), (second, of_second), (third, of_third) = (_waiting(budget, 1000) for _ in range(3))
    assert [budget.waits(each) for each in (first, second, third)] == [0, 0, 0]
    budget.drop(first)
    budget.drop(first)
    second.segment(C + 1, b"x", 0, 2, 0)
    monkeypatch.setattr(out_of_order_budget, "MAX_HELD_BYTES", 2000)
    assert budget.waits(third) == 1
    assert [each.count("gap") for each in (of_first, of_second, of_third)] == [0, 0, 1]
