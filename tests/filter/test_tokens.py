"""Expressions cut into tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.errors import FilterError
from tlseku.filter.tokens import MAX_LENGTH, tokens_of

CUTS = [
    ("", []),
    ("ip.addr==10.0.0.0/8", [("word", "ip.addr", 1), ("operator", "==", 8), ("word", "10.0.0.0/8", 10)]),
    ("a eq 1", [("word", "a", 1), ("operator", "==", 3), ("word", "1", 6)]),
    (
        "!a&&b||c",
        [
            ("operator", "not", 1),
            ("word", "a", 2),
            ("operator", "and", 3),
            ("word", "b", 5),
            ("operator", "or", 6),
            ("word", "c", 8),
        ],
    ),
    ("a != b", [("word", "a", 1), ("operator", "!=", 3), ("word", "b", 6)]),
    (
        "{1..5,2001:db8::1}",
        [
            ("operator", "{", 1),
            ("word", "1", 2),
            ("operator", "..", 3),
            ("word", "5", 5),
            ("operator", ",", 6),
            ("word", "2001:db8::1", 7),
            ("operator", "}", 18),
        ],
    ),
    ("a ~ b", [("word", "a", 1), ("operator", "matches", 3), ("word", "b", 5)]),
    ("AND", [("word", "AND", 1)]),
    ("android inn nota", [("word", "android", 1), ("word", "inn", 9), ("word", "nota", 13)]),
    ('"and"', [("string", "and", 1)]),
    (r'"a\"b\\\n\x41\u20ac\."', [("string", 'a"b\\\nA€\\.', 1)]),
    (r'r"\x41\"', [("string", "\\x41\\", 1)]),
    ("CN=x", None),
]


@pytest.mark.parametrize(("expression", "tokens"), CUTS)
def test_cuts(expression: str, tokens: list[tuple[str, str, int]] | None) -> None:
    if tokens is None:
        with pytest.raises(FilterError):
            tokens_of(expression)
    else:
        *found, end = tokens_of(expression)
        assert [token[:3] for token in found] == tokens
        assert (end.kind, end.column) == ("end", len(expression) + 1)


def test_a_pattern_keeps_its_backslashes() -> None:
    assert tokens_of(r'"\x41\"\."')[0].raw == r'\x41"\.'
    assert tokens_of(r'r"\d+"')[0].raw == r"\d+"


@pytest.mark.parametrize(
    ("expression", "column", "problem"),
    [
        ('a == "b', 6, "this string does not end"),
        ("a = b", 3, "= compares nothing, write =="),
        ("a & b", 3, "one & has no meaning, write &&"),
        ("a | b", 3, "one | has no meaning, write ||"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "longer than 10,000 characters"),
    ],
)
def test_complaints(expression: str, column: int, problem: str) -> None:
    with pytest.raises(FilterError) as caught:
        tokens_of(expression)
    assert (caught.value.column, caught.value.problem) == (column, problem)


def columns_of(expression: str) -> list[int]:
    """Where the tokens begin, or where the complaint points."""
    try:
        return [token.column for token in tokens_of(expression)]
    except FilterError as error:
        return [error.column]


@given(st.text())
def test_any_text_is_tokens_or_a_complaint_inside_it(expression: str) -> None:
    columns = columns_of(expression)
    assert columns == sorted(columns)
    assert all(1 <= column <= len(expression) + 1 for column in columns)
