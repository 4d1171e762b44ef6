"""One line of the log cut into events: prefix, ``key="value"`` pairs, and the text between them.

Knows how the product writes a line; must not know what any key means, files, or time zones beyond the offset of the
prefix. Quotes protect what is in them: a time or a key inside a value starts nothing. Out come ``Piece`` values.

Several events can share a line. A new one begins at a further prefix, or where one of ``STARTING_KEYS`` comes a
second time, since each event has each of them once at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

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
# What stands before a value's quote, where nothing is escaped.
_BEFORE_VALUE = re.compile(r"(.*[^\w.-])?([A-Za-z][A-Za-z0-9_.-]{0,63})=", re.A | re.S)
_LATER_TIME = re.compile(r"\d\d:\d\d:\d\d", re.A)
_BEYOND_SECOND = re.compile(r"(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)", re.A)
_ESCAPED = re.compile(r'\\(["\\])')
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)", re.A)
_EPOCH = date(1970, 1, 1).toordinal()
_SECOND: Final = 19
"""Characters of a moment to the second."""

_LONGEST_STAMP: Final = _SECOND + len(".123456789+00:00")

# What was read of parts of times that come again.
_SECONDS: Final[dict[str, int]] = {}
_BEYOND: Final[dict[str, int]] = {}
_DECIMALS: Final[dict[str, int]] = {}
_MOST_KEPT: Final = 2048

_LONGEST_REMEMBERED = 2000
"""Characters of a line up to which its keys are remembered: most lines of a log have those of others."""


Prefix = tuple[str, "str | None", str, "str | None"]
"""Time, offset, host and process, as written."""


class Piece(NamedTuple):
    """One event's part of a line. ``time`` is that of the prefix in nanoseconds since 1970-01-01 UTC, ``None`` without
    a prefix, an offset or a real date; ``pairs`` as written but for escapes, ``text`` what stands between them.
    ``unclosed`` says that the last value's quote never closed. ``keys`` are those of the pairs in lower case."""

    time: int | None
    host: str | None
    process: str | None
    pairs: tuple[tuple[str, str], ...]
    text: str
    unclosed: bool
    keys: tuple[str, ...] = ()


class _Shape(NamedTuple):
    """What a line says but for its prefix, its values and what follows the last one."""

    names: tuple[str, ...]
    keys: tuple[str, ...]
    words: str


def prefix_of(line: str) -> re.Match[str] | None:
    """The prefix that a line begins with."""
    return _START.match(line)


def has_starting_key(line: str) -> bool:
    """Whether a line has one of the keys that events have."""
    return any(
        found["key"] is not None and found["key"].lower() in STARTING_KEYS for found in _TOKEN.finditer(line)
    )


def goes_on(pieces: Callable[[], Sequence[Piece]], line: str) -> bool:
    """Whether ``line``, neither indented nor with a prefix, is the rest of an event with these ``pieces``, which a
    document wrapped: it is within a value that is still open, or begins with a key none of whose fellows the event has
    already."""
    if pieces()[-1].unclosed:
        return True
    keys = _leading_keys(line)
    if not keys:
        return False
    own = {key for piece in pieces() for key in piece.keys}
    return bool(own) and own.isdisjoint(keys)


def leading_keys(line: str, parts: list[str]) -> tuple[str, ...] | None:
    """The keys, in lower case, of a line that begins with one, has no backslash, and was parted at its quotes; ``None``
    where that takes a closer look, and for a line that begins otherwise."""
    shape = _shape_of_pairs(parts)
    if shape is not None and shape.names and line.startswith(f'{shape.names[0]}="'):
        return shape.keys
    return None


def _leading_keys(line: str) -> Sequence[str]:
    """The keys of a line that begins with one, in lower case."""
    keys = None if "\\" in line else leading_keys(line, line.split('"'))
    if keys is not None:
        return keys
    first = _TOKEN.match(line)
    if first is None or first["key"] is None:
        return ()
    return [found["key"].lower() for found in _TOKEN.finditer(line) if found["key"] is not None]


def pieces_of(line: str, prefix: re.Match[str] | None = None) -> Iterator[Piece]:
    """Cut a line into events, at least one. Without a prefix of its own a later one takes over that of the first.
    ``prefix`` is what ``prefix_of`` says of the line, where somebody has asked already."""
    whole = _whole_line(line, _START.match(line) if prefix is None else prefix)
    return iter((whole,)) if whole is not None else _each_piece(line)


def _each_piece(line: str) -> Iterator[Piece]:
    prefix: Prefix | None = None
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
                yield _piece(prefix, tuple(pairs), _lower(pairs), texts, False)
                pairs, seen, texts = [], set(), []
            prefix = _written(found) if key is None else prefix
        if key is not None:
            seen.add(low)
            value = found["value"]
            pairs.append((key, _ESCAPED.sub(r"\1", value) if "\\" in value else value))
            unclosed = found["end"] != '"'
    texts.append(line[position:])
    yield _piece(prefix, tuple(pairs), _lower(pairs), texts, unclosed)


def _written(prefix: re.Match[str]) -> Prefix:
    time, offset, host, process = prefix.group("time", "offset", "host", "process")
    return time, offset, host, process


