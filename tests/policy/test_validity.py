"""``tlseku.policy.validity``: valid at the packet's time, which is never today."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build
from tlseku.policy.validity import (
    DAY,
    NO_EXPIRY,
    SECOND,
    ChainValidity,
    Validity,
    ValidityWord,
    all_in_time,
    chain_validity,
    validity_at,
)
from tlseku.x509.certificate import Certificate


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * SECOND


BEGIN, END = ns("2026-01-01"), ns("2027-01-01")


def dated(begin: int | None = BEGIN, end: int | None = END) -> Certificate:
    return Certificate(der=b"", sha256="", not_before=begin, not_after=end)


@pytest.mark.parametrize(
    ("begin", "end", "time", "outcome", "days", "reason"),
    [
        (BEGIN, END, END + SECOND, "expired", 0, "expired less than a day earlier"),
        (BEGIN, END, END + DAY, "expired", 1, "expired 1 day earlier"),
        (BEGIN, END, END + 3 * DAY - 1, "expired", 2, "expired 2 days earlier"),
        (BEGIN, END, ns("2030-01-01"), "expired", 1096, "expired 1,096 days earlier"),
        (BEGIN, END, BEGIN - 1, "not_yet_valid", 0, "not valid for another less than a day"),
        (BEGIN, END, BEGIN - DAY, "not_yet_valid", 1, "not valid for another 1 day"),
        (BEGIN, END, 0, "not_yet_valid", 20454, "not valid for another 20,454 days"),
        (BEGIN, END, -5 * SECOND, "not_yet_valid", 20454, "not valid for another 20,454 days"),
        (END, BEGIN, BEGIN, "never_valid", None, "never valid: its validity ends before it begins"),
        (None, END, END + 2 * DAY, "expired", 2, "expired 2 days earlier"),
        (BEGIN, None, BEGIN - 2 * DAY, "not_yet_valid", 2, "not valid for another 2 days"),
        (None, END, END, "unreadable", None, "the start of its validity cannot be read"),
        (BEGIN, None, BEGIN, "unreadable", None, "the end of its validity cannot be read"),
        (None, None, BEGIN, "unreadable", None, "the start and end of its validity cannot be read"),
    ],
)
def test_not_valid(
    begin: int | None, end: int | None, time: int, outcome: ValidityWord, days: int | None, reason: str
) -> None:
    assert validity_at(dated(begin, end), time) == Validity(outcome, days, reason)


@pytest.mark.parametrize(
    ("begin", "end", "time", "days", "reason"),
    [
        (BEGIN, END, BEGIN, 365, "valid, 365 days left"),
        (BEGIN, END, END, 0, "valid, less than a day left"),
        (BEGIN, END, END + SECOND - 1, 0, "valid, less than a day left"),
        (BEGIN, END, END - DAY, 1, "valid, 1 day left"),
        (BEGIN, END, END - DAY + 1, 1, "valid, 1 day left"),
        (BEGIN, END, END - DAY + SECOND, 0, "valid, less than a day left"),
        (BEGIN, END, END - 2 * DAY + SECOND, 1, "valid, 1 day left"),
        (BEGIN, END, ns("2026-12-01"), 31, "valid, 31 days left"),
        (BEGIN, BEGIN, BEGIN, 0, "valid, less than a day left"),
        (BEGIN, NO_EXPIRY, END, None, "valid, without an end"),
        (BEGIN, NO_EXPIRY, NO_EXPIRY, None, "valid, without an end"),
        (BEGIN, NO_EXPIRY - SECOND, NO_EXPIRY - SECOND, 0, "valid, less than a day left"),
        (ns("1950-01-01"), ns("2049-12-31"), 0, 29219, "valid, 29,219 days left"),
        (ns("1950-01-01"), ns("1960-01-01"), ns("1960-01-01"), 0, "valid, less than a day left"),
    ],
)
def test_valid(begin: int, end: int, time: int, days: int | None, reason: str) -> None:
    assert validity_at(dated(begin, end), time) == Validity("valid", days, reason)


def test_a_chain_names_the_lowest_that_offends() -> None:
    chain = [dated(), dated(None, None), dated(end=END - DAY), dated(begin=END)]
    judged = chain_validity(chain, END - SECOND)
    assert [one.outcome for one in judged.each] == ["valid", "unreadable", "expired", "not_yet_valid"]
    assert (judged.offending, judged.unread) == (2, (1,))


def test_a_chain_in_order_has_no_offender() -> None:
    assert chain_validity([dated(), dated(None, None)], END).offending is None
    assert chain_validity([], END) == ChainValidity((), None, ())


def test_dates_of_a_real_certificate() -> None:
    begin, end = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2027, 1, 1, 12, tzinfo=timezone.utc)
    certificate = build(not_before=begin, not_after=end).certificate()
    assert validity_at(certificate, ns("2027-01-01T12:00:00")).outcome == "valid"
    assert validity_at(certificate, ns("2027-01-01T12:00:01")).outcome == "expired"


TIMES = st.integers(-(2**70), 2**70)


@given(TIMES | st.none(), TIMES | st.none(), TIMES)
def test_exactly_one_thing_is_true(begin: int | None, end: int | None, time: int) -> None:
    judged = validity_at(dated(begin, end), time)
    second = time // SECOND * SECOND
    if begin is not None and end is not None and begin <= end:
        inside = begin <= second <= end
        assert (judged.outcome == "valid") == inside
    if judged.outcome in ("expired", "not_yet_valid"):
        assert judged.days is not None
        assert judged.days >= 0
    if judged.outcome in ("never_valid", "unreadable"):
        assert judged.days is None


@given(st.lists(st.tuples(TIMES | st.none(), TIMES | st.none()), max_size=3), TIMES)
def test_all_in_time_are_those_of_which_nothing_is_said(
    dates: list[tuple[int | None, int | None]], time: int
) -> None:
    chain = [dated(*each) for each in dates]
    said = [one.outcome for one in chain_validity(chain, time).each if one.outcome != "valid"]
    assert all_in_time(chain, time) == (said == [])


@given(TIMES, TIMES, TIMES, st.integers(1, 10_000))
def test_a_day_later_there_is_a_day_less(begin: int, end: int, time: int, days: int) -> None:
    certificate = dated(min(begin, end), max(begin, end))
    before, after = validity_at(certificate, time), validity_at(certificate, time + days * DAY)
    if before.outcome == after.outcome == "valid" and before.days is not None and after.days is not None:
        assert before.days - after.days == days
