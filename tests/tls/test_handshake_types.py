"""The numbers of handshake messages stand in one place, and are those of the registry."""

from __future__ import annotations

import re
from pathlib import Path

import tlseku
from tlseku.registry.names import HANDSHAKE_TYPES
from tlseku.tls import handshake_types, records

PACKAGE = Path(tlseku.__file__).parent
ASSIGNMENT = re.compile(r"^_?([A-Z][A-Z0-9_]*)(?:: \w+)? = (-?\d+)$", re.MULTILINE)
CONSTANTS = {name: value for name, value in vars(handshake_types).items() if isinstance(value, int)}


def test_they_are_those_of_the_registry() -> None:
    named = {name.lower(): value for name, value in CONSTANTS.items() if value >= 0}
    assert named == {HANDSHAKE_TYPES[value]: value for value in named.values()}


def test_records_have_the_numbers_of_their_content_below_0() -> None:
    assert {
        name: value
        for name, value in CONSTANTS.items()
        if name.startswith("RECORD_") and value > handshake_types.HOLE
    } == {
        "RECORD_CHANGE_CIPHER_SPEC": -records.CHANGE_CIPHER_SPEC,
        "RECORD_ALERT": -records.ALERT,
        "RECORD_ENCRYPTED_HANDSHAKE": -records.HANDSHAKE,
        "RECORD_APPLICATION_DATA": -records.APPLICATION_DATA,
        "RECORD_ENCRYPTED_ALERT": -24,
    }


def assigned(path: Path) -> dict[str, int]:
    """The names to which a module gives a plain number, without their leading underscores."""
    return {name: int(value) for name, value in ASSIGNMENT.findall(path.read_text(encoding="utf-8"))}


def test_assignments_are_found() -> None:
    found = assigned(PACKAGE / "tls" / "handshake_types.py")
    assert found.items() >= CONSTANTS.items()


def test_nobody_else_writes_them() -> None:
    again = {
        (str(path.relative_to(PACKAGE)), name)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "handshake_types.py"
        for name, value in assigned(path).items()
        if CONSTANTS.get(name) == value
    }
    assert again == set()
