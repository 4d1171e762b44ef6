"""Many captures on a Dask cluster: flows as a bag, tables as a data frame.

Knows Dask, which is imported here and nowhere else, and tables; must not know clusters: whoever has made a
``dask.distributed.Client`` has chosen one. Nothing is read before the result is computed, and a worker needs tlseku and
the library of the storage. A worker keeps what its captures have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from tlseku.data_frames import arrow, with_pandas
from tlseku.data_frames.columns import CAPTURES, What
from tlseku.decryption.key_log_files import SecretSource
from tlseku.errors import MissingLibrary
from tlseku.flow import Flow
from tlseku.parallel.capture_rows import capture_row
from tlseku.parallel.lost_workers import LostWorkers
from tlseku.parallel.many import lost_with_workers
from tlseku.parallel.one_capture import Ending, each_by_itself
from tlseku.parallel.reader_here import reader_here
from tlseku.parallel.urls import Place, places_of, sizes_of
from tlseku.parallel.workers import handing_back
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook
from tlseku.scanning import OnError, ScanOptions, chosen

if TYPE_CHECKING:
    import dask.bag
    import dask.dataframe

PARTITION_BYTES = 256 << 20
"""Captures of one partition have so many bytes together, unless one alone has more."""


class _Task(NamedTuple):
    """What a worker does for a partition."""

    places: tuple[Place, ...]
    options: ScanOptions
    on_error: OnError | None

    def __repr__(self) -> str:
        return f"<{len(self.places)} captures from {self.places[0].name if self.places else 'nowhere'}>"


def dask_bag(
    urls: Sequence[str] | str,
    *,
    options: ScanOptions | None = None,
    on_error: OnError | None = None,
    local: Sequence[str] = (),
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_bytes: int | None = None,
    storage: Mapping[str, object] | None = None,
    partition_bytes: int = PARTITION_BYTES,
) -> dask.bag.Bag:
    """The flows of captures as a ``dask.bag``; flows count from 1 in each capture.

    A partition are captures of ``partition_bytes`` together, or one that is larger. ``on_error`` is called on the
    worker, so that it must be such that it can be pickled: what became of each capture is told by ``dask_frame`` with
    the table ``captures``. The rest is as for ``scan_many``. Computing raises CaptureError for a capture that cannot be
    read, unless ``on_error`` takes it; one with which the workers are lost is such a capture (``docs/scale-out.md``).
    """
    try:
        import dask
        import dask.bag
    except ImportError:
        raise MissingLibrary("dask", "dask") from None
    keywords = ScanOptions(
        local=local,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_bytes=max_bytes,
    )
    flows_of = dask.delayed(_flows)
    tasks = _tasks(urls, storage, chosen(options, keywords), on_error, partition_bytes)
    return dask.bag.from_delayed([flows_of(task) for task in tasks])


def dask_frame(
    urls: Sequence[str] | str,
    what: What | Literal["captures"] = "flows",
    *,
    options: ScanOptions | None = None,
    on_error: OnError | None = None,
    local: Sequence[str] = (),
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_bytes: int | None = None,
    storage: Mapping[str, object] | None = None,
    partition_bytes: int = PARTITION_BYTES,
) -> dask.dataframe.DataFrame:
    """A table of captures as a ``dask.dataframe``; ``file`` and ``flow`` name a flow.

    ``what`` is as for ``Flows.to_pandas``, or ``captures``: what was read of each, what was passed over and what could
    not be read; an error stands there, and ends nothing. The rest is as for ``dask_bag``. Lists are text, parted by
    semicolons, since Dask moves no others between partitions.
    """
    try:
        import dask.dataframe
    except ImportError:
        raise MissingLibrary("dask", "dask") from None
    keywords = ScanOptions(
        local=local,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_bytes=max_bytes,
    )
    tasks = _tasks(urls, storage, chosen(options, keywords), on_error, partition_bytes)
    if what == "captures":
        return dask.dataframe.from_map(_captures, tasks, meta=_capture_table([]))
    empty = with_pandas.data_frame(arrow.table_of((), what), lists_as_text=True)
    return dask.dataframe.from_map(_partition, tasks, what=what, meta=empty)


def _tasks(
    urls: Sequence[str] | str,
    storage: Mapping[str, object] | None,
    options: ScanOptions,
    on_error: OnError | None,
    partition_bytes: int,
) -> list[_Task]:
    given = each_by_itself(options)
    tasks: list[_Task] = []
    held: list[Place] = []
    filled = 0
    places = places_of(urls, storage, on_error)
    for place, size in zip(places, sizes_of(places), strict=True):
        if held and filled + size > partition_bytes:
            tasks.append(_Task(tuple(held), given, on_error))
            held, filled = [], 0
        held.append(place)
        filled += size
    if held or not tasks:
        tasks.append(_Task(tuple(held), given, on_error))
    return tasks


def _each(task: _Task, take: Callable[[Ending], None]) -> Iterator[Flow]:
    reader = reader_here(task.options)
    for number, may_be_read in LostWorkers().to_read(len(task.places)):
        place = task.places[number]
        if may_be_read:
            yield from handing_back(reader.read(place), take)
        else:
            take(lost_with_workers(place))


def _those_read(task: _Task) -> Iterator[Flow]:
    return _each(task, lambda ending: ending.tell(task.on_error))


def _flows(task: _Task) -> list[Flow]:
    return list(_those_read(task))


def _partition(task: _Task, what: What) -> object:
    return with_pandas.data_frame(arrow.table_of(_those_read(task), what), lists_as_text=True)


def _captures(task: _Task) -> object:
    endings: list[Ending] = []
    for _ in _each(task, endings.append):
        pass
    return _capture_table(endings)


def _capture_table(endings: Sequence[Ending]) -> object:
    rows = [capture_row(ending.read) for ending in endings]
    return with_pandas.data_frame(arrow.table_of_rows(CAPTURES, rows), lists_as_text=True)
