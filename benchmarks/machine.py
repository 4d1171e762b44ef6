"""The shape of the machine that a benchmark ran on, and the day.

Knows /proc; must not know the benchmark. Arguments of the runner override what is read here.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """``memory_gib`` is rounded; ``system`` the kernel's name and release."""

    date: str
    cores: int
    memory_gib: int
    cpu: str
    system: str

    def __str__(self) -> str:
        return f"{self.date}, {self.cpu}, {self.cores} cores, {self.memory_gib} GiB memory, {self.system}"


def describe(date: str | None = None, text: str | None = None) -> Machine:
    """This machine; ``date`` in place of today's (UTC), ``text`` in place of the model of the processor."""
    return Machine(
        date=date or datetime.now(tz=timezone.utc).date().isoformat(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(_number("/proc/meminfo", "MemTotal") / 2**20),
        cpu=text or _value("/proc/cpuinfo", "model name") or platform.machine(),
        system=f"{platform.system()} {platform.release()}",
    )


def _value(file: str, key: str) -> str:
    for line in Path(file).read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def _number(file: str, key: str) -> int:
    return int((_value(file, key) or "0").split()[0])
