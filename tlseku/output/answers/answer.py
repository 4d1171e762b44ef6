"""What every answer can do: be a dictionary, a table, a page of text, and a card in a notebook.

Knows the forms; must not know any question. Each is in a module of its own, those of products beside
their profiles. The command line prints the same pieces one after the other, so that what it says and what the object
says are one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import ClassVar, Literal

from tlseku._objects import in_short
from tlseku.data_frames.columns import LISTS, Column
from tlseku.data_frames.columns import Cell as TableCell
from tlseku.data_frames.rows import as_text, utf8
from tlseku.data_frames.tabular import TabularRows
from tlseku.flow import Flow, Summary
from tlseku.output.json.flow_json import json_text, to_json
from tlseku.output.notebook import markup
from tlseku.output.records.table_rows import csv_cell
from tlseku.output.words.csv_rows import Cell, csv_lines
from tlseku.output.words.summary import unread_words
from tlseku.output.words.terminal_page import Line, Page, Segment, plain

WIDTH = 100
"""Columns of a page that nobody gave a width."""

_NOT_READ = "not read: "

AnswerRow = tuple[TableCell | date, ...]
"""A row of a table that an answer is."""

TextForm = Literal["json", "ndjson", "csv", "tsv"]


class Answer(TabularRows):
    """The answer to a question about flows. ``str()`` of it is the page that the command line prints."""

    @abstractmethod
    def to_dict(self) -> dict[str, object]:
        """Plain values, ready for ``json.dumps``: what the command of the same name prints with ``-T json``."""

    @abstractmethod
    def lines(self, page: Page) -> Iterator[Line]:
        """The page, line by line; all text is escaped."""

    @abstractmethod
    def in_one_line(self) -> str:
        """What was found, counted."""

    def text(self, form: TextForm) -> Iterator[str]:
        """The answer as the command prints it with ``-T``, in pieces that carry their own line ends. An answer that is
        one object has ``json`` alone."""
        if form != "json":
            raise ValueError(f"{type(self).__name__} is one object: there is no form {form!r}, only json")
        yield f"{to_json(self.to_dict())}\n"

    def __str__(self) -> str:
        return "\n".join(plain(line) for line in self.lines(Page(WIDTH)))

    def _repr_html_(self) -> str:
        page = Page(WIDTH)
        warnings = (_warning(each, page) for each in self._untold(str(self)))
        return markup.lines((*self.lines(page), *warnings))

    def __repr__(self) -> str:
        said = self.in_one_line()
        return in_short(f"<{type(self).__name__}: {'; '.join((said, *self._untold(said)))}>")

    def _untold(self, said: str) -> list[str]:
        """The warnings that a text does not have anyway."""
        words = " ".join(said.split())
        return [each for each in self.table_warnings() if each.removeprefix(_NOT_READ) not in words]


def _warning(text: str, page: Page) -> Line:
    return (Segment(page.clean(f"warning: {text}"), "caution"),)


class Listing(Answer):
    """An answer that is a list of objects: the command prints an array of them, one a line, or rows."""

    csv_leaves_out: ClassVar[Sequence[str]] = ()
    """Columns of the table that CSV does not have, beside the texts of lists."""

    @abstractmethod
    def documents(self) -> Iterator[dict[str, object]]:
        """The objects, each valid against its JSON Schema; they are made as they are taken."""

    @cached_property
    def _csv_columns(self) -> Mapping[str, None]:
        texts = {f"{column.name}_text" for column in self.table_columns() if column.kind in LISTS}
        return dict.fromkeys(
            column.name
            for column in self.table_columns()
            if column.name not in texts and column.name not in self.csv_leaves_out
        )

    def csv_header(self) -> Sequence[str]:
        """The names of the columns of ``csv_rows``."""
        return list(self._csv_columns)

    @abstractmethod
    def csv_rows(self) -> Iterator[Sequence[Cell]]:
        """The rows that a spreadsheet reads: the table with times, lists and serial numbers as texts."""

    def csv_row(self, row: AnswerRow, **instead: Cell) -> list[Cell]:
        """A row of the table for CSV; ``instead`` are cells that say it in another way there, by column."""
        cells = dict(zip(self.table_columns(), row, strict=True))
        kept = set(self.csv_header())
        return [
            instead[each.name] if each.name in instead else csv_cell(each, cell)
            for each, cell in cells.items()
            if each.name in kept
        ]

    def text(self, form: TextForm) -> Iterator[str]:
        """The answer as the command prints it with ``-T``, in pieces that carry their own line ends."""
        if form in ("csv", "tsv"):
            return csv_lines(self.csv_header(), self.csv_rows(), form)
        return json_text(form, self.documents())


def row_of(columns: Sequence[Column], *cells: TableCell | date) -> AnswerRow:
    """A row for ``columns`` of ``answer_columns``: its cells, and behind them the text of each list."""
    whole = [cell if isinstance(cell, date) else utf8(cell) for cell in cells]
    lists = (cell for column, cell in zip(columns, whole, strict=False) if column.kind in LISTS)
    return (*whole, *(None if isinstance(cell, date) else as_text(cell) for cell in lists))


def not_read(*read: Summary) -> list[str]:
    """What was seen and not read, of all that was ``read``, for ``table_warnings``."""
    return [f"{_NOT_READ}{words}" for summary in read for words in unread_words(summary)]


def summary_of(flows: Iterable[Flow]) -> Summary:
    """What was read to get the flows, where they are of ``read`` or ``scan``; nothing is known of others."""
    summary = getattr(flows, "summary", None)
    return summary if isinstance(summary, Summary) else Summary()
