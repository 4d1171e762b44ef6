"""How much work something is: counted, not timed, so that a busy machine finds what a quiet one finds.

Counts the bytecode instructions that run in Python. Work inside C (a regular expression, a copy of bytes) and in the
compiled build is not seen: the long tier measures that by time, in ``test_hostile``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tlseku import how_built

LINEAR = 4.6
"""At most how many times the work four times the size may take; 16 would be quadratic."""

counted_in_pure = pytest.mark.skipif(how_built() == "compiled", reason="work is counted in the pure build")


def work(run: Callable[[], object]) -> int:
    """The instructions that one run takes; what is made once (tables, patterns) was made by a run before it."""
    run()
    count = 0

    def instruction(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += 1
        return instruction

    before = sys.gettrace()
    sys.settrace(instruction)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def growth(run: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times the work of a size four times the size takes: 4 where it is linear, 16 where it is quadratic."""
    return work(run(4 * size)) / work(run(size))
