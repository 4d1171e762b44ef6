"""A rule-book as TOML.

Knows the keys of a book and of a rule, and what may stand in them; must not know where the text comes from. Out comes
a ``RuleBook`` in which every rule can be judged: conditions are known words, reasons name only what there is.

Limits: a book has at most ``LARGEST_BOOK`` characters and a reason ``LONGEST_REASON``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from string import Formatter
from typing import Literal, NamedTuple, get_args

from tlseku.errors import TableError
from tlseku.policy.causes import CauseName
from tlseku.policy.finding import RuleOutcome
from tlseku.policy.rule_books.book import TEMPLATE_FIELDS, Rule, RuleBook, SentAlert
from tlseku.policy.rule_books.conditions import read_when
from tlseku.policy.rule_books.releases import Release, read_release
from tlseku.policy.rule_books.several_paths import Search
from tlseku.policy.toml_text import read_toml

RULE_BOOK_SCHEMA = "tlseku/rule-book/1"

LARGEST_BOOK = 250_000
"""Characters of a book; the largest that ships has some thousand."""

LONGEST_REASON = 500
"""Characters of a reason before its words are filled in: one sentence."""

RESERVED = ("all", "none")
"""What --rule-books takes beside names."""

EVIDENCE = ("run", "source", "documents", "specification", "own")
"""How a book is known; ``own`` is for rules that somebody makes."""

_ALERT_KEYS = ("for", "alert", "tls", "since", "until", "certificate")
_WHOSE: Mapping[str, Literal["client", "server"]] = {"client": "client", "server": "server"}
_TLS = {"1.2": False, "1.3": True}
SILENT = "none"
"""What a book writes for a refusal without an alert."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_ID = re.compile(r"[!-~]{1,80}")
_BOOK_KEYS = (
    *(
        "schema",
        "name",
        "title",
        "models",
        "versions",
        "evidence",
        "source",
        "as_of",
        "paths",
        "alerts",
        "rules",
    ),
)
_RULE_KEYS = (
    *("id", "when", "outcome", "reason", "source", "as_of", "evidence", "versions", "since", "until"),
)


class RuleBookError(TableError):
    """A rule-book cannot be used, or there is none of that name. ``str()`` says which and why, on one line."""


def read_rule_book(text: str, file: str) -> RuleBook:
    """Read one book; ``file`` is what errors call it.

    Raises ``RuleBookError`` for anything that is not TOML in this form: a missing or unknown key, a value of another
    type, an unknown condition or word, a reason that names what there is not, or a last rule with conditions.
    """
    if len(text) > LARGEST_BOOK:
        raise RuleBookError(f"{file}: more than {LARGEST_BOOK:,} characters")
    document = read_toml(text, file, RuleBookError)
    table = _Table(document, file)
    table.only(_BOOK_KEYS)
    if table.text("schema") != RULE_BOOK_SCHEMA:
        raise table.error("schema", f'must be "{RULE_BOOK_SCHEMA}"')
    name = table.text("name")
    if _NAME.fullmatch(name) is None or name in RESERVED:
        raise table.error(
            "name", "must be of a-z, 0-9, dot, dash and underline, 40 at most, and neither all nor none"
        )
    evidence = table.one_of("evidence", EVIDENCE, "own")
    source, as_of = table.text("source"), table.day("as_of")
    versions = table.text("versions") if table.has("versions") else "any"
    return RuleBook(
        name=name,
        title=table.text("title"),
        models=table.text("models"),
        versions=versions,
        evidence=evidence,
        source=source,
        as_of=as_of,
        rules=_rules(table, _Known(source, as_of, evidence, versions)),
        paths=_search(table),
        alerts=_alerts(table),
    )


def _alerts(table: _Table) -> tuple[SentAlert, ...]:
    listed = table.values["alerts"] if table.has("alerts") else []
    if not isinstance(listed, list):
        raise table.error("alerts", "must be [[alerts]]")
    return tuple(_alert(values, f"{table.where}: alert {number}") for number, values in enumerate(listed, 1))


def _alert(values: object, where: str) -> SentAlert:
    if not isinstance(values, dict):
        raise RuleBookError(f"{where}: is not a table")
    table = _Table(values, where)
    table.only(_ALERT_KEYS)
    words = values.get("for")
    causes = tuple(cause for cause in get_args(CauseName) if isinstance(words, list) and cause in words)
    if not isinstance(words, list) or not words or len(causes) != len(words):
        raise table.error("for", f"must list some of {', '.join(get_args(CauseName))}, each once")
    code = values.get("alert")
    if code != SILENT and (not isinstance(code, int) or isinstance(code, bool) or not 0 <= code <= 255):
        raise table.error("alert", f'must be the code of an alert, or "{SILENT}"')
    tls = table.one_of("tls", tuple(_TLS), "")
    return SentAlert(
        causes=causes,
        alert=code if isinstance(code, int) else None,
        tls13=_TLS.get(tls),
        since=table.release("since"),
        until=table.release("until"),
        certificate=_WHOSE.get(table.one_of("certificate", tuple(_WHOSE), "")),
    )


