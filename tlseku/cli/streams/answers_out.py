"""An answer on standard output or in a file, in any form that it has.

Knows what every answer can do; must not know any question. Whatever a command says of captures as a whole stands below
the page, and on standard error beside every other form.
"""

from __future__ import annotations

import sys
from typing import cast

from tlseku.cli.streams.flow_formats import OF_TABLES
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.cli.streams.tally import Passed
from tlseku.cli.streams.whole_file import at_the_end
from tlseku.output.answers.answer import Answer, TextForm
from tlseku.output.reports.flow_table import total_line


def write_answer(
    answer: Answer,
    form: str,
    *,
    width: int | None = None,
    total: str | None = None,
    target: str | None = None,
) -> None:
    """Write ``answer`` as ``form``; ``total`` is said of all that was read. ``target`` is the file of a binary form,
    ``None``: standard output."""
    if form == "table":
        page = page_for(width)
        lines = Passed(answer.lines(page))
        write_lines(lines)
        if total is not None:
            write_lines(total_line(total, page, below=lines.number > 0))
        return
    if form in OF_TABLES:
        _write_table(answer, form, target)
    else:
        write_text(answer.text(cast(TextForm, form)))
    if total is not None:
        complain(total)


def _write_table(answer: Answer, form: str, target: str | None) -> None:
    from tlseku.data_frames import arrow

    arrow.is_there()  # tells of a missing pyarrow before a file is made
    file = sys.stdout.buffer if target is None else at_the_end(target)
    arrow.write_rows(
        answer.table_columns(), answer.table_rows(), "parquet" if form == "parquet" else "arrow", file
    )
