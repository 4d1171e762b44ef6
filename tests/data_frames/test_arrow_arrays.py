"""``tlseku.data_frames.arrow_arrays``: what pyarrow would make of the same values, without pandas."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

pyarrow = pytest.importorskip("pyarrow")

from tlseku.data_frames.arrow_arrays import array_of  # noqa: E402  # not without pyarrow

MANY = 65
TYPES: dict[str, tuple[Any, list[object]]] = {
    "integer": (pyarrow.int64(), [0, 1, -(2**63), 2**63 - 1]),
    "number": (pyarrow.float64(), [0, 1, 2.5, -3e300]),
    "text": (pyarrow.string(), ["", "a", "ü\U0001f600", "x" * 300]),
    "truth": (pyarrow.bool_(), [True, False, True, True]),
    "packet_time": (pyarrow.timestamp("ns", "UTC"), [0, -1, 1_774_000_000_000_000_000, 1]),
    "certificate_time": (pyarrow.timestamp("ms", "UTC"), [0, -1, 1_774_000_000_000, 1]),
    "day": (pyarrow.date32(), [date(1, 1, 1), date(1970, 1, 1), date(2026, 3, 1), date(9999, 12, 31)]),
    "texts": (pyarrow.list_(pyarrow.string()), [[], ["a"], ["b", ""], ["c", "d", "e"]]),
    "integers": (pyarrow.list_(pyarrow.int64()), [[], [1], [2, -3], [4, 5, 6]]),
}


def written(values: Any) -> bytes:
    batch = pyarrow.RecordBatch.from_arrays([values], names=["column"])
    return bytes(batch.serialize())


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, MANY])
@pytest.mark.parametrize("every", [0, 1, 3])
def test_arrays_are_those_of_pyarrow(kind: str, count: int, every: int) -> None:
    """To the byte, with every third value missing, all, or none."""
    of, some = TYPES[kind]
    values: Sequence[object] = [
        None if every and at % every == 0 else some[at % len(some)] for at in range(count)
    ]
    made = array_of(values, of)
    made.validate(full=True)
    assert made.equals(pyarrow.array(values, of))
    assert written(made) == written(pyarrow.array(values, of))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        array_of([1 << 63], pyarrow.int64())


def test_what_no_table_has_is_left_to_pyarrow() -> None:
    assert array_of(["7", None], pyarrow.binary()).to_pylist() == [b"7", None]


def test_pandas_is_not_imported() -> None:
    """It takes more memory than all flows of a long capture."""
    program = (
        "import sys, pyarrow\n"
        "from tlseku.data_frames.arrow_arrays import array_of\n"
        "array_of([['a'], None], pyarrow.list_(pyarrow.string()))\n"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
