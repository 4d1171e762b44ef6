"""A process that does some work: a copy of this one where that is safe, else one that begins afresh.

Knows processes; must not know what they do. A copy imports nothing twice, but has only the thread that made it, so that
it is made where there is no other: libraries of storages have threads, and then everything that the work needs must be
such that it can be pickled, and a script needs ``if __name__ == "__main__":``, as ever with processes in Python.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess

SELDOM = (50_000, 20, 100)
"""When such a process looks for cycles: as seldom as the command line does."""


def may_be_copies() -> bool:
    """Whether a process that begins now may be a copy of this one."""
    return sys.platform == "linux" and threading.active_count() == 1


def new_process(work: Callable[[], None], *, afresh: bool = False) -> BaseProcess:
    """A process that is to be started, and ends with this one; ``afresh`` if it must be no copy."""
    begin = partial(_begin, work)
    if not afresh and may_be_copies():
        return multiprocessing.get_context("fork").Process(target=begin, daemon=True)
    return multiprocessing.get_context("spawn").Process(target=begin, daemon=True)


def _begin(work: Callable[[], None]) -> None:
    # What a reading keeps has next to no cycles, and what a copy has from this process stays as it is.
    gc.freeze()
    gc.set_threshold(*SELDOM)
    work()
