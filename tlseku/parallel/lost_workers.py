"""Captures with which workers of a Dask cluster were lost: noted at the scheduler, and read there when a task begins
once more.

Knows tasks of ``distributed``; must not know how captures are read. Dask gives a task to another worker when the one
that had it is gone, and after so many times (``distributed.scheduler.allowed-failures``, 3 unless configured
otherwise) raises ``KilledWorker`` for the whole computation. Nobody can tell the task so but the task itself: each of
its runs notes with which capture it begins, and the last one that Dask allows, passes over the captures amid which the
runs before it ended.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Protocol, cast

USUAL_FAILURES = 3
"""Workers that may be lost with a task, where Dask is not configured."""

_BEGUN = -1
_DONE = -2


class _Worker(Protocol):
    """What is asked of a ``distributed.Worker``."""

    def get_current_task(self) -> object:
        """The key of the task."""
        ...

    def log_event(self, topic: str, msg: object) -> None:
        """Note something at the scheduler."""
        ...


class LostWorkers:
    """The notes of one run of a task about captures, told apart by their numbers. Where nothing else runs the task
    when a worker is lost (threads, processes of Dask without a cluster), nothing is noted."""

    def __init__(self) -> None:
        self._worker = _this_worker()
        self._topic = ""
        self._lost: dict[int, int] = {}
        if self._worker is None:
            return
        self._topic = f"tlseku {self._worker.get_current_task()}"
        self._lost = lost_with(_notes(self._topic))
        self._note(_BEGUN)

    def to_read(self, count: int) -> Generator[tuple[int, bool], None, None]:
        """The numbers of so many captures, one after the other, and whether each may be read."""
        is_last = len(self._lost) > 0 and sum(self._lost.values()) >= _failures()
        try:
            for number in range(count):
                may_be_read = not (is_last and number in self._lost)
                if may_be_read:
                    self._note(number)
                yield number, may_be_read
        finally:
            self._note(_DONE)

    def _note(self, what: int) -> None:
        if self._worker is not None:
            self._worker.log_event(self._topic, what)


def lost_with(notes: Iterable[int]) -> dict[int, int]:
    """How many runs were lost amid which capture, by what all runs have noted. What was noted before a run came to its
    end, one way or the other, counts no more: the same may be computed twice."""
    lost: dict[int, int] = {}
    at: int | None = None
    for note in notes:
        if note == _DONE:
            lost.clear()
            at = None
        elif note != _BEGUN:
            at = note
        elif at is not None:
            lost[at] = lost.get(at, 0) + 1
            at = None
    if at is not None:
        lost[at] = lost.get(at, 0) + 1
    return lost


def _this_worker() -> _Worker | None:
    try:
        from distributed import get_worker
    except ImportError:
        return None
    try:
        return cast(_Worker, get_worker())
    except ValueError:
        return None


def _notes(topic: str) -> list[int]:
    from distributed import get_client

    return [note for _, note in get_client().get_events(topic)]


def _failures() -> int:
    import dask.config

    return max(1, int(dask.config.get("distributed.scheduler.allowed-failures", USUAL_FAILURES)))
