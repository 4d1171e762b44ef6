"""Flows as a SQLite database: what SQL, Datasette and sqlite-utils read.

Knows the tables of ``data_frames`` and the types of SQLite (https://www.sqlite.org/datatype3.html); must not know where
the file ends up. Tables ``flows``, ``certificates``, ``requests``, ``findings`` and ``statements`` have the columns
that Arrow files have, which docs/tables.md describes. ``flow`` is the key of ``flows``, and refers to it in the others.
Times are RFC 3339 text, lists JSON text as Datasette takes them for facets, truth is 0 or 1, what is missing NULL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from tlseku.data_frames.columns import TABLES, Cell, Column, Kind, What
from tlseku.data_frames.rows import rows_of
from tlseku.flow import Flow
from tlseku.output.words.timestamps import rfc3339

WRITTEN: tuple[What, ...] = ("flows", "certificates", "requests", "findings", "statements")

VERSION = 1
"""``user_version`` of the database: another one where a column means something else."""

_TYPES: Mapping[Kind, str] = {"integer": "INTEGER", "truth": "INTEGER"}
_INDEXED: Mapping[What, tuple[str, ...]] = {
    "flows": ("start", "client_ip", "server_ip", "sni", "outcome", "client_verdict", "client_serial"),
    "certificates": ("flow", "sha256", "serial", "subject", "verdict", "not_after"),
    "requests": ("flow", "ip", "answer"),
    "findings": ("flow", "rule_book", "outcome", "statement", "serial"),
    "statements": ("flow", "statement"),
}
_MILLISECONDS = 1_000_000


def write(flows: Iterable[Flow], path: str) -> None:
    """Make the database at ``path``, where nothing must be yet. Raises sqlite3.Error where it cannot be written."""
    database = sqlite3.connect(path, isolation_level=None)
    try:
        # Who is broken off leaves no file at all, so that nothing need be there to mend one.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("BEGIN")
        for what in WRITTEN:
            database.execute(_table(what))
        for flow in flows:
            for what in WRITTEN:
                rows = [_cells(what, row) for row in rows_of(what)(flow)]
                database.executemany(_insertion(what), rows)
        for what, columns in _INDEXED.items():
            for name in columns:
                database.execute(f'CREATE INDEX "{what}_{name}" ON "{what}" ("{name}")')
        database.execute("COMMIT")
    finally:
        database.close()


def _table(what: What) -> str:
    columns = [f'"{column.name}" {_TYPES.get(column.kind, "TEXT")}' for column in TABLES[what]]
    if what == "flows":
        columns[0] += " PRIMARY KEY"
    else:
        columns.append('FOREIGN KEY ("flow") REFERENCES "flows" ("flow")')
    return f'CREATE TABLE "{what}" ({", ".join(columns)})'


def _insertion(what: What) -> str:
    return f'INSERT INTO "{what}" VALUES ({", ".join("?" * len(TABLES[what]))})'


def _cells(what: What, row: Sequence[Cell]) -> list[int | str | None]:
    return [_cell(column, cell) for column, cell in zip(TABLES[what], row, strict=True)]


def _cell(column: Column, cell: Cell) -> int | str | None:
    if isinstance(cell, list):
        values = [_text(each) if isinstance(each, str) else each for each in cell]
        return json.dumps(values, ensure_ascii=False)
    if isinstance(cell, str):
        return _text(cell)
    if cell is None or column.kind not in ("packet_time", "certificate_time"):
        return cell
    return rfc3339(cell) if column.kind == "packet_time" else rfc3339(cell * _MILLISECONDS, digits=0)


def _text(text: str) -> str:
    # Half a surrogate pair is no text in UTF-8.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
