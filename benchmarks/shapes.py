"""Certificates of many shapes, each shape with as many numbers as are wanted, and the chains that are made of them.

Knows where in a certificate of ``shapes.json`` its numbers lie; must not know TLS. Signatures do not verify, since
names and serials are written over; nothing that reads passively can tell without checking them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).resolve().parent / "handshakes" / "shapes.json"

_NUMBER = re.compile(rb"(?<=[sciur])00000000\.diverse\.example")
_SERIAL = b"\x02\x10\x5e"

LEAVES_PER_AUTHORITY = 50
"""So many leaves of consecutive numbers have the same CA above them."""

CHAINS = {
    "leaf": (),
    "leaf, CA": (0,),
    "leaf, two CAs": (0, 1),
    "leaf, two CAs, root": (0, 1, 2),
    "leaf, CAs in disorder": (1, 0),
    "leaf twice, CA": (-1, 0),
    "leaf, CA of others": (0, 3),
}
"""What follows the leaf: how far above it, -1 the leaf again, 3 a CA that has nothing to do with it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One certificate as issued. ``names`` are the letter and the place of each number in it."""

    der: bytes
    issuer: str | None
    serial_at: int
    names: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1)
def shapes() -> dict[str, Shape]:
    """Every shape by name."""
    found = {}
    for name, stored in json.loads(FILE.read_text("ascii")).items():
        der = base64.b64decode(stored["der"])
        assert der.count(_SERIAL) == 1, name
        names = tuple((chr(der[at.start() - 1]), at.start()) for at in _NUMBER.finditer(der))
        found[name] = Shape(der, stored["issuer"], der.index(_SERIAL) + 10, names)
    return found


@lru_cache(maxsize=4096)
def certificate(name: str, number: int) -> bytes:
    """The certificate of this shape with this number; who is above it has a number of its own."""
    shape = shapes()[name]
    der = bytearray(shape.der)
    der[shape.serial_at : shape.serial_at + 8] = number.to_bytes(8, "big")
    own = name[0]
    for letter, at in shape.names:
        which = number if letter == own else _above(name, number)
        # (the root, like a CA that issued itself, is the only one of its name)
        der[at : at + 8] = b"%08d" % (0 if letter == "r" else which)
    return bytes(der)


def chain(leaf: str, number: int, order: str) -> list[bytes]:
    """The leaf and what its owner sends after it."""
    line = [(leaf, number)]
    while (issuer := shapes()[line[-1][0]].issuer) is not None:
        line.append((issuer, _above(*line[-1])))
    made = [certificate(leaf, number)]
    for step in CHAINS[order]:
        if step == 3:
            made.append(certificate("issuing-both", 90_000_000))
        elif step + 1 < len(line):
            made.append(certificate(*line[step + 1]))
    return made


def digests(certificates: list[bytes]) -> list[str]:
    """Their SHA-256, in hex."""
    return [hashlib.sha256(der).hexdigest() for der in certificates]


def _above(name: str, number: int) -> int:
    issuer = shapes()[name].issuer
    if issuer is None or issuer == "root":
        return 0
    return number // (4 if name.startswith("issuing") else LEAVES_PER_AUTHORITY)
