"""``tlseku.policy.toml_text``: whatever a text says, it is values or an error of one line."""

from __future__ import annotations

import pytest

from tlseku.errors import TableError
from tlseku.policy.rule_books import RuleBookError
from tlseku.policy.toml_text import read_toml


@pytest.mark.parametrize("text", ["", "a = 1", f"a = {'1' * 4300}", f"a = 0x{'f' * 10_000}", "[a]\nb = [[]]"])
def test_what_is_toml(text: str) -> None:
    assert isinstance(read_toml(text, "t"), dict)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a =", "t: not TOML: Invalid value (at end of document)"),
        ("a = 1\na = 2", "t: not TOML: Cannot overwrite a value (at end of document)"),
        (f"a = {'[' * 100_000}", "t: nested too deeply"),
        (f"a{'.a' * 100_000} = 1", "t: nested too deeply"),
        (f"a = {'1' * 4301}", "t: not TOML: a number is too long"),
        (f"a = -1{'_1' * 4300}", "t: not TOML: a number is too long"),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    with pytest.raises(TableError) as caught:
        read_toml(text, "t")
    assert str(caught.value) == said


def test_the_error_that_was_asked_for() -> None:
    with pytest.raises(RuleBookError, match=r"^book: not TOML: "):
        read_toml("=", "book", RuleBookError)
