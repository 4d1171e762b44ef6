"""One capture into a dataset: its flows as tables by day and as records, then the row that says that all are there.

Knows tables, records and names; must not know who reads the capture, nor in which process. Files are made beside and
put in their place one by one when the capture has come to its end, so that one that is broken off leaves nothing.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tlseku._build import __version__
from tlseku._objects import frozen
from tlseku.data_frames import arrow
from tlseku.data_frames.columns import BATCH_ROWS, TABLES, Column
from tlseku.data_frames.rows import rows_of
from tlseku.encoding.records import RecordWriter
from tlseku.encoding.trees import to_json
from tlseku.flow import Flow
from tlseku.parallel.capture_rows import capture_row
from tlseku.parallel.datasets.layout import (
    CAPTURE_COLUMNS,
    NO_DAY,
    RECORD_COLUMNS,
    RECORDS,
    WHATS,
    capture_id,
    day_of,
    name_of,
    schema,
)
from tlseku.parallel.folders import Folder
from tlseku.parallel.one_capture import CaptureReader, Ending
from tlseku.parallel.urls import Place
from tlseku.parallel.workers import handing_back

MAX_OPEN_FILES: Final = 64
"""Tables of days that are written at once; a capture of more days has several files for some."""


@frozen
class Task:
    """A capture to be taken into a dataset as ``version``, which says of its content; ``old`` are the files of an
    earlier version."""

    place: Place
    version: str
    size: int
    state: str
    old: tuple[str, ...] = ()


def take_in(task: Task, reader: CaptureReader, folder: Folder) -> Ending:
    """Take a capture into the dataset; what became of it. Raises OutputError where that cannot be written."""
    # What there was of the capture goes before anything new comes: no row is ever there twice.
    folder.remove(task.old)
    capture = capture_id(task.place.name)
    with tempfile.TemporaryDirectory(prefix="tlseku-") as beside, _Tables(beside) as tables:
        endings: list[Ending] = []
        for flow in handing_back(reader.read(task.place), endings.append):
            tables.add(flow)
        (ending,) = endings
        has_failed = ending.failure is not None
        for name, path in () if has_failed else tables.made(capture, task.version):
            folder.write(name, path)
        path = os.path.join(beside, "row")
        row = arrow.ParquetFile(CAPTURE_COLUMNS, path)
        row.write([_row(task, ending)])
        row.close()
        folder.write(name_of("captures", tables.first_day, capture, task.version, failed=has_failed), path)
    return ending


def _row(task: Task, ending: Ending) -> Sequence[object]:
    summary = json.dumps(dataclasses.asdict(ending.read.summary))
    return (*capture_row(ending.read), task.size, task.state, __version__, schema(), summary)


class _Tables:
    """The tables of one capture in the directory ``place``, by day, and its records. A context manager; leaving it
    closes all files. ``first_day`` is that of the first flow."""

    def __init__(self, place: str) -> None:
        self.first_day = NO_DAY
        self._place = place
        self._files: dict[tuple[str, str | None], _Rows] = {}
        self._full: list[_Rows] = []
        self._records = RecordWriter()

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self._full, *self._files.values()):
            each.close()

    def add(self, flow: Flow) -> None:
        """A flow, with its day."""
        day = day_of(flow.start)
        if self.first_day == NO_DAY:
            self.first_day = day
        for what in WHATS:
            self._of(what, day, TABLES[what]).add(rows_of(what)(flow))
        record = self._records.record(flow)
        _, new = self._records.take_new()
        rows = [(-1 - each.number, to_json(each.tree())) for each in new]
        # Parts of before are forgotten where a part has a number once more.
        self._of(RECORDS, None, RECORD_COLUMNS).add([*rows, (flow.number, to_json(record))])
        self._records.make_room()

    def made(self, capture: str, version: str) -> Iterator[tuple[str, str]]:
        """The files, with the names that they have in the dataset."""
        further: dict[tuple[str, str | None], int] = {}
        for each in (*self._full, *self._files.values()):
            each.close()
            key = each.table, each.day
            number = further.get(key, 0)
            further[key] = number + 1
            yield name_of(each.table, each.day, capture, version, further=number), each.path

    def _of(self, table: str, day: str | None, columns: Sequence[Column]) -> _Rows:
        found = self._files.get((table, day))
        if found is None:
            if len(self._files) >= MAX_OPEN_FILES:
                oldest = self._files.pop(next(iter(self._files)))
                oldest.close()
                self._full.append(oldest)
            path = os.path.join(self._place, f"{len(self._full) + len(self._files)}")
            found = self._files[table, day] = _Rows(table, day, columns, path)
        return found


class _Rows:
    """The rows of one file."""

    def __init__(self, table: str, day: str | None, columns: Sequence[Column], path: str) -> None:
        self.table = table
        self.day = day
        self.path = path
        self._file = arrow.ParquetFile(columns, path)
        self._held: list[Sequence[object]] = []

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """More of them."""
        self._held += rows
        if len(self._held) >= BATCH_ROWS:
            self._file.write(self._held)
            self._held = []

    def close(self) -> None:
        """All is written; once more is no matter."""
        if self._held:
            self._file.write(self._held)
            self._held = []
        self._file.close()
