"""The vocabulary of conditions under which a rule holds.

Knows what may stand in the ``when`` of a rule, how its value is read and when it holds; must not know TOML or any
book. Every condition of a rule must hold. Conditions on ``issuer`` are about one CA at a time, the lowest first that
meets all of them; conditions on ``anchor`` about the self-issued certificate at the top, if it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tlseku.policy.rule_books.asked import EKU_WORDS, UNREADABLE, Above, Asked
from tlseku.x509.serial_encoding import serial_is_padded

_DAY_NS = 86_400 * 10**9
_EPOCH = date(1970, 1, 1)

USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""The bits of keyUsage (RFC 5280 section 4.2.1.3)."""

KEYS = ("rsa", "rsa-pss", "ec", "ed25519", "ed448", "dsa", "ml-dsa", "unknown")
"""The key types of ``x509.certificate.Certificate.key_type``."""

Words = frozenset[str]
Value = Words | bool | int


class Condition(NamedTuple):
    """One word of the vocabulary: what it ``means``, the ``words`` its value may list (``()``: true or false,
    ``None``: a date), and whether it ``holds`` for what is asked and one certificate above the leaf."""

    means: str
    words: tuple[str, ...] | None
    holds: Callable[[Asked, Above | None, Value], bool]

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


def _role(asked: Asked, above: Above | None, value: Value) -> bool:
    return _in(asked.role, value)


def _mode(asked: Asked, above: Above | None, value: Value) -> bool:
    return _in(asked.context.mode, value)


def _leaf_eku(asked: Asked, above: Above | None, value: Value) -> bool:
    return _any_of(asked.leaf_eku, value)


def _leaf_eku_without(asked: Asked, above: Above | None, value: Value) -> bool:
    return _none_of(asked.leaf_eku, value)


def _above_eku(asked: Asked, above: Above | None, value: Value) -> bool:
    return above is not None and _any_of(above.eku, value)


def _above_eku_without(asked: Asked, above: Above | None, value: Value) -> bool:
    return above is not None and _none_of(above.eku, value)


def _leaf_serial_padded(asked: Asked, above: Above | None, value: Value) -> bool:
    # A certificate without any defect is encoded as it should be, and is not read again.
    return bool(asked.leaf.defects and serial_is_padded(asked.leaf.der)) is value


def _leaf_eku_twice(asked: Asked, above: Above | None, value: Value) -> bool:
    return asked.leaf.eku_duplicate is value


def _leaf_eku_critical(asked: Asked, above: Above | None, value: Value) -> bool:
    return (asked.leaf.eku_critical is True) is value


def _leaf_key_usage(asked: Asked, above: Above | None, value: Value) -> bool:
    usage = asked.leaf.key_usage
    return usage is not None and _any_of(frozenset(usage), value)


def _leaf_key_usage_without(asked: Asked, above: Above | None, value: Value) -> bool:
    usage = asked.leaf.key_usage
    return usage is not None and _none_of(frozenset(usage), value)


def _leaf_key(asked: Asked, above: Above | None, value: Value) -> bool:
    return _in(asked.leaf.key_type, value)


def _leaf_version(asked: Asked, above: Above | None, value: Value) -> bool:
    return _in(str(asked.leaf.version), value)


def _leaf_is_ca(asked: Asked, above: Above | None, value: Value) -> bool:
    return asked.leaf.is_ca is value


def _leaf_self_issued(asked: Asked, above: Above | None, value: Value) -> bool:
    return asked.leaf.self_issued is value


def _leaf_issued_from(asked: Asked, above: Above | None, value: Value) -> bool:
    return asked.leaf.not_before is not None and isinstance(value, int) and asked.leaf.not_before >= value


def _leaf_issued_before(asked: Asked, above: Above | None, value: Value) -> bool:
    return asked.leaf.not_before is not None and isinstance(value, int) and asked.leaf.not_before < value


