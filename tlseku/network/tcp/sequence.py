"""Arithmetic on TCP sequence numbers, which wrap at 2**32 (RFC 9293 section 3.4).

Knows two numbers; must not know streams. Out comes a signed distance."""

from __future__ import annotations


def distance(a: int, b: int) -> int:
    """How far ``a`` lies after ``b``, between -2**31 and 2**31 - 1; negative where it lies before."""
    # Of the two ways round the circle the shorter one is meant: no window is longer than a quarter of it.
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000
