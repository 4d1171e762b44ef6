"""Captures with which workers of a Dask cluster were lost: noted at the scheduler, and read there when a task begins
once more.

Knows tasks of ``distributed``; must not know how captures are read. Dask gives a task to another worker when the one
that had it is gone, and after so many times (``distributed.scheduler.allowed-failures``, 3 unless configured
otherwise) raises ``KilledWorker`` for the whole computation. Nobody can tell the task so but the task itself: each of
its runs notes with which capture it begins. A capture amid which ``ENOUGH`` runs ended is passed over by the next, so
that runs are left for others like it; the last run that Dask allows passes over all amid which one ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Hashable, Sequence
from typing import Protocol, cast

USUAL_FAILURES = 3
"""Workers that may be lost with a task, where Dask is not configured."""

ENOUGH = 2
"""Workers that are lost amid a capture before it is taken for the reason: one may be lost for any other."""


class ReadsNotes(Protocol):
    """What is asked of a ``distributed.Client`` by whoever asks for notes."""

    def get_metadata(self, keys: Sequence[Hashable], default: object) -> object:
        """What was noted at the scheduler."""
        ...


class Client(ReadsNotes, Protocol):
    """What is asked of it by a run."""

    def set_metadata(self, key: Sequence[Hashable], value: object) -> object:
        """Note it there; comes back when it stands there."""
        ...

    def get_events(self, topic: str) -> object:
        """What happened there, each with its time."""
        ...


class LostWorkers:
    """The notes of one run of a task about captures, told apart by their numbers. Where nothing else runs the task
    when a worker is lost (threads, processes of Dask without a cluster), nothing is noted."""

    def __init__(self) -> None:
        self._task, self._client = _this_task()
        self._lost: list[int] = []
        """Amid which capture each run before this one ended."""
        if self._client is not None:
            self._lost = lost_amid(self._client, self._task)

    def to_read(self, count: int) -> Generator[tuple[int, bool], None, None]:
        """The numbers of so many captures, one after the other, and whether each may be read."""
        enough = 1 if self._is_last() else ENOUGH
        passed_over = {number for number, times in Counter(self._lost).items() if times >= enough}
        try:
            for number in range(count):
                may_be_read = number not in passed_over
                if may_be_read:
                    # Before it is read: the worker may be gone at once, and with it what it has not sent.
                    self._note([*self._lost, number])
                yield number, may_be_read
        finally:
            # The same is computed again where the result is lost with another worker.
            self._note(self._lost)

    def _is_last(self) -> bool:
        if self._client is None or not self._lost:
            return False
        # Dask also counts workers that were lost while the task only waited there.
        killed = killed_with(self._task, cast(Sequence[tuple[float, object]], self._client.get_events("all")))
        return max(killed, len(self._lost)) >= _failures()

    def _note(self, lost: list[int]) -> None:
        if self._client is not None:
            self._client.set_metadata([self._task], lost)


def lost_amid(client: ReadsNotes, task: Hashable) -> list[int]:
    """Amid which capture each run of a task was lost, as these noted."""
    # A list of one: a key that is a tuple would be taken for a path of keys.
    return [*cast(Sequence[int], client.get_metadata([task], default=()))]


def killed_with(task: Hashable, events: Sequence[tuple[float, object]]) -> int:
    """How many workers had a task when they were lost, by the scheduler's events, each with its time in seconds."""
    return sum(
        isinstance(event, dict)
        and event.get("action") == "remove-worker"
        and not event.get("expected")
        and task in event.get("processing-tasks", ())
        for _, event in events
    )


def _this_task() -> tuple[Hashable, Client | None]:
    try:
        from distributed import get_client, get_worker
    except ImportError:
        return None, None
    try:
        task = cast(Hashable, get_worker().get_current_task())
    except ValueError:
        return None, None
    return task, cast(Client, get_client())


def _failures() -> int:
    import dask.config

    return max(1, int(dask.config.get("distributed.scheduler.allowed-failures", USUAL_FAILURES)))
