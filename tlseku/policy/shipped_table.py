"""The TOML tables that ship with the package as rows of plain values.

Knows TOML and how a row is checked; must not know what any table is about. A table ships with the package, so that what
is wrong with one is a mistake of whoever changed it: ``TableError`` says where.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import TypeVar

from tlseku.errors import TableError
from tlseku.policy.toml_text import read_toml

_T = TypeVar("_T")


class Row:
    """One ``[[table]]`` of a file: ``where`` is what errors call it. Keys that nobody asked for are mistakes."""

    def __init__(self, values: object, where: str, keys: Collection[str]) -> None:
        if not isinstance(values, dict):
            raise TableError(f"{where}: is not a table")
        unknown = sorted(values.keys() - set(keys))
        if unknown:
            raise TableError(f"{where}: unknown key {unknown[0]!r}")
        self._values: Mapping[str, object] = values
        self.where = where

    def error(self, key: str, problem: str) -> TableError:
        """An error about a key of this row."""
        return TableError(f"{self.where}: {key}: {problem}")

    def text(self, key: str) -> str:
        """A text that must be there, on one line. Raises TableError."""
        value = self._values.get(key)
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            raise self.error(key, "must be one line of text")
        return value

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def word(self, key: str, words: Collection[_T]) -> _T:
        """One of ``words``. Raises TableError."""
        said = self.text(key)
        for word in words:
            if word == said:
                return word
        raise self.error(key, f"must be one of {', '.join(map(str, words))}")

    def text_or_none(self, key: str) -> str | None:
        """The same where it may be absent. Raises TableError."""
        return self.text(key) if key in self._values else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, ``()`` where it is absent. Raises TableError."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.error(key, "must be a list of texts")
        return tuple(value)

    def day(self, key: str) -> date:
        """A day that must be there. Raises TableError."""
        value = self._values.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, "must be a day")
        return value

    def numbers(self, key: str, most: int) -> tuple[int, ...]:
        """A list of whole numbers from 1 to ``most``, ``()`` where it is absent. Raises TableError."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(type(each) is int and 0 < each <= most for each in value):
            raise self.error(key, f"must be a list of numbers from 1 to {most}")
        return tuple(value)

    def sentences(self, key: str) -> Mapping[str, str]:
        """A table of texts by their names, at least one. Raises TableError."""
        values = self._values.get(key)
        if not isinstance(values, dict) or not values:
            raise self.error(key, "must be a table of texts")
        row = Row(values, f"{self.where}: {key}", values)
        return {name: row.text(name) for name in values}

    def rows(self, key: str, keys: Collection[str]) -> Iterator[Row]:
        """The tables below it, at least one. Raises TableError."""
        listed = self._values.get(key)
        if not isinstance(listed, list) or not listed:
            raise self.error(key, "must be one table at least")
        for number, values in enumerate(listed, 1):
            yield Row(values, f"{self.where}: {key} {number}", keys)


def read_whole(text: str, file: str, schema: str, keys: Collection[str]) -> Row:
    """A file as one row with these keys beside ``schema``. Raises TableError for what is no TOML or another schema."""
    whole = Row(read_toml(text, file), file, ("schema", *keys))
    if whole.text("schema") != schema:
        raise whole.error("schema", f'must be "{schema}"')
    return whole


def read_table(text: str, file: str, schema: str, key: str, keys: Collection[str]) -> Iterator[Row]:
    """The rows ``[[key]]`` of a file with this ``schema``. Raises TableError for anything in another form."""
    yield from read_whole(text, file, schema, (key,)).rows(key, keys)


def shipped(package: str, file: str) -> str:
    """The text of a table that ships in the folder ``data`` of a package. Raises TableError where the installation
    lacks it."""
    # importlib.resources would do as well, and takes long to import.
    data = pkgutil.get_data(package, f"data/{file}")
    if data is None:
        raise TableError(f"{file}: this installation lacks its data")
    return data.decode("utf-8")
