"""The captures of a bundle, one set per network interface.

Knows that a capture is written in up to twenty files in turn, 00 to 19; must not know what is in them. A flow runs on
across the files of a set, frames are counted per file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tlseku._objects import short
from tlseku.profiles.expressway.archive.member import Member


@short
class CaptureSet(NamedTuple):
    """The captures of one interface: ``nic`` is 0 for eth0, ``files`` are in the order of their numbers, ``missing``
    the numbers between the first and the last that are not there."""

    nic: int
    files: tuple[Member, ...]
    missing: tuple[int, ...]


def capture_sets(members: Iterable[Member]) -> tuple[CaptureSet, ...]:
    """Sort the captures among the members into sets, by interface."""
    by_nic: dict[int, list[tuple[int, Member]]] = {}
    for member in members:
        if member.what.kind == "capture" and member.what.nic is not None and member.what.number is not None:
            by_nic.setdefault(member.what.nic, []).append((member.what.number, member))
    sets = []
    for nic in sorted(by_nic):
        numbered = sorted(by_nic[nic], key=lambda one: (one[0], one[1].path))
        numbers = {number for number, _ in numbered}
        # A ring that was cut leaves out its beginning too, so that only holes in between are told.
        missing = tuple(n for n in range(min(numbers), max(numbers)) if n not in numbers)
        sets.append(CaptureSet(nic, tuple(member for _, member in numbered), missing))
    return tuple(sets)
