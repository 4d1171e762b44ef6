"""``docs/rule-books.md``: the matrix as the rule-books answer it, and every book with its rules.

``python -m tests.verifiers.rule_book_page`` writes the file anew; ``test_rule_book_page`` checks that it is current.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.policy.rule_books.measured import measured_cells
from tests.verifiers.answer import ROLES, Role
from tests.verifiers.cases import NAMES, case_named
from tests.verifiers.test_against_verifiers import VERIFIERS
from tlseku.output.reports.rule_books import (
    EVIDENCE,
    PATHS,
    alert_in_words,
    conditions_in_words,
    known_in_words,
)
from tlseku.policy.rule_books import GENERAL_RULES, RuleBook, load_rule_books
from tlseku.policy.rule_books.algorithms import ALGORITHM_WORDS
from tlseku.policy.rule_books.asked import EKU_WORDS
from tlseku.policy.rule_books.book import TEMPLATE_FIELDS
from tlseku.policy.rule_books.conditions import CONDITIONS
from tlseku.x509.serial_encoding import SERIAL_WORDS

PATH = Path(__file__).resolve().parents[2] / "docs" / "rule-books.md"

SIGNS = {"accept": "A", "refuse": "**R**", "depends": "d", "unknown": "?"}
READ = {"accept": "a", "refuse": "r"}
"""What was not run with this very chain."""

INTRODUCTION = """\
# Rule-books

Whether a certificate is good for a TLS role depends on who looks at it: verifiers disagree about Extended Key Usage on
purpose or by accident. A rule-book says what one of them makes of a presented chain, by which rule, and how that is
known. This file is made from the books by `python -m tests.verifiers.rule_book_page`, and a test checks that it is
current. `tlseku rules` prints the same books.

A finding is one of: **accept**, **refuse** (with the depth of the certificate that breaks the chain; 0 is the leaf),
**depends** (on something that the chain does not show) and **unknown** (nobody has measured or stated it; never a
guess). It is about purposes and key usage only: names, dates, signatures, revocation and trust are other questions.
It is also about what was presented only, and what `--ca FILE` completes it with: an issuer or a root that was not sent,
and that the verifier has itself, may restrict what is accepted here (OpenSSL, Go and cryptography look at the EKU of
the root).
What a peer did is another question too: a server may run with its EKU check switched off.

Where tests can run a verifier, `tests/verifiers` builds every chain of the tables below and holds
the book against the verifier in both roles. A newer release that answers otherwise makes a test fail. What live servers
and clients did with a chain stands in `tests/policy/rule_books/measured_cells.tsv`, a line a cell with the software, its
version and the source; the books agree with every line. Every rule that accepts or refuses says whether it was run, and
with which versions, or read.

Releases differ: a rule with `since` or `until` holds for the releases from or up to there, and where they answer
otherwise and nobody says which one judges, the answer is **depends** and names the releases. `go@1.26` (`--rule-books
go@1.26`, `tlseku rules go@1.26`) is the book of one release. Where a CA has two certificates, a chain has several paths:
a book says whether its verifier tries every issuer or takes the first that fits. Paths that hang on different roots are
**depends**, unless `--ca FILE` says which root is held.
"""

OWN_BOOK = """\
## A rule-book of your own

Write it in TOML and name it with `--rules FILE`:

```toml
schema = "tlseku/rule-book/1"
name = "gateway"
title = "Our gateway"
models = "the reverse proxy in front of the service"
source = "its manual, page 7"
as_of = 2026-05-01

[[rules]]
id = "gateway/leaf-eku"
when = { role = "client", leaf_eku = ["other", "empty"] }
outcome = "refuse"
reason = "the gateway wants {need}; the leaf lists {leaf_eku}"

[[rules]]
id = "gateway/fits"
outcome = "accept"
reason = "nothing keeps the gateway from accepting it"
```

