"""``tlseku.profiles.expressway.rules.rules``: every statement is there, with its sentence and releases."""

from __future__ import annotations

from datetime import date

import pytest

from tests.profiles.expressway.rules.releases import is_about
from tlseku.errors import TableError
from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.rules import read_statements, sentences, statements

IDS = [
    *(f"ST{n}" for n in range(1, 9)),
    "UP1",
    "UP2",
    *(f"CM{n}" for n in range(1, 9)),
    *(f"SV{n}" for n in range(1, 7)),
    *(f"RL{n}" for n in range(1, 12)),
    "CE1",
    "CE2",
]
SOURCES = {
    "": "Cisco, Navigate Client EKU Sunset with Expressway x15.5 (document 225693)",
    "RL": "Cisco, document 225482 r1.0 of 2026-02-13",
    "CE": "Cisco, Expressway Certificate Creation and Use Deployment Guide X15.0",
}
HEAD = 'schema = "tlseku/expressway-rules/1"\nas_of = 2026-04-01\nsource = "a document"\n'
RULE = '[[rules]]\nid = "ST1"\nsentence = "One."\nstanding = "stated"\n'


def test_all_are_there_in_order() -> None:
    assert list(statements()) == IDS


@pytest.mark.parametrize("name", IDS)
def test_each_is_one_sentence_with_a_source(name: str) -> None:
    one = statements()[name]
    assert one.id == name
    assert one.sentence.endswith(".")
    assert "\n" not in one.sentence
    assert one.source == SOURCES.get(name[:2], SOURCES[""])
    assert one.as_of == date(2026, 4, 15)


def test_what_nobody_states() -> None:
    assert [one.id for one in statements().values() if one.standing == "open"] == ["CM4", "CM5", "CM6"]


@pytest.mark.parametrize(
    ("name", "release", "expected"),
    [
        ("ST1", (8, 0), True),
        ("ST1", (15, 5), True),
        ("ST2", (15, 4, 9), False),
        ("ST2", (15, 5), True),
        ("ST7", (15, 3), False),
        ("ST7", (15, 4), True),
        ("ST8", (15, 3), False),
        ("ST8", (15, 4, 2), True),
        ("CM1", (15, 4), False),
        ("CM1", (15, 5, 3), True),
        ("SV2", (15, 3), True),
    ],
)
def test_releases(name: str, release: tuple[int, ...], expected: bool) -> None:
    assert is_about(statements()[name], Release(*release)) is expected


def test_the_last_release_counts() -> None:
    one = read_statements(HEAD + RULE + 'first = "15.3"\nlast = "15.4"\n', "t")["ST1"]
    assert [is_about(one, Release(15, minor, 9)) for minor in (2, 3, 4, 5)] == [False, True, True, False]


def test_the_rule_book_has_the_same_statements() -> None:
    (book,) = load_rule_books(("expressway-15.5",))
    assert {rule.id for rule in book.rules if rule.id.isalnum()} == {f"CM{n}" for n in range(1, 9)}


def test_sentences_come_once_in_order_of_the_table() -> None:
    found = sentences(["SV1", "ST2", "SV1", "tlseku/cannot-be-read"])
    assert list(found) == ["ST2", "SV1"]
    assert found["ST2"] == "A node that is TLS client presents the certificate of its client store."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "t: not TOML: "),
        ("", "t: schema: must be one line of text"),
        (HEAD, "t: rules: must be one table at least"),
        (
            HEAD.replace("2026-04-01", "2026-04-01T00:00:00") + RULE,
            "t: as_of: must be a day",
        ),
        (HEAD + "rules = [1]", "t: rules 1: is not a table"),
        (HEAD + RULE + RULE, "t: rules 2: id: 'ST1' is there already"),
        (HEAD + RULE + "extra = 1\n", "t: rules 1: unknown key 'extra'"),
        (HEAD + RULE + "note = 1\n", "t: rules 1: note: must be one line of text"),
        (HEAD + RULE + 'note = " "\n', "t: rules 1: note: must be one line of text"),
        (HEAD + RULE.replace("sentence", "note"), "t: rules 1: sentence: must be one line of text"),
        (HEAD + RULE.replace("stated", "true"), "t: rules 1: standing: must be one of stated, derived, open"),
        (HEAD + RULE + 'first = "now"\n', "t: rules 1: first: must be a release such as 15.5"),
    ],
)
def test_refuses_other_tables(text: str, problem: str) -> None:
    with pytest.raises(TableError) as caught:
        read_statements(text, "t")
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)
