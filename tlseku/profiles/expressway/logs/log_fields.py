"""One line of the log cut into events: prefix, ``key="value"`` pairs, and the text between them.

Knows how the product writes a line; must not know what any key means, files, or time zones beyond the offset of the
prefix. Quotes protect what is in them: a time or a key inside a value starts nothing. Out come ``Piece`` values.

Several events can share a line. A new one begins at a further prefix, or where one of ``STARTING_KEYS`` comes a
second time, since each event has each of them once at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

STARTING_KEYS = frozenset({"event", "utctime", "module", "action"})

_PREFIX = (
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?P<offset>Z|[+-]\d\d:?\d\d)?[ \t]+"
    r"(?P<host>[^\s=\"]{1,255})(?:[ \t]+(?P<process>[A-Za-z][\w./-]{0,63})(?:\[\d{1,10}\])?:(?=\s|$))?"
)
_TOKEN = re.compile(
    r'(?<![\w.-])(?P<key>[A-Za-z][A-Za-z0-9_.-]{0,63})="(?P<value>[^"\\]*(?:\\.[^"\\]*)*)(?P<end>"|\\?\Z)'
    r"|(?<!\S)" + _PREFIX,
    re.S | re.A,
)
_START = re.compile(_PREFIX, re.A)
# The same pairs where nothing is escaped; and what must not stand between them for that to be all.
_PLAIN_PAIR = re.compile(r'(?<![\w.-])([A-Za-z][A-Za-z0-9_.-]{0,63})="([^"]*)"', re.A)
_LATER_TIME = re.compile(r"\d\d:\d\d:\d\d", re.A)
_ESCAPED = re.compile(r'\\(["\\])')
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?", re.A)
_EPOCH = date(1970, 1, 1).toordinal()


class Piece(NamedTuple):
    """One event's part of a line. ``time`` is that of the prefix in nanoseconds since 1970-01-01 UTC, ``None`` without
    a prefix, an offset or a real date; ``pairs`` as written but for escapes, ``text`` what stands between them.
    ``unclosed`` says that the last value's quote never closed."""

    time: int | None
    host: str | None
    process: str | None
    pairs: tuple[tuple[str, str], ...]
    text: str
    unclosed: bool


def starts_event(line: str) -> bool:
    """Whether a line begins an event rather than going on with the one before: not indented, and with a prefix or at
    least one of the keys that events have."""
    if not line or line[0].isspace():
        return False
    if _START.match(line):
        return True
    return any(
        found["key"] is not None and found["key"].lower() in STARTING_KEYS for found in _TOKEN.finditer(line)
    )


def goes_on(event: str, line: str) -> bool:
    """Whether ``line`` is the rest of ``event``, which a document wrapped: not indented, without a prefix, and either
    within a value that is still open, or beginning with a key none of whose fellows the event has already."""
    if not line or line[0].isspace() or _START.match(line):
        return False
    own: set[str] = set()
    unclosed = False
    for found in _TOKEN.finditer(event):
        if found["key"] is not None:
            own.add(found["key"].lower())
            unclosed = found["end"] != '"'
    if unclosed:
        return True
    keys = [found["key"].lower() for found in _TOKEN.finditer(line) if found["key"] is not None]
    first = _TOKEN.match(line)
    return first is not None and first["key"] is not None and bool(own) and own.isdisjoint(keys)


def pieces_of(line: str) -> Iterator[Piece]:
    """Cut a line into events, at least one. Without a prefix of its own a later one takes over that of the first."""
    whole = _whole_line(line)
    if whole is not None:
        yield whole
        return
    prefix: re.Match[str] | None = None
    pairs: list[tuple[str, str]] = []
    seen: set[str] = set()
    texts: list[str] = []
    position, unclosed = 0, False
    for found in _TOKEN.finditer(line):
        texts.append(line[position : found.start()])
        position = found.end()
        key = found["key"]
        low = "" if key is None else key.lower()
        if key is None or (low in STARTING_KEYS and low in seen):
            if pairs or (key is None and prefix is not None):
                yield _piece(prefix, pairs, texts, False)
                pairs, seen, texts = [], set(), []
            prefix = found if key is None else prefix
        if key is not None:
            seen.add(low)
            value = found["value"]
            pairs.append((key, _ESCAPED.sub(r"\1", value) if "\\" in value else value))
            unclosed = found["end"] != '"'
    texts.append(line[position:])
    yield _piece(prefix, pairs, texts, unclosed)


def _whole_line(line: str) -> Piece | None:
    """A line that is one event and holds nothing odd, which nearly all are, without a step for each token."""
    prefix = _START.match(line)
    if prefix is None or "\\" in line:
        return None
    parts = _PLAIN_PAIR.split(line[prefix.end() :])
    keys, text = parts[1::3], " ".join(parts[::3])
    lows = [key.lower() for key in keys]
    # A quote that does not close, another prefix, or a key that begins another event.
    if '="' in text or _LATER_TIME.search(text) or len(set(lows)) < len(lows):
        return None
    return _piece(prefix, list(zip(keys, parts[2::3], strict=True)), [text], False)


def moment(text: str) -> int | None:
    """``2026-03-24 11:54:26,106`` as nanoseconds since 1970-01-01 of the zone it is in; None if it is no real time.

    The decimals follow a comma or a point; a ``T`` may stand for the blank.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    seconds = _seconds(*found.group(1, 2, 3, 4, 5, 6))
    if seconds is None:
        return None
    decimals = found[7]
    return seconds * 1_000_000_000 + (0 if decimals is None else int(decimals) * 10 ** (9 - len(decimals)))


@lru_cache(maxsize=256)
def _seconds(year: str, month: str, day: str, hour: str, minute: str, second: str) -> int | None:
    """Since 1970-01-01; None for no real time. Lines of a log have few different ones."""
    # 60 is a leap second, which belongs to the minute that it ends.
    if int(hour) > 23 or int(minute) > 59 or int(second) > 60:
        return None
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    return ((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second)


def _piece(
    prefix: re.Match[str] | None, pairs: list[tuple[str, str]], texts: list[str], unclosed: bool
) -> Piece:
    text = " ".join(" ".join(texts).split()).lstrip(": ")
    if prefix is None:
        return Piece(None, None, None, tuple(pairs), text, unclosed)
    time = _utc(prefix["time"], prefix["offset"])
    host: str | None = prefix["host"]
    process: str | None = prefix["process"]
    if process is None and host is not None and host.endswith(":"):
        process, host = host[:-1], None
    return Piece(time, host, process, tuple(pairs), text, unclosed)


def _utc(text: str, offset: str | None) -> int | None:
    local = moment(text)
    if local is None or offset is None:
        # A local time whose zone nobody tells is no time.
        return None
    if offset == "Z":
        return local
    digits = offset[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return local - (minutes if offset[0] == "+" else -minutes) * 60 * 1_000_000_000
