"""The formats of ``tlseku flows`` and how each is written: as a table, as text, or as columns that were chosen.

Knows the modules of ``report`` that make them, and imports each when it is asked for; must not know options or streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from tlseku.flow import Flow
from tlseku.output.json.flow_json import array_of, json_array, to_json

if TYPE_CHECKING:
    from tlseku.filter import Field, Subject

COLUMN_FORMATS = ("table", "json", "ndjson", "csv", "tsv")
"""What ``-e`` can be printed as."""

OF_OTHER_TOOLS = ("ecs", "eve", "mermaid", "junit")
"""Text formats that are a module of ``output.records`` each, and a function ``lines`` in it."""

DIRECTORIES = ("zeek", "zeek-json")
"""Formats of several files, for which -w names a directory."""

BINARY = ("arrow", "parquet")
"""Formats of one of the three tables of ``data_frames``."""

FORMATS = (*COLUMN_FORMATS, *OF_OTHER_TOOLS, "sarif", *DIRECTORIES, *BINARY)

AS_THEY_END = frozenset({"table", "ndjson", "csv", "tsv", "ecs", "eve", "mermaid"})
"""Formats in which flows of standard input are written as they end: those that need no end to be read."""


def flow_text(form: str, flows: Iterable[Flow]) -> Iterator[str]:
    """The flows in one of the formats that are text."""
    if form in ("json", "ndjson"):
        from tlseku.output.json.full_text import FlowTexts

        texts = map(FlowTexts().line, flows)
        return array_of(texts) if form == "json" else (f"{text}\n" for text in texts)
    if form in ("csv", "tsv"):
        from tlseku.output.records import flow_csv

        return flow_csv.flow_csv_lines(flows) if form == "csv" else flow_csv.flow_tsv_lines(flows)
    if form == "sarif":
        from tlseku import __version__
        from tlseku.output.records import sarif

        return sarif.lines(flows, __version__)
    lines: Iterator[str] = import_module(f"tlseku.output.records.{form}").lines(flows)
    return lines


def column_text(form: str, columns: Sequence[Field], subjects: Iterable[Subject]) -> Iterator[str]:
    """The chosen fields in one of ``COLUMN_FORMATS`` but the table."""
    from tlseku.output.records import columns as rows

    if form == "csv":
        return rows.column_csv_lines(columns, subjects)
    if form == "tsv":
        return rows.column_tsv_lines(columns, subjects)
    documents = (rows.columns_to_dict(columns, subject) for subject in subjects)
    return json_array(documents) if form == "json" else (f"{to_json(each)}\n" for each in documents)
