"""Whatever somebody wrote to harm: it takes a time that grows as it does, and a bounded memory. The table is
``hostile.ROWS``, which ``python -m tests.hostile`` prints."""

from __future__ import annotations

import pytest

from tests.hostile import MOST_MB, ROWS, Cost, cost
from tests.work import LINEAR


@pytest.mark.long
@pytest.mark.parametrize("name", ROWS)
def test_time_and_memory_are_bounded(name: str) -> None:
    found = cost(name)
    assert found.is_bounded, found


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Cost(1, 2, LINEAR, MOST_MB), True),
        (Cost(1, 2, 4.7, 1), False),
        (Cost(1, 4, 16, 1), False),
        (Cost(1, 2, 4, MOST_MB + 1), False),
    ],
)
def test_what_is_bounded(found: Cost, expected: bool) -> None:
    assert found.is_bounded is expected
