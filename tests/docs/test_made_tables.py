"""The tables inside written pages are what the code says."""

from __future__ import annotations

import pytest

from tests.docs.made_tables import CHAINS, DOCS, MADE, PAGES, TABLES, client_matrix, renewed


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert MADE.search(text)
    assert renewed(text) == text, "run python -m tests.docs.made_tables"


def test_every_table_stands_somewhere() -> None:
    used = [found[1] for name in PAGES for found in MADE.finditer((DOCS / name).read_text(encoding="utf-8"))]
    assert sorted(used) == sorted(TABLES)


def test_a_table_is_replaced_and_nothing_else() -> None:
    before = "a\n<!-- made: hidden_reasons -->\nold\n<!-- end -->\nb\n"
    after = renewed(before)
    assert after.startswith("a\n<!-- made: hidden_reasons -->\n\n| reason | because |\n")
    assert after.endswith("|\n\n<!-- end -->\nb\n")
    assert "old" not in after
    assert renewed(after) == after


@pytest.mark.parametrize(
    ("chain", "signs"),
    [
        ("absent / absent", "A A A A A A A A A ? A"),
        ("S / absent", "**R** **R** **R** **R** **R** A **R** **R** **R** **R** **R**"),
        ("any / absent", "**R** **R** A A A A **R** **R** **R** ? A"),
        ("C+S / S-only CA", "**R** **R** **R** A **R** A A **R** **R** **R** ?"),
        ("C+S / any CA", "**R** **R** A A **R** A **R** **R** A ? ?"),
    ],
)
def test_rows_are_those_of_the_measured_matrix(chain: str, signs: str) -> None:
    assert chain in CHAINS
    assert f"| {chain} | {signs.replace(' ', ' | ')} |" in list(client_matrix())
