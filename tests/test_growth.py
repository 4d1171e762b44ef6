"""Work grows with the size of hostile text and no faster. The table is
``growth.ROADS``; the long tier measures its time and its memory in ``test_hostile``."""

from __future__ import annotations

from functools import partial

import pytest

from tests.growth import ROADS
from tests.work import LINEAR, counted_in_pure, growth


@counted_in_pure
@pytest.mark.parametrize("road", ROADS)
def test_work_grows_as_the_text_does(road: str) -> None:
    read, grown, size = ROADS[road]
    # Every instruction is counted, which takes long: sizes are smaller than where time is measured.
    assert growth(lambda size: partial(read, grown(size)), min(size, max(1_000, size // 16))) < LINEAR