def _leaf_issuer(asked: Asked, above: Above | None, value: Value) -> bool:
    public = asked.leaf.public_issuer
    if public is None:
        # Nobody else issued it, so no public CA did.
        public = False if asked.leaf.self_issued else None
    return _in({True: "public", False: "private", None: "unknown"}[public], value)


def _in(word: str, value: Value) -> bool:
    return isinstance(value, frozenset) and word in value


def _any_of(words: Words, value: Value) -> bool:
    return isinstance(value, frozenset) and not words.isdisjoint(value)


def _none_of(words: Words, value: Value) -> bool:
    return isinstance(value, frozenset) and UNREADABLE not in words and words.isdisjoint(value)


_EKU = tuple(EKU_WORDS)
CONDITIONS: Mapping[str, Condition] = {
    "role": Condition("the role in which the chain is presented", ("client", "server"), _role),
    "mode": Condition("the checking mode of the Expressway that judges", ("on", "off", "unknown"), _mode),
    "leaf_eku": Condition("one of these words holds for the leaf's EKU", _EKU, _leaf_eku),
    "leaf_eku_without": Condition("none of these words holds for the leaf's EKU", _EKU, _leaf_eku_without),
    "leaf_serial_padded": Condition(
        "the leaf's serial number has an octet that it does not need", (), _leaf_serial_padded
    ),
    "leaf_eku_twice": Condition("the leaf has more than one EKU extension", (), _leaf_eku_twice),
    "leaf_eku_critical": Condition("the leaf's EKU is marked critical", (), _leaf_eku_critical),
    "issuer_eku": Condition("one of these words holds for a CA's EKU", _EKU, _above_eku),
    "issuer_eku_without": Condition("none of these words holds for a CA's EKU", _EKU, _above_eku_without),
    "anchor_eku": Condition("one of these words holds for the EKU of the root", _EKU, _above_eku),
    "anchor_eku_without": Condition(
        "none of these words holds for the EKU of the root", _EKU, _above_eku_without
    ),
    "leaf_key_usage": Condition("the leaf's keyUsage has one of these bits", USAGES, _leaf_key_usage),
    "leaf_key_usage_without": Condition(
        "the leaf has a keyUsage, with none of these bits", USAGES, _leaf_key_usage_without
    ),
    "leaf_key": Condition("the type of the leaf's key", KEYS, _leaf_key),
    "leaf_version": Condition("the version of the leaf as people count", ("1", "2", "3"), _leaf_version),
    "leaf_is_ca": Condition("basicConstraints of the leaf says that it is a CA", (), _leaf_is_ca),
    "leaf_self_issued": Condition("the leaf is its own issuer", (), _leaf_self_issued),
    "leaf_issued_from": Condition("the leaf's notBefore is on this day or later", None, _leaf_issued_from),
    "leaf_issued_before": Condition("the leaf's notBefore is before this day", None, _leaf_issued_before),
    "leaf_issuer": Condition("who issued the leaf", ("public", "private", "unknown"), _leaf_issuer),
}
"""Every condition, by the name that it has in ``when``."""


class When(NamedTuple):
    """The conditions of one rule, read. ``place`` is what those beyond the leaf are about."""

    values: tuple[tuple[str, Value], ...]
    place: str

    def written(self) -> dict[str, str | bool | list[str]]:
        """The conditions as the book writes them."""
        return {name: CONDITIONS[name].written(value) for name, value in self.values}

    def matched(self, asked: Asked) -> tuple[bool, Above | None]:
        """Whether all conditions hold, and for which certificate above the leaf."""
        candidates: tuple[Above | None, ...] = (None,)
        if self.place == "issuer":
            candidates = asked.issuers
        elif self.place == "anchor":
            candidates = (asked.anchor,)
        for above in candidates:
            if all(CONDITIONS[name].holds(asked, above, value) for name, value in self.values):
                return True, above
        return False, None


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
