"""``tlseku.output.json.templates.timestamp_writer`` against ``output.words.timestamps``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from tlseku.output.json.templates.timestamp_writer import Moments
from tlseku.output.words.timestamps import rfc3339

SECOND = 1_000_000_000
LAST = 253_402_300_799 * SECOND


def text_of(moments: Moments, ns: int) -> str:
    out = BytesWriter()
    moments.write(out, ns)
    return out.getvalue().decode("ascii")


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (999, "1970-01-01T00:00:00.000000999Z"),
        (1_000, "1970-01-01T00:00:00.000001Z"),
        (1_774_000_000 * SECOND + 12_345_000, "2026-03-20T09:46:40.012345Z"),
        (1_774_000_000 * SECOND + 12_345_678, "2026-03-20T09:46:40.012345678Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1 << 63, "2262-04-11T23:47:16.854775808Z"),
        (LAST, "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_text(ns: int, text: str) -> None:
    moments = Moments()
    assert text_of(moments, ns) == text
    assert not moments.odd


@pytest.mark.parametrize("ns", [LAST + SECOND, 1 << 80, -(1 << 80)])
def test_a_time_without_text_is_odd(ns: int) -> None:
    moments = Moments()
    assert text_of(moments, ns) == ""
    assert moments.odd


@given(
    st.lists(
        st.integers(-(2**70), 2**70) | st.integers(0, 3 * SECOND) | st.integers(LAST - SECOND, LAST + SECOND)
    )
)
def test_times_in_any_order(times: list[int]) -> None:
    moments = Moments()
    for ns in times:
        assert text_of(moments, ns) == (rfc3339(ns) or "")
    assert moments.odd is (None in map(rfc3339, times))
