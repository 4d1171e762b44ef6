"""The vocabulary of conditions under which a rule holds.

Knows what may stand in the ``when`` of a rule, how its value is read and when it holds; must not know TOML or any
book. Every condition of a rule must hold. Conditions on ``issuer`` are about one CA at a time, the lowest first that
meets all of them; conditions on ``anchor`` about the self-issued certificate at the top, if it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tlseku._objects import frozen
from tlseku.policy.rule_books.algorithms import ALGORITHM_WORDS, signed_with
from tlseku.policy.rule_books.asked import EKU_WORDS, UNREADABLE, Above, Asked
from tlseku.x509.certificate import Certificate
from tlseku.x509.criticality import SUBJECT_ALT_NAME, is_critical
from tlseku.x509.extension_value import KEY_USAGE_BITS
from tlseku.x509.name_comparison import EMPTY_NAME
from tlseku.x509.serial_encoding import SERIAL_WORDS

_DAY_NS = 86_400 * 10**9
_EPOCH = date(1970, 1, 1)

KEYS = tuple(ALGORITHM_WORDS)
"""The key types of ``x509.certificate.Certificate.key_type``."""

Words = frozenset[str]
Value = Words | bool | int


LeafTest = Callable[[Asked], bool]
AboveTest = Callable[[Above], bool]


class Condition(NamedTuple):
    """One word of the vocabulary: what it ``means``, the ``words`` its value may list (``()``: true or false,
    ``None``: a date), and how a test is made of a value that was read: of what is asked (``of_leaf``) or of one
    certificate above the leaf (``of_above``). Tests are made once a rule, so that judging only calls them."""

    means: str
    words: tuple[str, ...] | None
    of_leaf: Callable[[Value], LeafTest] | None = None
    of_above: Callable[[Value], AboveTest] | None = None

    def read(self, value: object) -> Value:
        """The value as ``holds`` takes it. Raises ValueError, whose text says what the value must be."""
        if self.words is None:
            if not isinstance(value, date) or isinstance(value, datetime):
                raise ValueError("must be a date, written as 2027-03-15")
            return (value - _EPOCH).days * _DAY_NS
        if self.words == ():
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
            return value
        listed = value if isinstance(value, list) else [value]
        for word in listed:
            if word not in self.words:
                raise ValueError(f"{word!r} is not one of {', '.join(self.words)}")
        if not listed:
            raise ValueError("lists no word")
        return frozenset(listed)

    def written(self, value: Value) -> str | bool | list[str]:
        """The value as a book writes it: words in the order of the vocabulary, dates as 2027-03-15."""
        if isinstance(value, frozenset):
            return [word for word in self.words or () if word in value]
        if isinstance(value, bool):
            return value
        return (_EPOCH + timedelta(days=value // _DAY_NS)).isoformat()


def _of_leaf(means: str, words: tuple[str, ...], make: Callable[[Words], LeafTest]) -> Condition:
    return Condition(means, words, of_leaf=lambda value: make(_listed(value)))


def _of_above(means: str, words: tuple[str, ...], make: Callable[[Words], AboveTest]) -> Condition:
    return Condition(means, words, of_above=lambda value: make(_listed(value)))


def _flag(means: str, make: Callable[[bool], LeafTest]) -> Condition:
    return Condition(means, (), of_leaf=lambda value: make(value is True))


def _day(means: str, make: Callable[[int], LeafTest]) -> Condition:
    return Condition(means, None, of_leaf=lambda value: make(value if isinstance(value, int) else 0))


def _listed(value: Value) -> Words:
    return value if isinstance(value, frozenset) else frozenset()


def _begins_from(day: int) -> LeafTest:
    def test(asked: Asked) -> bool:
        begins = asked.leaf.not_before
        return begins is not None and begins >= day

    return test


def _begins_before(day: int) -> LeafTest:
    def test(asked: Asked) -> bool:
        begins = asked.leaf.not_before
        return begins is not None and begins < day

    return test


def _issued_by(listed: Words) -> LeafTest:
    def test(asked: Asked) -> bool:
        public = asked.leaf.public_issuer
        if public is None:
            # Nobody else issued it, so no public CA did.
            public = False if asked.leaf.self_issued else None
        return {True: "public", False: "private", None: "unknown"}[public] in listed

    return test


def _san_not_critical(leaf: Certificate) -> bool:
    """RFC 5280 section 4.2.1.6: without a subject, the alternative names are the only ones, and must be critical."""
    return leaf.subject_der == EMPTY_NAME and is_critical(leaf.der, SUBJECT_ALT_NAME) is False


def _leaf_eku_without(listed: Words) -> LeafTest:
    # What an EKU that cannot be read is without nobody knows.
    never = listed | {UNREADABLE}
    return lambda asked: never.isdisjoint(asked.leaf_eku)


def _above_eku(listed: Words) -> AboveTest:
    return lambda above: not listed.isdisjoint(above.eku)


def _above_eku_without(listed: Words) -> AboveTest:
    never = listed | {UNREADABLE}
    return lambda above: never.isdisjoint(above.eku)


_EKU = tuple(EKU_WORDS)
_SERIAL = tuple(SERIAL_WORDS)
_ALGORITHMS = tuple(ALGORITHM_WORDS)
CONDITIONS: Mapping[str, Condition] = {
    "role": _of_leaf(
        "the role in which the chain is presented",
        ("client", "server"),
        lambda listed: lambda asked: asked.role in listed,
    ),
    "mode": _of_leaf(
        "the checking mode of the Expressway that judges",
        ("on", "off", "unknown"),
        lambda listed: lambda asked: asked.context.mode in listed,
    ),
    "leaf_eku": _of_leaf(
        "one of these words holds for the leaf's EKU",
        _EKU,
        lambda listed: lambda asked: not listed.isdisjoint(asked.leaf_eku),
    ),
    "leaf_eku_without": _of_leaf(
        "none of these words holds for the leaf's EKU",
        _EKU,
        _leaf_eku_without,
    ),
    "leaf_serial": _of_leaf(
        "one of these words holds for the leaf's serial number",
        _SERIAL,
        lambda listed: lambda asked: not listed.isdisjoint(asked.leaf_serial),
    ),
    "leaf_serial_padded": _flag(
        "the leaf's serial number has an octet that it does not need",
        lambda wanted: lambda asked: ("padded" in asked.leaf_serial) is wanted,
    ),
    "leaf_uses": _of_leaf(
        "the leaf's key or the signature on it is of one of these kinds",
        _ALGORITHMS,
        lambda listed: lambda asked: not listed.isdisjoint(asked.leaf_uses),
    ),
    "leaf_signed": _of_leaf(
        "the signature on the leaf is of one of these kinds",
        _ALGORITHMS,
        lambda listed: lambda asked: signed_with(asked.leaf.signature_algorithm) in listed,
    ),
    "leaf_san_not_critical": _flag(
        "the leaf has no subject and alternative names that are not critical",
        lambda wanted: lambda asked: _san_not_critical(asked.leaf) is wanted,
    ),
    "leaf_eku_twice": _flag(
        "the leaf has more than one EKU extension",
        lambda wanted: lambda asked: asked.leaf.eku_duplicate is wanted,
    ),
    "leaf_eku_critical": _flag(
        "the leaf's EKU is marked critical",
        lambda wanted: lambda asked: (asked.leaf.eku_critical is True) is wanted,
    ),
    "issuer_eku": _of_above("one of these words holds for a CA's EKU", _EKU, _above_eku),
    "issuer_eku_without": _of_above("none of these words holds for a CA's EKU", _EKU, _above_eku_without),
    "issuer_serial": _of_above(
        "one of these words holds for a CA's serial number",
        _SERIAL,
        lambda listed: lambda above: not listed.isdisjoint(above.serial),
    ),
    "issuer_uses": _of_above(
        "a CA's key or the signature on it is of one of these kinds",
        _ALGORITHMS,
        lambda listed: lambda above: not listed.isdisjoint(above.uses),
    ),
    "anchor_eku": _of_above("one of these words holds for the EKU of the root", _EKU, _above_eku),
    "anchor_eku_without": _of_above(
        "none of these words holds for the EKU of the root", _EKU, _above_eku_without
    ),
    "leaf_key_usage": _of_leaf(
        "the leaf's keyUsage has one of these bits",
        KEY_USAGE_BITS,
        lambda listed: lambda asked: not listed.isdisjoint(asked.leaf.key_usage or ()),
    ),
    "leaf_key_usage_without": _of_leaf(
        "the leaf has a keyUsage, with none of these bits",
        KEY_USAGE_BITS,
        lambda listed: (
            lambda asked: asked.leaf.key_usage is not None and listed.isdisjoint(asked.leaf.key_usage)
        ),
    ),
    "leaf_key": _of_leaf(
        "the type of the leaf's key", KEYS, lambda listed: lambda asked: asked.leaf.key_type in listed
    ),
    "leaf_version": _of_leaf(
        "the version of the leaf as people count",
        ("1", "2", "3"),
        lambda listed: lambda asked: str(asked.leaf.version) in listed,
    ),
    "leaf_is_ca": _flag(
        "basicConstraints of the leaf says that it is a CA",
        lambda wanted: lambda asked: (asked.leaf.basic_ca is True) is wanted,
    ),
    "leaf_self_issued": _flag(
        "the leaf is its own issuer",
        lambda wanted: lambda asked: asked.leaf.self_issued is wanted,
    ),
    "leaf_issued_from": _day("the leaf's notBefore is on this day or later", _begins_from),
    "leaf_issued_before": _day("the leaf's notBefore is before this day", _begins_before),
    "leaf_issuer": _of_leaf("who issued the leaf", ("public", "private", "unknown"), _issued_by),
}
"""Every condition, by the name that it has in ``when``."""


@frozen
class When:
    """The conditions of one rule, read. ``place`` is what those beyond the leaf are about."""

    values: tuple[tuple[str, Value], ...]
    place: str
    _of_leaf: tuple[LeafTest, ...] = field(init=False, repr=False, compare=False)
    _of_above: tuple[AboveTest, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        made = [(CONDITIONS[name], value) for name, value in self.values]
        of_leaf = tuple(one.of_leaf(value) for one, value in made if one.of_leaf is not None)
        of_above = tuple(one.of_above(value) for one, value in made if one.of_above is not None)
        object.__setattr__(self, "_of_leaf", of_leaf)
        object.__setattr__(self, "_of_above", of_above)

    def __reduce__(self) -> tuple[type[When], tuple[tuple[tuple[str, Value], ...], str]]:
        # Tests are functions, which are made anew where a book arrives in another process.
        return When, (self.values, self.place)

    def written(self) -> dict[str, str | bool | list[str]]:
        """The conditions as the book writes them."""
        return {name: CONDITIONS[name].written(value) for name, value in self.values}

    def may_hold_as(self, role: str) -> bool:
        """Whether the rule is about chains that are presented in that role."""
        return all(
            name != "role" or (isinstance(value, frozenset) and role in value) for name, value in self.values
        )

    def matched(self, asked: Asked) -> tuple[bool, Above | None]:
        """Whether all conditions hold, and for which certificate above the leaf."""
        for test in self._of_leaf:
            if not test(asked):
                return _NO
        if self.place == "leaf":
            return _YES
        candidates: tuple[Above, ...] = asked.issuers
        if self.place == "anchor":
            candidates = () if asked.anchor is None else (asked.anchor,)
        for above in candidates:
            for of_above in self._of_above:
                if not of_above(above):
                    break
            else:
                return True, above
        return _NO


_NO: tuple[bool, Above | None] = (False, None)
_YES: tuple[bool, Above | None] = (True, None)


def read_when(table: Mapping[str, object]) -> When:
    """Read the ``when`` of a rule. Raises ValueError, whose text names the condition."""
    values = []
    for name, value in table.items():
        if name not in CONDITIONS:
            raise ValueError(f"unknown condition {name!r}; there are {', '.join(CONDITIONS)}")
        try:
            values.append((name, CONDITIONS[name].read(value)))
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    places = {name.partition("_")[0] for name in table} & {"issuer", "anchor"}
    if len(places) > 1:
        raise ValueError("a rule is about an issuer or about the anchor, not both")
    return When(tuple(values), next(iter(places), "leaf"))
