"""The schemas of rows are what the columns say."""

from __future__ import annotations

import pytest

from tests.data_frames.row_schemas import TITLES, path_of, text_of
from tlseku.data_frames.columns import TABLES, What
from tlseku.output.records.table_rows import SCHEMAS


@pytest.mark.parametrize("what", SCHEMAS)
def test_the_file_is_current(what: What) -> None:
    assert path_of(what).read_text(encoding="utf-8") == text_of(what), (
        "python -m tests.data_frames.row_schemas"
    )


def test_every_table_has_one_but_flows_whose_row_is_the_line() -> None:
    assert [*SCHEMAS] == [*TITLES] == [what for what in TABLES if what != "flows"]
