"""Certificates and policy dates on one line of time: what lies where between two days, nothing drawn.

Knows periods and dates in nanoseconds; must not know certificates, pixels or escaping. Out comes a ``Span`` whose
places are fractions of its width, 0 at the left. Periods that reach beyond it are cut, and say so.

Limits: the span shows at most ``YEARS_BEFORE`` years before the time of the capture and ``YEARS_AFTER`` after it, since
a root of thirty years would press everything else together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from tlseku.output.words.terminal_page import Style

YEARS_BEFORE = 2
"""Leaves live for one year, or two where they are private."""

YEARS_AFTER = 4
"""The policies known today end within this."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DAY = 86_400 * 10**9
_YEAR = 365 * _DAY


class Period(NamedTuple):
    """One certificate: ``begin`` and ``end`` in nanoseconds since 1970, ``None`` where unknown."""

    label: str
    begin: int | None
    end: int | None
    style: Style = ""


class Moment(NamedTuple):
    """One date of the table of dates, by its id."""

    label: str
    at: int


class Bar(NamedTuple):
    """A period between two places. ``goes_on`` says that it ends beyond the right edge or nobody knows where."""

    label: str
    left: float
    right: float
    style: Style
    goes_on: bool


class Mark(NamedTuple):
    """A date at a place; ``row`` is the line in which its label, which ends at the place, has room, 0 next to the
    bars: no other label and no line of another date, which begins beside its own label, goes through it."""

    label: str
    place: float
    row: int


class Span(NamedTuple):
    """All of it. ``years`` are (year, place) of each first of January, ``seen`` the place of the capture."""

    years: tuple[tuple[int, float], ...]
    seen: float
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


def span(periods: Sequence[Period], moments: Sequence[Moment], seen: int, cell: float = 0.01) -> Span:
    """Lay periods and dates out around the time ``seen``; ``cell`` is what a character takes of the width."""
    ends = [period.end for period in periods if period.end is not None]
    begins = [period.begin for period in periods if period.begin is not None]
    dates = [moment.at for moment in moments]
    first = max(min([*begins, *dates, seen - _YEAR // 4]), seen - YEARS_BEFORE * _YEAR)
    last = min(max([*ends, *dates, seen + _YEAR // 4]), seen + YEARS_AFTER * _YEAR)

    def place(at: int) -> float:
        return (at - first) / (last - first)

    bars = []
    for period in periods:
        left = 0.0 if period.begin is None else min(max(place(period.begin), 0.0), 1.0)
        right = 1.0 if period.end is None else min(max(place(period.end), 0.0), 1.0)
        goes_on = period.end is None or place(period.end) > 1.0
        bars.append(Bar(period.label, left, max(left, right), period.style, goes_on))
    return Span(_years(first, last), place(seen), tuple(bars), _marks(moments, first, last, cell))


def _marks(moments: Sequence[Moment], first: int, last: int, cell: float) -> tuple[Mark, ...]:
    # Labels reach to the left, so that only earlier dates can be in the way of one: it stands above all of them.
    marks: list[Mark] = []
    for moment in sorted(moments, key=lambda each: (each.at, each.label)):
        if not first <= moment.at <= last:
            continue
        place = (moment.at - first) / (last - first)
        begin = place - (len(moment.label) + 2) * cell
        row = max((mark.row + 1 for mark in marks if mark.place > begin), default=0)
        marks.append(Mark(moment.label, place, row))
    return tuple(marks)


def _years(first: int, last: int) -> tuple[tuple[int, float], ...]:
    try:
        begin = _EPOCH + timedelta(microseconds=first // 1000)
        end = _EPOCH + timedelta(microseconds=last // 1000)
    except OverflowError:
        return ()
    found = []
    for year in range(begin.year + 1, end.year + 1):
        at = (datetime(year, 1, 1, tzinfo=timezone.utc) - _EPOCH) // timedelta(microseconds=1) * 1000
        found.append((year, (at - first) / (last - first)))
    return tuple(found)
