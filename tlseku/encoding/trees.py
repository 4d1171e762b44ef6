"""Nouns as trees of plain values: numbers, texts, bytes and tuples, which every encoding knows, and back.

Knows the nouns by their fields, in order; must not know which of them flows share. A tuple that stands for anything
begins with a number that says for what, so that nothing in a tree can name a class or a function: a tree from elsewhere
makes nouns, and nothing else. Fields that a noun gets later stand behind the others and have a value of their own in
the class, so that older trees can be read; any other change of a noun changes ``SCHEMA``.
"""

from __future__ import annotations

import json
import marshal
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Final, Union, cast

from tlseku.carriers.outer import Outer
from tlseku.errors import TlsekuError
from tlseku.flow import Alert, Defect, Endpoint, Flow, Hidden, Hint, Message, Presented, Request
from tlseku.handshake.conclusion import AlertOfKind, HintOfKind
from tlseku.policy.finding import Finding
from tlseku.policy.known_issuers import KnownIssuer
from tlseku.policy.offer import Offer
from tlseku.policy.peer_software.request_shape import PeerEvidence, RequestShape
from tlseku.policy.request_match import Match
from tlseku.x509.certificate import Certificate

SCHEMA: Final = 2
"""Of the trees; a test holds it against the fields of all nouns."""

Tree = Union[None, bool, int, float, str, bytes, "tuple[Tree, ...]", "list[Tree]"]

Part = Callable[[object], int | None]
"""Takes what many flows share out of a tree: the number to put there, None for what stays."""

_MARSHALLED: Final = 2
"""The version of the format, which every Python reads; later ones look for what occurs twice, which takes longer."""

_TUPLE: Final = 0
_MAPPING: Final = 1
_PART: Final = 2
_FIRST: Final = 10

NOUNS: tuple[type, ...] = (
    Flow,
    Endpoint,
    Presented,
    Certificate,
    KnownIssuer,
    Finding,
    Request,
    Match,
    Message,
    Alert,
    Hidden,
    Defect,
    Hint,
    Offer,
    Outer,
    PeerEvidence,
    RequestShape,
    AlertOfKind,
    HintOfKind,
)
"""In this order for ever: the number of a noun is its place."""


def names_of_fields(noun: type) -> tuple[str, ...]:
    """The fields of a noun in their order."""
    if issubclass(noun, tuple):
        return cast("tuple[str, ...]", noun._fields)  # type: ignore[attr-defined]
    return tuple(each.name for each in fields(noun))  # type: ignore[arg-type]


_NUMBERS: Final = {noun: place + _FIRST for place, noun in enumerate(NOUNS)}
_VALUES: Final = {noun: attrgetter(*names_of_fields(noun)) for noun in NOUNS if not issubclass(noun, tuple)}
_CONTAINERS: Final = frozenset({tuple, list})
_PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes})


class UnknownTree(TlsekuError):
    """A tree stands for nothing that this version knows. ``str()`` says so."""

    def __init__(self, what: object) -> None:
        super().__init__(f"this was written by another version of tlseku, or is damaged: {what!r:.60}")


def tree_of(value: object, part: Part) -> Tree:
    """The tree of a noun, or of what stands in its fields; ``part`` is asked about certificates, mappings and offers.

    Raises TypeError for anything else.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value  # type: ignore[return-value]
    if kind is tuple:
        return (_TUPLE, *[tree_of(each, part) for each in value])  # type: ignore[attr-defined]
    number = _NUMBERS.get(kind)
    if kind is Certificate or kind is Offer or number is None:
        shared = part(value)
        if shared is not None:
            return _PART, shared
    if number is None:
        return _other(value, part)
    values = value if kind not in _VALUES else _VALUES[kind](value)
    return (number, *[each if type(each) in _PLAIN else tree_of(each, part) for each in values])  # type: ignore[attr-defined]


def tree_with(noun: object, place: int, tree: Tree, part: Part) -> Tree:
    """The tree of a noun with another tree for the field at a ``place`` (``names_of_fields``). Raises TypeError as
    ``tree_of`` does."""
    kind = type(noun)
    values: list[object] = [*_VALUES[kind](noun)]
    values[place] = None
    found = [each if type(each) in _PLAIN else tree_of(each, part) for each in values]
    found[place] = tree
    return (_NUMBERS[kind], *found)  # type: ignore[arg-type]


def tree_of_part_number(number: int) -> Tree:
    """What stands in a tree for a part: ``from_tree`` asks for the number."""
    return _PART, number


def _other(value: object, part: Part) -> Tree:
    if isinstance(value, Mapping):
        found: list[Tree] = [_MAPPING]
        for key, each in value.items():
            found += (tree_of(key, part), tree_of(each, part))
        return tuple(found)
    if isinstance(value, (list, tuple)):
        return (_TUPLE, *[tree_of(each, part) for each in value])
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"a {type(value).__name__} is no part of a flow")


def from_tree(tree: Tree, part: Callable[[int], object]) -> object:
    """What a tree was made of; ``part`` gives what was taken out. Raises UnknownTree for what is none."""
    if type(tree) not in _CONTAINERS:
        return tree
    assert isinstance(tree, tuple | list)
    if not tree:
        raise UnknownTree(tree)
    number = tree[0]
    if number == _TUPLE:
        return tuple([from_tree(each, part) for each in tree[1:]])
    if number == _PART and len(tree) == 2 and isinstance(tree[1], int):
        return part(tree[1])
    if number == _MAPPING:
        values = [from_tree(each, part) for each in tree[1:]]
        if len(values) % 2:
            raise UnknownTree(tree)
        return dict(zip(values[::2], values[1::2], strict=True))
    if not isinstance(number, int) or not 0 <= number - _FIRST < len(NOUNS):
        raise UnknownTree(tree)
    values = [from_tree(each, part) if type(each) in _CONTAINERS else each for each in tree[1:]]
    try:
        return NOUNS[number - _FIRST](*values)
    except TypeError:
        raise UnknownTree(tree) from None


def to_bytes(tree: Tree) -> bytes:
    """The tree as ``marshal`` writes it, which is the quickest way to another process of the same Python."""
    return marshal.dumps(tree, _MARSHALLED)


def from_bytes(data: bytes) -> Tree:
    """The tree that ``to_bytes`` wrote. Raises EOFError, TypeError or ValueError for anything else."""
    tree: Tree = marshal.loads(data)
    return tree


def to_json(tree: Tree) -> str:
    """The tree as JSON; bytes are objects with one key."""
    return json.dumps(tree, separators=(",", ":"), default=_bytes_to_json)


def from_json(text: str | bytes) -> Tree:
    """The tree that ``to_json`` wrote, with lists for tuples. Raises UnknownTree for anything else."""
    try:
        return cast(Tree, json.loads(text, object_hook=_bytes_from_json))
    except (TypeError, ValueError, RecursionError):
        raise UnknownTree(text) from None


def _bytes_to_json(value: object) -> dict[str, str]:
    if not isinstance(value, bytes):
        raise TypeError(f"a {type(value).__name__} is no part of a tree")
    return {"b": b64encode(value).decode("ascii")}


def _bytes_from_json(value: dict[str, str]) -> bytes:
    if list(value) != ["b"]:
        raise ValueError(value)
    return b64decode(value["b"], validate=True)
