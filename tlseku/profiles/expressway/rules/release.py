"""Releases of Expressway, as far as rules depend on them.

Knows how the product writes its release (``X15.5.0``, ``x15.4``, ``15.5.1``) and which generations differ; must not
know what differs (``rules``).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Generation = Literal["15.3 or earlier", "15.4", "15.5 or later"]

_RELEASE = re.compile(r"[xX]?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,9}))?(?![\d])(?:[.\s_(+-].*|[A-Za-z].*)?", re.S)


class Release(NamedTuple):
    """A release; they compare as numbers do. ``maintenance`` is 0 where it is not told."""

    major: int
    minor: int
    maintenance: int = 0

    @property
    def generation(self) -> Generation:
        """Which of the generations that rules tell apart this one belongs to."""
        if self[:2] >= (15, 5):
            return "15.5 or later"
        return "15.4" if self[:2] == (15, 4) else "15.3 or earlier"

    @property
    def has_two_stores(self) -> bool:
        """Whether it has a client store, and with it a checking mode (rule ST1)."""
        return self[:2] >= (15, 5)

    def __str__(self) -> str:
        """``x15.5``, ``x15.5.1``."""
        short = f"x{self.major}.{self.minor}"
        return f"{short}.{self.maintenance}" if self.maintenance else short


X15_4 = Release(15, 4)
X15_5 = Release(15, 5)


def read_release(text: str) -> Release | None:
    """Read a release as people and the product write it; None for anything else.

    At least two numbers are needed. What follows them (a build, a test suffix) is left aside.
    """
    found = _RELEASE.fullmatch(text.strip().strip('"'))
    if found is None:
        return None
    return Release(int(found[1]), int(found[2]), int(found[3] or 0))