class _Known(NamedTuple):
    """How a book is known, which holds for each rule that does not say otherwise."""

    source: str
    as_of: date
    evidence: str
    versions: str


def _search(table: _Table) -> Search:
    said = table.one_of("paths", get_args(Search), "first")
    return next(word for word in get_args(Search) if word == said)


def _rules(table: _Table, known: _Known) -> tuple[Rule, ...]:
    listed = table.values["rules"] if table.has("rules") else None
    if not isinstance(listed, list) or not listed:
        raise table.error("rules", "must be one [[rules]] at least")
    rules = tuple(
        _rule(values, f"{table.where}: rule {number}", known) for number, values in enumerate(listed, 1)
    )
    if rules[-1].when.values or _is_bounded(rules[-1]):
        raise table.error(
            "rules",
            "the last must have no conditions and hold for every release, so that every chain gets an answer",
        )
    for number, rule in enumerate(rules[:-1], 1):
        if not rule.when.values and not _is_bounded(rule):
            raise table.error("rules", f"rule {number} has no conditions, so that no rule after it can hold")
    return rules


def _rule(values: object, where: str, known: _Known) -> Rule:
    if not isinstance(values, dict):
        raise RuleBookError(f"{where}: is not a table")
    table = _Table(values, where)
    table.only(_RULE_KEYS)
    identifier = table.text("id")
    if _ID.fullmatch(identifier) is None:
        raise table.error("id", "must be 1 to 80 visible ASCII characters without blanks")
    conditions = table.values.get("when", {})
    if not isinstance(conditions, dict):
        raise table.error("when", "must be a table of conditions")
    try:
        when = read_when(conditions)
    except ValueError as error:
        raise table.error("when", str(error)) from None
    outcome = table.text("outcome")
    for word in get_args(RuleOutcome):
        if word == outcome:
            break
    else:
        raise table.error("outcome", f"{outcome!r} is not one of {', '.join(get_args(RuleOutcome))}")
    reason = table.text("reason")
    _check_reason(reason, when.place, table)
    return Rule(
        id=identifier,
        when=when,
        outcome=word,
        reason=reason,
        source=table.text("source") if table.has("source") else known.source,
        as_of=table.day("as_of") if table.has("as_of") else known.as_of,
        evidence=table.one_of("evidence", EVIDENCE, known.evidence),
        versions=table.text("versions") if table.has("versions") else known.versions,
        since=table.release("since"),
        until=table.release("until"),
    )


def _is_bounded(rule: Rule) -> bool:
    return rule.since is not None or rule.until is not None


def _check_reason(reason: str, place: str, table: _Table) -> None:
    if len(reason) > LONGEST_REASON or "\n" in reason:
        raise table.error("reason", f"must be one line of at most {LONGEST_REASON} characters")
    try:
        fields = [(field, spec, conversion) for _, field, spec, conversion in Formatter().parse(reason)]
    except ValueError as error:
        raise table.error("reason", f"has a brace out of place ({error})") from None
    for field, spec, conversion in fields:
        if field is None:
            continue
        if field not in TEMPLATE_FIELDS or spec or conversion:
            raise table.error("reason", f"cannot name {{{field}}}; there are {', '.join(TEMPLATE_FIELDS)}")
        if field.startswith("above") and place == "leaf":
            raise table.error("reason", f"cannot name {{{field}}} without a condition on issuer or anchor")


class _Table:
    """A TOML table whose values are asked for by key, and where it stands, for errors."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self.values = values
        self.where = where

    def error(self, key: str, problem: str) -> RuleBookError:
        return RuleBookError(f"{self.where}: {key}: {problem}")

    def has(self, key: str) -> bool:
        return key in self.values

    def only(self, keys: tuple[str, ...]) -> None:
        for key in self.values:
            if key not in keys:
                raise RuleBookError(f"{self.where}: unknown key {key!r}; there are {', '.join(keys)}")

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(
                key, "is missing" if key not in self.values else "must be a text that is not empty"
            )
        return value

    def one_of(self, key: str, words: Sequence[str], otherwise: str) -> str:
        if not self.has(key):
            return otherwise
        said = self.text(key)
        if said not in words:
            raise self.error(key, f"must be one of {', '.join(words)}")
        return said

    def release(self, key: str) -> Release | None:
        if not self.has(key):
            return None
        try:
            return read_release(self.text(key))
        except ValueError as error:
            raise self.error(key, str(error)) from None

    def day(self, key: str) -> date:
        value = self.values.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(
                key, "is missing" if key not in self.values else "must be a date, written as 2027-03-15"
            )
        return value
