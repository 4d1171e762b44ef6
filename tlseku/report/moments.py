"""Nanoseconds since 1970-01-01 UTC written as dates and times.

Knows RFC 3339; must not know a clock or a time zone other than UTC. A time beyond the years 1 to 9999, which a
hostile pcapng can hold, has no RFC 3339 form: those functions then answer ``None``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  all arithmetic here is UTC
_SECOND = 1_000_000_000


def rfc3339(ns: int, digits: int = 6) -> str | None:
    """``2026-03-24T11:55:20.912345Z``: at least ``digits`` decimals (0 or 6), nine where the time needs them."""
    second, fraction = divmod(ns, _SECOND)
    day = _datetime(second)
    if day is None:
        return None
    text = day.isoformat()
    if fraction == 0 and digits == 0:
        return f"{text}Z"
    return f"{text}.{fraction:09d}Z" if fraction % 1000 else f"{text}.{fraction // 1000:06d}Z"


def date(ns: int) -> str | None:
    """``2026-03-24``."""
    day = _datetime(ns // _SECOND)
    return None if day is None else day.date().isoformat()


def clock(ns: int) -> str | None:
    """``11:55:20.912``: the time of day to the millisecond, cut off and not rounded."""
    second, fraction = divmod(ns, _SECOND)
    day = _datetime(second)
    return None if day is None else f"{day.time().isoformat()}.{fraction // 1_000_000:03d}"


def _datetime(second: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
