"""Hostile text: what must be escaped, and what must be left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.samples import HOSTILE
from tlseku.output.words.hostile_text import cells, clip, escape, head, visible

MUST_BE_ESCAPED = {
    "\x00": "\\x00",
    "\t": "\\x09",
    "\n": "\\x0a",
    "\r": "\\x0d",
    "\x1b[31m": "\\x1b[31m",
    "\x7f": "\\x7f",
    "\x9b1m": "\\x9b1m",
    "\xa0": "\\xa0",
    "\xad": "\\xad",
    "a\u0085b": "a\\x85b",
    "\u061c": "\\u061c",
    "\u115f": "\\u115f",
    "\u180e": "\\u180e",
    "\u200b": "\\u200b",
    "\u200e\u200f": "\\u200e\\u200f",
    "\u2028\u2029": "\\u2028\\u2029",
    "\u202a\u202e": "\\u202a\\u202e",
    "\u2066\u2069": "\\u2066\\u2069",
    "\u2060": "\\u2060",
    "\u2800": "\\u2800",
    "\u3164": "\\u3164",
    "\ue000": "\\ue000",
    "\ufeff": "\\ufeff",
    "\ufe0f": "\\ufe0f",
    "\ud800": "\\ud800",
    "\uffff": "\\uffff",
    "\U000e0001": "\\U000e0001",
    "\U000e0100": "\\U000e0100",
    "\U0010ffff": "\\U0010ffff",
}

MUST_BE_LEFT_ALONE = [
    "",
    "CN=server.example,O=Example\\, Inc",
    "~!@#$%^&*()_+`-={}|[]:\";'<>?,./\\",
    "a  b",
    "=cmd()",
    "\\x1b",
    "münchen.example",
    "пример",
    "例え.jp",
    "한국",
    "עברית",
    "العربية",
    "e\u0301",
    "नमस्ते",
    "€",
    "…→✓",
    "😀",
]


@pytest.mark.parametrize(("text", "safe"), MUST_BE_ESCAPED.items())
def test_must_be_escaped(text: str, safe: str) -> None:
    assert visible(text) == safe


@pytest.mark.parametrize("text", MUST_BE_LEFT_ALONE)
def test_must_be_left_alone(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_steers_gets_through(text: str) -> None:
    safe = visible(text)
    assert not {unicodedata.category(character) for character in safe} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    }
    assert {character for character in safe if unicodedata.category(character) == "Zs"} <= {" "}
    assert visible(safe) == safe


@given(st.text(st.characters(exclude_categories=())))
def test_ascii_only_is_ascii(text: str) -> None:
    safe = visible(text, ascii_only=True)
    assert safe.isascii()
    assert safe.isprintable()


def test_everything_at_once() -> None:
    assert visible(HOSTILE) == (
        '=cmd()|\\x1b[31mred\\x1b[0m\\x0d\\x0a"q",\\u202eevil\\u200b\\x9bK\\ud800\\U000e0041'
    )


@pytest.mark.parametrize(
    ("character", "escaped"),
    [("\x1b", "\\x1b"), ("\xff", "\\xff"), ("\u0100", "\\u0100"), ("\U00010000", "\\U00010000")],
)
def test_escape_picks_the_shortest_form(character: str, escaped: str) -> None:
    assert escape(character) == escaped


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("ä", 1), ("例え", 4), ("e\u0301", 1), ("한a", 3), ("ﾊ", 1), ("Ａ", 2)],
)
def test_cells(text: str, columns: int) -> None:
    assert cells(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "result"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("例え例え", 8, "例え例え"),
        ("例え例え", 7, "例え例…"),
        ("例え例え", 6, "例え…"),
    ],
)
def test_clip(text: str, columns: int, result: str) -> None:
    assert clip(text, columns) == result


def test_clip_with_ascii_dots() -> None:
    assert clip("abcdefgh", 6, "...") == "abc..."


@given(st.text(), st.integers(1, 30))
def test_clip_never_takes_more_room(text: str, columns: int) -> None:
    assert cells(clip(text, columns)) <= columns
    assert cells(head(text, columns)) <= columns
    assert text.startswith(head(text, columns))
