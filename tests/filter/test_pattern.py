"""Regular expressions that cannot hang."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.samples import HOSTILE
from tlseku.filter.pattern import matcher


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("webex", "callservice.WEBEX.com", True),
        ("^webex", "callservice.webex.com", False),
        (r"\.example$", "a.example", True),
        (r"\.example$", "a.example.org", False),
        ("straße", "STRASSE", False),
        ("é", "É", True),
        ("a|b", "xbx", True),
        ("", "", True),
        ("evil", HOSTILE, True),
        (r"\x1b", HOSTILE, True),
        ("nothing", HOSTILE, False),
    ],
)
def test_found(pattern: str, text: str, found: bool) -> None:
    assert matcher(pattern)(text) is found


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", r"(?=a)", r"(a)\1", "a{1001}", "*", "\ud800"])
def test_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        matcher(pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(a", "missing ): '(a'"),
        ("x**", "bad repetition operator: '**'"),
        ("a\\", "trailing \\"),
        ("(" + "x" * 5000, f"missing ): '({'x' * 59}'…"),
        ("(\x1b[2J\u202e", r"missing ]: '[2J\u202e'"),
        ("(\x1b\u202e", r"missing ): '(\x1b\u202e'"),
    ],
)
def test_the_error_repeats_little_and_steers_no_terminal(pattern: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        matcher(pattern)
    assert str(caught.value) == f"no regular expression: {said}"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){20}x", "a*a*a*a*a*a*a*b"])
def test_no_pattern_hangs(pattern: str) -> None:
    assert matcher(pattern)("a" * 100_000 + "!") is False


@given(st.text(), st.text(st.characters(exclude_categories=())))
def test_nothing_else_is_raised(pattern: str, text: str) -> None:
    try:
        found = matcher(pattern)
    except ValueError:
        return
    assert found(text) in (True, False)
