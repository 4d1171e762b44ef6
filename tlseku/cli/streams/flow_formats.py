"""The formats of ``tlseku flows`` and how each is written: as a table, as text, or as columns that were chosen.

Knows the modules of ``report`` that make them, and imports each when it is asked for; must not know options or streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, cast

from tlseku._objects import frozen
from tlseku.flow import Flow
from tlseku.output.words.terminal_page import Page, plain

if TYPE_CHECKING:
    from tlseku.data_frames.columns import What
    from tlseku.filter import Field
    from tlseku.output.records import table_rows

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
    if form == "junit":
        from tlseku.output.records import junit

        return junit.lines(flows)
    text = TextForm(form, what=what, full=full)
    return text.whole(map(text.writer(), flows))


@frozen
class TextForm:
    """A form in which each flow is text of its own: what ``flow_text`` has of ``what`` and with ``full``, ``columns``
    that were chosen, by their names, or a table on ``page``. It can be pickled."""

    form: str
    columns: tuple[str, ...] = ()
    what: What | None = None
    full: bool = False
    page: Page = Page()

    def writer(self) -> Callable[[Flow], str]:
        """Makes the text of one flow after the other: lines, each with its end."""
        form = "ndjson" if self.form == "json" else self.form
        if self.columns:
            return self._of_columns(form)
        # A flow's own row in JSON is its line.
        if self.what is not None and not (self.what == "flows" and form in OF_OBJECTS):
            from tlseku.output.records import table_rows

            return table_rows.writer(cast("table_rows.RowForm", form), self.what)
        if form in OF_OBJECTS:
            return _full_line() if self.full else _line()
        if form in ("csv", "tsv"):
            from tlseku.output.records import flow_csv

            return flow_csv.writer(form)
        if form == "sarif":
            from tlseku.output.records import sarif

            return sarif.results_of
        if form == "table":
            from tlseku.output.reports.flow_table import FlowText

            return FlowText(self.page).text
        writer: Callable[[Flow], str] = import_module(f"tlseku.output.records.{form}").writer()
        return writer

    def _of_columns(self, form: str) -> Callable[[Flow], str]:
        from tlseku.filter import Subject
        from tlseku.output.records import columns

        fields, page = self._fields(), self.page
        if form == "table":
            # No cell has a tab.
            return lambda flow: "\t".join(columns.column_cells(fields, Subject(flow), page)) + "\n"
        row = columns.writer(form, fields)
        return lambda flow: row(Subject(flow))

    def _fields(self) -> tuple[Field, ...]:
        from tlseku.filter import field_named

        return tuple(map(field_named, self.columns))

    def whole(self, texts: Iterable[str]) -> Iterator[str]:
        """All that is written, of the texts of one or several flows each."""
        if self.form == "json":
            from tlseku.output.json.flow_json import array_of

            return array_of(texts)
        if self.form == "sarif":
            from tlseku._build import __version__
            from tlseku.output.records import sarif

            return sarif.whole(texts, __version__)
        if self.form == "table" and self.columns:
            from tlseku.output.records.columns import table_lines

            cells = (line.split("\t") for text in texts for line in text.splitlines())
            return (f"{plain(line)}\n" for line in table_lines(self._fields(), cells, self.page))
        return chain(self._header(), texts)

    @property
    def is_page(self) -> bool:
        """Whether it is the table for people, whose lines depend on the numbers of flows, and which has headings."""
        return self.form == "table" and not self.columns

    @property
    def is_lines(self) -> bool:
        """Whether the whole is nothing but the texts, which are ASCII."""
        return self.form in ("ndjson", "ecs", "eve")

    def _header(self) -> Iterator[str]:
        form = self.form
        if self.columns:
            from tlseku.output.records import columns

            yield from columns.header(form, self._fields())
        elif form in ("csv", "tsv") and self.what is not None:
            from tlseku.output.records import table_rows

            yield from table_rows.header(cast("table_rows.RowForm", form), self.what)
        elif form in ("csv", "tsv"):
            from tlseku.output.records import flow_csv

            yield flow_csv.header(form)


def _line() -> Callable[[Flow], str]:
    from tlseku.output.json.line_text import LineTexts

    line = LineTexts().line
    return lambda flow: f"{line(flow)}\n"


def _full_line() -> Callable[[Flow], str]:
    from tlseku.output.json.full_text import FlowTexts

    line = FlowTexts().full_line
    return lambda flow: f"{line(flow)}\n"
