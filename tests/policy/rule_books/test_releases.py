"""``tlseku.policy.rule_books.releases``: which rules hold for which release, and how a book answers without one."""

from __future__ import annotations

import pytest

from tests.policy.chains import CLIENT, facts
from tests.policy.rule_books.books import HEAD, LAST, book
from tlseku.policy.finding import Finding
from tlseku.policy.rule_books import RuleBookError, load_rule_books, read_rule_book
from tlseku.policy.rule_books.releases import covers, in_words, read_release, spans, written

LEAF = facts("L", "I", (CLIENT,))


@pytest.mark.parametrize("text", ["", "x15.5", "1.", ".1", "1..2", "1.2.3.4.5.6", "1.2a", "-1", "1234567"])
def test_no_release(text: str) -> None:
    with pytest.raises(ValueError, match="must be a release, written as"):
        read_release(text)


def test_a_release() -> None:
    assert read_release("1.26.6") == (1, 26, 6)
    assert written((1, 26, 6)) == "1.26.6"


@pytest.mark.parametrize(
    ("since", "until", "inside", "outside"),
    [
        ("1.27", None, ["1.27", "1.27.3", "2"], ["1.26.6", "1", "0.9"]),
        (None, "1.26", ["1.26", "1.26.6", "1.9", "1"], ["1.27", "2"]),
        ("1.20", "1.24", ["1.20", "1.24.11"], ["1.19.8", "1.25"]),
        ("17", "17", ["17", "17.0.15"], ["16", "18", "25.0.2"]),
        (None, None, ["0", "99"], []),
    ],
)
def test_covers(since: str | None, until: str | None, inside: list[str], outside: list[str]) -> None:
    first = None if since is None else read_release(since)
    last = None if until is None else read_release(until)
    for text in inside + outside:
        assert covers(first, last, read_release(text)) is (text in inside), text


def test_spans_in_words() -> None:
    starts = spans([(None, (1, 24)), ((1, 27), None), (None, None)])
    assert starts == ((), (1, 25), (1, 27))
    assert [in_words(starts, *ends) for ends in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))] == [
        "before 1.25",
        "from 1.25 to before 1.27",
        "since 1.27",
        "before 1.27",
        "in every release",
        "since 1.25",
    ]


def bounded(outcome: str, bound: str, identifier: str = "mine/bounded") -> str:
    return f"""
[[rules]]
id = "{identifier}"
when = {{ leaf_eku = "need" }}
outcome = "{outcome}"
reason = "{outcome}d"
{bound}
"""


CHANGED = book(bounded("refuse", 'until = "1.26"'))


def test_without_a_release_the_answer_depends_and_names_them() -> None:
    assert CHANGED.judge([LEAF], "client") == Finding(
        "depends",
        "tlseku/releases-differ",
        "the release decides: before 1.27: refuse (mine/bounded); since 1.27: accept (mine/fits); fits",
    )
    # What no bounded rule is about is one answer.
    assert CHANGED.judge([facts("L", "I")], "client") == Finding("accept", "mine/fits", "fits")


def test_where_releases_agree_the_newest_speaks() -> None:
    agreeing = book(bounded("accept", 'since = "3"'))
    assert agreeing.judge([LEAF], "client") == Finding("accept", "mine/bounded", "acceptd")


def test_of_one_release() -> None:
    old, new = CHANGED.of_release("1.26.6"), CHANGED.of_release("1.27")
    assert (old.name, new.name) == ("mine@1.26.6", "mine@1.27")
    assert old.judge([LEAF], "client") == Finding("refuse", "mine/bounded", "refused", 0)
    assert new.judge([LEAF], "client") == Finding("accept", "mine/fits", "fits")
    assert (len(old.rules), len(new.rules)) == (2, 1)
    with pytest.raises(ValueError, match="must be a release"):
        CHANGED.of_release("new")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (bounded("refuse", 'until = "old"'), "mine.toml: rule 1: until: must be a release, written as 1.26"),
        (bounded("refuse", "since = 1.27"), "mine.toml: rule 1: since: must be a text that is not empty"),
        (
            bounded("refuse", 'evidence = "guess"'),
            "mine.toml: rule 1: evidence: must be one of run, source, ",
        ),
    ],
)
def test_what_a_rule_cannot_say(rules: str, said: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        read_rule_book(HEAD + rules + LAST, "mine.toml")
    assert str(caught.value).startswith(said)


def test_the_last_rule_holds_for_every_release() -> None:
    with pytest.raises(RuleBookError, match="hold for every release"):
        read_rule_book(HEAD + LAST.rstrip() + '\nsince = "2"\n', "mine.toml")


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("go@1.19.8", "refuse"), ("go@1.26.6", "refuse"), ("go@1.27.3", "accept"), ("go", "depends")],
)
def test_go_and_ml_dsa(name: str, outcome: str) -> None:
    from dataclasses import replace

    (go,) = load_rule_books([name])
    assert go.judge([replace(LEAF, key_type="ml-dsa")], "client").outcome == outcome