Rules are tried in order; the first whose conditions all hold answers, and the last has no conditions. `source`, `as_of`,
`versions` and `evidence` may stand in a rule too, and the last two may be left out. `since = "1.27"` and `until = "1.26"`
bound a rule to releases. `[[alerts]]` say what it sends when it refuses (`for = ["eku"]`, `alert = 43` or `"none"`, perhaps
`tls`, `since`, `until`, and `certificate`, the role whose certificate it refuses). `paths` of the book is `first` (the default), `every` or `unknown`.
"""


@functools.cache
def page() -> str:
    """The whole file."""
    return "\n".join([INTRODUCTION, *_matrix(), *_books(), OWN_BOOK, *_vocabulary()])


def _matrix() -> Iterator[str]:
    books = load_rule_books()
    for role in ROLES:
        yield f"## The matrix: presented by a TLS {role}\n"
        yield (
            "A accepts, **R** refuses, both run with this very chain; a accepts, r refuses, both read, or by a rule that was run with other chains; d depends, ? unknown. Rows are leaf / issuer, then perhaps a second issuer or the"
            " root: what the EKU lists (S serverAuth, C clientAuth), or what else is odd about the leaf. The root has"
            " no EKU unless it says so. Expressway with its checking mode unknown.\n"
        )
        yield f"| chain | {' | '.join(book.name for book in books)} |"
        yield f"|---|{'---|' * len(books)}"
        for name in NAMES:
            yield f"| {name} | {' | '.join(_sign(book, name, role) for book in books)} |"
        yield ""


def _sign(book: RuleBook, name: str, role: Role) -> str:
    case = case_named(name)
    outcome = book.judge(case.presented, role, more=case.held).outcome
    if book.name in _tested() or (book.name, role, name) in _measured():
        return SIGNS[outcome]
    return READ.get(outcome, SIGNS[outcome])


@functools.cache
def _tested() -> frozenset[str]:
    """The books that are held against a verifier, chain by chain."""
    return frozenset(name for name, _ in VERIFIERS.values())


@functools.cache
def _measured() -> frozenset[tuple[str, str, str]]:
    return frozenset((cell.name, cell.role, cell.chain) for cell in measured_cells())


def _run_cells(book: RuleBook) -> str:
    """What live software was asked, counted by software."""
    counts = Counter(cell.software for cell in measured_cells() if cell.name == book.name)
    return ", ".join(f"{software} ({count})" for software, count in counts.items())


def _books() -> Iterator[str]:
    yield "## The books\n"
    for book in load_rule_books():
        yield f"### {book.name}: {book.title}\n"
        yield f"- models: {book.models}"
        yield f"- versions: {book.versions}"
        yield f"- known: {EVIDENCE[book.evidence]}, as of {book.as_of.isoformat()}"
        yield f"- several paths: {PATHS[book.paths]}"
        if book.alerts:
            yield f"- alerts when it refuses: {'; '.join(alert_in_words(each) for each in book.alerts)}"
        cells = _run_cells(book)
        if cells:
            yield f"- measured cells: {cells}"
        yield f"- source: {book.source}\n"
        yield "| rule | when | outcome | reason |"
        yield "|---|---|---|---|"
        for rule in book.rules:
            known = known_in_words(rule)
            reason = f"{rule.reason} ({known})" if known else rule.reason
            if (rule.source, rule.as_of) != (book.source, book.as_of):
                reason += f" (source: {rule.source}, as of {rule.as_of.isoformat()})"
            yield f"| `{rule.id}` | {conditions_in_words(rule)} | {rule.outcome} | {reason} |"
        yield ""
    yield "Every book also gives these answers:\n"
    yield "| rule | meaning |"
    yield "|---|---|"
    for identifier, meaning in GENERAL_RULES.items():
        yield f"| `{identifier}` | {meaning} |"
    yield ""


def _vocabulary() -> Iterator[str]:
    yield "| condition | holds where | value |"
    yield "|---|---|---|"
    for name, condition in CONDITIONS.items():
        value = "a date" if condition.words is None else "true or false"
        if condition.words:
            value = (
                "the words below"
                if name.endswith(("_eku", "_eku_without", "_uses", "_signed", "_key", "_serial"))
                else ", ".join(condition.words)
            )
        yield f"| `{name}` | {condition.means} | {value} |"
    yield "\nConditions on `issuer` look at the CAs between leaf and root, from the leaf upwards, and hold where one CA"
    yield "meets all of them; conditions on `anchor` at the self-issued certificate at the top, if it was sent.\n"
    yield "| word for an EKU | meaning |"
    yield "|---|---|"
    for word, meaning in EKU_WORDS.items():
        yield f"| `{word}` | {meaning} |"
    for title, words in (
        ("word for a key or signature", ALGORITHM_WORDS),
        ("word for a serial number", SERIAL_WORDS),
    ):
        yield f"\n| {title} | meaning |"
        yield "|---|---|"
        for word, meaning in words.items():
            yield f"| `{word}` | {meaning} |"
    yield "\n| in a reason | becomes |"
    yield "|---|---|"
    for field, meaning in TEMPLATE_FIELDS.items():
        yield f"| `{{{field}}}` | {meaning} |"
    yield ""


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
