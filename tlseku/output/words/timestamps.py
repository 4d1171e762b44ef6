"""Nanoseconds since 1970-01-01 UTC written as dates and times.

Knows RFC 3339; must not know a clock or a time zone other than UTC. A time beyond the years 1 to 9999, which a
hostile pcapng can hold, has no RFC 3339 form: those functions then answer ``None``.
"""

from __future__ import annotations

from datetime import date as Date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_extensions import i64

_SECOND: Final = 1_000_000_000
_DAY_SECONDS: Final = 86_400
_DAY: Final = _DAY_SECONDS * _SECOND
# 1970-01-01 and the last day with four digits, counted from 0001-01-01, which is day 1.
_FIRST: Final = 719_163
_LAST: Final = 3_652_059
_TWO: Final = [f"{number:02d}" for number in range(60)]
THOUSANDTHS: Final = [f"{number:03d}" for number in range(1000)]


def rfc3339(ns: int, digits: int = 6) -> str | None:
    """``2026-03-24T11:55:20.912345Z``: at least ``digits`` decimals (0 or 6), nine where the time needs them."""
    seconds = ns // _SECOND
    fraction: i64 = ns % _SECOND
    text = _second_text(seconds)
    if text is None:
        return None
    if fraction == 0 and digits == 0:
        return f"{text}Z"
    micros: i64 = fraction // 1000
    millis: i64 = micros // 1000
    nanos: i64 = fraction - micros * 1000
    if nanos:
        return f"{text}.{THOUSANDTHS[millis]}{THOUSANDTHS[micros - millis * 1000]}{THOUSANDTHS[nanos]}Z"
    return f"{text}.{THOUSANDTHS[millis]}{THOUSANDTHS[micros - millis * 1000]}Z"


def date(ns: int) -> str | None:
    """``2026-03-24``."""
    return _day_text(ns // _DAY)


def day_or_unknown(ns: int | None) -> str:
    """The same, or ``unknown`` for a time that is not known or cannot be written."""
    return (None if ns is None else date(ns)) or "unknown"


def clock(ns: int) -> str | None:
    """``11:55:20.912``: the time of day to the millisecond, cut off and not rounded."""
    text = rfc3339(ns, 6)
    return None if text is None else text[11:23]


# A second has many packets.
@lru_cache(maxsize=1024)
def _second_text(seconds: int) -> str | None:
    """Date and time of a second, counted from 1970-01-01."""
    day = seconds // _DAY_SECONDS
    text = _day_text(day)
    if text is None:
        return None
    second: i64 = seconds - day * _DAY_SECONDS
    minute: i64 = second // 60
    hour: i64 = minute // 60
    return f"{text}T{_TWO[hour]}:{_TWO[minute - hour * 60]}:{_TWO[second - minute * 60]}"


@lru_cache(maxsize=1024)
def _day_text(day: int) -> str | None:
    """The date of a day, counted from 1970-01-01."""
    number = day + _FIRST
    return Date.fromordinal(number).isoformat() if 0 < number <= _LAST else None
