"""Standard streams that are not there: closed by whoever started the program, or broken meanwhile.

Knows descriptors; must not know what is written.

A closed descriptor would be given to the next file that is opened, and what is meant for standard output would end up
in it. So each gets the null device, opened such that writing to standard output fails, which is told like a full disk;
who closes standard error wants to hear nothing.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

_INPUT, _OUTPUT, _ERROR = range(3)


def open_what_is_closed() -> None:
    """Give standard input, output and error a descriptor where they have none."""
    for number in (_INPUT, _OUTPUT, _ERROR):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is taken, which is this one.
            os.open(os.devnull, os.O_WRONLY if number == _ERROR else os.O_RDONLY)
    # Python has None in their place, whatever a type checker thinks.
    if (sys.stdout or None) is None:
        sys.stdout = open(_OUTPUT, "w", closefd=False)  # noqa: SIM115  stays open as long as the program
    if (sys.stderr or None) is None:
        sys.stderr = open(_ERROR, "w", closefd=False)  # noqa: SIM115  the same


def silence(stream: TextIO) -> None:
    """Send what comes to the null device: Python flushes once more when it ends, and would then complain itself."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):
        return
