"""``tlseku.policy.rule_books.several_paths``: one answer where a chain has several paths."""

from __future__ import annotations

import pytest

from tests.policy.chains import CLIENT, SERVER, UNREADABLE, facts
from tests.policy.rule_books.books import HEAD, LAST, rule
from tlseku.policy.finding import Finding
from tlseku.policy.rule_books import RuleBook, RuleBookError, load_rule_books, read_rule_book
from tlseku.x509.certificate import Certificate

LEAF = facts("L", "I", (CLIENT,))
OPEN, NARROW = facts("I", "R"), facts("I", "R", (SERVER,))
ELSEWHERE = facts("I", "Q")
ROOT = facts("R", "R")
CROSS = facts("R", "Q", (SERVER,))


def book(paths: str) -> RuleBook:
    return read_rule_book(
        f'{HEAD}paths = "{paths}"\n{rule(chr(123) + " issuer_eku = " + chr(34) + "other" + chr(34) + " }")}{LAST}',
        "mine.toml",
    )


@pytest.mark.parametrize(
    ("chain", "more", "first", "every", "unknown"),
    [
        # Both hang on one root.
        ([LEAF, NARROW, OPEN], [], "refuse", "accept", "unknown"),
        ([LEAF, OPEN, NARROW], [], "accept", "accept", "unknown"),
        ([LEAF, NARROW, OPEN], [ROOT], "refuse", "accept", "unknown"),
        ([LEAF, NARROW, facts("I", "R", (SERVER, "1.2"))], [], "refuse", "refuse", "refuse"),
        # Each hangs on a root of its own: who holds which decides, except for one that takes what comes first.
        ([LEAF, NARROW, ELSEWHERE], [], "refuse", "depends", "unknown"),
        ([LEAF, ELSEWHERE, NARROW], [], "accept", "depends", "unknown"),
        # A root beside its cross-certificate: verifiers look among their roots first.
        ([LEAF, OPEN, CROSS, ROOT], [], "depends", "depends", "unknown"),
        ([LEAF, OPEN, CROSS], [ROOT], "accept", "accept", "accept"),
        ([LEAF, OPEN, CROSS], [], "refuse", "refuse", "refuse"),
    ],
)
def test_one_answer(
    chain: list[Certificate], more: list[Certificate], first: str, every: str, unknown: str
) -> None:
    said = {
        word: book(word).judge(chain, "client", more=more).outcome for word in ("first", "every", "unknown")
    }
    assert said == {"first": first, "every": every, "unknown": unknown}


def test_the_reason_names_the_path_that_was_taken() -> None:
    assert book("every").judge([LEAF, NARROW, OPEN], "client") == Finding(
        "accept", "mine/fits", "fits, over #2; the path over #1 alone would be refused"
    )
    assert book("every").judge([LEAF, NARROW, ELSEWHERE], "client") == Finding(
        "depends",
        "tlseku/roots-decide",
        "the roots that the verifier holds decide between paths: refuse over #1 (mine/rule), accept over #2 (mine/fits)",
    )
    assert book("unknown").judge([LEAF, NARROW, OPEN], "client").rule == "tlseku/paths-differ"
    assert book("first").judge([LEAF, NARROW, OPEN], "client") == Finding("refuse", "mine/rule", "no", 1)


def test_what_cannot_be_read_may_restrict_on_every_path() -> None:
    assert book("every").judge([LEAF, NARROW, OPEN, UNREADABLE], "client").outcome == "unknown"


def test_a_list_that_was_cut() -> None:
    assert book("every").judge([LEAF, NARROW, OPEN], "client", complete=False).rule == "tlseku/list-cut"


def test_a_way_of_looking_that_there_is_not() -> None:
    with pytest.raises(RuleBookError, match="paths: must be one of first, every, unknown"):
        book("last")


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("openssl", "refuse"), ("gnutls-purpose", "refuse"), ("boringssl", "refuse")]
    + [(name, "accept") for name in ("go", "pyca", "rustls", "erlang", "java", "gnutls", "wolfssl", "botan")],
)
def test_a_restricted_certificate_of_the_issuer_before_one_without_eku(name: str, outcome: str) -> None:
    (one,) = load_rule_books([name])
    assert one.judge([LEAF, NARROW, OPEN], "client").outcome == outcome
