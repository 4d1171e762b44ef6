"""A chain judged as likely software does: by its own rule-book, in the role for whose purpose it looks.

Knows software and rule-books; must not know flows. The book may be none of those that a run was told to judge by: it is
read when a chain is first to be judged by it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from tlseku.policy.finding import Finding
from tlseku.policy.peer_software.recognition import PeerSoftware
from tlseku.policy.rule_books.library import load_rule_books
from tlseku.policy.rule_books.rule_book_set import RuleBookSet
from tlseku.x509.certificate import Certificate


def finding_of(
    software: PeerSoftware, chain: Sequence[Certificate], complete: bool, more: Sequence[Certificate] = ()
) -> Finding | None:
    """What the rule-book of this software says of a client's chain, leaf first, that ``more`` completes; None where it
    has no book, or no chain is there. Never raises."""
    if software.rule_book is None or not chain:
        return None
    book = _set_of(software.rule_book)
    return book.judge(chain, software.judges_as, complete=complete, more=more)[software.rule_book]


@functools.cache
def _set_of(name: str) -> RuleBookSet:
    return RuleBookSet(load_rule_books((name,)))
