"""Tasks on a Dask cluster, one by one, and what becomes of each in their order.

Knows the futures of a ``dask.distributed.Client`` that the user has made; must not know what the tasks do. No more are
under way than keep the cluster busy, so that a million captures are not a million tasks at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from tlseku.errors import MissingLibrary, TlsekuError
from tlseku.parallel.lost_workers import LostWorkers, ReadsNotes, lost_amid
from tlseku.parallel.many import lost_with_workers
from tlseku.parallel.one_capture import CaptureReader, Ending
from tlseku.parallel.reader_here import reader_here
from tlseku.parallel.urls import Place
from tlseku.scanning import ScanOptions

AHEAD = 4
"""Tasks for each thread of the cluster that are given to it before they are waited for."""

GIVEN_AGAIN = 5
"""How often a task is given again that only waited where workers were lost."""

_F = TypeVar("_F")


class Future(Protocol):
    """What becomes of a task."""

    @property
    def key(self) -> Hashable:
        """The name of the task."""
        ...

    def result(self) -> object:
        """Waits for it."""
        ...


class Cluster(ReadsNotes, Protocol):
    """What is asked of a ``dask.distributed.Client``."""

    def nthreads(self) -> Mapping[str, int]:
        """How many threads each worker has."""
        ...

    def submit(self, function: Callable[..., object], /, *arguments: object, pure: bool) -> Future:
        """Begin a task."""
        ...


def cluster_at(address: str) -> Cluster:
    """The cluster whose scheduler is at ``address``. Raises MissingLibrary without Dask, TlsekuError where there is
    none."""
    try:
        from distributed import Client
    except ImportError:
        raise MissingLibrary("distributed", "dask") from None
    try:
        begin: Callable[..., Cluster] = Client
        client = begin(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise TlsekuError(f"{address}: there is no Dask scheduler: {' '.join(str(error).split())}") from None
    return client


class AboutACapture(Protocol):
    """A task that says which capture it is about."""

    @property
    def place(self) -> Place:
        """Where that lies."""
        ...


_T = TypeVar("_T", bound=AboutACapture)


def on_cluster(
    client: Cluster,
    work: Callable[[_T, CaptureReader, _F], Ending],
    tasks: Sequence[_T],
    options: ScanOptions,
    folder: _F,
) -> Iterator[Ending]:
    """What ``work`` makes of each task with the reader of the worker; a worker that is lost with a task, again and
    again, is an ending of that. Raises MissingLibrary without Dask."""
    try:
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise MissingLibrary("distributed", "dask") from None
    most = max(1, AHEAD * sum(client.nthreads().values()))
    # The outcome of a task, since what is only handed out is lost with the last worker that has it.
    shared = client.submit(_shared, work, options, folder, pure=False)

    def begun(task: _T) -> Future:
        return client.submit(_run, task, shared, pure=False)

    def ending(task: _T, future: Future, again: int = GIVEN_AGAIN) -> Ending:
        try:
            return cast(Ending, future.result())
        except KilledWorker:
            if not again or lost_amid(client, future.key):
                return lost_with_workers(task.place)
        # Others took those workers with them: Dask counts that against all that wait there.
        return ending(task, begun(task), again - 1)

    waiting: deque[tuple[_T, Future]] = deque()
    for task in tasks:
        waiting.append((task, begun(task)))
        if len(waiting) >= most:
            yield ending(*waiting.popleft())
    while waiting:
        yield ending(*waiting.popleft())


def _shared(*what: object) -> tuple[object, ...]:
    return what


def _run(task: _T, shared: tuple[Callable[[_T, CaptureReader, _F], Ending], ScanOptions, _F]) -> Ending:
    work, options, folder = shared
    (ending,) = [
        work(task, reader_here(options), folder) if may_be_read else lost_with_workers(task.place)
        for _, may_be_read in LostWorkers().to_read(1)
    ]
    return ending
