"""A dataset as a source of flows, as if the captures in it were read once more, in a fraction of the time.

Knows where records stand and how flows are made of them; must not know what is asked of them. Captures come in the
order of their days, then of their names; flows were judged when the captures were taken in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import cast

from tlseku.data_frames import arrow
from tlseku.data_frames.columns import Column
from tlseku.encoding.records import RecordReader
from tlseku.encoding.trees import Tree, UnknownTree, from_json
from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.parallel.capture_rows import CapturesRead
from tlseku.parallel.datasets.layout import (
    CAPTURE_COLUMNS,
    RECORD_COLUMNS,
    RECORDS,
    name_of,
    read_name,
    schema,
)
from tlseku.parallel.folders import Folder
from tlseku.parallel.one_capture import CaptureRead


class Dataset:
    """The dataset at ``url``, a path or a URL that fsspec knows, which ``tlseku.ingest`` has written; ``storage`` is
    for fsspec.

    It is a source of ``tlseku.scan`` and ``tlseku.read``: what was seen and judged then comes back, with ``file`` and
    all details. Flows keep the directions that they had; what is said of rule-books is what was judged then.
    """

    def __init__(self, url: str, storage: Mapping[str, object] | None = None) -> None:
        self._folder = Folder(url, storage)
        self.name = self._folder.name

    def __repr__(self) -> str:
        return f"<Dataset {self.name}>"

    @property
    def captures(self) -> CapturesRead:
        """What became of each capture that was taken in, those that could not be read among them.

        Raises OutputError where it cannot be listed, and CaptureError where a file of it cannot be read.
        """
        return CapturesRead(read for _, read in self._captures())

    def flows(self, before: int) -> Iterator[Flow | tuple[Summary, Sequence[str]]]:
        """Flow by flow, numbered behind ``before`` others, and behind those of each capture what was read of it, and
        what could not be. Raises CaptureError where a file cannot be read."""
        for name, read in self._captures():
            stored = read_name(name)
            if stored is not None and not stored.failed and read.summary.flows:
                yield from self._flows_of(name_of(RECORDS, None, stored.capture, stored.version), before)
                before += read.summary.flows
            yield read.summary, (*read.warnings, *(() if read.error is None else (read.error,)))

    def _captures(self) -> Iterator[tuple[str, CaptureRead]]:
        for name in self._folder.names("captures"):
            if read_name(name) is None:
                continue
            for row in self._rows(name, CAPTURE_COLUMNS):
                said = dict(zip((each.name for each in CAPTURE_COLUMNS), row, strict=True))
                if said["schema"] != schema():
                    raise CaptureError(
                        self.name,
                        None,
                        f"{said['name']} was taken in by tlseku {said['tlseku']}, with other columns: ingest it again",
                    )
                yield name, _read_of(said)

    def _flows_of(self, name: str, before: int) -> Iterator[Flow]:
        reader = RecordReader()
        try:
            for number, text in self._rows(name, RECORD_COLUMNS):
                tree = from_json(cast(str, text))
                if isinstance(number, int) and number < 0:
                    if number == -1:
                        reader = RecordReader()
                    reader.add(-1 - number, tree)
                else:
                    yield reader.flow(cast("list[Tree]", tree), before)
        except UnknownTree as error:
            raise CaptureError(self.name, None, f"{name}: {error}") from None

    def _rows(self, name: str, columns: Sequence[Column]) -> Iterator[tuple[object, ...]]:
        with self._folder.opened(name) as file:
            yield from arrow.rows_of_parquet(file, columns)


def _read_of(said: Mapping[str, object]) -> CaptureRead:
    counted = json.loads(cast(str, said["summary"]))
    known = {each.name: counted[each.name] for each in fields(Summary) if each.name in counted}
    summary = Summary(**{**known, "damage": tuple(known.get("damage", ()))})
    return CaptureRead(
        cast(str, said["name"]),
        summary,
        tuple(cast("list[str]", said["warnings"])),
        cast("str | None", said["error"]),
        cast(float, said["seconds"]),
    )
