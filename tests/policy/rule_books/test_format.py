"""``tlseku.policy.rule_books.format``: what a rule-book may say, and one line for all else."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.rule_books.books import HEAD, LAST, book, rule
from tlseku.errors import TlsekuError
from tlseku.policy.rule_books import RuleBookError, read_rule_book


def test_a_whole_book() -> None:
    text = (
        HEAD.replace("mine", "mine-2.0")
        + 'evidence = "run"\nversions = "2.0"\n'
        + rule('{ leaf_eku = "other" }')
    )
    read = read_rule_book(text + 'source = "page 7"\nas_of = 2026-06-01\n' + LAST, "mine.toml")
    assert (read.name, read.title, read.models, read.versions) == ("mine-2.0", "My own", "a gateway", "2.0")
    assert (read.evidence, read.source, read.as_of) == ("run", "the gateway's manual", date(2026, 5, 1))
    first, last = read.rules
    assert (first.id, first.outcome, first.reason) == ("mine/rule", "refuse", "no")
    assert (first.source, first.as_of) == ("page 7", date(2026, 6, 1))
    assert (last.source, last.as_of) == ("the gateway's manual", date(2026, 5, 1))


def test_what_may_be_left_out() -> None:
    read = book()
    assert (read.versions, read.evidence) == ("any", "own")
    assert read.rules[0].when.values == ()


@pytest.mark.parametrize(
    "text",
    [
        HEAD + rule('{ leaf_eku = ["other", "empty"] }') + LAST,
        HEAD
        + rule('{ leaf_eku = "other" }', reason="{role} {need} {leaf_eku} {leaf_key_usage} {leaf_key}")
        + LAST,
        HEAD + rule("{ leaf_is_ca = false }", reason="{issued} {mode} {{braces}}") + LAST,
        HEAD + rule('{ issuer_eku = "any", role = "client" }', reason="{above} lists {above_eku}") + LAST,
        HEAD + rule('{ anchor_eku_without = "absent" }', reason="{above}") + LAST,
        HEAD + rule("{ leaf_issued_from = 2027-03-15 }", identifier="P3") + LAST,
        HEAD + rule('{ leaf_key_usage_without = ["digitalSignature"] }', "depends") + LAST,
        HEAD + rule('{ leaf_version = "1" }', "unknown") + LAST,
    ],
)
def test_is_a_book(text: str) -> None:
    assert read_rule_book(text, "mine.toml").name == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mine.toml: schema: is missing"),
        ("a =", "mine.toml: not TOML: Invalid value (at end of document)"),
        ("a = " + "[" * 5000, "mine.toml: nested too deeply"),
        ("#" * 1_000_001, "mine.toml: more than 250,000 characters"),
        (HEAD.replace("book/1", "book/2") + LAST, 'mine.toml: schema: must be "tlseku/rule-book/1"'),
        (HEAD.replace('"mine"', '"all"') + LAST, "mine.toml: name: must be of a-z"),
        (HEAD.replace('"mine"', '"Mine"') + LAST, "mine.toml: name: must be of a-z"),
        (HEAD.replace('"mine"', '"a,b"') + LAST, "mine.toml: name: must be of a-z"),
        (HEAD.replace('"mine"', "7") + LAST, "mine.toml: name: must be a text that is not empty"),
        (HEAD.replace('"My own"', '" "') + LAST, "mine.toml: title: must be a text that is not empty"),
        (HEAD.replace("models", "modles") + LAST, "mine.toml: unknown key 'modles'"),
        (
            HEAD.replace("2026-05-01", '"May"') + LAST,
            "mine.toml: as_of: must be a date, written as 2027-03-15",
        ),
        (HEAD.replace("2026-05-01", "2026-05-01T00:00:00") + LAST, "mine.toml: as_of: must be a date"),
        (HEAD + 'evidence = "rumour"\n' + LAST, "mine.toml: evidence: must be one of run, source"),
        (HEAD, "mine.toml: rules: must be one [[rules]] at least"),
        (HEAD + "rules = []", "mine.toml: rules: must be one [[rules]] at least"),
        (HEAD + "rules = [7]", "mine.toml: rule 1: is not a table"),
        (HEAD + rule('{ leaf_eku = "other" }'), "mine.toml: rules: the last must have no conditions"),
        (HEAD + rule() + LAST, "mine.toml: rules: rule 1 has no conditions"),
        (HEAD + rule().replace("outcome", "outcoem") + LAST, "mine.toml: rule 1: unknown key 'outcoem'"),
        (HEAD + rule(identifier="a b") + LAST, "mine.toml: rule 1: id: must be 1 to 80 visible ASCII"),
        (HEAD + rule("7") + LAST, "mine.toml: rule 1: when: must be a table of conditions"),
        (
            HEAD + rule(outcome="deny") + LAST,
            "mine.toml: rule 1: outcome: 'deny' is not one of accept, refuse",
        ),
        (HEAD + rule("{ leaf_ekus = 1 }") + LAST, "mine.toml: rule 1: when: unknown condition 'leaf_ekus'"),
        (
            HEAD + rule('{ leaf_eku = "no" }') + LAST,
            "mine.toml: rule 1: when: leaf_eku 'no' is not one of absent",
        ),
        (
            HEAD + rule("{ leaf_eku = [[]] }") + LAST,
            "mine.toml: rule 1: when: leaf_eku [] is not one of absent",
        ),
        (HEAD + rule("{ leaf_eku = [] }") + LAST, "mine.toml: rule 1: when: leaf_eku lists no word"),
        (
            HEAD + rule("{ leaf_is_ca = 1 }") + LAST,
            "mine.toml: rule 1: when: leaf_is_ca must be true or false",
        ),
        (
            HEAD + rule("{ leaf_issued_from = 1 }") + LAST,
            "mine.toml: rule 1: when: leaf_issued_from must be a date",
        ),
        (
            HEAD + rule('{ issuer_eku = "any", anchor_eku = "any" }') + LAST,
            "mine.toml: rule 1: when: a rule is about an issuer or about the anchor, not both",
        ),
        (
            HEAD + rule(reason="{whom}") + LAST,
            "mine.toml: rule 1: reason: cannot name {whom}; there are role",
        ),
        (HEAD + rule(reason="{role.x}") + LAST, "mine.toml: rule 1: reason: cannot name {role.x}"),
        (HEAD + rule(reason="{role!r}") + LAST, "mine.toml: rule 1: reason: cannot name {role}"),
        (HEAD + rule(reason="{role:9999}") + LAST, "mine.toml: rule 1: reason: cannot name {role}"),
        (HEAD + rule(reason="{}") + LAST, "mine.toml: rule 1: reason: cannot name {}"),
        (HEAD + rule(reason="{") + LAST, "mine.toml: rule 1: reason: has a brace out of place"),
        (HEAD + rule(reason="x" * 501) + LAST, "mine.toml: rule 1: reason: must be one line of at most 500"),
        (HEAD + rule(reason="a\\nb") + LAST, "mine.toml: rule 1: reason: must be one line of at most 500"),
        (
            HEAD + rule(reason="{above}") + LAST,
            "reason: cannot name {above} without a condition on issuer or anchor",
        ),
    ],
)
def test_is_no_book(text: str, said: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        read_rule_book(text, "mine.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("mine.toml: ")
    assert "\n" not in str(caught.value)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    with pytest.raises(RuleBookError):
        read_rule_book(text, "x")


def test_damaged_books(seeded: random.Random) -> None:
    good = HEAD + rule('{ leaf_eku = ["other", "empty"], role = "client" }', reason="{role} {need}") + LAST
    problems = []
    for _ in range(2000):
        text = list(good)
        for _ in range(seeded.randint(1, 4)):
            text[seeded.randrange(len(text))] = seeded.choice('{}[]"=\n\0 a1.-_é')
        try:
            read_rule_book("".join(text), "x")
        except TlsekuError as error:
            problems.append(error)
    assert len(problems) > 1000
    assert {type(problem) for problem in problems} == {RuleBookError}
    assert not any("\n" in str(problem) for problem in problems)
