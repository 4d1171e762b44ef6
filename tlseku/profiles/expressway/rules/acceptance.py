"""What a node looks at in the certificate that the other node presents: each part by itself, with rule and cure.

Knows trust (ST5 across nodes), dates, names (CM8, RL11) and oddities of keys and subjects (CE1, CE2); must not know the
checking mode, releases or files. A zone works only if every part of both certificates passes; what is not known is
left out and named by ``unknown_parts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.rules.expected_name import name_match, names_of
from tlseku.profiles.expressway.rules.store_check import Level
from tlseku.profiles.expressway.rules.trust_path import TrustPath, trust_path
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes

NodeWord = Literal["core", "edge"]
PartName = Literal["purpose", "chain", "dates", "name", "key", "subject"]

_OID = re.compile(r"\d+(?:\.\d+)+", re.A)
_LARGE_KEY = 8192


@short
@frozen
class Part:
    """One thing that is looked at. ``of`` is the node whose certificate it is about. ``level`` is ``wrong`` if it
    fails, ``open`` if nobody can tell, ``caution`` if it passes with a warning, else ``fine``. ``to_do`` is ``None``
    where nothing is to be done."""

    name: PartName
    of: NodeWord
    level: Level
    rules: tuple[str, ...]
    reason: str
    to_do: str | None = None


@frozen
class PresentedLeaf:
    """What a node presents: ``leaf``, what comes ``above`` it from the store's file, and ``own_cas``, its own ca.pem,
    from which it may complete the chain."""

    of: NodeWord
    place: Literal["client", "server"]
    leaf: Certificate
    above: tuple[Certificate, ...] = ()
    own_cas: tuple[Certificate, ...] = ()

    @property
    def words(self) -> str:
        """``the Core's client leaf``."""
        return f"the {self.of.capitalize()}'s {self.place} leaf"

    @property
    def peer(self) -> str:
        """The node that looks at it, as people write it."""
        return "Edge" if self.of == "core" else "Core"


def parts_of(
    shown: PresentedLeaf, trusted: Sequence[Certificate] | None, names: Sequence[str], time: int | None
) -> Iterator[Part]:
    """All parts but the purpose, as far as they are known: ``trusted`` is the peer's ca.pem (``None``: not known),
    ``names`` those that the peer looks for (none: not known), ``time`` in nanoseconds since 1970-01-01 UTC."""
    path: TrustPath | None = None
    if trusted is not None and shown.leaf.readable:
        path = trust_path(shown.leaf, shown.above, trusted)
        yield _chain(shown, path, trusted)
    if time is not None:
        yield from _dates(shown, (shown.leaf,) if path is None else path.path, time)
    if names:
        yield _name(shown, names)
    yield from oddities(shown)


def unknown_parts(
    shown: PresentedLeaf, trusted: Sequence[Certificate] | None, names: Sequence[str], time: int | None
) -> tuple[str, ...]:
    """What could not be looked at, in words: the peer's ca.pem, the name it expects, the day."""
    missing = [] if trusted is not None else [f"the {shown.peer}'s ca.pem"]
    missing += [] if names else [f"the name that the {shown.peer} expects"]
    missing += [] if time is not None else ["the day"]
    return tuple(missing)


def oddities(shown: PresentedLeaf) -> Iterator[Part]:
    """What the vendor's guide warns of in a certificate: unknown identifiers in its subject, and very large keys."""
    unknown = [kind for kind, _ in name_attributes(shown.leaf.subject_der) if _OID.fullmatch(kind)]
    if unknown:
        yield Part(
            "subject",
            shown.of,
            "caution",
            ("CE1",),
            f"the subject of {shown.words} has the unknown object identifier {unknown[0]}: the vendor's guide names"
            " such identifiers as a cause of failing SSH tunnels",
            f"issue the {shown.of.capitalize()} a certificate without it",
        )
    if shown.leaf.key_type in ("rsa", "rsa-pss") and _bits(shown.leaf) >= _LARGE_KEY:
        yield Part(
            "key",
            shown.of,
            "caution",
            ("CE2",),
            f"{shown.words} has a key of {_bits(shown.leaf)} bits (RSA), which may break SIP zones",
            "use RSA 4096 at most",
        )


