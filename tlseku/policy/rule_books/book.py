"""A rule-book and how it judges: its rules in order, the first that holds answers.

Knows rules and general cases that no book needs to repeat; must not know where a book comes from. Out comes a
``Finding``. What a book does not know it says to be unknown by a rule of its own; nothing is filled in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from tlseku._shown import Short
from tlseku.policy.finding import Finding, RuleOutcome
from tlseku.policy.purposes import Role, in_words
from tlseku.policy.rule_books.asked import UNREADABLE, Above, Asked, Question
from tlseku.policy.rule_books.conditions import When
from tlseku.policy.rule_books.context import Context
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

NOTHING_PRESENTED = "tlseku/nothing-presented"
LIST_CUT = "tlseku/list-cut"
CANNOT_BE_READ = "tlseku/cannot-be-read"
ROLE_UNKNOWN = "tlseku/role-unknown"

GENERAL_RULES: Mapping[str, str] = {
    NOTHING_PRESENTED: "No certificate was presented, so there is nothing to judge: unknown.",
    LIST_CUT: "The certificate list was cut and what is there is not refused: unknown.",
    CANNOT_BE_READ: "The leaf, or a CA certificate that the book looks at, cannot be read: unknown.",
    ROLE_UNKNOWN: "The role is not known and the answers for client and server differ: unknown.",
}
"""Answers that every book gives, by rule id. A book's own refusal comes before the cut."""

TEMPLATE_FIELDS: Mapping[str, str] = {
    "role": "client or server",
    "need": "the purpose that the role needs",
    "leaf_eku": "what the leaf's EKU lists",
    "leaf_key_usage": "the leaf's keyUsage",
    "leaf_key": "the type of the leaf's key",
    "issued": "the day of the leaf's notBefore",
    "mode": "the checking mode",
    "above": "the certificate above the leaf that matched, as issuer #1",
    "above_eku": "what that certificate's EKU lists",
}
"""What may stand in braces in a reason, and what it becomes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True, repr=False)
class Rule(Short):
    """One rule: where ``when`` holds, the answer is ``outcome`` for ``reason``.

    ``id`` names the statement that the rule encodes, stable over releases; rules that encode one statement share it.
    ``source`` says who states it, ``as_of`` the day for which that was known.
    """

    id: str
    when: When
    outcome: RuleOutcome
    reason: str
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, repr=False)
class RuleBook(Short):
    """The rules of one verifier, product or programme.

    ``models`` says what it stands for, ``versions`` which ones were looked at, ``evidence`` how: ``run`` (tests run
    the real thing), ``source`` (its source code was read), ``documents`` or ``specification``. The last rule has no
    condition, so that every chain gets an answer.
    """

    name: str
    title: str
    models: str
    versions: str
    evidence: str
    source: str
    as_of: date
    rules: tuple[Rule, ...]

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

    @property
    def looks_above_the_leaf(self) -> bool:
        """Whether any rule is about a certificate above the leaf."""
        return any(rule.when.place != "leaf" for rule in self.rules)

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
        if UNREADABLE in asked.leaf_eku:
            return Finding("unknown", CANNOT_BE_READ, "the leaf's extended key usage cannot be read")
        finding = self._first_that_holds(asked)
        if finding.outcome != "refuse":
            if asked.unread is not None and self.looks_above_the_leaf:
                return Finding(
                    "unknown", CANNOT_BE_READ, f"certificate #{asked.unread} cannot be read and may restrict"
                )
            if not question.complete:
                return Finding("unknown", LIST_CUT, f"the list was cut; what is there: {finding.reason}")
        return finding

    def _first_that_holds(self, asked: Asked) -> Finding:
        for rule in self.rules:
            holds, above = rule.when.matched(asked)
            if holds:
                depth = None if rule.outcome != "refuse" else 0 if above is None else above.depth
                return Finding(rule.outcome, rule.id, rule.reason.format_map(_words(asked, above)), depth)
        raise AssertionError("the last rule of a book has no condition")


def _words(asked: Asked, above: Above | None) -> Mapping[str, str]:
    words = {
        "role": asked.role,
        "need": eku_name(asked.need),
        "leaf_eku": _listed(asked.leaf),
        "leaf_key_usage": _usage(asked.leaf),
        "leaf_key": asked.leaf.key_type,
        "issued": _day(asked.leaf.not_before),
        "mode": asked.context.mode,
    }
    if above is not None:
        kind = "root" if above is asked.anchor else "issuer"
        words |= {"above": f"{kind} #{above.depth}", "above_eku": _listed(above.certificate)}
    return words


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
