"""The rows of one table as text: JSON objects, CSV or TSV, in the columns that Arrow files have, too.

Knows the columns of ``data_frames`` and how each kind of value is written; must not know what a row is about, nor
streams. Each JSON object names its schema, which ships beside those of ``output.json``. Times are RFC 3339. Cells of
CSV and TSV have no null: it is ``none`` in a column of lists, so that an empty list differs, and an empty cell in any
other; serial numbers carry ``0x`` there, which a spreadsheet leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Literal

from tlseku.data_frames.columns import LISTS, TABLES, Column, Kind, What
from tlseku.data_frames.columns import Cell as TableCell
from tlseku.data_frames.rows import as_text, rows_of
from tlseku.flow import Flow
from tlseku.output.json.flow_json import json_array, to_json
from tlseku.output.words.csv_rows import Cell, csv_serial, line_of
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
    if form == "json":
        return json_array(each for flow in flows for each in row_objects(what, flow))
    return chain(header(form, what), filter(None, map(writer(form, what), flows)))


def header(form: RowForm, what: What) -> Iterator[str]:
    """The line with the names of the columns, if the form has one."""
    if form in ("csv", "tsv"):
        yield line_of(form)([column.name for column in TABLES[what]])


def writer(form: RowForm, what: What) -> Callable[[Flow], str]:
    """Makes the rows of one flow after the other, a line each."""
    if form not in ("csv", "tsv"):
        return lambda flow: "".join([f"{to_json(each)}\n" for each in row_objects(what, flow)])
    columns, rows, line = TABLES[what], rows_of(what), line_of(form)
    return lambda flow: "".join(
        [
            line([csv_cell(column, cell) for column, cell in zip(columns, row, strict=True)])
            for row in rows(flow)
        ]
    )


def row_objects(what: What, flow: Flow) -> Iterator[dict[str, object]]:
    """Each row of a flow with the name of its schema, every column always there."""
    columns = TABLES[what]
    for row in rows_of(what)(flow):
        said: dict[str, object] = {"schema": SCHEMAS[what]}
        for column, cell in zip(columns, row, strict=True):
            said[column.name] = _json(column, cell)
        yield said


def _json(column: Column, cell: TableCell) -> TableCell:
    return _TIMES[column.kind](cell) if column.kind in _TIMES and isinstance(cell, int) else cell


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
