"""``tlseku.parallel.lost_workers``: amid which captures workers were lost, by what their runs of a task have noted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pytest

from tlseku.parallel import lost_workers
from tlseku.parallel.lost_workers import LostWorkers, killed_with

TASK = ("key", 0)


def lost_worker(*tasks: Hashable, expected: bool = False) -> tuple[float, object]:
    """An event of the scheduler."""
    return 1.0, {"action": "remove-worker", "processing-tasks": {*tasks}, "expected": expected}


class Scheduler:
    """Keeps notes and events, as a client reaches them."""

    def __init__(self, lost: Sequence[int], events: Sequence[tuple[float, object]] = ()) -> None:
        self.notes: dict[Hashable, object] = {TASK: tuple(lost)} if lost else {}
        self.noted: list[object] = []
        self.events = events

    def get_metadata(self, keys: Sequence[Hashable], default: object) -> object:
        (key,) = keys
        return self.notes.get(key, default)

    def set_metadata(self, key: Sequence[Hashable], value: object) -> None:
        (task,) = key
        self.notes = {task: value}
        self.noted.append(value)

    def get_events(self, topic: str) -> object:
        assert topic == "all"
        return self.events


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many workers may be lost with a task."""
    monkeypatch.setattr(lost_workers, "_failures", lambda: 3)
    return 3


def running_at(monkeypatch: pytest.MonkeyPatch, scheduler: Scheduler) -> LostWorkers:
    monkeypatch.setattr(lost_workers, "_this_task", lambda: (TASK, scheduler))
    return LostWorkers()


@pytest.mark.parametrize(
    ("lost", "read", "noted"),
    [
        ([], [True, True, True], [[0], [1], [2], []]),
        ([1], [True, True, True], [[1, 0], [1, 1], [1, 2], [1]]),
        ([1, 0], [True, True, True], [[1, 0, 0], [1, 0, 1], [1, 0, 2], [1, 0]]),
        # Two are no accident any more.
        ([1, 1], [True, False, True], [[1, 1, 0], [1, 1, 2], [1, 1]]),
        # The last run passes over all.
        ([1, 1, 0], [False, False, True], [[1, 1, 0, 2], [1, 1, 0]]),
        ([2, 2, 2], [True, True, False], [[2, 2, 2, 0], [2, 2, 2, 1], [2, 2, 2]]),
    ],
)
def test_what_takes_workers_with_it_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
    failures: int,
    lost: Sequence[int],
    read: list[bool],
    noted: list[list[int]],
) -> None:
    scheduler = Scheduler(lost)
    assert list(running_at(monkeypatch, scheduler).to_read(3)) == [*enumerate(read)]
    assert scheduler.noted == noted
    # Computed once more, since the result was lost, it is the same.
    assert list(running_at(monkeypatch, scheduler).to_read(3)) == [*enumerate(read)]


@pytest.mark.parametrize(
    ("lost", "events", "read"),
    [
        # Once amid it, once waiting while another took the worker with it.
        ([1], [lost_worker(TASK), *[lost_worker(TASK, "other")] * 2], [True, False, True]),
        ([1], [lost_worker(TASK), *[lost_worker("other")] * 2], [True, True, True]),
        ([1], [lost_worker(TASK), *[lost_worker(TASK, expected=True)] * 2], [True, True, True]),
        # Nobody knows yet which capture it will be.
        ([], [lost_worker(TASK)] * 3, [True, True, True]),
    ],
)
def test_workers_that_others_took_with_them_count(
    monkeypatch: pytest.MonkeyPatch,
    failures: int,
    lost: Sequence[int],
    events: Sequence[tuple[float, object]],
    read: list[bool],
) -> None:
    found = running_at(monkeypatch, Scheduler(lost, events)).to_read(3)
    assert [may for _, may in found] == read


def test_events_of_other_kinds() -> None:
    events = [
        (1.0, {"action": "add-worker", "worker": "tcp://192.0.2.1:1"}),
        (2.0, {"action": "remove-worker"}),
        (3.0, ("progress", 7)),
        lost_worker(),
        lost_worker("key", ("key", 1)),
        lost_worker(TASK),
    ]
    assert killed_with(TASK, events) == 1
    assert killed_with(TASK, []) == 0


def test_it_is_noted_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler([])
    running = running_at(monkeypatch, scheduler).to_read(3)
    assert next(running) == (0, True)
    assert scheduler.noted == [[0]]


def test_a_run_that_ends_with_an_error_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler([])
    running = running_at(monkeypatch, scheduler).to_read(3)
    next(running)
    running.close()
    assert scheduler.noted == [[0], []]


def test_without_a_cluster_nothing_is_noted() -> None:
    assert list(LostWorkers().to_read(2)) == [(0, True), (1, True)]
