"""Captures into a dataset: those that are new, or other than they were, on processes of this machine or of a cluster.

Knows what is in the dataset by the names of its files, and who reads captures; must not know what is written of one
(``writing``). Whatever ends a run, the next one goes on where that ended: a capture is in the dataset when its row in
the table ``captures`` is, and what lies there without one is removed before anything is read.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from tlseku._build import __version__
from tlseku._objects import frozen
from tlseku.data_frames import arrow
from tlseku.decryption.key_log_files import SecretSource
from tlseku.parallel.capture_rows import CapturesRead
from tlseku.parallel.datasets.layout import capture_id, read_name, schema, version_of
from tlseku.parallel.datasets.writing import Task, take_in
from tlseku.parallel.folders import UNFINISHED, Folder
from tlseku.parallel.many import killed
from tlseku.parallel.on_cluster import Cluster, on_cluster
from tlseku.parallel.one_capture import CaptureReader, Ending, each_by_itself
from tlseku.parallel.urls import Place, is_remote, places_of, states_of
from tlseku.parallel.workers import Killed, Piece, Workers
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook
from tlseku.scanning import OnError, ScanOptions, chosen

MARK: Final = "_tlseku.json"
"""The file by which a folder is known as a dataset."""


@frozen
class Ingested:
    """What a run of ``ingest`` did: ``captures`` are those that it read, in their order; ``unchanged`` counts those
    that were in the dataset already, as they are now."""

    captures: CapturesRead
    unchanged: int

    @property
    def failed(self) -> int:
        """How many could not be read; the next run tries them again."""
        return sum(each.error is not None for each in self.captures)

    def __repr__(self) -> str:
        read = len(self.captures) - self.failed
        return f"<Ingested: {read} captures read, {self.unchanged} unchanged, {self.failed} failed>"


def ingest(
    urls: Sequence[str] | str,
    dataset: str,
    *,
    options: ScanOptions | None = None,
    processes: int | None = None,
    client: Cluster | None = None,
    on_error: OnError | None = None,
    on_capture: Callable[[Ending], None] | None = None,
    local: Sequence[str] = (),
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_bytes: int | None = None,
    storage: Mapping[str, object] | None = None,
    dataset_storage: Mapping[str, object] | None = None,
) -> Ingested:
    """Take captures into a dataset of Parquet files: tables ``flows``, ``certificates``, ``requests``, ``statements``
    and ``captures``, by day and capture, for DuckDB, polars, Spark and whatever else reads Parquet, and for tlseku
    (``Dataset``).

    ``urls`` are paths and URLs that fsspec knows, with patterns, as for ``scan_many``; ``dataset`` is a directory or a
    URL. A capture that is in it already, with the size and time or etag that it has now, read by this version with
    these options, is not read again; one that changed takes the place of its rows. Each is read in one of ``processes``
    (by default one a processor; 0: in this one), or on the cluster of ``client`` (a ``dask.distributed.Client``).
    ``on_error`` is told of each that
    cannot be read, and the others go on; without it the first raises CaptureError. The rest is as for ``scan_many``,
    ``storage`` for the captures and ``dataset_storage`` for the dataset.

    Only one run may write a dataset at a time. Raises OutputError where it cannot be written, MissingLibrary without
    pyarrow.
    """
    keywords = ScanOptions(
        local=local,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_bytes=max_bytes,
    )
    given = each_by_itself(chosen(options, keywords))
    arrow.is_there()
    folder = Folder(dataset, dataset_storage)
    places = places_of(urls, storage, on_error)
    # Once: in a storage a list of many files takes long.
    names = folder.names()
    tasks, unchanged = _tasks(places, given, folder, names)
    if MARK not in names:
        _mark(folder)
    read = CapturesRead()
    for ending in _endings(tasks, Ingesting(given, folder), processes, client):
        read.take(ending.read)
        ending.tell(on_error)
        if on_capture is not None:
            on_capture(ending)
    return Ingested(read, unchanged)


@frozen
class Ingesting:
    """Makes, in a process, what takes captures into the dataset ``folder``."""

    options: ScanOptions
    folder: Folder

    def __call__(self) -> Callable[[Task], Generator[bytes, None, Ending]]:
        return partial(_silently, CaptureReader(self.options), self.folder)


def _silently(reader: CaptureReader, folder: Folder, task: Task) -> Generator[bytes, None, Ending]:
    # Nothing of it goes through the pipe but how it ended.
    yield from ()
    return take_in(task, reader, folder)


def _endings(
    tasks: Sequence[Task],
    work: Ingesting,
    processes: int | None,
    client: Cluster | None,
) -> Iterator[Ending]:
    if client is not None:
        yield from on_cluster(client, _on_a_worker, tasks, work.options, work.folder)
        return
    most = min(len(tasks), (os.cpu_count() or 1) if processes is None else processes)
    if most < 1:
        reader = CaptureReader(work.options)
        for task in tasks:
            yield take_in(task, reader, work.folder)
        return
    afresh = is_remote(work.folder.url) or any(is_remote(task.place.url) for task in tasks)
    with Workers(work, most, afresh=afresh) as workers:
        for turn, found in workers.of(tasks):
            if isinstance(found, Killed):
                yield killed(tasks[turn].place, found)
            elif not isinstance(found, Piece):
                yield found


def _on_a_worker(task: Task, reader: CaptureReader, folder: Folder) -> Ending:
    return take_in(task, reader, folder)


def _tasks(
    places: Sequence[Place], options: ScanOptions, folder: Folder, names: Sequence[str]
) -> tuple[list[Task], int]:
    """What is to be read, and how many captures need not be; ``names`` are the files that lie in the folder."""
    rows: dict[str, list[str]] = {}
    tables: dict[str, list[str]] = {}
    done: set[tuple[str, str]] = set()
    unfinished: list[str] = []
    for name in names:
        stored = read_name(name)
        if stored is None:
            unfinished += [name] if os.path.basename(name).startswith(UNFINISHED) else []
            continue
        lying = rows if stored.table == "captures" else tables
        lying.setdefault(stored.capture, []).append(name)
        if stored.table == "captures" and not stored.failed:
            done.add((stored.capture, stored.version))
    whole = {capture for capture, _ in done}
    # What a run left that was broken off amid a capture.
    unfinished += [name for capture, lying in tables.items() if capture not in whole for name in lying]
    folder.remove(unfinished)
    tasks: list[Task] = []
    unchanged = 0
    # The same capture may be named twice.
    by_id = {capture_id(place.name): place for place in places}
    for (capture, place), (size, state) in zip(by_id.items(), states_of(list(by_id.values())), strict=True):
        version = version_of(size, state, options)
        if (capture, version) in done:
            unchanged += 1
        else:
            old = (*rows.get(capture, ()), *(tables.get(capture, ()) if capture in whole else ()))
            tasks.append(Task(place, version, size, state, old))
    return tasks, unchanged


def _mark(folder: Folder) -> None:
    handle, path = tempfile.mkstemp()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump({"tlseku": __version__, "schema": schema()}, file)
    folder.write(MARK, path)


def is_dataset(path: str) -> bool:
    """Whether a directory on this machine is one that ``ingest`` has written."""
    return os.path.isfile(os.path.join(path, MARK))
