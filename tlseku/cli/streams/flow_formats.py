"""The formats of ``tlseku flows`` and how each is written: as a table, as text, or as columns that were chosen.

Knows the modules of ``report`` that make them, and imports each when it is asked for; must not know options or streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, cast

from tlseku.flow import Flow

if TYPE_CHECKING:
    from tlseku.data_frames.columns import What

COLUMN_FORMATS = ("table", "json", "ndjson", "csv", "tsv")
"""What ``-e`` can be printed as."""

OF_OTHER_TOOLS = ("ecs", "eve", "mermaid", "junit")
"""Text formats that are a module of ``output.records`` each, and a function ``lines`` in it."""

DIRECTORIES = ("zeek", "zeek-json")
"""Formats of several files, for which -w names a directory."""

OF_TABLES = ("arrow", "parquet")
"""Formats of one of the tables of ``data_frames`` that are no text."""

BINARY = (*OF_TABLES, "sqlite")
"""Formats of one file that are no text."""

OF_OBJECTS = ("json", "ndjson")
"""Formats that have a flow as one object."""

OF_ROWS = (*OF_OBJECTS, "csv", "tsv", *OF_TABLES)
"""Formats of one of the tables of ``data_frames``."""

FORMATS = (*COLUMN_FORMATS, *OF_OTHER_TOOLS, "sarif", *DIRECTORIES, *BINARY)

AS_THEY_END = frozenset({"table", "ndjson", "csv", "tsv", "ecs", "eve", "mermaid"})
"""Formats in which flows of standard input are written as they end: those that need no end to be read."""


def flow_text(
    form: str, flows: Iterable[Flow], *, what: What | None = None, full: bool = False
) -> Iterator[str]:
    """The flows in one of the formats that are text; ``what`` is the table if rows of one were asked for, ``full`` asks
    for all that is said of a flow."""
    # A flow's own row in JSON is its line.
    if what is not None and not (what == "flows" and form in OF_OBJECTS):
        from tlseku.output.records.table_rows import RowForm, row_text

        return row_text(cast(RowForm, form), what, flows)
    if form in OF_OBJECTS:
        from tlseku.output.json.flow_json import array_of

        texts = _full_texts(flows) if full else _line_texts(flows)
        return array_of(texts) if form == "json" else (f"{text}\n" for text in texts)
    if form in ("csv", "tsv"):
        from tlseku.output.records import flow_csv

        return flow_csv.flow_csv_lines(flows, form)
    if form == "sarif":
        from tlseku._build import __version__
        from tlseku.output.records import sarif

        return sarif.lines(flows, __version__)
    lines: Iterator[str] = import_module(f"tlseku.output.records.{form}").lines(flows)
    return lines


def _line_texts(flows: Iterable[Flow]) -> Iterator[str]:
    from tlseku.output.json.line_text import LineTexts

    return map(LineTexts().line, flows)


def _full_texts(flows: Iterable[Flow]) -> Iterator[str]:
    from tlseku.output.json.full_text import FlowTexts

    return map(FlowTexts().full_line, flows)


def array_of_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of flows, one or several at a time, as one array: what ``flow_text`` gives of objects as JSON."""
    before = b"[\n"
    for several in lines:
        # Within a line no line feed stands as it is.
        yield before + several[:-1].replace(b"\n", b",\n")
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"
