"""What is wrong with the eyes of a product, or will be.

Knows profiles and their report; must not know layout, streams or options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.data_frames.answer_columns import DIAGNOSIS
from tlseku.data_frames.columns import Column
from tlseku.flow import Flow, Summary
from tlseku.output.answers.answer import Answer, not_read, row_of, summary_of
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted
from tlseku.policy.rule_books import RuleBook, load_rule_books
from tlseku.profiles.findings import ProfileFinding
from tlseku.profiles.profile import ProductProfile, load_profile
from tlseku.profiles.report import findings_lines, findings_to_dict


@dataclass(frozen=True, repr=False)
class Diagnosis(Answer):
    """What a product ``profile`` says of flows that ``book`` has judged: ``findings``, worst first. ``read`` is what
    was read, of which ``hidden_flows`` hide something."""

    profile: ProductProfile
    book: RuleBook
    findings: tuple[ProfileFinding, ...]
    read: Summary
    hidden_flows: int

    def to_dict(self) -> dict[str, object]:
        """The object ``tlseku/profile-findings/1``."""
        return findings_to_dict(self.profile, self.book, self.findings, self.read, self.hidden_flows)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return DIAGNOSIS

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each finding and place."""
        for one in self.findings:
            for place in one.evidence or ((None, None, None),):
                yield row_of(DIAGNOSIS, one.level, list(one.rules), one.who, one.text, one.to_do, *place)

    def table_warnings(self) -> Sequence[str]:
        """What was seen and not read."""
        return not_read(self.read)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku diagnose`` prints them."""
        return findings_lines(self.profile, self.book, self.findings, page, self.read, self.hidden_flows)

    def in_one_line(self) -> str:
        """How many findings there are."""
        return f"{self.profile.name} by {self.book.name}, {counted(len(self.findings), 'finding')}"


def diagnose(
    flows: Iterable[Flow],
    profile: ProductProfile | str = "generic-mtls-server",
    *,
    rule_book: RuleBook | str | None = None,
) -> Diagnosis:
    """Flows with the eyes of a product profile (``tlseku profiles`` lists them): what is wrong or will be.

    ``rule_book`` is the one that the server is to apply, by default that of the profile; the flows must have been
    judged by it, as they are unless ``read`` or ``scan`` were told otherwise. Raises TableError for the name of a
    profile that is none, RuleBookError for that of a book.
    """
    product = load_profile(profile) if isinstance(profile, str) else profile
    book = product.rule_book if rule_book is None else rule_book
    (judge,) = load_rule_books((book,)) if isinstance(book, str) else (book,)
    hidden = _Hiding(flows)
    findings = product.run(hidden, judge)
    return Diagnosis(product, judge, findings, summary_of(flows), hidden.count)


class _Hiding:
    """Flows, of which those that hide something are counted on their way."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._flows = flows
        self.count = 0

    def __iter__(self) -> Iterator[Flow]:
        for flow in self._flows:
            self.count += "hidden" in flow.verdicts
            yield flow
