"""One flow explained.

Knows the report and the flow's JSON; must not know layout, streams or options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.correlation import correlate
from tlseku.data_frames.columns import TABLES, Column
from tlseku.data_frames.rows import finding_rows
from tlseku.flow import Flow
from tlseku.output.answers.answer import Answer
from tlseku.output.json.flow_line import full_flow
from tlseku.output.reports.explanation import explanation_lines
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted


@dataclass(frozen=True, repr=False)
class Explanation(Answer):
    """One flow on a page of plain English, with what to do next."""

    flow: Flow

    def to_dict(self) -> dict[str, object]:
        """All that is said of the flow: the object ``tlseku/flow/1``, as ``tlseku explain -T json`` prints it."""
        return full_flow(self.flow)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``to_pandas("findings")``."""
        return TABLES["findings"]

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each rule-book and chain, and one for each statement."""
        return finding_rows(self.flow)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku explain`` prints them."""
        return iter(explanation_lines(self.flow, page))

    def in_one_line(self) -> str:
        """The flow, and how many statements there are on it."""
        return f"{self.flow!r}, {counted(len(correlate(self.flow)), 'statement')}"


def explain(flow: Flow) -> Explanation:
    """One flow on a page: what was presented, what the rule-books say, what the peer did, what to do next.

    The rule-books are those that ``read`` or ``scan`` were told; ``tlseku explain`` takes five of them.
    """
    return Explanation(flow)
