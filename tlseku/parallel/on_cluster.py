"""Tasks on a Dask cluster, one by one, and what becomes of each in their order.

Knows the futures of a ``dask.distributed.Client`` that the user has made; must not know what the tasks do. No more are
under way than keep the cluster busy, so that a million captures are not a million tasks at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from tlseku.errors import MissingLibrary, TlsekuError
from tlseku.parallel.many import lost_with_workers
from tlseku.parallel.one_capture import CaptureReader, Ending
from tlseku.parallel.reader_here import reader_here
from tlseku.parallel.urls import Place
from tlseku.scanning import ScanOptions

AHEAD = 4
"""Tasks for each thread of the cluster that are given to it before they are waited for."""

_F = TypeVar("_F")


class Future(Protocol):
    """What becomes of a task."""

    def result(self) -> object:
        """Waits for it."""
        ...


class Cluster(Protocol):
    """What is asked of a ``dask.distributed.Client``."""

    def nthreads(self) -> Mapping[str, int]:
        """How many threads each worker has."""
        ...

    def scatter(self, data: object, *, broadcast: bool, hash: bool) -> object:
        """Hand out to all workers what many tasks need."""
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
    shared = client.scatter((work, options, folder), broadcast=True, hash=False)
    waiting: deque[tuple[_T, Future]] = deque()
    for task in (*tasks, None):
        if task is not None:
            waiting.append((task, client.submit(_run, task, shared, pure=False)))
        while waiting and (task is None or len(waiting) >= most):
            given, future = waiting.popleft()
            try:
                ending = cast(Ending, future.result())
            except KilledWorker:
                ending = lost_with_workers(given.place)
            yield ending


def _run(task: _T, shared: tuple[Callable[[_T, CaptureReader, _F], Ending], ScanOptions, _F]) -> Ending:
    work, options, folder = shared
    return work(task, reader_here(options), folder)
