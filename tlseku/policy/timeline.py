"""When public CAs stop putting clientAuth into certificates: a table of statements, each with source and date.

Knows the format of the table (``data/timeline.toml`` says what each key means); must not know certificates, files
of users or what day it is. Out comes a ``Timeline`` whose entries refer to each other correctly. Nothing here is a
date in code: whoever knows better brings another table.

Limits: a table has at most ``LARGEST_TABLE`` characters; the shipped one has a few thousand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Literal, TypeVar, get_args

from tlseku._objects import frozen, short
from tlseku.errors import TableError
from tlseku.policy.toml_text import read_toml

TIMELINE_SCHEMA = "tlseku/timeline/1"
SHIPPED = "the table that ships with tlseku"

LARGEST_TABLE = 250_000
"""Characters of a table; more is not a timeline."""

LARGEST_FILE = 4 * LARGEST_TABLE
"""Bytes of a file: a character of UTF-8 has four at most."""

Kind = Literal["root program", "ca", "hierarchy", "vendor statement", "rule"]
Effect = Literal[
    "default off", "ended", "ca only", "not affected", "keeps clientAuth", "client only", "server only"
]
AppliesTo = Literal["public", "private"]
Precision = Literal["day", "week", "month"]

_T = TypeVar("_T")


@short
@frozen
class Entry:
    """One statement. ``data/timeline.toml`` says what the fields mean.

    ``start`` is the first day (key ``from``), ``None`` where the statement has no date; with ``precision``
    ``month`` or ``week`` it is the first day that the source may mean. ``authorities`` are the common names of the CAs
    of a hierarchy. ``superseded_by`` and ``conflicts_with`` are ids of the same table.
    """

    id: str
    who: str
    kind: Kind
    applies_to: AppliesTo
    effect: Effect
    what: str
    source: str
    as_of: date
    start: date | None = None
    precision: Precision = "day"
    organisations: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    superseded_by: str | None = None
    conflicts_with: tuple[str, ...] = ()


@short
@frozen
class LongestValidity:
    """The most ``days`` that public certificates for TLS servers issued from ``start`` on may be valid."""

    start: date
    days: int
    source: str
    as_of: date


@short
@frozen
class Timeline:
    """A whole table: ``name`` (a file's, or that it ships), ``as_of`` (the day it describes), ``entries`` by id, in
    the order of the table, and the longest validities, earliest first."""

    name: str
    as_of: date
    entries: Mapping[str, Entry]
    validities: tuple[LongestValidity, ...] = ()

    def longest_validity(self, issued: date) -> LongestValidity | None:
        """The longest validity of a certificate issued on a day; ``None`` where the table does not say."""
        return next((one for one in reversed(self.validities) if one.start <= issued), None)


def shipped_timeline() -> Timeline:
    """The table in the package."""
    table = files("tlseku.policy").joinpath("data").joinpath("timeline.toml")
    return read_timeline(table.read_text(encoding="utf-8"), SHIPPED)


def load_timeline(file: str | os.PathLike[str] | None = None) -> Timeline:
    """Read a table of dates from a file in the form of the one that ships (TOML, ``tlseku/timeline/1``); without
    ``file`` the one that ships.

    Raises TableError, which names the file, for one that does not open or is no such table.
    """
    if file is None:
        return shipped_timeline()
    name = os.fspath(file)
    try:
        with open(name, "rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise TableError(f"{name}: cannot open it: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > LARGEST_FILE:
        raise TableError(f"{name}: more than {LARGEST_FILE:,} bytes")
    try:
        return read_timeline(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise TableError(f"{name}: not UTF-8 at byte {error.start}") from error


def read_timeline(text: str, name: str) -> Timeline:
    """Read a table; ``name`` is what errors and reports call it.

    Raises ``TableError`` for anything that is not TOML in this form: a missing or unknown key, a value of another
    type, an id twice, or a reference to an id that is not there.
    """
    if len(text) > LARGEST_TABLE:
        raise TableError(f"{name}: more than {LARGEST_TABLE:,} characters")
    document = read_toml(text, name)
    table = _Table(document, name)
    if table.required("schema", str) != TIMELINE_SCHEMA:
        raise TableError(f'{name}: schema must be "{TIMELINE_SCHEMA}"')
    as_of = table.day("as_of")
    entries: dict[str, Entry] = {}
    for number, one in enumerate(table.required("entry", list), 1):
        if not isinstance(one, dict):
            raise TableError(f"{name}: entry {number} is not a table")
        entry = _entry(_Table(one, f"{name}: entry {number}"))
        if entry.id in entries:
            raise TableError(f"{name}: entry {number}: id {entry.id!r} is there already")
        entries[entry.id] = entry
    validities = _validities(table, name)
    table.nothing_left()
    _check_references(entries, name)
    return Timeline(name, as_of, entries, validities)


def _validities(table: _Table, name: str) -> tuple[LongestValidity, ...]:
    found = []
    for number, one in enumerate(table.required("validity", list) if table.has("validity") else (), 1):
        if not isinstance(one, dict):
            raise TableError(f"{name}: validity {number} is not a table")
        row = _Table(one, f"{name}: validity {number}")
        days = row.required("days", int)
        if isinstance(days, bool) or not 0 < days < 10_000:
            raise TableError(f"{name}: validity {number}: days is not a number of days")
        found.append(LongestValidity(row.day("from"), days, row.text("source"), row.day("as_of")))
        row.nothing_left()
    return tuple(sorted(found, key=lambda each: each.start))


def _entry(table: _Table) -> Entry:
    kind: Kind = table.word("kind", get_args(Kind))
    entry = Entry(
        id=table.text("id"),
        who=table.text("who"),
        kind=kind,
        applies_to=table.word("applies_to", get_args(AppliesTo)),
        effect=table.word("effect", get_args(Effect)),
        what=table.text("what"),
        source=table.text("source"),
        as_of=table.day("as_of"),
        start=table.day("from") if table.has("from") or kind not in ("rule", "hierarchy") else None,
        precision=table.word("precision", get_args(Precision)) if table.has("precision") else "day",
        organisations=table.texts("organisations") if table.has("organisations") or kind == "ca" else (),
        authorities=table.texts("authorities") if table.has("authorities") or kind == "hierarchy" else (),
        superseded_by=table.text("superseded_by") if table.has("superseded_by") else None,
        conflicts_with=table.texts("conflicts_with") if table.has("conflicts_with") else (),
    )
    table.nothing_left()
    return entry


def _check_references(entries: Mapping[str, Entry], name: str) -> None:
    for entry in entries.values():
        named = [*entry.conflicts_with, *([] if entry.superseded_by is None else [entry.superseded_by])]
        for other in named:
            if other not in entries or other == entry.id:
                raise TableError(f"{name}: {entry.id!r} refers to {other!r}, which is no other entry")
        for other in entry.conflicts_with:
            if entry.id not in entries[other].conflicts_with:
                raise TableError(
                    f"{name}: {entry.id!r} conflicts with {other!r}, but not the other way round"
                )


class _Table:
    """A TOML table that is read key by key, so that a key nobody asked for is noticed."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._left = dict(values)
        self._where = where

    def has(self, key: str) -> bool:
        return key in self._left

    def required(self, key: str, kind: type[_T]) -> _T:
        if key not in self._left:
            raise TableError(f"{self._where}: {key} is missing")
        value = self._left.pop(key)
        if not isinstance(value, kind):
            raise TableError(f"{self._where}: {key} is not a {_TYPE_NAMES[kind]}")
        return value

    def text(self, key: str) -> str:
        text = self.required(key, str)
        if not text.strip():
            raise TableError(f"{self._where}: {key} is empty")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.required(key, list)
        if not values or not all(isinstance(value, str) and value.strip() for value in values):
            raise TableError(f"{self._where}: {key} is not a list of texts")
        return tuple(values)

    def word(self, key: str, words: tuple[_T, ...]) -> _T:
        text = self.text(key)
        for word in words:
            if word == text:
                return word
        raise TableError(f"{self._where}: {key} {text!r} is not one of {', '.join(map(str, words))}")

    def day(self, key: str) -> date:
        value = self.required(key, date)
        if isinstance(value, datetime):
            raise TableError(f"{self._where}: {key} is not a date without a time")
        return value

    def nothing_left(self) -> None:
        if self._left:
            raise TableError(f"{self._where}: unknown key {sorted(self._left)[0]!r}")


_TYPE_NAMES: Mapping[type, str] = {
    str: "text",
    int: "number",
    list: "list",
    date: "date, written as 2027-03-15",
}
