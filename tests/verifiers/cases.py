"""The chains of the matrix, built for real: a leaf, the CAs above it, the root.

Knows which certificates make up a case; must not know what any verifier or rule-book says of them. A case is named
``leaf / issuer``, such as ``C+S / S-only CA``; S is serverAuth, C is clientAuth. Every certificate has a subject and a
key of its own and is the same in every run, but for RSA keys. The certificates are valid from 2020 to 2040, since some
verifiers look at today's date.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import count

from tests.builder import ANY, CLIENT_AUTH, EKU_OID, EMAIL, SERVER_AUTH, Built, build, ca, eku_value
from tlseku.x509.certificate import Certificate

Eku = tuple[str, ...] | None

LEAVES: dict[str, Eku] = {
    "absent": None,
    "C": (CLIENT_AUTH,),
    "S": (SERVER_AUTH,),
    "C+S": (CLIENT_AUTH, SERVER_AUTH),
    "any": (ANY,),
    "any+S": (ANY, SERVER_AUTH),
    "any+C": (ANY, CLIENT_AUTH),
    "email": (EMAIL,),
    "C+S+email": (CLIENT_AUTH, SERVER_AUTH, EMAIL),
    "empty": (),
}
"""What a leaf may list, by the name that it has in the matrix."""

ISSUERS: dict[str, Eku] = {
    "absent": None,
    "S-only CA": (SERVER_AUTH,),
    "C-only CA": (CLIENT_AUTH,),
    "C+S CA": (CLIENT_AUTH, SERVER_AUTH),
    "any CA": (ANY,),
    "any+S CA": (ANY, SERVER_AUTH),
    "email CA": (EMAIL,),
    "empty CA": (),
}
"""What the CA between leaf and root may list."""

_BOTH: Eku = (CLIENT_AUTH, SERVER_AUTH)
_SECOND = ((EKU_OID, False, eku_value(CLIENT_AUTH, SERVER_AUTH)),)

ODD_LEAVES: dict[str, dict[str, object]] = {
    "critical C+S": {"eku_critical": True},
    "critical email": {"eku": (EMAIL,), "eku_critical": True},
    "C+S twice": {"extra": _SECOND},
    "email, then C+S": {"eku": (EMAIL,), "extra": _SECOND},
    "no keyUsage": {"key_usage": None},
    "keyUsage digitalSignature": {"key_usage": ("digitalSignature",)},
    "keyUsage digitalSignature, RSA": {"key_usage": ("digitalSignature",), "key": "rsa"},
    "keyUsage keyEncipherment": {"key_usage": ("keyEncipherment",)},
    "keyUsage keyEncipherment, RSA": {"key_usage": ("keyEncipherment",), "key": "rsa"},
    "keyUsage keyAgreement": {"key_usage": ("keyAgreement",)},
    "keyUsage keyAgreement, RSA": {"key_usage": ("keyAgreement",), "key": "rsa"},
    "keyUsage keyCertSign": {"key_usage": ("keyCertSign",)},
    "v1": {"version": 1},
    "basicConstraints without cA": {"ca": False},
    "CA as leaf": {"ca": True, "key_usage": ("digitalSignature", "keyCertSign")},
}
"""What is odd about a leaf, most often one that lists both purposes, under a CA without EKU."""

ROOTS = ("S", "C", "C+S", "any", "email")
"""What the trusted root may list, under the names of ``LEAVES``."""

SELF_SIGNED: dict[str, dict[str, object]] = {
    "self-signed absent": {"eku": None},
    "self-signed C": {"eku": (CLIENT_AUTH,)},
    "self-signed S": {"eku": (SERVER_AUTH,)},
    "self-signed any": {"eku": (ANY,)},
    "self-signed CA": {"eku": None, "ca": True, "key_usage": ("digitalSignature", "keyCertSign")},
}
"""Leaves that sign themselves and are trusted as they are."""

TWO_ISSUERS = "C+S / absent / S-only CA"

NAMES = (
    *(f"{leaf} / {issuer}" for issuer in ISSUERS for leaf in LEAVES),
    *(f"{odd} / absent" for odd in ODD_LEAVES),
    TWO_ISSUERS,
    *(f"C+S / absent / root {root}" for root in ROOTS),
    *SELF_SIGNED,
)
"""The name of every case."""

_FIRST = datetime(2020, 1, 1, tzinfo=timezone.utc)
_LAST = datetime(2040, 1, 1, tzinfo=timezone.utc)
_VALID: dict[str, object] = {"not_before": _FIRST, "not_after": _LAST}


@dataclass(frozen=True)
class Case:
    """One chain as it is presented: ``leaf``, ``issuers`` upwards without the root, and the trusted ``root``."""

    name: str
    leaf: Built
    issuers: tuple[Built, ...]
    root: Built

    @property
    def presented(self) -> tuple[Certificate, ...]:
        """What tlseku sees where the root is sent along, as it must be for an EKU of the root to be seen."""
        return tuple(built.certificate() for built in dict.fromkeys((self.leaf, *self.issuers, self.root)))


@functools.cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of ``NAMES``. Their serials differ."""
    built = tuple(_cases())
    assert tuple(case.name for case in built) == NAMES
    return built


def case_named(name: str) -> Case:
    """The case of this name; raises ValueError for a name that is none."""
    return cases()[NAMES.index(name)]


def _cases() -> Iterator[Case]:
    serials = count(0x1001)
    root = _ca("Root", next(serials), None)
    issuers = {name: _ca(f"Issuer {name}", next(serials), eku, root) for name, eku in ISSUERS.items()}

    def leaf(name: str, issuer: Built | None, **settings: object) -> Built:
        serial = next(serials)
        merged: dict[str, object] = {"ca": None, "san": ("leaf.example",), **_VALID, **settings}
        return build(subject=f"leaf {serial:x} {name}", issuer=issuer, serial=serial, **merged)  # type: ignore[arg-type]

    for issuer_name, issuer in issuers.items():
        for name, eku in LEAVES.items():
            yield Case(f"{name} / {issuer_name}", leaf(name, issuer, eku=eku), (issuer,), root)

    issuer = issuers["absent"]
    for name, settings in ODD_LEAVES.items():
        yield Case(f"{name} / absent", leaf(name, issuer, **{"eku": _BOTH, **settings}), (issuer,), root)

    # The same question one step further up: a second CA that restricts, and the trusted root itself.
    upper = _ca("Upper S-only", next(serials), (SERVER_AUTH,), root)
    lower = _ca("Lower", next(serials), None, upper)
    yield Case(TWO_ISSUERS, leaf("C+S", lower, eku=_BOTH), (lower, upper), root)
    for name in ROOTS:
        trusted = _ca(f"Root {name}", next(serials), LEAVES[name])
        below = _ca(f"Issuer below root {name}", next(serials), None, trusted)
        yield Case(f"C+S / absent / root {name}", leaf("C+S", below, eku=_BOTH), (below,), trusted)
    for name, settings in SELF_SIGNED.items():
        alone = leaf(name, None, **settings)
        yield Case(name, alone, (), alone)


def _ca(subject: str, serial: int, eku: Eku, issuer: Built | None = None) -> Built:
    return ca(subject, issuer=issuer, eku=eku, serial=serial, **_VALID)
