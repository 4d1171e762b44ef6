"""What a verifier answers: whether it accepts a case in a role, and its own words.

Knows only these nouns, which every verifier of this folder shares.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["client", "server"]
ROLES: tuple[Role, Role] = ("client", "server")


class Answer(NamedTuple):
    """Whether a verifier ``accepts``, and what it ``said``."""

    accepts: bool
    said: str


Answers = dict[tuple[str, Role], Answer]
"""The answer for the name of a case and a role."""
