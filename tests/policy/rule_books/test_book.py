"""``tlseku.policy.rule_books.book``: how a book answers, and the answers that every book gives."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.chains import CHAINS, CLIENT, SERVER, UNREADABLE, facts
from tests.policy.rule_books.books import book, rule
from tlseku.policy.finding import Finding
from tlseku.policy.purposes import Role
from tlseku.policy.rule_books import GENERAL_RULES, Context, RuleBook, load_rule_books
from tlseku.policy.rule_books.asked import asked_about
from tlseku.policy.rule_books.book import TEMPLATE_FIELDS
from tlseku.x509.certificate import Certificate

LEAF = facts("L", "I", (CLIENT,))
STRICT = book(
    rule(
        '{ leaf_eku = ["other", "any"] }',
        reason="{role}: the leaf lists {leaf_eku}, not {need}",
        identifier="leaf",
    ),
    rule('{ issuer_eku = "other" }', reason="{above} lists {above_eku}", identifier="issuer"),
    rule('{ anchor_eku = "other" }', reason="{above} lists {above_eku}", identifier="root"),
    rule('{ leaf_eku = "empty" }', "depends", "empty", "empty"),
)
LEAF_ONLY = book(rule('{ leaf_eku = "other" }', identifier="leaf"))
FITS = Finding("accept", "mine/fits", "fits")


@pytest.mark.parametrize(
    ("chain", "finding"),
    [
        ([LEAF], FITS),
        ([LEAF, facts("I", "R"), facts("R", "R")], FITS),
        ([LEAF, facts("X", "R", (SERVER,))], FITS),
        (
            [facts("L", "I", (SERVER,))],
            Finding("refuse", "leaf", "client: the leaf lists serverAuth, not clientAuth", 0),
        ),
        ([LEAF, facts("I", "R", (SERVER,))], Finding("refuse", "issuer", "issuer #1 lists serverAuth", 1)),
        (
            [LEAF, facts("U", "R", (SERVER,)), facts("I", "U")],
            Finding("refuse", "issuer", "issuer #1 lists serverAuth", 1),
        ),
        ([LEAF, facts("I", "I", (SERVER,))], Finding("refuse", "root", "root #1 lists serverAuth", 1)),
        ([facts("L", "I", ())], Finding("depends", "empty", "empty")),
        # The first rule that holds answers.
        (
            [facts("L", "I", (SERVER,)), facts("I", "R", (SERVER,))],
            Finding("refuse", "leaf", "client: the leaf lists serverAuth, not clientAuth", 0),
        ),
    ],
)
def test_judge(chain: list[Certificate], finding: Finding) -> None:
    assert STRICT.judge(chain, "client") == finding


@pytest.mark.parametrize(
    ("chain", "role", "complete", "finding"),
    [
        ([], "client", True, Finding("unknown", "tlseku/nothing-presented", "no certificate was presented")),
        ([], "unknown", True, Finding("unknown", "tlseku/nothing-presented", "no certificate was presented")),
        (
            [],
            "client",
            False,
            Finding("unknown", "tlseku/list-cut", "the list was cut before its leaf was whole"),
        ),
        (
            [LEAF],
            "client",
            False,
            Finding("unknown", "tlseku/list-cut", "the list was cut; what is there: fits"),
        ),
        (
            [facts("L", "I", (SERVER,))],
            "client",
            False,
            Finding("refuse", "leaf", "client: the leaf lists serverAuth, not clientAuth", 0),
        ),
        (
            [UNREADABLE],
            "client",
            True,
            Finding("unknown", "tlseku/cannot-be-read", "the leaf's extended key usage cannot be read"),
        ),
        (
            [LEAF, facts("I", "R", eku_readable=False)],
            "client",
            True,
            Finding("unknown", "tlseku/cannot-be-read", "certificate #1 cannot be read and may restrict"),
        ),
        (
            [LEAF, facts("I", "U", eku_readable=False), facts("U", "R", (SERVER,))],
            "client",
            True,
            Finding("refuse", "issuer", "issuer #2 lists serverAuth", 2),
        ),
        (
            [facts("L", "I")],
            "unknown",
            True,
            Finding("accept", "mine/fits", "in either role; as client: fits"),
        ),
        (
            [LEAF],
            "unknown",
            True,
            Finding(
                "unknown",
                "tlseku/role-unknown",
                "the role is not known: accept as client (mine/fits), refuse as server (leaf)",
            ),
        ),
    ],
)
def test_answers_of_every_book(
    chain: list[Certificate], role: Role, complete: bool, finding: Finding
) -> None:
    assert STRICT.judge(chain, role, complete=complete) == finding


def test_a_book_about_leaves_does_not_mind_what_it_does_not_look_at() -> None:
    assert not LEAF_ONLY.looks_above_the_leaf
    assert LEAF_ONLY.judge([LEAF, UNREADABLE], "client") == FITS
    assert STRICT.judge([LEAF, UNREADABLE], "client").rule == "tlseku/cannot-be-read"


@pytest.mark.parametrize(
    ("not_before", "day"),
    [
        (None, "an unknown day"),
        (0, "1970-01-01"),
        (1_800_000_000 * 10**9, "2027-01-15"),
        (2**80, "an unknown day"),
    ],
)
def test_the_day_of_issue_in_words(not_before: int | None, day: str) -> None:
    leaf = replace(LEAF, not_before=not_before)
    assert book(rule('{ leaf_eku = "need" }', reason="{issued}")).judge([leaf], "client").reason == day


BOOKS = load_rule_books()
ROLES = st.sampled_from(["client", "server", "unknown"])
MODES = st.sampled_from(["on", "off", "unknown"])


@given(st.sampled_from(BOOKS), CHAINS, ROLES, st.booleans(), MODES)
def test_every_book_answers_everything(
    one: RuleBook, chain: list[Certificate], role: Role, complete: bool, mode: str
) -> None:
    context = Context("on" if mode == "on" else "off" if mode == "off" else "unknown")
    finding = one.judge(chain, role, complete=complete, context=context)
    assert finding.rule in {*GENERAL_RULES, *(each.id for each in one.rules)}
    assert 0 < len(finding.reason) < 700
    assert "\n" not in finding.reason
    assert "{" not in finding.reason
    if finding.outcome != "refuse":
        assert finding.depth is None
    elif role != "unknown":
        assert finding.depth is not None
        assert 0 <= finding.depth < len(chain)


@given(st.sampled_from(BOOKS), CHAINS.filter(len), ROLES)
def test_strangers_and_order_do_not_count(one: RuleBook, chain: list[Certificate], role: Role) -> None:
    if role == "unknown" or any(not each.readable for each in chain):
        return
    stranger = facts("stranger", "nobody", ("1.2.3",))
    before = one.judge(chain, role)
    after = one.judge([*chain, stranger], role)
    assert (before.outcome, before.rule, before.depth) == (after.outcome, after.rule, after.depth)


def test_the_words_of_a_reason_are_all_there() -> None:
    fields = " ".join(f"{{{field}}}" for field in TEMPLATE_FIELDS)
    every = book(rule('{ issuer_eku = "other" }', reason=fields))
    chain = [facts("L", "I", (CLIENT,)), facts("I", "R", (SERVER,))]
    assert every.judge(chain, "client").reason == (
        "client clientAuth clientAuth absent ec ec key signed with ec an unknown day unknown issuer #1 "
        "serverAuth ec key signed with ec"
    )
    assert asked_about(chain, "client", Context()).need == CLIENT


@pytest.mark.parametrize("one", BOOKS, ids=lambda one: one.name)
def test_a_book_travels_to_another_process(one: RuleBook) -> None:
    arrived = pickle.loads(pickle.dumps(one))
    assert arrived == one
    assert arrived.judge([LEAF], "client") == one.judge([LEAF], "client")
