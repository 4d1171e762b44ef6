"""``tlseku.policy.rule_books.rule_book_set``: several books at once, each chain judged once."""

from __future__ import annotations

from dataclasses import replace

from tests.policy.chains import CLIENT, facts
from tests.policy.rule_books.books import book, rule
from tlseku.policy.rule_books import BUILT_IN, Context, RuleBookSet, load_rule_books
from tlseku.policy.rule_books.rule_book_set import KEPT

LEAF = replace(facts("L", "I", (CLIENT,)), sha256="ab")


def test_every_book_speaks_in_order() -> None:
    books = RuleBookSet(load_rule_books(["java", "go"]))
    assert [*books.judge([LEAF], "client")] == ["java", "go"]
    assert {finding.outcome for finding in books.judge([LEAF], "client").values()} == {"accept"}
    assert {finding.outcome for finding in books.judge([LEAF], "server").values()} == {"refuse"}
    assert RuleBookSet(()).judge([LEAF], "client") == {}
    assert [*RuleBookSet().judge([LEAF], "client")] == list(BUILT_IN)


def test_a_chain_is_judged_once() -> None:
    books = RuleBookSet(load_rule_books(["go"]))
    first = books.judge([LEAF], "client")
    assert books.judge((LEAF,), "client") is first
    others = [
        books.judge([LEAF], "server"),
        books.judge([LEAF], "client", complete=False),
        books.judge([LEAF, LEAF], "client"),
        books.judge([replace(LEAF, public_issuer=True)], "client"),
        books.judge([replace(LEAF, sha256="cd")], "client"),
        books.judge([], "client"),
    ]
    assert all(other is not first for other in others)


def test_what_was_not_presented_has_its_say() -> None:
    books = RuleBookSet(load_rule_books(["openssl", "java"]))
    narrow = replace(facts("I", "R", ("1.3.6.1.5.5.7.3.1",)), sha256="i")
    anchor = replace(narrow, self_issued=True, sha256="a")
    said = books.judge([LEAF], "client", more=[narrow])
    assert (said["openssl"].outcome, said["openssl"].depth) == ("refuse", 1)
    assert said["openssl"].reason.endswith("and issuer #1 lists serverAuth")
    assert (said["java"].outcome, said["java"].depth) == ("accept", None)
    assert books.judge([LEAF], "client")["openssl"].outcome == "accept"
    assert books.judge([LEAF], "client", more=[narrow]) is said
    assert books.judge([LEAF, narrow], "client") is not said
    assert books.judge([LEAF], "client", more=[anchor])["openssl"].rule == "openssl/root-eku"
    assert load_rule_books(["openssl"])[0].judge([LEAF], "client", more=[narrow]) == said["openssl"]


def test_the_context_counts() -> None:
    chosen = [book(rule('{ mode = "off" }'))]
    assert RuleBookSet(chosen).judge([LEAF], "client")["mine"].outcome == "accept"
    assert RuleBookSet(chosen, Context("off")).judge([LEAF], "client")["mine"].outcome == "refuse"


def test_the_oldest_is_given_up() -> None:
    books = RuleBookSet([book()])
    first = books.judge([LEAF], "client")
    for number in range(KEPT - 1):
        books.judge([replace(LEAF, sha256=f"{number}")], "client")
    assert books.judge([LEAF], "client") is first
    books.judge([replace(LEAF, sha256="one more")], "client")
    assert books.judge([LEAF], "client") is not first
    assert len(books._said) == KEPT
