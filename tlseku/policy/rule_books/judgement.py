"""Verdict and findings of a chain, found once for all chains that look alike.

Knows which facts of certificates verdicts and rule-books look at (``likeness``): purposes, usages, dates to the day,
kinds of keys and signatures, how the chain hangs together, and nothing that tells one server from another. Must not
know any rule. A hundred servers with certificates of one CA get one judgement. Tests hold it against judging each by
itself.

Limits: ``KEPT`` judgements; reaching it gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlseku.policy.finding import Finding
from tlseku.policy.issuing_path import IssuingPath
from tlseku.policy.issuing_paths import issuing_paths, top_of
from tlseku.policy.purposes import Role
from tlseku.policy.rule_books.algorithms import signed_with
from tlseku.policy.rule_books.asked import serial_words
from tlseku.policy.rule_books.rule_book_set import RuleBookSet
from tlseku.policy.validity import DAY
from tlseku.policy.verdict import Verdict, judge
from tlseku.x509.certificate import Certificate
from tlseku.x509.criticality import SUBJECT_ALT_NAME, is_critical
from tlseku.x509.name_comparison import EMPTY_NAME

KEPT = 1024
"""Judgements that are kept, some kilobytes each. Most captures need a few dozen."""

LONGEST_KEPT = 12
"""Certificates of a chain whose judgement is kept; a hostile one could have thousands."""

Likeness = tuple[object, ...]


class Judgement:
    """``verdict`` and ``findings`` (by the name of the rule-book) of all chains that look alike in one role."""

    __slots__ = ("findings", "verdict")

    def __init__(self, verdict: Verdict, findings: Mapping[str, Finding]) -> None:
        self.verdict = verdict
        self.findings = findings


class Judgements:
    """Judges chains with the books of ``books``. Not safe for several threads at once."""

    __slots__ = ("_kept", "books")

    def __init__(self, books: RuleBookSet) -> None:
        self.books = books
        self._kept: dict[Likeness, Judgement] = {}

    def judge(
        self,
        chain: Sequence[Certificate],
        role: Role,
        *,
        complete: bool = True,
        more: Sequence[Certificate] = (),
    ) -> Judgement:
        """The judgement of a presented chain, leaf first; ``more`` completes its path. Never raises."""
        if len(chain) + len(more) > LONGEST_KEPT:
            return self._judge(chain, role, complete, more)
        key = likeness(chain, role, complete, more)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._judge(chain, role, complete, more)
            if len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = kept
        return kept

    def _judge(
        self, chain: Sequence[Certificate], role: Role, complete: bool, more: Sequence[Certificate]
    ) -> Judgement:
        verdict = judge(chain, role, complete=complete, more=more)
        return Judgement(verdict, self.books.judge(chain, role, complete=complete, more=more))


def likeness(
    chain: Sequence[Certificate], role: Role, complete: bool, more: Sequence[Certificate] = ()
) -> Likeness:
    """Everything that decides verdict and findings: chains alike in it are judged alike."""
    if not chain:
        return role, complete
    paths = issuing_paths(chain, more)
    begins = chain[0].not_before
    return (
        role,
        complete,
        len(chain),
        None if begins is None else begins // DAY,
        paths,
        _hung_together(chain, more, paths) if len(paths) > 1 else (),
        chain[0].subject_der == EMPTY_NAME and is_critical(chain[0].der, SUBJECT_ALT_NAME),
        tuple([_traits(each) for each in chain]),
        tuple([_traits(each) for each in more]) if more else (),
    )


def _hung_together(
    chain: Sequence[Certificate], more: Sequence[Certificate], paths: Sequence[IssuingPath]
) -> Likeness:
    """Which of several paths need the same trust."""
    tops = [top_of(chain, path, more) for path in paths]
    return tuple([tops.index(top) for top in tops])


def _traits(certificate: Certificate) -> Likeness:
    return (
        certificate.eku,
        certificate.eku_critical,
        certificate.eku_readable,
        certificate.eku_duplicate,
        certificate.key_usage,
        certificate.key_type,
        signed_with(certificate.signature_algorithm),
        serial_words(certificate),
        certificate.version,
        certificate.basic_ca,
        certificate.self_issued,
        certificate.public_issuer,
        certificate.readable,
    )
