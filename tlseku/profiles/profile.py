"""What a profile is: a name, the rule-book by which it judges, its statements by id, and a function over flows.

Knows the form of the tables in ``data``; must not know any product. ``load_profile`` is the way in. Out come
``ProfileFinding`` values, worst first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.resources import files
from typing import Literal, NamedTuple

from tlseku.errors import TableError
from tlseku.flow import Flow
from tlseku.policy.rule_books import RuleBook

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROFILE_SCHEMA = "tlseku/profile/1"

FindingLevel = Literal["wrong", "caution", "open", "fine"]
FINDING_LEVELS: Mapping[FindingLevel, str] = {
    "wrong": "a connection breaks, or will under the rule-book",
    "caution": "works, but somebody should know",
    "open": "the capture or the rule-book does not tell",
    "fine": "as it should be",
}
"""How bad a finding is, worst first, and what each word means."""


class Place(NamedTuple):
    """A frame of a file that a finding rests on, and the number of its flow."""

    file: str
    frame: int
    flow: int


@dataclass(frozen=True, slots=True)
class ProfileFinding:
    """One thing to know about ``who``, a client or server by address. ``rules`` are ids of the profile's statements;
    ``to_do`` is ``None`` where nothing is to be done."""

    level: FindingLevel
    rules: tuple[str, ...]
    who: str
    text: str
    to_do: str | None
    evidence: tuple[Place, ...]


Diagnose = Callable[[Sequence[Flow], RuleBook], Sequence[ProfileFinding]]
"""The function of a profile, called ``diagnose``: flows that the rule-book has judged, and that book. Never raises.
A module whose sentences stand elsewhere has ``statements`` too, which gives them by id."""


@dataclass(frozen=True, slots=True)
class ProductProfile:
    """A profile. ``statements`` are sentences by id, ``rule_book`` the name of the one that judges by default,
    ``source`` who says so."""

    name: str
    title: str
    rule_book: str
    source: str
    statements: Mapping[str, str]
    diagnose: Diagnose

    def run(self, flows: Sequence[Flow], book: RuleBook) -> tuple[ProfileFinding, ...]:
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
    module = import_module(f"tlseku.profiles.{name.replace('-', '_')}")
    profile = read_profile(text, name, module.diagnose)
    more = getattr(module, "statements", None)
    return profile if more is None else replace(profile, statements={**profile.statements, **more()})


def read_profile(text: str, name: str, diagnose: Diagnose) -> ProductProfile:
    """Read the table of a profile. Raises ``TableError`` for anything in another form."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{name}: not TOML: {' '.join(str(error).split())}") from error
    if document.get("schema") != PROFILE_SCHEMA:
        raise TableError(f'{name}: schema must be "{PROFILE_SCHEMA}"')
    unknown = sorted(document.keys() - {"schema", "title", "rule_book", "source", "statements"})
    if unknown:
        raise TableError(f"{name}: unknown key {unknown[0]!r}")
    values: dict[str, str] = {}
    for key in ("title", "rule_book", "source"):
        values[key] = _text(document.get(key), f"{name}: {key}")
    statements = document.get("statements")
    if not isinstance(statements, dict) or not statements:
        raise TableError(f"{name}: [statements] must be there and not be empty")
    sentences = {str(key): _text(value, f"{name}: {key}") for key, value in statements.items()}
    return ProductProfile(name, values["title"], values["rule_book"], values["source"], sentences, diagnose)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TableError(f"{where} must be a text that is not empty")
    return value
