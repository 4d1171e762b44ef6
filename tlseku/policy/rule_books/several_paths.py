"""One answer where a chain has several paths, by how a verifier looks for issuers.

Knows findings of the paths and the ways of looking; must not know any rule. A verifier that tries *every* issuer
accepts where one path is accepted; one that takes the *first* that fits never comes back to another, but looks among
its own roots before what was presented. Where paths hang on different roots and answers differ, the roots decide, and
the answer is *depends* unless it is known which are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tlseku.policy.finding import Finding
from tlseku.policy.issuing_path import IssuingPath

Search = Literal["first", "every", "unknown"]

ROOTS_DECIDE = "tlseku/roots-decide"
PATHS_DIFFER = "tlseku/paths-differ"


class Judged(NamedTuple):
    """A ``path``, what it hangs on (``top``), whether that is held by the verifier as far as anybody said, and what a
    book says of it."""

    path: IssuingPath
    top: object
    held: bool
    finding: Finding


def one_answer(judged: Sequence[Judged], search: Search) -> Finding:
    """The finding for a chain from those for its paths, of which there is one at least, the first one first."""
    # Paths to a root that is known to be held count alone, where there are any.
    judged = [each for each in judged if each.held] or judged
    first = judged[0]
    if all(each.finding.outcome == first.finding.outcome for each in judged):
        return first.finding
    if search == "unknown":
        return Finding(
            "unknown",
            PATHS_DIFFER,
            f"there are several paths, of which it is not known which counts: {_each(judged)}",
        )
    if search == "first":
        return _depending([each for each in judged if each is first or _is_taken_first(each, first)])
    return _depending([_best(judged, top) for top in dict.fromkeys(each.top for each in judged)])


def _best(judged: Sequence[Judged], top: object) -> Judged:
    """What a verifier makes of all paths to one root: that one is accepted is enough."""
    there = [each for each in judged if each.top == top]
    for outcome in ("accept", "depends", "unknown"):
        for each in there:
            if each.finding.outcome == outcome:
                others = [other for other in there if other.finding.outcome == "refuse"]
                return each._replace(finding=_over(each, others)) if others else each
    return there[0]


def _over(taken: Judged, others: Sequence[Judged]) -> Finding:
    finding, other = taken.finding, others[0]
    said = (
        f"{finding.reason}, over {_way(taken.path)}; the path over {_way(other.path)} alone would be refused"
    )
    return Finding(finding.outcome, finding.rule, said, finding.depth)


def _is_taken_first(each: Judged, first: Judged) -> bool:
    """Whether a path leaves the first one for a root, among which verifiers look before what was presented."""
    below = each.path.indexes[:-1]
    return each.path.anchor is not None and first.path.indexes[: len(below)] == below


def _depending(judged: Sequence[Judged]) -> Finding:
    if all(each.finding.outcome == judged[0].finding.outcome for each in judged):
        return judged[0].finding
    return Finding(
        "depends", ROOTS_DECIDE, f"the roots that the verifier holds decide between paths: {_each(judged)}"
    )


def _each(judged: Sequence[Judged]) -> str:
    told: dict[str, str] = {}
    for each in judged:
        told.setdefault(
            each.finding.outcome, f"{each.finding.outcome} over {_way(each.path)} ({each.finding.rule})"
        )
    return ", ".join(told.values())


def _way(path: IssuingPath) -> str:
    above = ", ".join(f"#{index}" for index in path.indexes[1:])
    return above or "the leaf alone"
