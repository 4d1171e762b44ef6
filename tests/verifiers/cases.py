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

from cryptography import x509

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
    "serial padded": {"serial_octets": bytes.fromhex("001234")},
    "serial padded, negative": {"serial_octets": bytes.fromhex("ffff80")},
    "serial empty": {"serial_octets": b""},
    "serial negative": {"serial_octets": bytes.fromhex("8012")},
    "serial zero": {"serial_octets": b"\0"},
    "serial of 21 octets": {"serial_octets": bytes.fromhex("11" * 21)},
    "no subject": {"subject": "", "san_critical": True},
    "no subject, SAN not critical": {"subject": ""},
    "P-384": {"key": "p384"},
    "Ed25519": {"key": "ed25519"},
    "Ed448": {"key": "ed448"},
    "ML-DSA-65": {"key": "ml-dsa-65"},
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

SIGNERS = {"RSA CA": "rsa", "Ed25519 CA": "ed25519", "Ed448 CA": "ed448", "ML-DSA-65 CA": "ml-dsa-65"}
"""The key of the CA between leaf and root, where it is not P-256."""

TWO_ISSUERS = "C+S / absent / S-only CA"

RESTRICTED_FIRST = "C+S / S-only CA, again without EKU"
RESTRICTED_LAST = "C+S / CA without EKU, again S-only"
CROSS_CERTIFICATE = "C+S / absent / S-only cross-certificate of the root"
SEVERAL_PATHS = (RESTRICTED_FIRST, RESTRICTED_LAST, CROSS_CERTIFICATE)
"""Two certificates of one CA (the same name and key), of which one restricts: what a verifier makes of it depends on
how it looks for issuers. The cross-certificate bears the root's name and key and another root's signature."""

NAMES = (
    *(f"{leaf} / {issuer}" for issuer in ISSUERS for leaf in LEAVES),
    *(f"{odd} / absent" for odd in ODD_LEAVES),
    TWO_ISSUERS,
    *(f"C+S / absent / root {root}" for root in ROOTS),
    *SELF_SIGNED,
    *(f"C+S / {signer}" for signer in SIGNERS),
    *SEVERAL_PATHS,
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
        sent = (self.leaf, *self.issuers) if self.held else (self.leaf, *self.issuers, self.root)
        return tuple(built.certificate() for built in dict.fromkeys(sent))

    @property
    def held(self) -> tuple[Certificate, ...]:
        """The root where it is not sent, and known to be trusted all the same: paths are judged by where they end."""
        return (self.root.certificate(),) if self.name in SEVERAL_PATHS else ()


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
        subject = x509.Name([]) if merged.pop("subject", None) == "" else f"leaf {serial:x} {name}"
        return build(subject=subject, issuer=issuer, serial=serial, owner=f"leaf {serial:x} {name}", **merged)  # type: ignore[arg-type]

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

    for name, key in SIGNERS.items():
        signer = _ca(f"Issuer {name}", next(serials), None, root, key=key)
        yield Case(f"C+S / {name}", leaf("C+S", signer, eku=_BOTH), (signer,), root)
    open_one = _ca("Issuer twice", next(serials), None, root)
    restricted = _ca("Issuer twice", next(serials), (SERVER_AUTH,), root)
    below = leaf("C+S", open_one, eku=_BOTH)
    yield Case(RESTRICTED_FIRST, below, (restricted, open_one), root)
    yield Case(RESTRICTED_LAST, below, (open_one, restricted), root)
    old = _ca("Old root", next(serials), None)
    held = _ca("New root", next(serials), None)
    cross = _ca("New root", next(serials), (SERVER_AUTH,), old)
    middle = _ca("Issuer below new root", next(serials), None, held)
    yield Case(CROSS_CERTIFICATE, leaf("C+S", middle, eku=_BOTH), (middle, cross), held)


def _ca(subject: str, serial: int, eku: Eku, issuer: Built | None = None, key: str = "ec") -> Built:
    return ca(subject, issuer=issuer, eku=eku, serial=serial, key=key, **_VALID)
