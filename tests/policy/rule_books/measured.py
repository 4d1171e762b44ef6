"""The measured cells: what real software did with a chain, retyped in ``measured_cells.tsv`` with its source.

Knows the format of the table, a line a cell, parted by tabs; must not know what any rule-book says. ``book`` is the
rule-book that models the software, with its release where that is a release of the library.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

from tests.verifiers.answer import Role

TABLE = Path(__file__).with_name("measured_cells.tsv")


class Cell(NamedTuple):
    """One line: ``software`` answered ``outcome`` to the ``chain`` of ``tests.verifiers.cases`` in a ``role``."""

    book: str
    role: Role
    chain: str
    outcome: str
    software: str
    source: str

    @property
    def name(self) -> str:
        """The name of the rule-book, without a release."""
        return self.book.partition("@")[0]


@functools.cache
def measured_cells() -> tuple[Cell, ...]:
    """Every cell, in the order of the table. Raises ValueError for a line that is none."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return tuple(_cell(line) for line in lines if not line.startswith("#"))


def _cell(line: str) -> Cell:
    book, role, chain, outcome, software, source = line.split("\t")
    if role not in ("client", "server") or outcome not in ("accept", "refuse"):
        raise ValueError(line)
    return Cell(book, "client" if role == "client" else "server", chain, outcome, software, source)
