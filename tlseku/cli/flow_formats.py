"""The formats of ``tlseku flows`` and how each is written: as a table, as text, or as columns that were chosen.

Knows the modules of ``report`` that make them; must not know options or streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tlseku import __version__
from tlseku.filter import Field, Subject
from tlseku.flow import Flow
from tlseku.report.columns import column_csv_lines, column_tsv_lines, columns_to_dict
from tlseku.report.flow_csv import flow_csv_lines, flow_tsv_lines
from tlseku.report.flow_json import flow_to_dict, json_array, to_json
from tlseku.report.formats import ecs, eve, junit, mermaid, sarif

COLUMN_FORMATS = ("table", "json", "ndjson", "csv", "tsv")
"""What ``-e`` can be printed as."""

TEXT: dict[str, Callable[[Iterable[Flow]], Iterator[str]]] = {
    "json": lambda flows: json_array(flow_to_dict(flow) for flow in flows),
    "ndjson": lambda flows: (f"{to_json(flow_to_dict(flow))}\n" for flow in flows),
    "csv": flow_csv_lines,
    "tsv": flow_tsv_lines,
    "ecs": ecs.lines,
    "eve": eve.lines,
    "mermaid": mermaid.lines,
    "junit": junit.lines,
    "sarif": lambda flows: sarif.lines(flows, __version__),
}
"""Formats that are text."""

DIRECTORIES = ("zeek", "zeek-json")
"""Formats of several files, for which -w names a directory."""

BINARY = ("arrow", "parquet")

FORMATS = ("table", *TEXT, *DIRECTORIES, *BINARY)

AS_THEY_END = frozenset({"table", "ndjson", "csv", "tsv", "ecs", "eve", "mermaid"})
"""Formats in which flows of standard input are written as they end: those that need no end to be read."""


def column_text(form: str, columns: Sequence[Field], subjects: Iterable[Subject]) -> Iterator[str]:
    """The chosen fields in one of ``COLUMN_FORMATS`` but the table."""
    if form == "csv":
        return column_csv_lines(columns, subjects)
    if form == "tsv":
        return column_tsv_lines(columns, subjects)
    documents = (columns_to_dict(columns, subject) for subject in subjects)
    return json_array(documents) if form == "json" else (f"{to_json(each)}\n" for each in documents)
