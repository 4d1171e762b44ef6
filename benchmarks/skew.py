"""Random whole numbers of which the small ones are common, as sizes and popularity are.

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
