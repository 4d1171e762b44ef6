"""The software that probably judged, and what its rule-book says of a client's chain, whichever books were chosen.

Knows flows and software; must not know statements, nor how software is recognised. Of clients nothing is known: no
hello names its library for certain. The book is read when the first chain is to be judged by it.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.flow import Flow, Presented
from tlseku.policy.finding import Finding


class OwnFinding(NamedTuple):
    """What ``book`` says, the rule-book of what is ``phrase`` (``likely GnuTLS``)."""

    book: str
    finding: Finding
    phrase: str


def by_own_book(flow: Flow, presented: Presented) -> OwnFinding | None:
    """The finding on a client's chain; None where the server's software is not known, or no book models it."""
    software = flow.peer_software if presented.role == "client" and presented.chain else None
    if software is None or software.rule_book is None:
        return None
    chosen = presented.rule_books.get(software.rule_book)
    if chosen is not None and software.judges_as == presented.role:
        return OwnFinding(software.rule_book, chosen, software.phrase)
    from tlseku.policy.peer_software.judging import finding_of  # reads rule-books, which few flows need

    above = [each.certificate for each in presented.completed_with or ()]
    finding = finding_of(software, presented.chain, not presented.entries_missing, above)
    return None if finding is None else OwnFinding(software.rule_book, finding, software.phrase)


def stacks_judging(flow: Flow, judge: str | None) -> tuple[str, ...]:
    """The names of the libraries of the side that judges; ``()`` where nothing tells."""
    if judge != "server":
        return ()
    software = flow.peer_software
    return () if software is None else software.stacks
