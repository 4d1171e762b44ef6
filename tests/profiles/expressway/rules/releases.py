"""Which releases a statement of the vendor is about."""

from __future__ import annotations

from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.rules import Statement


def is_about(statement: Statement, release: Release) -> bool:
    """Whether the statement is about this release."""
    if statement.first is not None and release[:2] < statement.first[:2]:
        return False
    return statement.last is None or release[:2] <= statement.last[:2]
