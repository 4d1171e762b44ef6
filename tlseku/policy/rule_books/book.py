"""A rule-book and how it judges: its rules in order, the first that holds answers.

Knows rules and general cases that no book needs to repeat; must not know where a book comes from. Out comes a
``Finding``. What a book does not know it says to be unknown by a rule of its own; nothing is filled in here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Literal, NamedTuple

from tlseku._objects import Short, frozen, short
from tlseku.policy.causes import CauseName
from tlseku.policy.finding import Finding, RuleOutcome
from tlseku.policy.issuing_paths import top_of
from tlseku.policy.purposes import Role, in_words
from tlseku.policy.rule_books.algorithms import signed_with
from tlseku.policy.rule_books.asked import UNREADABLE, Above, Asked, Question
from tlseku.policy.rule_books.conditions import When
from tlseku.policy.rule_books.context import Context
from tlseku.policy.rule_books.releases import (
    Release,
    covers,
    read_release,
    spans,
)
from tlseku.policy.rule_books.releases import (
    in_words as releases_in_words,
)
from tlseku.policy.rule_books.several_paths import PATHS_DIFFER, ROOTS_DECIDE, Judged, Search, one_answer
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

NOTHING_PRESENTED = "tlseku/nothing-presented"
LIST_CUT = "tlseku/list-cut"
CANNOT_BE_READ = "tlseku/cannot-be-read"
ROLE_UNKNOWN = "tlseku/role-unknown"
RELEASES_DIFFER = "tlseku/releases-differ"

GENERAL_RULES: Mapping[str, str] = {
    NOTHING_PRESENTED: "No certificate was presented, so there is nothing to judge: unknown.",
    LIST_CUT: "The certificate list was cut and what is there is not refused: unknown.",
    CANNOT_BE_READ: "The leaf, or a CA certificate that the book looks at, cannot be read: unknown.",
    ROLE_UNKNOWN: "The role is not known and the answers for client and server differ: unknown.",
    RELEASES_DIFFER: "Releases differ and it is not known which one judges: depends. NAME@RELEASE asks one.",
    ROOTS_DECIDE: "The chain has paths to several roots, and it is not known which are held: depends.",
    PATHS_DIFFER: "The chain has several paths, and it is not known how the verifier looks for issuers: unknown.",
}
"""Answers that every book gives, by rule id. A book's own refusal comes before the cut."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@frozen
class Rule(Short):
    """One rule: where ``when`` holds, the answer is ``outcome`` for ``reason``.

    ``id`` names the statement that the rule encodes, stable over releases; rules that encode one statement share it.
    ``source`` says who states it, ``as_of`` the day for which that was known. ``evidence`` is how it is known and
    ``versions`` of which releases, as for the book; ``since`` and ``until`` are the first and the last release for
    which it holds, None where nothing else is known.
    """

    id: str
    when: When
    outcome: RuleOutcome
    reason: str
    source: str
    as_of: date
    evidence: str = "own"
    versions: str = "any"
    since: Release | None = None
    until: Release | None = None


@short
class SentAlert(NamedTuple):
    """What the library sends when it refuses a certificate for one of ``causes``: the code of an ``alert``, None where
    it closes without one. ``tls13`` is None where both versions do the same, ``certificate`` the role whose certificate
    is refused, None where both are refused so; ``since`` and ``until`` are the first and the last release that do so,
    None where no other is known to differ."""

    causes: tuple[CauseName, ...]
    alert: int | None
    tls13: bool | None
    since: Release | None
    until: Release | None
    certificate: Literal["client", "server"] | None = None

    def covers(self, release: Release) -> bool:
        """Whether that release sends it."""
        return covers(self.since, self.until, release)


