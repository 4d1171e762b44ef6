"""Times written down: precision, and years that have no form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.output.words.timestamps import clock, date, rfc3339

NOON = 1_774_353_320_000_000_000


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (NOON, "2026-03-24T11:55:20.000000Z"),
        (NOON + 900_000_000, "2026-03-24T11:55:20.900000Z"),
        (NOON + 912_345_000, "2026-03-24T11:55:20.912345Z"),
        (NOON + 912_345_678, "2026-03-24T11:55:20.912345678Z"),
        (NOON + 1, "2026-03-24T11:55:20.000000001Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-62_135_596_800_000_000_000, "0001-01-01T00:00:00.000000Z"),
        (253_402_300_799_000_000_000, "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_rfc3339(ns: int, text: str) -> None:
    assert rfc3339(ns) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (NOON, "2026-03-24T11:55:20Z"),
        (NOON + 500_000_000, "2026-03-24T11:55:20.500000Z"),
        (NOON + 1, "2026-03-24T11:55:20.000000001Z"),
    ],
)
def test_whole_seconds_of_certificates(ns: int, text: str) -> None:
    assert rfc3339(ns, digits=0) == text


@pytest.mark.parametrize(
    "ns", [253_402_300_800_000_000_000, -62_135_596_800_000_000_001, 1 << 100, -(1 << 100)]
)
def test_years_without_a_form(ns: int) -> None:
    assert (rfc3339(ns), date(ns), clock(ns)) == (None, None, None)


def test_date_and_clock() -> None:
    assert date(NOON) == "2026-03-24"
    assert clock(NOON + 999_999_999) == "11:55:20.999"
    assert clock(0) == "00:00:00.000"


@given(st.integers())
def test_any_integer_is_a_time_or_none(ns: int) -> None:
    text = rfc3339(ns)
    assert text is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{6}|\d{9})Z", text)
