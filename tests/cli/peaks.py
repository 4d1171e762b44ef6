"""How much memory a command takes: ``python -m tests.cli.peaks COMMAND…`` runs it and says so on standard error.

The number is ``VmHWM`` of proc(5): the most resident memory that the process had, in kilobytes. (``ru_maxrss`` would
include what the process that started this one had.)
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from tlseku.cli import main

STATUS = Path("/proc/self/status")


def peak_kb() -> int:
    """The most that this process had until now."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


if __name__ == "__main__":
    with suppress(SystemExit):
        main(sys.argv[1:])
    sys.stderr.write(f"{peak_kb()}\n")
