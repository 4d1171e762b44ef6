"""What is not captured cannot be seen, and everything else can."""

from __future__ import annotations

import pytest

from tests.benchmarks import conftest  # noqa: F401  (makes the scripts importable)

from connection import CLIENT, SERVER  # isort: skip
from mishaps import Mishap  # isort: skip

MSS = 1000


@pytest.mark.parametrize(
    ("mishap", "side", "turn", "start", "stop", "seen"),
    [
        (Mishap(), SERVER, 1, 0, 5000, True),
        (Mishap(lost=(1, 2)), SERVER, 1, 0, 2000, True),
        (Mishap(lost=(1, 2)), SERVER, 1, 0, 2001, False),
        (Mishap(lost=(1, 2)), SERVER, 1, 2999, 4000, False),
        (Mishap(lost=(1, 2)), SERVER, 1, 3000, 4000, True),
        (Mishap(lost=(1, 2)), CLIENT, 2, 0, 4000, True),
        (Mishap(unseen=SERVER), SERVER, 1, 0, 10, False),
        (Mishap(unseen=SERVER), CLIENT, 2, 0, 10, True),
        (Mishap(begins=1), CLIENT, 0, 0, 10, False),
        (Mishap(begins=1), SERVER, 1, 0, 10, True),
        (Mishap(ends=(1, 2)), SERVER, 1, 0, 2000, True),
        (Mishap(ends=(1, 2)), SERVER, 1, 0, 2001, False),
        (Mishap(ends=(1, 2)), CLIENT, 2, 0, 10, False),
    ],
)
def test_what_is_seen(mishap: Mishap, side: int, turn: int, start: int, stop: int, seen: bool) -> None:
    assert mishap.sees(side, turn, start, stop, MSS) is seen
