"""What differs between two captures, flow against flow.

Knows the comparison and its report; must not know layout, streams or options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.correlation import two_captures
from tlseku.data_frames.answer_columns import COMPARISON
from tlseku.data_frames.columns import Column
from tlseku.flow import Flow
from tlseku.output.answers.answer import Answer, not_read, row_of, summary_of
from tlseku.output.reports import differences as report
from tlseku.output.words.summary import hidden_flows
from tlseku.output.words.terminal_page import Line, Page


@dataclass(frozen=True, repr=False)
class Comparison(Answer):
    """Flows of two captures in ``found.pairs``, aspect by aspect, and those without a partner. ``read`` is, for each
    side, what was read and how many flows hide something. With ``everything`` the page and the JSON have what is the
    same, too; the table always has it."""

    found: two_captures.Comparison
    read: tuple[report.Read, report.Read]
    everything: bool = False

    @property
    def different(self) -> bool:
        """Whether a pair differs or a flow has no partner."""
        return self.found.different

    def to_dict(self) -> dict[str, object]:
        """The object ``tlseku/compare/1``."""
        return report.comparison_to_dict(self.found, self.read, everything=self.everything)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return COMPARISON

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each pair and aspect, and one for each flow without a partner."""
        for pair in self.found.pairs:
            flows = pair.a.number, pair.b.number, pair.matched_by
            for one in pair.aspects:
                yield row_of(COMPARISON, *flows, one.name, one.same, one.a, one.b)
        for flow in self.found.only_a:
            yield row_of(COMPARISON, flow.number, None, None, "partner", False, repr(flow), None)
        for flow in self.found.only_b:
            yield row_of(COMPARISON, None, flow.number, None, "partner", False, None, repr(flow))

    def table_warnings(self) -> Sequence[str]:
        """What was seen and not read."""
        return not_read(self.read[0][0], self.read[1][0])

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku compare`` prints them, with ``--all`` for ``everything``."""
        return report.comparison_lines(self.found, page, everything=self.everything)

    def in_one_line(self) -> str:
        """Pairs and differences, counted."""
        return report.comparison_summary(self.found, self.read)


def compare(a: Iterable[Flow], b: Iterable[Flow], *, everything: bool = False) -> Comparison:
    """Two captures, flow against flow: what is presented, asked for and answered differently. Keeps all flows.

    ``everything`` shows what is the same on both sides, too.
    """
    flows_a, flows_b = list(a), list(b)
    read = (summary_of(a), hidden_flows(flows_a)), (summary_of(b), hidden_flows(flows_b))
    return Comparison(two_captures.compare(flows_a, flows_b), read, everything)
