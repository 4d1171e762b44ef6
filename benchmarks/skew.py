"""Random whole numbers of which the small ones are common, as sizes and popularity are, and decks of words.

Knows nothing of the benchmark. Multiplies and never calls the C library's ``pow``, whose last bit differs between
machines: the same seed gives the same captures everywhere.
"""

from __future__ import annotations

import random


def skewed(rng: random.Random, below: int, power: int) -> int:
    """A number in [0, below): the higher ``power``, the rarer the large ones; 1 is even."""
    value, draw = float(below), rng.random()
    for _ in range(power):
        value *= draw
    return int(value)


class Deck:
    """Draws words in the proportions of ``cards``, exactly so in every round of as many as there are cards."""

    def __init__(self, rng: random.Random, cards: dict[str, int]) -> None:
        self._rng = rng
        self._cards = [word for word, number in cards.items() for _ in range(number)]
        self._left: list[str] = []

    def draw(self) -> str:
        """The next word."""
        if not self._left:
            self._left = list(self._cards)
        return self._left.pop(int(self._rng.random() * len(self._left)))
