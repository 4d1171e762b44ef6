"""What a rule-book says about one presented chain, as plain data.

Knows outcomes and rule ids; must not know packets, TLS or how a chain was read.
"""

from __future__ import annotations

from typing import Literal

from tlseku._objects import Short, frozen

RuleOutcome = Literal["accept", "refuse", "depends", "unknown"]


@frozen
class Finding(Short):
    """One rule-book's answer: ``outcome``, the id of the ``rule`` that gave it, one plain sentence ``reason``,
    and ``depth``, the chain index that breaks it (0 is the leaf; behind the chain it is one of what completes it),
    None if nothing does."""

    outcome: RuleOutcome
    rule: str
    reason: str
    depth: int | None = None
