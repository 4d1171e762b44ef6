"""Every statement about Expressway by its id: the sentence, who says so, and for which releases.

Knows the table ``data/rules.toml``, which says what each key means; must not know what follows from a statement.
Out come ``Statement`` values, in the order of the table.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, get_args

from tlseku._objects import frozen
from tlseku.policy.shipped_table import Row, read_whole, shipped
from tlseku.profiles.expressway.rules.release import Release, read_release

RULES_SCHEMA = "tlseku/expressway-rules/1"

Standing = Literal["stated", "derived", "open"]

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


@functools.cache
def statements() -> Mapping[str, Statement]:
    """All statements that ship, by id."""
    return read_statements(shipped(__package__, "rules.toml"), "rules.toml")


def sentences(ids: Iterable[str]) -> dict[str, str]:
    """The sentence of each id that there is, in the order of the table, each once."""
    wanted = set(ids)
    return {one.id: one.sentence for one in statements().values() if one.id in wanted}


def read_statements(text: str, name: str) -> Mapping[str, Statement]:
    """Read a table; ``name`` is what errors call it. Raises ``TableError`` for anything in another form."""
    whole = read_whole(text, name, RULES_SCHEMA, ("as_of", "source", "rules"))
    as_of, source = whole.day("as_of"), whole.text("source")
    found: dict[str, Statement] = {}
    for row in whole.rows("rules", _KEYS):
        one = _statement(row, source, as_of)
        if one.id in found:
            raise row.error("id", f"{one.id!r} is there already")
        found[one.id] = one
    return found


def _statement(row: Row, source: str, as_of: date) -> Statement:
    return Statement(
        id=row.text("id"),
        sentence=row.text("sentence"),
        standing=row.word("standing", get_args(Standing)),
        first=_release(row, "first"),
        last=_release(row, "last"),
        source=row.text_or_none("source") or source,
        as_of=as_of,
        note=row.text_or_none("note"),
    )


def _release(row: Row, key: str) -> Release | None:
    if not row.has(key):
        return None
    release = read_release(row.text(key))
    if release is None:
        raise row.error(key, "must be a release such as 15.5")
    return release
