"""Single values as JSON, against the standard library's encoder."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.output.json.flow_json import to_json
from tlseku.output.json.value_text import TRUTH, date_or_null, json_string, quoted, string_or_null, strings

TEXTS = st.text(st.characters(exclude_categories=()))


@given(TEXTS)
def test_a_string(text: str) -> None:
    assert json.loads(json_string(text)) == text
    assert json_string(text) == string_or_null(text) == to_json({"": text})[4:-1]
    assert json_string(text).isascii()
    assert "\x7f" not in json_string(text)


@given(st.lists(TEXTS, max_size=4))
def test_a_list(texts: list[str]) -> None:
    assert strings(texts) == to_json({"": texts})[4:-1]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (quoted("ab"), '"ab"'),
        (quoted(None), "null"),
        (string_or_null(None), "null"),
        (strings(()), "[]"),
        (TRUTH[None], "null"),
        (TRUTH[True], "true"),
        (TRUTH[False], "false"),
        (date_or_null(None), "null"),
        (date_or_null(0), '"1970-01-01T00:00:00Z"'),
        (date_or_null(1_775_031_600_999_999_999), '"2026-04-01T08:20:00.999999999Z"'),
        (date_or_null(1 << 80), "null"),
    ],
)
def test_values(made: str, text: str) -> None:
    assert made == text
