"""Chosen fields of flows or certificates as rows: what ``-e`` prints.

Knows the fields of filters and the width of a page; must not know streams or options. Out come lines of a table, rows
of CSV and TSV, or dictionaries with a list of values for every field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from tlseku.filter import Field, Subject
from tlseku.filter.kinds import TEXTS, Value
from tlseku.output.json.flow_json import json_array, to_json
from tlseku.output.words.csv_rows import csv_serial, joined, line_of
from tlseku.output.words.hostile_text import cells
from tlseku.output.words.terminal_page import Line, Page, Segment, Style
from tlseku.output.words.timestamps import rfc3339
from tlseku.registry import names

Shown = str | int | bool

LEAST_COLUMN = 12
"""Cells below which no column of a table is narrowed."""

NARROWEST_COLUMN = 8
"""And below this not even where an address, which is never cut, leaves no room."""

MEASURED_ROWS = 1000
"""Rows that are held to find out how wide columns are."""

_GAP = 2


def shown(field: Field, value: Value) -> Shown:
    """A value as JSON has it: times RFC 3339, serials lower-case hex, code points by name."""
    if isinstance(value, str):
        return names.eku_name(value) if field.kind.name == "purpose" else value
    if field.kind.name == "time":
        return rfc3339(value, digits=0) or "beyond RFC 3339"
    if field.kind.name == "serial":
        return format(value, "x")
    if field.kind.name == "version":
        return names.version_name(value)
    if field.kind.name == "boolean":
        return bool(value)
    return field.kind.names.get(value, value)


def columns_to_dict(fields: Sequence[Field], subject: Subject) -> dict[str, object]:
    """Every field with the list of its values, empty where it is absent."""
    return {field.name: [shown(field, value) for value in field.values(subject)] for field in fields}


def column_text(form: str, fields: Sequence[Field], subjects: Iterable[Subject]) -> Iterator[str]:
    """The fields as ``json``, ``ndjson``, ``csv`` or ``tsv``, a column each and a row for each subject."""
    if form == "json":
        return json_array(columns_to_dict(fields, subject) for subject in subjects)
    return chain(header(form, fields), map(writer(form, fields), subjects))


def header(form: str, fields: Sequence[Field]) -> Iterator[str]:
    """The line with the names of the fields, if the form has one."""
    if form in ("csv", "tsv"):
        yield line_of(form)([field.name for field in fields])


def writer(form: str, fields: Sequence[Field]) -> Callable[[Subject], str]:
    """Makes the row of one subject after the other: a line, in JSON unless ``form`` is ``csv`` or ``tsv``."""
    if form not in ("csv", "tsv"):
        return lambda subject: f"{to_json(columns_to_dict(fields, subject))}\n"
    line = line_of(form)
    return lambda subject: line([_cell(field, subject, _for_spreadsheets) for field in fields])


def column_lines(fields: Sequence[Field], subjects: Iterable[Subject], page: Page) -> Iterator[Line]:
    """A table with a heading: ``table_lines`` of the cells of each subject."""
    return table_lines(fields, (column_cells(fields, subject, page) for subject in subjects), page)


def column_cells(fields: Sequence[Field], subject: Subject, page: Page) -> list[str]:
    """What stands in the row of a table, not cut yet."""
    return [page.clean(_cell(field, subject, _plain)) for field in fields]


def table_lines(fields: Sequence[Field], rows: Iterable[list[str]], page: Page) -> Iterator[Line]:
    """A table with a heading, of cells as ``column_cells`` gives them. Where the page is too narrow, columns of text
    are cut, the others only if that is not enough: half a serial number is worth little, and half an address nothing:
    that is never cut.

    The first ``MEASURED_ROWS`` say how wide a column is. A later cell that is wider moves what stands beside it.
    """
    heads = [field.name for field in fields]
    rows = iter(rows)
    first = list(islice(rows, MEASURED_ROWS))
    widest = [max(map(cells, column)) for column in zip(heads, *first, strict=True)]
    widths = list(widest)
    room = page.width - _GAP * (len(fields) - 1)
    _narrow(widths, [place for place, field in enumerate(fields) if field.kind.name in TEXTS], room)
    cuttable = [place for place, field in enumerate(fields) if field.kind.name != "address"]
    _narrow(widths, cuttable, room)
    _narrow(widths, cuttable, room, NARROWEST_COLUMN)
    # What need not be cut above is whole below, too.
    cut = [width < full for width, full in zip(widths, widest, strict=True)]
    yield _row(
        [_end_of(head, width, page) for head, width in zip(heads, widths, strict=True)], widths, "strong"
    )
    for row in chain(first, rows):
        shown = [
            page.clipped(cell, width) if is_cut else cell
            for cell, width, is_cut in zip(row, widths, cut, strict=True)
        ]
        yield _row(shown, widths, "")


def _row(row: Sequence[str], widths: Sequence[int], style: Style) -> Line:
    padded = [
        cell + " " * max(width - cells(cell) + _GAP, _GAP) for cell, width in zip(row, widths, strict=True)
    ]
    return (Segment("".join(padded), style),)


def _end_of(name: str, width: int, page: Page) -> str:
    """The end of a field's name, which tells it from its neighbours."""
    return (
        name
        if len(name) <= width
        else page.signs.ellipsis + name[len(name) - width + len(page.signs.ellipsis) :]
    )


def _narrow(widths: list[int], places: Sequence[int], room: int, least: int = LEAST_COLUMN) -> None:
    while sum(widths) > room:
        widest = max(places, key=lambda place: widths[place], default=None)
        if widest is None or widths[widest] <= least:
            return
        widths[widest] -= 1


def _cell(field: Field, subject: Subject, write: Callable[[Field, Value], str]) -> str:
    return joined(write(field, value) for value in field.values(subject))


def _plain(field: Field, value: Value) -> str:
    said = shown(field, value)
    return str(said).lower() if isinstance(said, bool) else str(said)


def _for_spreadsheets(field: Field, value: Value) -> str:
    if field.kind.name == "serial" and isinstance(value, int):
        return csv_serial(format(value, "x")) or ""
    return _plain(field, value)