def _lower(pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple([key.lower() for key, _ in pairs])


def whole_line(line: str) -> Piece | None:
    """A line with a prefix that is one event and holds nothing odd, which nearly all are; ``None`` for another."""
    return _whole_line(line, _START.match(line))


def _whole_line(line: str, prefix: re.Match[str] | None) -> Piece | None:
    # Without a step for each token.
    if prefix is None or "\\" in line:
        return None
    said = line[prefix.end() :]
    if '="' not in said:
        return None if _LATER_TIME.search(said) else _piece(_written(prefix), (), (), (said,), False)
    parts = said.split('"')
    shape = _shape_of_pairs(parts)
    if shape is None:
        return None
    pairs = tuple(zip(shape.names, parts[1::2], strict=True))
    return _piece(_written(prefix), pairs, shape.keys, (shape.words, parts[-1]), False)


def _shape_of_pairs(parts: list[str]) -> _Shape | None:
    """The shape of a text without a backslash that was parted at its quotes; ``None`` where one does not close, or what
    may be another prefix is in it."""
    rest = parts[-1]
    if len(parts) & 1 == 0 or (":" in rest and _LATER_TIME.search(rest)):
        return None
    before_values = tuple(parts[:-1:2])
    if len(before_values) + sum(map(len, before_values)) <= _LONGEST_REMEMBERED:
        return _known_shape(before_values)
    return _shape_of(before_values)


def _shape_of(before_values: tuple[str, ...]) -> _Shape | None:
    """What stands before each value of a line: text and a key. ``None`` where one has no key, or what may be another
    prefix, or a key comes twice, which may begin another event."""
    names, words = [], []
    for before in before_values:
        found = _BEFORE_VALUE.fullmatch(before)
        if found is None:
            return None
        text = found[1] or ""
        if _LATER_TIME.search(text):
            return None
        words.append(text)
        names.append(found[2])
    keys = tuple([name.lower() for name in names])
    return _Shape(tuple(names), keys, " ".join(words)) if len(set(keys)) == len(keys) else None


_known_shape = lru_cache(maxsize=512)(_shape_of)


def stamp(text: str) -> int | None:
    """The time of a prefix, ``2026-03-24T11:54:26.106+00:00``, in nanoseconds since 1970-01-01 UTC; ``None`` for
    anything else, also for a time without an offset or of no real date."""
    begin = _second(text[:_SECOND])
    if begin is None or text[10] != "T" or len(text) > _LONGEST_STAMP:
        return None
    rest = text[_SECOND:]
    beyond = _BEYOND.get(rest)
    if beyond is None:
        found = _BEYOND_SECOND.fullmatch(rest)
        if found is None:
            return None
        nanoseconds = int((found[1] or "").ljust(9, "0"))
        beyond = _keep(_BEYOND, rest, nanoseconds - _offset(found[2]))
    return begin + beyond


def _keep(known: dict[str, int], text: str, ns: int) -> int:
    """Remember what a text of a few characters says; all is forgotten where it would be too many."""
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[text] = ns
    return ns


def moment(text: str) -> int | None:
    """``2026-03-24 11:54:26,106`` as nanoseconds since 1970-01-01 of the zone it is in; None if it is no real time.

    The decimals follow a comma or a point; a ``T`` may stand for the blank.
    """
    begin = _second(text[:_SECOND])
    # As the product writes it.
    if begin is not None and len(text) == _SECOND + 4:
        rest = text[_SECOND:]
        decimals = _DECIMALS.get(rest)
        if decimals is not None:
            return begin + decimals
        digits = rest[1:]
        if rest[0] in ",." and digits.isdecimal() and digits.isascii():
            return begin + _keep(_DECIMALS, rest, int(digits) * 1_000_000)
    return _any_moment(text.strip())


def _any_moment(text: str) -> int | None:
    begin, decimals = _second(text[:_SECOND]), text[_SECOND + 1 :]
    if begin is None or len(text) == _SECOND:
        return begin
    # What int takes, and nobody writes: signs, blanks, digits of other scripts.
    if text[_SECOND] not in ",." or not (decimals.isdecimal() and decimals.isascii()) or len(decimals) > 9:
        return None
    return begin + int(decimals.ljust(9, "0"))


def _second(text: str) -> int | None:
    """``2026-03-24 11:54:26`` in nanoseconds; None for no real time. Lines have few different ones."""
    known = _SECONDS.get(text)
    if known is not None:
        return known
    begin = _second_of(text)
    return None if begin is None else _keep(_SECONDS, text, begin)


def _second_of(text: str) -> int | None:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    # 60 is a leap second, which belongs to the minute that it ends.
    if hour > 23 or minute > 59 or second > 60:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000


def _piece(
    prefix: Prefix | None,
    pairs: tuple[tuple[str, str], ...],
    keys: tuple[str, ...],
    texts: Sequence[str],
    unclosed: bool,
) -> Piece:
    text = " ".join(" ".join(texts).split()).lstrip(": ")
    if prefix is None:
        return Piece(None, None, None, pairs, text, unclosed, keys)
    when, offset, host, process = prefix
    if process is None and host.endswith(":"):
        return Piece(_utc(when, offset), None, host[:-1], pairs, text, unclosed, keys)
    return Piece(_utc(when, offset), host, process, pairs, text, unclosed, keys)


def _utc(text: str, offset: str | None) -> int | None:
    # A local time whose zone nobody tells is no time.
    local = None if offset is None else moment(text)
    return None if local is None or offset is None else local - _offset(offset)


@lru_cache(maxsize=64)
def _offset(text: str) -> int:
    """``Z`` or ``+05:30`` in nanoseconds."""
    digits = text[1:].replace(":", "") or "0000"
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-minutes if text[0] == "-" else minutes) * 60 * 1_000_000_000
