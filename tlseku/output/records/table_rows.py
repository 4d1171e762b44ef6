"""The rows of one table as text: JSON objects, CSV or TSV, in the columns that Arrow files have, too.

Knows the columns of ``data_frames`` and how each kind of value is written; must not know what a row is about, nor
streams. Each JSON object names its schema, which ships beside those of ``output.json``. Times are RFC 3339. Cells of
CSV and TSV have no null: it is ``none`` in a column of lists, so that an empty list differs, and an empty cell in any
other; serial numbers carry ``0x`` there, which a spreadsheet leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

from tlseku.data_frames.columns import LISTS, TABLES, Column, Kind, What
from tlseku.data_frames.columns import Cell as TableCell
from tlseku.data_frames.rows import as_text, rows_of
from tlseku.flow import Flow
from tlseku.output.json.flow_json import json_text
from tlseku.output.words.csv_rows import Cell, csv_lines, csv_serial
from tlseku.output.words.timestamps import rfc3339

RowForm = Literal["json", "ndjson", "csv", "tsv"]

SCHEMAS: Mapping[What, str] = {
    "certificates": "tlseku/certificate-row/1",
    "requests": "tlseku/request-row/1",
    "messages": "tlseku/message-row/1",
    "findings": "tlseku/finding-row/1",
    "statements": "tlseku/statement-row/1",
}
"""The name of the schema of a table's rows as JSON. The row of a flow is its line, ``tlseku/flow/2``."""

_NANOSECONDS = 1_000_000
_NO_LIST = "none"


def row_text(form: RowForm, what: What, flows: Iterable[Flow]) -> Iterator[str]:
    """The rows of flows as text, as the flows come."""
    if form in ("csv", "tsv"):
        return csv_lines([column.name for column in TABLES[what]], _cells(what, flows), form)
    return json_text(form, row_objects(what, flows))


def row_objects(what: What, flows: Iterable[Flow]) -> Iterator[dict[str, object]]:
    """Each row with the name of its schema, every column always there."""
    columns, rows = TABLES[what], rows_of(what)
    for flow in flows:
        for row in rows(flow):
            said: dict[str, object] = {"schema": SCHEMAS[what]}
            for column, cell in zip(columns, row, strict=True):
                said[column.name] = _json(column, cell)
            yield said


def _json(column: Column, cell: TableCell) -> TableCell:
    return _TIMES[column.kind](cell) if column.kind in _TIMES and isinstance(cell, int) else cell


def _cells(what: What, flows: Iterable[Flow]) -> Iterator[list[Cell]]:
    columns, rows = TABLES[what], rows_of(what)
    for flow in flows:
        for row in rows(flow):
            yield [csv_cell(column, cell) for column, cell in zip(columns, row, strict=True)]


def csv_cell(column: Column, cell: TableCell | date) -> Cell:
    """What CSV has for the cell of a table."""
    if isinstance(cell, date):
        return cell.isoformat()
    said = _json(column, cell)
    if isinstance(said, list):
        return as_text(said)
    if said is None and column.kind in LISTS:
        return _NO_LIST
    return csv_serial(said) if column.kind == "serial" and isinstance(said, str) else said


def _certificate_time(ms: int) -> str | None:
    return rfc3339(ms * _NANOSECONDS, digits=0)


_TIMES: Mapping[Kind, Callable[[int], str | None]] = {
    "packet_time": rfc3339,
    "certificate_time": _certificate_time,
}
