"""Rule-books for people and programs: what they model, what they say and on whose authority.

Knows rule-books and the width of a page; must not know where the lines go. Out come lines, or plain dictionaries of
the schema ``tlseku/rule-book/1``, which has the keys of a book in TOML with nothing left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tlseku.output.json.flow_json import named
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.policy.causes import NO_CERTIFICATE
from tlseku.policy.finding import RuleOutcome
from tlseku.policy.rule_books import GENERAL_RULES, Rule, RuleBook
from tlseku.policy.rule_books.book import SentAlert
from tlseku.policy.rule_books.format import RULE_BOOK_SCHEMA
from tlseku.policy.rule_books.releases import written
from tlseku.registry.names import alert_name

EVIDENCE: Mapping[str, str] = {
    "run": "the real thing was run",
    "source": "read in its source",
    "documents": "from documents",
    "specification": "the specification itself",
    "own": "rules of your own",
}
"""How a book is known, in words."""

PATHS: Mapping[str, str] = {
    "first": "takes the first issuer that fits and does not come back to another",
    "every": "tries every issuer",
    "unknown": "not known how it chooses between issuers",
}
"""How a book looks for issuers where a chain has several paths, in words."""

SHORT_EVIDENCE: Mapping[str, str] = {
    "run": "run",
    "source": "read in its source",
    "documents": "from documents",
    "specification": "specified",
}
"""How a rule is known, in a word or two."""

_STYLES: Mapping[RuleOutcome, Style] = {
    "accept": "ok",
    "refuse": "wrong",
    "depends": "caution",
    "unknown": "unsure",
}


def rule_book_lines(books: Iterable[RuleBook], page: Page) -> Iterator[Line]:
    """Every book with its rules, then the answers that all of them give."""
    for book in books:
        start: Line = (Segment(page.clean(book.name), "strong"), Segment("  "))
        yield from fill(start, words(page.clean(book.title)), page.width, 2)
        for label, text in _facts(book):
            yield from fill((Segment(f"  {label:<9}", "dim"),), words(page.clean(text)), page.width, 11)
        for rule in book.rules:
            yield from _rule_lines(rule, book, page)
        yield ()
    yield (Segment("every book", "strong"),)
    for identifier, meaning in GENERAL_RULES.items():
        yield from fill((Segment(f"  {identifier}: ", "link"),), words(meaning), page.width, 4)


def rule_book_to_dict(book: RuleBook) -> dict[str, object]:
    """One book as an object of ``tlseku/rule-book/1``."""
    return {
        "schema": RULE_BOOK_SCHEMA,
        **named(book, "name", "title", "models", "versions", "evidence", "source"),
        "as_of": book.as_of.isoformat(),
        "paths": book.paths,
        "alerts": [
            {
                "for": list(each.causes),
                "alert": each.alert,
                "tls": None if each.tls13 is None else "1.3" if each.tls13 else "1.2",
                "since": None if each.since is None else written(each.since),
                "until": None if each.until is None else written(each.until),
                "certificate": each.certificate,
            }
            for each in book.alerts
        ],
        "rules": [
            {
                "id": rule.id,
                "when": rule.when.written(),
                **named(rule, "outcome", "reason", "source"),
                "as_of": rule.as_of.isoformat(),
                "evidence": rule.evidence,
                "versions": rule.versions,
                "since": None if rule.since is None else written(rule.since),
                "until": None if rule.until is None else written(rule.until),
            }
            for rule in book.rules
        ],
    }


def conditions_in_words(rule: Rule) -> str:
    """``leaf_eku: other or empty; role: client; since 1.27``, or ``otherwise`` for a rule without conditions."""
    parts = []
    for name, value in rule.when.written().items():
        text = " or ".join(value) if isinstance(value, list) else str(value).lower()
        parts.append(f"{name}: {text}")
    if releases_in_words(rule):
        parts.append(releases_in_words(rule))
    return "; ".join(parts) or "otherwise"


def known_in_words(rule: Rule) -> str:
    """``run: 1.27.3``, how a rule that accepts or refuses is known and of which versions; nothing where it does not
    say that anything is known."""
    if rule.outcome == "unknown" or rule.evidence == "own":
        return ""
    return f"{SHORT_EVIDENCE[rule.evidence]}: {rule.versions}"


def alert_in_words(sent: SentAlert) -> str:
    """``eku, key_usage: unsupported_certificate (43)``, ``no_certificate: certificate_required (116) in TLS 1.3, since
    25``: what who refuses a certificate sends for what."""
    said = "closes without an alert" if sent.alert is None else f"{alert_name(sent.alert)} ({sent.alert})"
    if sent.certificate is not None and NO_CERTIFICATE not in sent.causes:
        said += f" to a {sent.certificate}"
    if sent.tls13 is not None:
        said += f" in TLS {'1.3' if sent.tls13 else '1.2'}"
    releases = releases_in_words(sent)
    return f"{', '.join(sent.causes)}: {said}{', ' + releases if releases else ''}"


def releases_in_words(rule: Rule | SentAlert) -> str:
    """``since 1.27``, ``up to 1.26``; nothing for what holds for every release."""
    parts = []
    if rule.since is not None:
        parts.append(f"since {written(rule.since)}")
    if rule.until is not None:
        parts.append(f"up to {written(rule.until)}")
    return ", ".join(parts)


def _facts(book: RuleBook) -> Iterator[tuple[str, str]]:
    yield "models", book.models
    yield "versions", book.versions
    yield "known", f"{EVIDENCE[book.evidence]}, as of {book.as_of.isoformat()}"
    yield "source", book.source
    yield "paths", PATHS[book.paths]
    if book.alerts:
        yield "alerts", "; ".join(alert_in_words(each) for each in book.alerts)


def _rule_lines(rule: Rule, book: RuleBook, page: Page) -> Iterator[Line]:
    start: Line = (
        Segment("  "),
        Segment(f"{rule.outcome:<8}", _STYLES[rule.outcome]),
        Segment(f" {page.clean(rule.id)}", "link"),
        Segment("  "),
    )
    yield from fill(start, words(page.clean(conditions_in_words(rule)), "dim"), page.width, 11)
    known = known_in_words(rule)
    said = f"{rule.reason} ({known})" if known else rule.reason
    if (rule.source, rule.as_of) != (book.source, book.as_of):
        said += f" [{rule.source}, as of {rule.as_of.isoformat()}]"
    yield from fill((Segment(" " * 11),), words(page.clean(said)), page.width, 11)
