"""Where something was seen, flow by flow, in few bytes each.

Knows numbers of flows and frames, and names of files; must not know what was seen. A capture may show one certificate
a million times: the first sightings are kept as three numbers each, the others are counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

MOST_KEPT = 300_000
"""Sightings of one run that are kept, 24 bytes each."""

_EACH = 3


class Sighting(NamedTuple):
    """One Certificate message that held the certificate."""

    flow: int
    file: str
    frame: int


class SightingBudget:
    """How many sightings may still be kept, and the names of files, shared by all that is seen in one run.

    ``left_out`` counts those that were not kept."""

    __slots__ = ("_files", "_left", "_numbers", "left_out")

    def __init__(self, most: int | None = None) -> None:
        self.left_out = 0
        self._left = MOST_KEPT if most is None else most
        self._files: list[str] = []
        self._numbers: dict[str, int] = {}

    def takes_one(self) -> bool:
        """Whether one more may be kept."""
        if self._left == 0:
            self.left_out += 1
            return False
        self._left -= 1
        return True

    def number_of(self, file: str) -> int:
        """The number that stands for the name of a file."""
        number = self._numbers.get(file)
        if number is None:
            number = self._numbers[file] = len(self._files)
            self._files.append(file)
        return number

    def file(self, number: int) -> str:
        """The name that a number stands for."""
        return self._files[number]


class Sightings:
    """The sightings of one thing, in their order. ``left_out`` counts those that ``budget`` did not take; the first
    is always kept."""

    __slots__ = ("_budget", "_numbers", "left_out")

    def __init__(self, budget: SightingBudget) -> None:
        self.left_out = 0
        self._budget = budget
        self._numbers = array("Q")

    def add(self, flow: int, file: str, frame: int) -> None:
        """One more, in a Certificate message of a flow."""
        numbers, budget = self._numbers, self._budget
        if numbers and not budget.takes_one():
            self.left_out += 1
            return
        numbers.extend((flow, frame, budget.number_of(file)))

    def __len__(self) -> int:
        return len(self._numbers) // _EACH

    def __iter__(self) -> Iterator[Sighting]:
        numbers, budget = self._numbers, self._budget
        return map(Sighting, numbers[::_EACH], map(budget.file, numbers[2::_EACH]), numbers[1::_EACH])
