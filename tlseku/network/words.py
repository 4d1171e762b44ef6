"""Numbers as they lie in packets, high byte first, read in the way that is the faster one here.

Knows whether this package was compiled: then a byte is a native integer, and a number made of bytes costs less than a
call of ``struct``; otherwise it is the other way round. Whoever reads many asks ``IS_COMPILED`` once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_extensions import i64


def word(data: bytes, at: i64) -> i64:
    """The four bytes ``at`` a place."""
    # One number after the other: what is made of bytes in an expression is no native integer.
    highest: i64 = data[at]
    high: i64 = data[at + 1]
    low: i64 = data[at + 2]
    lowest: i64 = data[at + 3]
    return highest << 24 | high << 16 | low << 8 | lowest


# A compiled function has no bytecode.
IS_COMPILED: Final = not hasattr(word, "__code__")
