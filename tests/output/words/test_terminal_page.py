"""Lines of segments: filling, breaking, and nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.output.words.terminal_page import (
    MAX_TEXT,
    Line,
    Page,
    Segment,
    Style,
    fill,
    fill_words,
    plain,
    width_of,
    words,
)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, ["> "]),
        ("one two", 10, ["> one two"]),
        ("one two", 9, ["> one two"]),
        ("one two", 8, ["> one", "  two"]),
        ("abcdefghijkl", 10, ["> abcdefgh", "  ijkl"]),
        ("a abcdefgh b", 10, ["> a", "  abcdefgh", "  b"]),
        ("例え例え例", 10, ["> 例え例え", "  例"]),
        ("two  blanks", 20, ["> two  blanks"]),
    ],
)
def test_fill(text: str, width: int, lines: list[str]) -> None:
    found = [
        "".join(segment.text for segment in line) for line in fill((Segment("> "),), words(text), width, 2)
    ]
    assert found == lines


def test_a_long_piece_gets_a_line_of_its_own_if_that_saves_it() -> None:
    start = (Segment("a long start "),)
    assert [plain(line) for line in fill(start, words("0123456789abcdef"), 20, 2)] == [
        "a long start",
        "  0123456789abcdef",
    ]


def test_neighbours_of_one_style_are_one_segment() -> None:
    (line,) = fill((Segment("x", "ok"),), words("one two", "ok"), 20, 0)
    assert line == (Segment("xone two", "ok"),)


@given(st.text(st.sampled_from("ab 例\u0301"), max_size=60), st.integers(6, 30), st.integers(0, 3))
def test_nothing_is_lost_and_nothing_too_wide(text: str, width: int, indent: int) -> None:
    lines = list(fill((), words(text), width, indent))
    assert all(width_of(line) <= width for line in lines)
    kept = "".join(segment.text for line in lines for segment in line).replace(" ", "")
    assert kept == text.replace(" ", "")


@given(
    st.text(st.sampled_from("abc   例→\u0301"), max_size=60),
    st.sampled_from([(), (Segment("> "),), (Segment("  "), Segment("label ", "dim"))]),
    st.sampled_from(["", "dim"]),
    st.integers(6, 30),
    st.integers(0, 3),
)
def test_words_of_a_text_are_filled_as_pieces_are(
    text: str, start: Line, style: Style, width: int, indent: int
) -> None:
    assert list(fill_words(start, text, style, width, indent)) == list(
        fill(start, words(text, style), width, indent)
    )


def test_plain_has_no_blanks_at_its_end() -> None:
    assert plain((Segment("a "), Segment("  ", "dim"))) == "a"


def test_clean_and_clipped() -> None:
    assert Page().clean("a\x1b→") == "a\\x1b→"
    assert Page(ascii_only=True).clean("→") == "\\u2192"
    assert Page().clipped("abcdef", 4) == "abc…"
    assert Page(ascii_only=True).clipped("abcdef", 4) == "a..."
    assert Page().clean("x" * (MAX_TEXT + 1500)) == "x" * MAX_TEXT + " (1,500 more characters)"
    assert Page().clean("x" * MAX_TEXT) == "x" * MAX_TEXT
