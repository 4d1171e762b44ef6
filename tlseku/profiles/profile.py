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

from tlseku._objects import frozen, short
from tlseku.errors import TableError
from tlseku.flow import Flow
from tlseku.policy.rule_books import RuleBook
from tlseku.policy.toml_text import read_toml
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
    document = read_toml(text, name)
    if document.get("schema") != PROFILE_SCHEMA:
        raise TableError(f'{name}: schema must be "{PROFILE_SCHEMA}"')
    unknown = sorted(
        document.keys() - {"schema", "title", "rule_book", "source", "as_of", "statements", "connection"}
    )
    if unknown:
        raise TableError(f"{name}: unknown key {unknown[0]!r}")
    values: dict[str, str] = {}
    for key in ("title", "rule_book", "source"):
        values[key] = _text(document.get(key), f"{name}: {key}")
    statements = document.get("statements")
    if not isinstance(statements, dict) or not statements:
        raise TableError(f"{name}: [statements] must be there and not be empty")
    sentences = {str(key): _text(value, f"{name}: {key}") for key, value in statements.items()}
    as_of = document.get("as_of")
    if as_of is not None and type(as_of) is not date:
        raise TableError(f"{name}: as_of must be a day")
    rows = document.get("connection", [])
    if not isinstance(rows, list) or (diagnose is None and not rows):
        raise TableError(f"{name}: [[connection]] must be there")
    connections = tuple(
        _connection(row, f"{name}: connection {number}", sentences) for number, row in enumerate(rows, 1)
    )
    return ProductProfile(
        name,
        values["title"],
        values["rule_book"],
        values["source"],
        sentences,
        diagnosing(connections) if diagnose is None else diagnose,
        as_of,
        connections,
    )


_CHECKS: Mapping[str, Checks] = {"yes": "yes", "no": "no", "depends": "depends", "open": "open"}
_CONNECTION_KEYS = {"what", "ports", "names", "checks", "statements", "to_do"}


def _connection(row: object, where: str, sentences: Mapping[str, str]) -> Connection:
    if not isinstance(row, dict):
        raise TableError(f"{where}: is not a table")
    unknown = sorted(row.keys() - _CONNECTION_KEYS)
    if unknown:
        raise TableError(f"{where}: unknown key {unknown[0]!r}")
    ports, names, cited = row.get("ports", []), row.get("names", []), row.get("statements", [])
    if not isinstance(ports, list) or not all(type(port) is int and 0 < port < 65536 for port in ports):
        raise TableError(f"{where}: ports must be port numbers")
    if not isinstance(names, list) or not isinstance(cited, list) or not cited:
        raise TableError(f"{where}: names and statements must be lists, and statements not empty")
    ids = tuple(_text(one, f"{where}: statements") for one in cited)
    missing = [one for one in ids if one not in sentences]
    if missing:
        raise TableError(f"{where}: no statement {missing[0]!r}")
    checks = _CHECKS.get(_text(row.get("checks"), f"{where}: checks"))
    if checks is None:
        raise TableError(f"{where}: checks must be one of {', '.join(_CHECKS)}")
    return Connection(
        _text(row.get("what"), f"{where}: what"),
        frozenset(ports),
        tuple(_text(one, f"{where}: names").casefold() for one in names),
        checks,
        ids,
        _text(row.get("to_do"), f"{where}: to_do"),
    )


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TableError(f"{where} must be a text that is not empty")
    return value
