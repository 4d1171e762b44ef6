"""Pieces that are made once: which are known, which are forgotten, and how many there can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tlseku.output.words.remembered import Remembered


def test_made_once() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("made")
        return "text"

    known: Remembered[str] = Remembered()
    assert known.get("key") is None
    assert [known.of("key", make), known.of("key", make), known.get("key")] == ["text"] * 3
    assert made == ["made"]


def test_an_empty_text_is_a_text() -> None:
    known: Remembered[str] = Remembered()
    known.put("key", "")
    assert known.of("key", lambda: "other") == ""


def test_forgotten_are_those_not_asked_for() -> None:
    known: Remembered[int] = Remembered(2)
    for key in range(4):
        known.put(key, key)
    assert known.get(1) == 1, "one of the last four"
    known.put(5, 5)
    assert [known.get(key) for key in (1, 5)] == [1, 5]
    assert known.get(0) is None


@given(st.lists(st.integers(0, 20)), st.integers(1, 5))
def test_what_is_given_is_what_was_made(keys: list[int], most: int) -> None:
    known: Remembered[str] = Remembered(most)
    for key in keys:
        assert known.of(key, lambda key=key: f"text {key}") == f"text {key}"  # type: ignore[misc]
        assert known.get(key) == f"text {key}"
        assert len(known._now) + len(known._before) <= 2 * most
