"""A line of time: what lies where, what is cut, and which labels get out of each other's way."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.output.samples import HOSTILE, day
from tlseku.output.pictures.validity import Moment, Period, span
from tlseku.output.pictures.validity_svg import validity_svg

SEEN = day("2026-04-01")


def test_places_are_fractions() -> None:
    period = Period("one", day("2025-10-01"), day("2026-10-01"), "ok")
    laid = span([period], [], SEEN)
    (bar,) = laid.bars
    assert (bar.left, bar.right, bar.goes_on) == (0.0, 1.0, False)
    assert laid.seen == pytest.approx(182 / 365)
    assert laid.years == ((2026, pytest.approx(92 / 365)),)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(
    ("begin", "end", "left", "right", "goes_on"),
    [
        ("2010-01-01", "2040-01-01", 0.0, 1.0, True),
        ("2010-01-01", "2012-01-01", 0.0, 0.0, False),
        ("2035-01-01", "2036-01-01", 1.0, 1.0, True),
        (None, None, 0.0, 1.0, True),
    ],
)
def test_what_reaches_beyond_is_cut(
    begin: str | None, end: str | None, left: float, right: float, goes_on: bool
) -> None:
    period = Period("x", None if begin is None else day(begin), None if end is None else day(end))
    wide = Period("wide", day("2000-01-01"), day("2050-01-01"))
    bar = span([period, wide], [], SEEN).bars[0]
    assert (bar.left, bar.right, bar.goes_on) == (left, right, goes_on)


def test_labels_get_out_of_each_others_way() -> None:
    moments = [Moment("a", day("2026-06-15")), Moment("b", day("2026-06-16")), Moment("c", day("2027-03-15"))]
    wide = Period("wide", day("2000-01-01"), day("2050-01-01"))
    assert [(mark.label, mark.row) for mark in span([wide], moments, SEEN).marks] == [
        ("a", 0),
        ("b", 1),
        ("c", 0),
    ]


@pytest.mark.parametrize("step", [1, 3, 20, 90])
def test_no_label_lies_on_another_or_on_a_line(step: int) -> None:
    cell = 0.01
    moments = [Moment("x" * (3 + number % 17), SEEN + number * step * 86_400 * 10**9) for number in range(16)]
    marks = span([], moments, SEEN, cell).marks
    for mark in marks:
        begin = mark.place - (len(mark.label) + 1) * cell
        for other in marks:
            if other is not mark and begin < other.place <= mark.place:
                # Its label is in another row, and its line begins below this one.
                assert other.row < mark.row


def test_dates_beyond_are_left_out() -> None:
    assert span([], [Moment("far", day("2050-01-01")), Moment("old", day("2000-01-01"))], SEEN).marks == ()


@pytest.mark.parametrize("seen", [SEEN, 0, -(2**62), 2**63])
def test_any_time_can_be_drawn(seen: int) -> None:
    ET.fromstring(validity_svg([Period(HOSTILE, None, None, "wrong")], [Moment(HOSTILE, SEEN)], seen))


def test_what_was_over_long_ago_is_an_arrow() -> None:
    old, wide = Period("old", 0, 1), Period("wide", day("2000-01-01"), day("2050-01-01"))
    root = ET.fromstring(validity_svg([old, wide], [], SEEN))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) == 2


def test_a_picture() -> None:
    document = validity_svg(
        [Period("CN=soon", day("2026-01-01"), day("2026-12-01"), "wrong")],
        [Moment("P3-leaf", day("2027-03-15"))],
        SEEN,
        legend=[("wrong", "no more")],
    )
    root = ET.fromstring(document)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [
        "P3-leaf",
        "CN=soon",
        "2026",
        "2027",
        "no more",
        "when the capture begins",
        "a date of the table of dates, by its id",
    ]
    assert root.get("role") == "img"
    assert "1 certificates: CN=soon. Dates: P3-leaf." in document
