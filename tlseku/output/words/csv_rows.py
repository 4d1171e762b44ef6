"""Rows of comma- or tab-separated values that a spreadsheet cannot mistake for formulas.

Knows RFC 4180 and what spreadsheets do to a cell; must not know flows. Out come lines that end in a line feed.
Serial numbers carry ``0x`` in front, because a spreadsheet would read ``46e76`` or a long row of digits as a
number and change it for ever.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence

from tlseku.output.words.hostile_text import visible

Cell = str | int | bool | None

_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]], form: str = "csv") -> Iterator[str]:
    """The header and one line a row, each escaped and ended by a line feed; ``form`` is ``csv`` or ``tsv``."""
    line = line_of(form)
    yield line(header)
    for row in rows:
        yield line(row)


def line_of(form: str) -> Callable[[Sequence[Cell]], str]:
    """What writes a row as ``csv`` or ``tsv``."""
    return csv_line if form == "csv" else tsv_line


def csv_line(row: Sequence[Cell]) -> str:
    """One row, quoted where needed. ``None`` is an empty cell, a boolean ``true`` or ``false``."""
    return str(_WRITER.writerow([safe_cell(cell) for cell in row]))


class _Echo:
    """Where ``csv`` writes: it gives a row back, which ``writerow`` then returns."""

    def write(self, row: str) -> str:
        return row


_WRITER = csv.writer(_Echo(), lineterminator="\n")


def tsv_line(row: Sequence[Cell]) -> str:
    """The same with tabs between cells. Nothing is quoted: tabs and line ends in a cell are escaped."""
    return "\t".join(safe_cell(cell) for cell in row) + "\n"


def safe_cell(cell: Cell) -> str:
    """The text of one cell: control characters escaped, an apostrophe before what looks like a formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    text = visible(cell)
    # Tab and carriage return, which would hide a formula, are escaped by now; blanks may still stand before it.
    # The apostrophe itself is doubled in effect: a cell that begins with one stays as it is and is harmless.
    return f"'{text}" if text.lstrip(" ")[:1] in _FORMULA_STARTS and text.strip(" ") else text


def csv_serial(serial_hex: str | None) -> str | None:
    """``0x46df…``, ``-0x5`` for a negative serial."""
    if serial_hex is None:
        return None
    return f"-0x{serial_hex[1:]}" if serial_hex.startswith("-") else f"0x{serial_hex}"


def joined(items: Iterable[str]) -> str:
    """Several values in one cell, parted by ``; ``."""
    return "; ".join(items)
