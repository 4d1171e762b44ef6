"""``tlseku.parallel.lost_workers``: amid which captures workers were lost, by what their runs of a task have noted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tlseku.parallel import lost_workers
from tlseku.parallel.lost_workers import LostWorkers, lost_with

B, D = -1, -2


@pytest.mark.parametrize(
    ("notes", "lost"),
    [
        ([], {}),
        ([B], {}),
        ([B, 0, 1, 2, D], {}),
        ([B, 0, 1], {1: 1}),
        ([B, 0, 1, B], {1: 1}),
        ([B, 0, 1, B, 0, 1, B, 0, 1], {1: 3}),
        ([B, 0, B, 0, 1, B], {0: 1, 1: 1}),
        ([B, B, 0], {0: 1}),
        ([B, 0, B, 0, 1, D], {}),
        ([B, 0, B, 0, 1, D, B, 0], {0: 1}),
    ],
)
def test_amid_which_capture(notes: list[int], lost: dict[int, int]) -> None:
    assert lost_with(notes) == lost


class Worker:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.noted: list[object] = []

    def get_current_task(self) -> object:
        return "key"

    def log_event(self, topic: str, msg: object) -> None:
        assert topic == "tlseku key"
        self.noted.append(msg)


@pytest.mark.parametrize(
    ("before", "read", "noted"),
    [
        ([], [True, True, True], [B, 0, 1, 2, D]),
        ([B, 0, 1], [True, True, True], [B, 0, 1, 2, D]),
        ([B, 0, 1, B, 0, 1], [True, False, True], [B, 0, 2, D]),
        ([B, 0, 1, B, 0], [False, False, True], [B, 2, D]),
        ([B, 0, 1, B, 0, 1, D], [True, True, True], [B, 0, 1, 2, D]),
    ],
)
def test_the_last_run_passes_over_it(
    monkeypatch: pytest.MonkeyPatch, before: Sequence[int], read: list[bool], noted: list[int]
) -> None:
    worker = Worker()
    monkeypatch.setattr(lost_workers, "_this_worker", lambda: worker)
    monkeypatch.setattr(lost_workers, "_notes", lambda topic: before)
    monkeypatch.setattr(lost_workers, "_failures", lambda: 2)
    assert list(LostWorkers().to_read(3)) == [*enumerate(read)]
    assert worker.noted == noted


def test_a_run_that_ends_with_an_error_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    monkeypatch.setattr(lost_workers, "_this_worker", lambda: worker)
    monkeypatch.setattr(lost_workers, "_notes", lambda topic: [])
    running = LostWorkers().to_read(3)
    assert next(running) == (0, True)
    running.close()
    assert worker.noted == [B, 0, D]


def test_without_a_cluster_nothing_is_noted() -> None:
    assert list(LostWorkers().to_read(2)) == [(0, True), (1, True)]
