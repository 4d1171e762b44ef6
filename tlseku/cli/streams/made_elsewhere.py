"""What is made of flows by the processes that read them (``-j``), and put together here: text, counts, Arrow batches.

Knows the forms and what ``tlseku.parallel`` asks of whoever makes something; must not know options, nor where it is
written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from tlseku._objects import frozen
from tlseku.cli.streams.flow_formats import TextForm
from tlseku.flow import Flow
from tlseku.parallel.text_blocks import BlockWriter, Template, completed, escaped, with_places

if TYPE_CHECKING:
    from tlseku.data_frames import arrow
    from tlseku.data_frames.columns import What
    from tlseku.output.reports.flow_summary import FlowSummary
    from tlseku.output.reports.flow_table import FlowText, Section
    from tlseku.parallel.made_in_order import Made


@frozen
class TextOf:
    """Makes blocks of text, for ``text_of`` and ``lines_of``."""

    form: TextForm

    def __call__(self) -> BlockWriter:
        if self.form.is_page:
            # Each form is imported where it is asked for.
            from tlseku.output.reports.flow_table import FlowText, section_of

            return BlockWriter(partial(_table_template, FlowText(self.form.page)), section_of)
        return BlockWriter(with_places(self.form.writer()))


def _table_template(text: FlowText, flow: Flow) -> Template:
    tops, below = text.behind_number(flow)
    number = flow.number
    if len(tops) == 1:
        return f"%3d{escaped(tops[0][1] + below)}", (number,)
    return f"%3d%b{escaped(below)}", (number, tuple(tops))


def text_of(form: TextForm, made: Iterable[Made]) -> Iterator[str]:
    """All that is written."""
    return form.whole(_headed(form, made) if form.is_page else map(bytes.decode, lines_of(made)))


def lines_of(made: Iterable[Made]) -> Iterator[bytes]:
    """The text of flows alone, without headings."""
    for each in made:
        for _, text in completed(each.data, each.before):
            yield text


def _headed(form: TextForm, made: Iterable[Made]) -> Iterator[str]:
    from tlseku.output.reports.flow_table import heading_text

    above: Section | None = None
    for each in made:
        for below, text in completed(each.data, each.before):
            section = cast("Section", below)
            if section != above:
                yield heading_text(section, form.page, below=above is not None)
                above = section
            yield text.decode()


class SummaryOf:
    """Counts flows, for ``summary_of``; makes itself."""

    def __call__(self) -> SummaryOf:
        return self

    def made(self, flows: Sequence[Flow]) -> Sequence[bytes]:
        """Counts of these flows."""
        from tlseku.output.reports.flow_summary import FlowSummary

        summary = FlowSummary()
        for flow in flows:
            summary.take(flow)
        return (json.dumps(summary.told()).encode("ascii"),)


def summary_of(made: Iterable[Made]) -> FlowSummary:
    """All of them together."""
    from tlseku.output.reports.flow_summary import FlowSummary

    summary = FlowSummary()
    for each in made:
        summary.add(json.loads(bytes(each.data)))
    return summary


@frozen
class BatchOf:
    """Makes a batch of the rows of flows, for ``batches_of``."""

    what: What

    def __call__(self) -> BatchOf:
        return self

    def made(self, flows: Sequence[Flow]) -> Sequence[bytes]:
        """The rows of these flows; nothing if there are none."""
        from tlseku.data_frames import arrow

        return [*map(arrow.written_batch, arrow.batches_of(flows, self.what, _ALL))]


_ALL = 1 << 60


def batches_of(what: What, made: Iterable[Made]) -> Iterator[arrow.Batch]:
    """The batches that one process makes of all flows."""
    from tlseku.data_frames import arrow
    from tlseku.data_frames.columns import BATCH_ROWS

    found = (
        (what, arrow.counted_on(arrow.read_batch(bytes(each.data), what), each.before))
        for each in made
        if each.data
    )
    for _, batch in arrow.in_batches(found, (what,), BATCH_ROWS):
        yield batch
