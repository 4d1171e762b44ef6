"""Every statement about Expressway by its id: the sentence, who says so, and for which releases.

Knows the table ``data/rules.toml``, which says what each key means; must not know what follows from a statement.
Out come ``Statement`` values, in the order of the table.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from typing import Literal

from tlseku._objects import frozen
from tlseku.errors import TableError
from tlseku.policy.toml_text import read_toml
from tlseku.profiles.expressway.rules.release import Release, read_release

RULES_SCHEMA = "tlseku/expressway-rules/1"

Standing = Literal["stated", "derived", "open"]

_STANDINGS: Mapping[str, Standing] = {"stated": "stated", "derived": "derived", "open": "open"}
_KEYS = {"id", "sentence", "standing", "first", "last", "source", "note"}


@frozen
class Statement:
    """One statement. ``first`` and ``last`` are the releases that it is about (``None``: from the beginning, up to
    now; only major and minor count), ``standing`` whether the vendor says so, it follows, or nobody says."""

    id: str
    sentence: str
    standing: Standing
    first: Release | None
    last: Release | None
    source: str
    as_of: date
    note: str | None = None

    def is_about(self, release: Release) -> bool:
        """Whether the statement is about this release."""
        if self.first is not None and release[:2] < self.first[:2]:
            return False
        return self.last is None or release[:2] <= self.last[:2]


@functools.cache
def statements() -> Mapping[str, Statement]:
    """All statements that ship, by id."""
    table = files("tlseku.profiles.expressway.rules").joinpath("data").joinpath("rules.toml")
    return read_statements(table.read_text(encoding="utf-8"), "rules.toml")


def sentences(ids: Iterable[str]) -> dict[str, str]:
    """The sentence of each id that there is, in the order of the table, each once."""
    wanted = set(ids)
    return {one.id: one.sentence for one in statements().values() if one.id in wanted}


def read_statements(text: str, name: str) -> Mapping[str, Statement]:
    """Read a table; ``name`` is what errors call it. Raises ``TableError`` for anything in another form."""
    document = read_toml(text, name)
    as_of, source, rules = document.get("as_of"), document.get("source"), document.get("rules")
    if document.get("schema") != RULES_SCHEMA:
        raise TableError(f'{name}: schema must be "{RULES_SCHEMA}"')
    if type(as_of) is not date or not isinstance(source, str) or not isinstance(rules, list):
        raise TableError(f"{name}: as_of, source and [[rules]] must be there")
    found: dict[str, Statement] = {}
    for number, values in enumerate(rules, 1):
        one = _statement(values, f"{name}: rule {number}", source, as_of)
        if one.id in found:
            raise TableError(f"{name}: rule {number}: id {one.id!r} is there already")
        found[one.id] = one
    return found


def _statement(values: object, where: str, source: str, as_of: date) -> Statement:
    if not isinstance(values, dict):
        raise TableError(f"{where}: is not a table")
    texts: dict[str, str] = {}
    for key, value in values.items():
        if key not in _KEYS:
            raise TableError(f"{where}: unknown key {key!r}")
        if not isinstance(value, str) or not value.strip():
            raise TableError(f"{where}: {key} must be a text that is not empty")
        texts[key] = value
    for key in ("id", "sentence", "standing"):
        if key not in texts:
            raise TableError(f"{where}: {key} is missing")
    if texts["standing"] not in _STANDINGS:
        raise TableError(f"{where}: standing must be one of {', '.join(_STANDINGS)}")
    return Statement(
        id=texts["id"],
        sentence=texts["sentence"],
        standing=_STANDINGS[texts["standing"]],
        first=_release(texts, "first", where),
        last=_release(texts, "last", where),
        source=texts.get("source", source),
        as_of=as_of,
        note=texts.get("note"),
    )


def _release(texts: Mapping[str, str], key: str, where: str) -> Release | None:
    if key not in texts:
        return None
    release = read_release(texts[key])
    if release is None:
        raise TableError(f"{where}: {key} must be a release such as 15.5")
    return release
