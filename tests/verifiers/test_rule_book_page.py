"""``docs/rule-books.md`` is what the rule-books say, and its example works."""

from __future__ import annotations

import re

from tests.verifiers.rule_book_page import PATH, page
from tlseku.policy.rule_books import BUILT_IN, read_rule_book


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run python -m tests.verifiers.rule_book_page"


def test_the_example_is_a_book() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", page(), re.DOTALL)
    assert read_rule_book(example, "example").name == "gateway"


def test_every_table_is_whole() -> None:
    width = 0
    for line in page().splitlines():
        cells = line.count("|")
        if cells and width:
            assert cells == width, line
        width = cells
    assert page().count("| absent / absent |") == 2
    assert all(f"\n### {name}: " in page() for name in BUILT_IN)
