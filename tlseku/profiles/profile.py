"""What a profile is: a name, the rule-book by which it judges, its statements by id, and a function over flows.

Knows the form of the tables in ``data``; must not know any product. ``load_profile`` is the way in. Out come
``ProfileFinding`` values, worst first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from importlib.resources import files
from typing import get_args

from tlseku._objects import frozen, short
from tlseku.errors import TableError
from tlseku.flow import Flow
from tlseku.policy.rule_books import RuleBook
from tlseku.policy.shipped_table import Row, read_whole
from tlseku.profiles.connections import Checks, Connection, diagnosing
from tlseku.profiles.findings import FINDING_LEVELS, ProfileFinding

PROFILE_SCHEMA = "tlseku/profile/1"

Diagnose = Callable[[Iterable[Flow], RuleBook], Sequence[ProfileFinding]]
"""The function of a profile, called ``diagnose``: flows that the rule-book has judged, in turn, and that book. Never
raises. A module whose sentences stand elsewhere has ``statements`` too, which gives them by id."""


@short
@frozen
class ProductProfile:
    """A profile. ``statements`` are sentences by id, ``rule_book`` the name of the one that judges by default,
    ``source`` who says so, ``as_of`` how old that is. ``connections`` are those of a profile that is data alone."""

    name: str
    title: str
    rule_book: str
    source: str
    statements: Mapping[str, str]
    diagnose: Diagnose
    as_of: date | None = None
    connections: tuple[Connection, ...] = ()

    def run(self, flows: Iterable[Flow], book: RuleBook) -> tuple[ProfileFinding, ...]:
        """The findings of some flows, worst first. ``flows`` must have been judged by ``book``. Never raises."""
        order = list(FINDING_LEVELS)
        return tuple(sorted(self.diagnose(flows, book), key=lambda one: order.index(one.level)))


def profile_names() -> tuple[str, ...]:
    """The names of all profiles that ship, in alphabetical order."""
    tables = (entry.name for entry in files("tlseku.profiles").joinpath("data").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in tables if name.endswith(".toml")))


def load_profile(name: str) -> ProductProfile:
    """Read a profile by its name. Raises ``TableError`` for a name that no profile has and a table in another form."""
    if name not in profile_names():
        raise TableError(f"no profile {name!r}; there are {', '.join(profile_names())}")
    text = files("tlseku.profiles").joinpath("data").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    if name not in _WITH_CODE:
        return read_profile(text, name)
    module = import_module(f"tlseku.profiles.{name.replace('-', '_')}")
    profile = read_profile(text, name, module.diagnose)
    more = getattr(module, "statements", None)
    return profile if more is None else replace(profile, statements={**profile.statements, **more()})


_WITH_CODE = ("cisco-expressway", "generic-mtls-server")
"""Profiles with a module of their own; the others are data alone."""


def read_profile(text: str, name: str, diagnose: Diagnose | None = None) -> ProductProfile:
    """Read the table of a profile; without ``diagnose`` its connections are what is looked for. Raises ``TableError``
    for anything in another form."""
    whole = read_whole(
        text, name, PROFILE_SCHEMA, ("title", "rule_book", "source", "as_of", "statements", "connection")
    )
    statements = whole.sentences("statements")
    listed = diagnose is None or whole.has("connection")
    rows = whole.rows("connection", _CONNECTION_KEYS) if listed else ()
    connections = tuple(_connection(row, statements) for row in rows)
    return ProductProfile(
        name,
        whole.text("title"),
        whole.text("rule_book"),
        whole.text("source"),
        statements,
        diagnosing(connections) if diagnose is None else diagnose,
        whole.day("as_of") if whole.has("as_of") else None,
        connections,
    )


_CONNECTION_KEYS = ("what", "ports", "names", "checks", "statements", "to_do")


def _connection(row: Row, sentences: Mapping[str, str]) -> Connection:
    ids = row.texts("statements")
    if not ids or not sentences.keys() >= set(ids):
        raise row.error("statements", "must name statements of this profile")
    return Connection(
        row.text("what"),
        frozenset(row.numbers("ports", 65535)),
        tuple(name.casefold() for name in row.texts("names")),
        row.word("checks", get_args(Checks)),
        ids,
        row.text("to_do"),
    )
