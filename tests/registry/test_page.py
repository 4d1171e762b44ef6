"""``docs/registries.md`` lists every name, and each likely one with its own source."""

from __future__ import annotations

from tests.registry.page import PATH, page, tables


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "python -m tests.registry.page writes it anew"


def test_a_likely_name_has_a_source_of_its_own_and_no_other_has() -> None:
    seen = 0
    for table in tables():
        for code, name in table.named.items():
            assert (code in table.likely) == name.endswith(" (likely)"), (table.title, code)
            seen += code in table.likely
        assert set(table.likely) <= set(table.named)
        assert table.source
    assert seen > 80