@frozen
class RuleBook(Short):
    """The rules of one verifier, product or programme.

    ``models`` says what it stands for, ``versions`` which ones were looked at, ``evidence`` how: ``run`` (tests run
    the real thing), ``source`` (its source code was read), ``documents`` or ``specification``. The last rule has no
    condition, so that every chain gets an answer. ``paths`` is how it looks for issuers where a chain has several: it
    tries ``every`` one, takes the ``first`` that fits, or that is ``unknown``. ``release`` is the only one that it
    speaks for, None for all that were looked at. ``alerts`` are what it was seen to send.
    """

    name: str
    title: str
    models: str
    versions: str
    evidence: str
    source: str
    as_of: date
    rules: tuple[Rule, ...]
    paths: Search = "first"
    release: Release | None = None
    alerts: tuple[SentAlert, ...] = ()
    _above: bool = field(init=False, repr=False, compare=False)
    _spans: tuple[Release, ...] = field(init=False, repr=False, compare=False)
    _by_role: Mapping[str, tuple[tuple[Rule, frozenset[int] | None], ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        starts = spans(() if self.release is not None else [(rule.since, rule.until) for rule in self.rules])
        object.__setattr__(self, "_above", any(rule.when.place != "leaf" for rule in self.rules))
        object.__setattr__(self, "_spans", starts)
        object.__setattr__(
            self,
            "_by_role",
            {
                role: tuple(
                    (rule, _holds_in(rule, starts)) for rule in self.rules if rule.when.may_hold_as(role)
                )
                for role in ("client", "server")
            },
        )

    def of_release(self, release: str) -> RuleBook:
        """The book as it is for one release, under the name ``NAME@RELEASE``. Raises ValueError for other text."""
        number = read_release(release)
        rules = tuple(rule for rule in self.rules if covers(rule.since, rule.until, number))
        alerts = tuple(each for each in self.alerts if each.covers(number))
        return replace(self, name=f"{self.name}@{release}", rules=rules, release=number, alerts=alerts)

    def judge(
        self,
        chain: Sequence[Certificate],
        role: Role,
        *,
        complete: bool = True,
        context: Context | None = None,
        more: Sequence[Certificate] = (),
    ) -> Finding:
        """Judge a presented chain, leaf first, in the role in which it was presented. Never raises.

        ``complete`` is False where the certificate_list was cut. Only certificates in the issuing path count, in
        whatever order they were sent. ``more`` completes that path with certificates that were not presented, as in
        ``issuing_path``; ``Finding.depth`` then goes on behind the chain.
        """
        return self.answer(Question(chain, role, complete, Context() if context is None else context, more))

    def answer(self, question: Question) -> Finding:
        """The same as ``judge`` for a question that other books are asked too. Never raises."""
        if not question.chain:
            if question.complete:
                return Finding("unknown", NOTHING_PRESENTED, "no certificate was presented")
            return Finding("unknown", LIST_CUT, "the list was cut before its leaf was whole")
        if question.role == "unknown":
            return self._in_both_roles(question)
        return self._in_role(question, question.role)

    def answering(self, chain: Sequence[Certificate], role: Literal["client", "server"]) -> Rule:
        """The rule that answers for the first path of a chain of at least one certificate, in the newest release."""
        asked = Question(chain, role, True, Context()).asked(role)[0]
        for rule, holds_in in self._by_role[role]:
            if (holds_in is None or len(self._spans) - 1 in holds_in) and rule.when.matched(asked)[0]:
                return rule
        raise AssertionError("the last rule of a book has no condition")

    @property
    def looks_above_the_leaf(self) -> bool:
        """Whether any rule is about a certificate above the leaf."""
        return self._above

    def _in_both_roles(self, question: Question) -> Finding:
        client, server = self._in_role(question, "client"), self._in_role(question, "server")
        if client.outcome == server.outcome:
            reason = f"in either role; as client: {client.reason}"
            return Finding(client.outcome, client.rule, reason, client.depth)
        reason = (
            f"the role is not known: {client.outcome} as client ({client.rule}), {server.outcome} as server"
        )
        return Finding("unknown", ROLE_UNKNOWN, f"{reason} ({server.rule})")

    def _in_role(self, question: Question, role: Literal["client", "server"]) -> Finding:
        asked = question.asked(role)
        if len(asked) == 1 or not self.looks_above_the_leaf:
            return self._of_path(asked[0], question.complete)
        paths, chain, more = question.paths, question.chain, question.more
        return one_answer(
            [
                Judged(
                    path,
                    top_of(chain, path, more),
                    path.anchor is not None and path.anchor >= len(chain),
                    self._of_path(one, question.complete),
                )
                for path, one in zip(paths, asked, strict=True)
            ],
            self.paths,
        )

    def _of_path(self, asked: Asked, complete: bool) -> Finding:
        if UNREADABLE in asked.leaf_eku:
            return Finding("unknown", CANNOT_BE_READ, "the leaf's extended key usage cannot be read")
        finding = self._by_the_rules(asked)
        if finding.outcome != "refuse":
            if asked.unread is not None and self.looks_above_the_leaf:
                return Finding(
                    "unknown", CANNOT_BE_READ, f"certificate #{asked.unread} cannot be read and may restrict"
                )
            if not complete:
                return Finding("unknown", LIST_CUT, f"the list was cut; what is there: {finding.reason}")
        return finding

    def _by_the_rules(self, asked: Asked) -> Finding:
        """What the first rule that holds says, over all spans of releases."""
        left: set[int] | None = None
        found: list[tuple[Finding, Sequence[int]]] = []
        for rule, holds_in in self._by_role[asked.role]:
            holds, above = rule.when.matched(asked)
            if not holds:
                continue
            if holds_in is None and left is None:
                return _finding(rule, asked, above)
            if left is None:
                left = {*range(len(self._spans))}
            here = left if holds_in is None else left & holds_in
            if here:
                found.append((_finding(rule, asked, above), sorted(here)))
                left = left - here
                if not left:
                    return self._of_releases(found)
        raise AssertionError("the last rule of a book has no condition")

    def _of_releases(self, found: Sequence[tuple[Finding, Sequence[int]]]) -> Finding:
        by_span = {span: finding for finding, where in found for span in where}
        newest = by_span[len(self._spans) - 1]
        if all(finding.outcome == newest.outcome for finding in by_span.values()):
            return newest
        told = []
        first = 0
        for span in range(1, len(self._spans) + 1):
            if span < len(self._spans) and by_span[span] == by_span[first]:
                continue
            finding = by_span[first]
            when = releases_in_words(self._spans, first, span - 1)
            told.append(f"{when}: {finding.outcome} ({finding.rule})")
            first = span
        return Finding("depends", RELEASES_DIFFER, f"the release decides: {'; '.join(told)}; {newest.reason}")


def _holds_in(rule: Rule, starts: Sequence[Release]) -> frozenset[int] | None:
    """The spans in which a rule holds, None for all."""
    spans_of_rule = frozenset(at for at, start in enumerate(starts) if covers(rule.since, rule.until, start))
    return None if len(spans_of_rule) == len(starts) or len(starts) == 1 else spans_of_rule


def _finding(rule: Rule, asked: Asked, above: Above | None) -> Finding:
    depth = None if rule.outcome != "refuse" else 0 if above is None else above.depth
    reason = rule.reason
    if "{" in reason:
        reason = reason.format_map(_Filling(asked, above))
    return Finding(rule.outcome, rule.id, reason, depth)


class _Filling:
    """What stands in the braces of a reason, made where it is asked for."""

    __slots__ = ("_above", "_asked")

    def __init__(self, asked: Asked, above: Above | None) -> None:
        self._asked = asked
        self._above = above

    def __getitem__(self, field: str) -> str:
        if field in _OF_ABOVE and self._above is not None:
            return _OF_ABOVE[field][1](self._asked, self._above)
        return _OF_LEAF[field][1](self._asked)


def _algorithms(certificate: Certificate) -> str:
    key, signature = certificate.key_type, signed_with(certificate.signature_algorithm)
    return f"{key} key signed with {'itself' if certificate.self_issued else signature}"


def _usage(certificate: Certificate) -> str:
    return "absent" if certificate.key_usage is None else ", ".join(certificate.key_usage) or "empty"


def _listed(certificate: Certificate) -> str:
    return "nothing, being absent" if certificate.eku is None else in_words(certificate.eku)


def _day(ns: int | None) -> str:
    if ns is None:
        return "an unknown day"
    try:
        return (_EPOCH + timedelta(seconds=ns // 10**9)).date().isoformat()
    except OverflowError:
        return "an unknown day"


def _place(asked: Asked, above: Above) -> str:
    return f"{'root' if above is asked.anchor else 'issuer'} #{above.depth}"


_OF_LEAF: Mapping[str, tuple[str, Callable[[Asked], str]]] = {
    "role": ("client or server", lambda asked: asked.role),
    "need": ("the purpose that the role needs", lambda asked: eku_name(asked.need)),
    "leaf_eku": ("what the leaf's EKU lists", lambda asked: _listed(asked.leaf)),
    "leaf_key_usage": ("the leaf's keyUsage", lambda asked: _usage(asked.leaf)),
    "leaf_key": ("the type of the leaf's key", lambda asked: asked.leaf.key_type),
    "leaf_algorithms": (
        "the kinds of the leaf's key and of the signature on it",
        lambda asked: _algorithms(asked.leaf),
    ),
    "issued": ("the day of the leaf's notBefore", lambda asked: _day(asked.leaf.not_before)),
    "mode": ("the checking mode", lambda asked: asked.context.mode),
}
_OF_ABOVE: Mapping[str, tuple[str, Callable[[Asked, Above], str]]] = {
    "above": ("the certificate above the leaf that matched, as issuer #1", _place),
    "above_eku": ("what that certificate's EKU lists", lambda asked, above: _listed(above.certificate)),
    "above_algorithms": (
        "the kinds of that certificate's key and of the signature on it",
        lambda asked, above: _algorithms(above.certificate),
    ),
}

TEMPLATE_FIELDS: Mapping[str, str] = {
    field: means for field, (means, _) in (*_OF_LEAF.items(), *_OF_ABOVE.items())
}
"""What may stand in braces in a reason, and what it becomes."""
