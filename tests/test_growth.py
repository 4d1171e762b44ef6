"""Work grows with the size of hostile text and no faster. The table is ``growth.ROADS``."""

from __future__ import annotations

import gc
import time
from functools import partial

import pytest

from tests.growth import ROADS
from tests.work import LINEAR, counted_in_pure, growth

TRIES = 5


def ratio(road: str) -> float:
    """Processor time for four times the size, in those for the size."""
    read, grown, size = ROADS[road]

    def seconds(content: bytes) -> float:
        # Enough of it to be measured.
        begin, times = time.process_time(), 0
        while (passed := time.process_time() - begin) < 0.01:
            read(content)
            times += 1
        return passed / times

    small, large = grown(size), grown(4 * size)
    gc.disable()
    try:
        return seconds(large) / seconds(small)
    finally:
        gc.enable()


@counted_in_pure
@pytest.mark.parametrize("road", ROADS)
def test_work_grows_as_the_text_does(road: str) -> None:
    read, grown, size = ROADS[road]
    # Every instruction is counted, which takes long: sizes are smaller than where time is measured.
    assert growth(lambda size: partial(read, grown(size)), min(size, max(1_000, size // 16))) < LINEAR


@pytest.mark.long
@pytest.mark.parametrize("road", ROADS)
def test_time_grows_as_the_text_does(road: str) -> None:
    """On a quiet machine: what C does (regular expressions, copies) is in it, too."""
    found = [ratio(road) for _ in range(TRIES)]
    assert min(found) <= LINEAR, found
