"""What was measured, as plain data: one tool on one capture, and all of them together.

Knows medians; must not know how anything was run or is printed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from statistics import median

from answers import Agreement

NOT_THERE = "not in this build"
"""Why an output has no figures that a build does not offer."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one command. Times in seconds; ``peak_kib`` of its largest process."""

    wall: float
    cpu: float
    peak_kib: int
    exit: int
    timed_out: bool

    def good(self, exits: Collection[int] = (0,)) -> bool:
        """Whether it ended by itself and was content."""
        return not self.timed_out and self.exit in exits


@dataclass(slots=True)
class Outcome:
    """One tool on one capture: every counted run, and its agreement with the truth if it says anything.

    ``problem`` says why there are no figures: a timeout, an exit code.
    """

    tool: str
    kind: str
    runs: list[Run] = field(default_factory=list)
    agreement: Agreement | None = None
    problem: str | None = None

    @property
    def cpu(self) -> float | None:
        """Median of user and system seconds."""
        return median(run.cpu for run in self.runs) if self.runs else None

    @property
    def wall(self) -> float | None:
        """Median of seconds from start to end."""
        return median(run.wall for run in self.runs) if self.runs else None

    @property
    def peak_mb(self) -> float | None:
        """The largest peak of all runs, in 10^6 bytes."""
        return max(run.peak_kib for run in self.runs) * 1024 / 1e6 if self.runs else None


@dataclass(slots=True)
class Capture:
    """What the generator says of a capture, and what came of it. ``outcomes`` are by tool."""

    name: str
    kind: str
    size: float
    packets: int
    bytes: int
    certificates: int
    distinct_certificates: int
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def of_kind(self, kind: str) -> Outcome | None:
        """The outcome of a kind of contender, the one with a single process."""
        return next((one for one in self.outcomes.values() if one.kind == kind), None)

    def as_dict(self) -> dict[str, object]:
        """For JSON, with the medians written out."""
        plain = asdict(self)
        for name, outcome in self.outcomes.items():
            medians = {"cpu": outcome.cpu, "wall": outcome.wall, "peak_mb": outcome.peak_mb}
            plain["outcomes"][name]["median"] = medians
        return plain
