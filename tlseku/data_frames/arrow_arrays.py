"""One Arrow array of Python values, put together from its buffers.

Knows the layout of the few types that tables have (Arrow Columnar Format 1.0: validity bitmaps, offsets of 32 bits,
bits of truth values), and pyarrow, which the caller has imported. ``pyarrow.array`` would do the same, but it asks
pandas first whether the values are its own, and so imports it wherever it is there: 50 MB of memory and half a second,
for a question whose answer is no.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence, Sized
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import pyarrow

# The types of ``array`` that have the bits of Arrow's.
_OFFSETS = "i"
_INTEGERS = "q"
_FLOATS = "d"

_EPOCH = date(1970, 1, 1).toordinal()


def array_of(values: Sequence[object], kind: pyarrow.DataType) -> pyarrow.Array:
    """The values, None where there is none, as an array of a type that tables have. Others are left to pyarrow.

    Raises OverflowError for an integer or a length that does not fit.
    """
    import pyarrow

    types = pyarrow.types
    there = [value is not None for value in values]
    if types.is_string(kind) and _are(str, values):
        texts = [b"" if text is None else text.encode() for text in cast("Sequence[str | None]", values)]
        return _made(kind, there, _ends(texts), b"".join(texts))
    if types.is_list(kind) and _are((list, tuple), values):
        lists = [items or () for items in cast("Sequence[Sequence[object] | None]", values)]
        whole = array_of([item for items in lists for item in items], kind.value_type)
        return _made(kind, there, _ends(lists), children=[whole])
    if types.is_boolean(kind) and _are(bool, values):
        return _made(kind, there, _bits([value is True for value in values]))
    if types.is_date32(kind) and _are(date, values):
        days = [
            0 if day is None else day.toordinal() - _EPOCH for day in cast("Sequence[date | None]", values)
        ]
        return _made(kind, there, array(_OFFSETS, days))
    if (types.is_int64(kind) or types.is_timestamp(kind)) and _are(int, values):
        return _made(kind, there, array(_INTEGERS, [number or 0 for number in cast("Sequence[int]", values)]))
    if types.is_float64(kind) and _are((int, float), values):
        return _made(
            kind, there, array(_FLOATS, [number or 0.0 for number in cast("Sequence[float]", values)])
        )
    return pyarrow.array(values, kind)


def _are(what: type | tuple[type, ...], values: Sequence[object]) -> bool:
    return all(value is None or isinstance(value, what) for value in values)


def _ends(parts: Sequence[Sized]) -> array[int]:
    """Where each part begins in all of them, and where the last one ends."""
    return array(_OFFSETS, accumulate(map(len, parts), initial=0))


def _bits(values: Sequence[bool]) -> bytes:
    """A bit for each, the first one the lowest of the first byte."""
    number = int("".join(["1" if value else "0" for value in reversed(values)]) or "0", 2)
    return number.to_bytes((len(values) + 7) // 8, "little")


def _made(
    kind: pyarrow.DataType,
    there: Sequence[bool],
    *buffers: bytes | array[int] | array[float],
    children: Sequence[pyarrow.Array] = (),
) -> pyarrow.Array:
    import pyarrow

    missing = there.count(False)
    validity = pyarrow.py_buffer(_bits(there)) if missing else None
    parts = [validity, *[pyarrow.py_buffer(buffer) for buffer in buffers]]
    return pyarrow.Array.from_buffers(kind, len(there), parts, missing, children=list(children) or None)