def _bits(leaf: Certificate) -> int:
    digits = leaf.key_algorithm.rpartition(" ")[2]
    return int(digits) if digits.isdecimal() else 0


def _chain(shown: PresentedLeaf, path: TrustPath, trusted: Sequence[Certificate]) -> Part:
    name = path.wanted or "(unreadable name)"
    how = "signatures checked" if path.signatures_checked else "by name and key identifier"
    if path.reach == "root":
        reason = f"the {shown.peer}'s ca.pem reaches {shown.words}, through {name} ({how})"
        return Part("chain", shown.of, "fine", ("ST5",), reason)
    append = f"append {name} to the trusted CAs (ca.pem) of the {shown.peer}"
    if path.reach == "intermediate":
        reason = (
            f"the {shown.peer}'s ca.pem has a CA above {shown.words}, but not the root {name}: OpenSSL refuses that"
            " unless it is told to take partial chains, and nobody states what the product does"
        )
        return Part("chain", shown.of, "open", ("ST5",), reason, append)
    if path.reach == "forged":
        reason = (
            f"the {shown.peer}'s ca.pem has a CA of the name {name}, but with another key: it did not sign"
            f" {_below(shown, path)}"
        )
        return Part("chain", shown.of, "wrong", ("ST5",), reason, f"{append}: the one that signed")
    completed = trust_path(shown.leaf, (*shown.above, *shown.own_cas), trusted)
    if completed.reach == "root":
        reason = (
            f"the {shown.peer}'s ca.pem lacks {name}, the issuer of {_below(shown, path)}; it is only in the"
            f" {shown.of.capitalize()}'s own ca.pem, and nobody states that the node sends it along"
        )
        return Part("chain", shown.of, "open", ("ST5",), reason, append)
    reason = (
        f"the {shown.peer} does not trust it: its ca.pem lacks {name}, the issuer of {_below(shown, path)}"
    )
    if len(path.path) == 1 and shown.leaf.self_issued:
        reason = f"the {shown.peer} does not trust it: {shown.words} is self-signed and not in its ca.pem"
    return Part("chain", shown.of, "wrong", ("ST5",), reason, append)


def _below(shown: PresentedLeaf, path: TrustPath) -> str:
    top = path.path[-1]
    if top is shown.leaf:
        return shown.words
    if top.self_issued and len(path.path) > 1:
        top = path.path[-2]
        return shown.words if top is shown.leaf else f"{top.subject or 'an intermediate'}"
    return f"{top.subject or 'an intermediate'}, above {shown.words}"


def _dates(shown: PresentedLeaf, path: Sequence[Certificate], time: int) -> Iterator[Part]:
    for depth, certificate in enumerate(path):
        validity = validity_at(certificate, time)
        what = shown.words if depth == 0 else f"the CA {certificate.subject} above {shown.words}"
        if validity.outcome in ("valid", "unreadable"):
            if depth == 0:
                level: Level = "fine" if validity.outcome == "valid" else "open"
                yield Part("dates", shown.of, level, ("SV1",), f"{what} is {validity.reason}")
            continue
        yield Part(
            "dates",
            shown.of,
            "wrong",
            ("SV1",),
            f"{what} is outside its dates on that day: {validity.reason}",
            f"renew {'it' if depth else f'the certificate of the {shown.of.capitalize()}'}",
        )


def _name(shown: PresentedLeaf, names: Sequence[str]) -> Part:
    found = name_match(shown.leaf, names)
    rules = ("RL11",) if shown.of == "core" else ("CM8",)
    wanted = " or ".join(names)
    if found == "found":
        return Part("name", shown.of, "fine", rules, f"{shown.words} has the name {wanted}")
    if found == "unreadable":
        return Part("name", shown.of, "open", rules, f"the names of {shown.words} cannot be read")
    own = ", ".join(names_of(shown.leaf)) or "no name"
    cure = f"issue {shown.words} with the name {wanted}, or set the name that the {shown.peer} expects"
    if found == "wildcard":
        reason = f"the {shown.peer} expects {wanted}; {shown.words} has a wildcard ({own}), of which nobody states it"
        return Part("name", shown.of, "open", rules, reason, cure)
    reason = f"the {shown.peer} expects {wanted}, but {shown.words} is for {own}"
    return Part("name", shown.of, "wrong", rules, reason, cure)
