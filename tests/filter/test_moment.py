"""Times as people spell them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.filter.moment import read_moment

NOON = 1_774_353_320_000_000_000


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-03-24", 1_774_310_400_000_000_000),
        ("2026-03-24 11:55", NOON - 20_000_000_000),
        ("2026-03-24 11:55:20", NOON),
        ("2026-03-24T11:55:20Z", NOON),
        ("2026-03-24T11:55:20 UTC", NOON),
        ("2026-03-24T17:25:20+05:30", NOON),
        ("2026-03-24 03:55:20-0800", NOON),
        ("2026-03-24 11:55:20.9", NOON + 900_000_000),
        ("2026-03-24 11:55:20,000000001", NOON + 1),
        ("1774353320", NOON),
        ("1774353320.5", NOON + 500_000_000),
        ("0", 0),
        ("100000000", 100_000_000_000_000_000),
        ("0001-01-01", -62_135_596_800_000_000_000),
    ],
)
def test_read(text: str, ns: int) -> None:
    assert read_moment(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-3-4x",
        "24.03.2026",
        "2026-13-01",
        "2026-02-30",
        "2026-03-24 25:00",
        "2026-03-24 11",
        "9" * 40,
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a time|no such time"):
        read_moment(text)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2026", "2026"),
        ("2027", "2027"),
        ("20270315", "2027"),
        ("99999999", "9999"),
        ("1", "2026"),
        ("-1.5", "2026"),
        ("-1774353320", "2026"),
    ],
)
def test_a_year_is_not_taken_for_seconds(text: str, year: str) -> None:
    with pytest.raises(ValueError, match="bare number") as caught:
        read_moment(text)
    assert str(caught.value) == (
        f"{text} is a bare number, which counts seconds since 1970; write a date such as {year}-01-01"
    )


@given(st.datetimes(min_value=datetime.fromisoformat("1000-01-01")))
def test_every_iso_time_is_read(moment: datetime) -> None:
    past = moment.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    ns = ((past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds) * 1_000
    assert read_moment(moment.isoformat()) == ns
    assert read_moment(moment.isoformat(" ")) == ns
