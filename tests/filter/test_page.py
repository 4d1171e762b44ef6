"""docs/filters.md is current, and its examples are filters."""

from __future__ import annotations

import re

import pytest

from tests.filter.page import PATH, page
from tests.output.samples import EVERY
from tlseku.filter import FIELDS, compile

EXAMPLES = re.findall(
    r"^\| `(.+?)` \| ", PATH.read_text(encoding="utf-8").split("## The language")[0], re.MULTILINE
)


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run python -m tests.filter.page"


def test_every_field_is_documented() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert [name for name in FIELDS if f"| `{name}` | " not in text] == []
    assert [name for name, field in FIELDS.items() if len(field.meaning) < 8] == []


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_filters(example: str) -> None:
    wanted = compile(example)
    assert {wanted(flow) for flow in EVERY} <= {True, False}
