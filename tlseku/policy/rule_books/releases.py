"""Releases of a verifier, and for which of them a rule holds.

Knows numbers with dots and how they are ordered; must not know any rule. Rules that were measured to change carry
``since`` (the first release for which they hold) and ``until`` (the last one, with everything below it: 1.26 is also
1.26.6). Between them lie spans of releases that answer alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Release = tuple[int, ...]

_RELEASE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,4}")


def read_release(text: str) -> Release:
    """``(1, 26, 6)`` for ``1.26.6``. Raises ValueError for anything else than numbers with dots."""
    if _RELEASE.fullmatch(text) is None:
        raise ValueError("must be a release, written as 1.26")
    return tuple(int(part) for part in text.split("."))


def written(release: Release) -> str:
    """``1.26.6`` for ``(1, 26, 6)``."""
    return ".".join(map(str, release))


def covers(since: Release | None, until: Release | None, release: Release) -> bool:
    """Whether ``release`` lies between both ends, each of which may be open."""
    if since is not None and release < since:
        return False
    return until is None or release[: len(until)] <= until


def spans(bounds: Iterable[tuple[Release | None, Release | None]]) -> tuple[Release, ...]:
    """The first release of each span that the bounds of rules make, the oldest first; ``()`` alone where nothing is
    bounded."""
    starts: set[Release] = {()}
    for since, until in bounds:
        if since is not None:
            starts.add(since)
        if until is not None:
            starts.add(_after(until))
    return tuple(sorted(starts))


def in_words(starts: Sequence[Release], first: int, last: int) -> str:
    """``before 1.27``, ``since 1.27`` or ``from 1.21 to before 1.25`` for the spans ``first`` to ``last``."""
    begin = f"from {written(starts[first])} to before" if first else "before"
    if last + 1 < len(starts):
        return f"{begin} {written(starts[last + 1])}"
    return f"since {written(starts[first])}" if first else "in every release"


def _after(release: Release) -> Release:
    return (*release[:-1], release[-1] + 1)
