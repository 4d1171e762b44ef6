"""Dates and times as a person spells them in a filter, made nanoseconds since 1970-01-01 UTC.

Knows ISO 8601 as far as people write it, and Unix seconds; must not know a clock or the time zone of this machine. A
number too small for seconds of our time is a year or a day whose writer meant something else: it is refused, since no
certificate of the seventies will ever be found.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

LEAST_SECONDS = 100_000_000
"""Unix seconds below this (1973-03-03) are taken for a mistake, but for 0."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UNIX = re.compile(r"(-?\d{1,12})(?:\.(\d{1,9}))?")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"\s*(?:(Z|UTC)|([+-])(\d\d):?(\d\d))?",
    re.IGNORECASE,
)


def read_moment(text: str) -> int:
    """Nanoseconds since 1970-01-01 UTC. Raises ValueError with what was expected."""
    unix = _UNIX.fullmatch(text)
    if unix is not None:
        if text != "0" and int(unix[1]) < LEAST_SECONDS:
            raise ValueError(_not_seconds(text))
        return int(unix[1]) * 1_000_000_000 + _fraction(unix[2]) * (-1 if unix[1].startswith("-") else 1)
    iso = _ISO.fullmatch(text.strip())
    if iso is None:
        raise ValueError('expected a time such as 2026-03-24 or "2026-03-24 11:55:20"')
    try:
        day = datetime(int(iso[1]), int(iso[2]), int(iso[3]), tzinfo=timezone.utc)
        moment = day.replace(hour=int(iso[4] or 0), minute=int(iso[5] or 0), second=int(iso[6] or 0))
    except ValueError as error:
        raise ValueError(f"no such time: {error}") from None
    offset = timedelta(hours=int(iso[10] or 0), minutes=int(iso[11] or 0)) * (-1 if iso[9] == "-" else 1)
    past = moment - _EPOCH - offset
    return (past.days * 86_400 + past.seconds) * 1_000_000_000 + _fraction(iso[7])


def _not_seconds(text: str) -> str:
    year = text[:4] if len(text) >= 4 and text.isdigit() else "2026"
    return f"{text} is a bare number, which counts seconds since 1970; write a date such as {year}-01-01"


def _fraction(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))
