from __future__ import annotations

from tests.data_frames.table_page import PATH, page


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run python -m tests.data_frames.table_page"
