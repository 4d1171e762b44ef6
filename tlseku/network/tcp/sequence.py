"""Arithmetic on TCP sequence numbers, which wrap at 2**32 (RFC 9293 section 3.4)."""

from __future__ import annotations


def distance(a: int, b: int) -> int:
    """How far ``a`` lies after ``b``, between -2**31 and 2**31 - 1; negative where it lies before."""
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000
