"""The tables of this folder as rows of plain values.

Knows TOML and how a row is checked; must not know what any table is about. A table ships with the package, so that what
is wrong with one is a mistake of whoever changed it: ``TableError`` says where.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from tlseku.errors import TableError
from tlseku.policy.toml_text import read_toml


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

    def rows(self, key: str, keys: Collection[str]) -> Iterator[Row]:
        """The tables below it, at least one. Raises TableError."""
        listed = self._values.get(key)
        if not isinstance(listed, list) or not listed:
            raise self.error(key, "must be one table at least")
        for number, values in enumerate(listed, 1):
            yield Row(values, f"{self.where}: {key} {number}", keys)


def read_table(text: str, file: str, schema: str, key: str, keys: Collection[str]) -> Iterator[Row]:
    """The rows ``[[key]]`` of a file with this ``schema``. Raises TableError for anything in another form."""
    document = read_toml(text, file)
    whole = Row(document, file, ("schema", key))
    if whole.text("schema") != schema:
        raise whole.error("schema", f'must be "{schema}"')
    yield from whole.rows(key, keys)


def shipped(file: str) -> str:
    """The text of a table that ships. Raises TableError where the installation lacks it."""
    # importlib.resources would do as well, and takes long to import.
    data = pkgutil.get_data("tlseku.policy.peer_software", f"data/{file}")
    if data is None:
        raise TableError(f"{file}: this installation lacks its data")
    return data.decode("utf-8")
