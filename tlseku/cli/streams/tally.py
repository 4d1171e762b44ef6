"""What passed by: how many flows with which verdicts, and whether one had a finding.

Knows flows and the words of ``--fail-on``; must not know where flows come from or go to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tlseku.flow import Flow
from tlseku.output.reports.findings import has_finding
from tlseku.output.words.summary import in_order, verdicts_of

if TYPE_CHECKING:
    from tlseku.output.json.templates.template_writer import Brief


class Tally:
    """Counts flows and verdicts as they pass, and remembers whether one had a finding."""

    def __init__(self, words: frozenset[str] = frozenset()) -> None:
        self.flows = 0
        self.found = False
        self._words = words
        self._counts: Counter[str] = Counter()

    def watch(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """The same flows, counted on their way."""
        for flow in flows:
            self.flows += 1
            self.found = self.found or has_finding(flow, self._words)
            self._counts.update(verdicts_of(flow))
            yield flow

    def watch_briefs(self, briefs: Iterable[Brief]) -> Iterator[bytes]:
        """The lines of flows, counted on their way; nobody asks for findings."""
        alike: dict[tuple[str, ...], int] = {}
        for brief in briefs:
            alike[brief.verdicts] = alike.get(brief.verdicts, 0) + 1
            yield brief.line
        for verdicts, flows in alike.items():
            self.flows += flows
            for word in verdicts:
                self._counts[word] += flows

    def counts(self) -> dict[str, int]:
        """Verdicts counted so far, in the order of the contract."""
        return in_order(self._counts)
