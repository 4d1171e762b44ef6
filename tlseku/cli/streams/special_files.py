"""Output that is no stream of text: directories of logs and certificates, binary files.

Knows files and directories; must not know what is in them. What cannot be written ends the command with a line that
names it, and leaves what was there before (``whole_file``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click

from tlseku.cli.streams.flow_formats import BINARY, DIRECTORIES
from tlseku.cli.streams.whole_file import at_the_end, text_at_the_end, whole_file
from tlseku.cli.streams.write_option import spare, to_file
from tlseku.flow import Flow

if TYPE_CHECKING:
    from tlseku.data_frames.arrow import Batch, Form
    from tlseku.data_frames.columns import What
    from tlseku.output.records.certificate_export import File


def open_target(form: str, target: str | None, sources: Sequence[str]) -> None:
    """Send text to ``target``. Of what is no text make sure that it has somewhere to go: raise UsageError unless
    ``target`` can take such a format, not a terminal, and none of ``sources``."""
    if form not in DIRECTORIES and form not in BINARY:
        to_file(target, sources)
    elif target is not None:
        spare(target, sources)
    elif form.startswith("zeek"):
        raise click.UsageError(f"-T {form} writes several files: name a directory with -w")
    elif form == "sqlite":
        raise click.UsageError("-T sqlite is a database: name a file with -w")
    elif sys.stdout.isatty():
        raise click.UsageError(f"-T {form} is binary: name a file with -w")


def write_zeek(flows: Iterable[Flow], form: str, directory: str) -> None:
    """``ssl.log`` and ``x509.log`` in a directory, which is made if need be."""
    from tlseku.output.records import zeek_logs
    from tlseku.output.records.zeek import COLUMNS, records

    with _told(directory):
        os.makedirs(directory, exist_ok=True)
        logs = {log: text_at_the_end(os.path.join(directory, f"{log}.log")) for log in COLUMNS}
        span = _Span()
        spelt = zeek_logs.tsv_line if form == "zeek" else zeek_logs.json_line
        for record in records(span.watch(flows)):
            if form == "zeek" and not span.begun:
                span.begun = True
                _to_all(logs, lambda log: zeek_logs.header(log, span.start))
            logs[record.log].write(spelt(record))
        if form == "zeek":
            if not span.begun:
                _to_all(logs, lambda log: zeek_logs.header(log, span.start))
            _to_all(logs, lambda log: zeek_logs.footer(span.end))


class _Span:
    """When the flows that passed began and ended."""

    def __init__(self) -> None:
        self.begun = False
        self.start = 0
        self.end = 0

    def watch(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        for flow in flows:
            self.start = self.start or flow.start
            self.end = max(self.end, flow.end)
            yield flow


def write_arrow(batches: Iterable[Batch], what: What, form: Form, target: str | None) -> None:
    """Rows of a table as a Parquet file or an Arrow stream, to a file or to standard output."""
    from tlseku.data_frames import arrow

    arrow.schema_of(what)  # tells of a missing pyarrow before a file is made
    if target is None:
        arrow.write_batches(batches, what, form, sys.stdout.buffer)
        return
    arrow.write_batches(batches, what, form, at_the_end(target))


def write_sqlite(flows: Iterable[Flow], target: str) -> None:
    """A SQLite database, in its place when the command has ended."""
    from shutil import copyfileobj
    from tempfile import TemporaryDirectory  # the library wants a file of its own

    from tlseku.output.records import sqlite_file

    with _told(target), TemporaryDirectory(prefix="tlseku-") as place:
        database = os.path.join(place, "flows.sqlite")
        sqlite_file.write(flows, database)
        file = at_the_end(target)
        with open(database, "rb") as written:
            copyfileobj(written, file)


def write_files(directory: str, files: Iterable[File]) -> None:
    """Files below a directory, whose names hold digits and letters only."""
    with _told(directory):
        for file in files:
            path = os.path.join(directory, *file.name.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with whole_file(path) as target:
                target.write(file.data)


def _to_all(logs: Mapping[str, IO[str]], said: Callable[[str], str]) -> None:
    for log, file in logs.items():
        file.write(said(log))


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{name}: cannot write it: {error.strerror}") from None
