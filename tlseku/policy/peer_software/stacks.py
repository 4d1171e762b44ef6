"""The TLS libraries that are told apart by their requests: ``data/stacks.toml`` as values.

Knows the form of that table; must not know flows.
"""

from __future__ import annotations

import functools
from datetime import date
from typing import NamedTuple

from tlseku.policy.peer_software.request_shape import ShapePattern, read_sequence
from tlseku.policy.shipped_table import Row, read_table, shipped

STACKS_SCHEMA = "tlseku/stacks/1"

_KEYS = ("name", "title", "rule_book", "as_of", "shape")
_SHAPE_KEYS = ("types", "extensions", "signature_algorithms", "release", "source")


class StackShape(NamedTuple):
    """One way in which a library asks. ``release`` says which releases do, None where that is not told; ``source`` what
    was run."""

    pattern: ShapePattern
    release: str | None
    source: str


class Stack(NamedTuple):
    """A TLS library. ``rule_book`` is the name of the book that models how it judges, None where there is none."""

    name: str
    title: str
    rule_book: str | None
    as_of: date
    shapes: tuple[StackShape, ...]


@functools.cache
def stacks() -> tuple[Stack, ...]:
    """All of them, in the order of the table."""
    return read_stacks(shipped(__package__, "stacks.toml"), "stacks.toml")


def read_stacks(text: str, file: str) -> tuple[Stack, ...]:
    """The table in ``text``. Raises TableError for anything in another form."""
    return tuple(_stack(row) for row in read_table(text, file, STACKS_SCHEMA, "stack", _KEYS))


def _stack(row: Row) -> Stack:
    return Stack(
        row.text("name"),
        row.text("title"),
        row.text_or_none("rule_book"),
        row.day("as_of"),
        tuple(_shape(each) for each in row.rows("shape", _SHAPE_KEYS)),
    )


def _shape(row: Row) -> StackShape:
    extensions = row.text_or_none("extensions")
    types = row.texts("types")
    if (extensions is None) is not bool(types):
        raise row.error("types", "either these or extensions must be there")
    try:
        pattern = ShapePattern(
            tuple(tuple(int(word) for word in each.split()) for each in types),
            None if extensions is None else read_sequence(extensions, 10),
            read_sequence(row.text("signature_algorithms"), 16),
        )
    except ValueError as error:
        raise row.error("signature_algorithms", str(error)) from None
    return StackShape(pattern, row.text_or_none("release"), row.text("source"))
