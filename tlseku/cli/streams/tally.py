"""What passed by: how many flows with which verdicts, and whether one had a finding: an exit code.

Knows flows and the words of ``--fail-on``; must not know where flows come from or go to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from tlseku.flow import Flow, Summary
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.output.reports.findings import has_finding
from tlseku.output.words.summary import in_order, is_unread

if TYPE_CHECKING:
    from tlseku.parallel.made_in_order import Made
    from tlseku.parallel.range_lines import Lines

_T = TypeVar("_T")

FOUND = 1
FAILED = 2


def exit_code(
    asked: frozenset[str], holds: Collection[str], read: Sequence[Summary], *, failed: bool = False
) -> int:
    """2 if captures ``failed``, 1 if one of the words ``asked`` is among those that hold (``unread`` by what was read).

    With words, damage is no 0 either: that nothing was found there does not mean that nothing is there.
    """
    if failed:
        return FAILED
    if not asked.isdisjoint(holds) or ("unread" in asked and any(map(is_unread, read))):
        return FOUND
    return FAILED if asked and any(summary.damage for summary in read) else 0


class Tally:
    """Counts flows and verdicts as they pass, and remembers whether one had a finding."""

    def __init__(self, words: frozenset[str] = frozenset()) -> None:
        self.found = False
        self._words = words
        # Flows by their verdicts: there are few of these, and many flows.
        self._alike: dict[tuple[str, ...], int] = {}

    @property
    def flows(self) -> int:
        """How many have passed."""
        return sum(self._alike.values())

    def watch(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """The same flows, counted on their way."""
        alike = self._alike
        looks = bool(self._words)
        for flow in flows:
            if looks and has_finding(flow, self._words):
                self.found, looks = True, False
            # Named as either, so that the compiler reads the attribute of a view without asking for it by name.
            view = flow.view
            verdicts = view.verdicts if isinstance(view, FlowOfKind) else flow.verdicts
            alike[verdicts] = alike.get(verdicts, 0) + 1
            yield flow

    def watch_lines(self, lines: Iterable[Lines]) -> Iterator[bytes]:
        """The lines of flows, counted on their way; nobody asks for findings."""
        for each in lines:
            self._add(each.verdicts)
            yield each.text

    def watch_made(self, made: Iterable[Made]) -> Iterator[Made]:
        """What others have made of flows and counted, on its way."""
        for each in made:
            self._add(each.counted.verdicts)
            self.found = self.found or each.counted.found
            yield each

    def _add(self, verdicts: Mapping[tuple[str, ...], int]) -> None:
        alike = self._alike
        for words, count in verdicts.items():
            alike[words] = alike.get(words, 0) + count

    def exit_code(self, summary: Summary, *, failed: bool) -> int:
        """The exit code after all flows: ``exit_code`` says which."""
        return exit_code(self._words, self._words if self.found else (), [summary], failed=failed)

    def counts(self) -> dict[str, int]:
        """Verdicts counted so far, in the order of the contract."""
        counts: Counter[str] = Counter()
        for verdicts, flows in self._alike.items():
            for word in verdicts:
                counts[word] += flows
        return in_order(counts)


class Passed(Generic[_T]):
    """The same things, counted on their way."""

    def __init__(self, things: Iterable[_T]) -> None:
        self.number = 0
        self._things = things

    def __iter__(self) -> Iterator[_T]:
        for each in self._things:
            self.number += 1
            yield each
