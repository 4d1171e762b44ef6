"""The targets, as data, and whether the figures of one run meet them.

Knows the project's targets; must not know how anything was measured. All are ratios within one run, or memory. A
target whose figures are missing is "not measured". Nothing here fails a build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contenders import FLOOR_CAT, FLOOR_TCPDUMP, TSHARK_ORDERED
from outcome import Capture, Outcome

PURE, COMPILED = "tlseku pure", "tlseku compiled"

PEAK_MB = 64 * 1.048576
"""64 MiB in the 10^6 bytes in which peaks are given."""

DISTINCT_MICROSECONDS = 15.0
HELP_SECONDS, TINY_SECONDS = 0.1, 0.15


@dataclass(frozen=True, slots=True)
class Faster:
    """On captures of ``kind``, tshark with reordering needs ``least`` times the CPU of ``tool``; ``aim`` is hoped."""

    kind: str
    tool: str
    least: float
    aim: float


@dataclass(frozen=True, slots=True)
class NearFloor:
    """On captures of ``kind``, compiled needs at most ``most`` times the CPU of ``floor``. None: report only."""

    kind: str
    floor: str
    most: float | None
    aim: float | None = None


FASTER = (
    Faster("handshake", COMPILED, 45, 60),
    Faster("mixed", COMPILED, 100, 130),
    Faster("bulk", COMPILED, 85, 110),
    Faster("handshake", PURE, 12, 16),
    Faster("mixed", PURE, 30, 40),
    Faster("bulk", PURE, 25, 33),
)

NEAR_FLOOR = (
    NearFloor("handshake", FLOOR_TCPDUMP, None),
    NearFloor("mixed", FLOOR_TCPDUMP, 0.75),
    NearFloor("bulk", FLOOR_TCPDUMP, 0.5),
    NearFloor("handshake", FLOOR_CAT, 20),
    NearFloor("mixed", FLOOR_CAT, 4, 2),
    NearFloor("bulk", FLOOR_CAT, 3, 2),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One target: ``met`` None where the figures are missing or the target only asks for a report."""

    what: str
    wanted: str
    measured: str
    met: bool | None
    aim_met: bool | None = None

    @property
    def word(self) -> str:
        """met, aim met, not met, or a dash."""
        if self.met is None:
            return "–"
        if not self.met:
            return "not met"
        return "aim met" if self.aim_met else "met"


def judge(captures: Sequence[Capture], start: Iterable[Outcome]) -> list[Judged]:
    """Every target against the figures."""
    return [
        *_faster(captures),
        *_near_floor(captures),
        *_memory(captures),
        *_right(captures),
        *_distinct(captures),
        *_start(list(start)),
    ]


def _faster(captures: Sequence[Capture]) -> Iterator[Judged]:
    for target in FASTER:
        for capture in _of_kind(captures, target.kind):
            ratio = _ratio(capture.outcomes.get(TSHARK_ORDERED), capture.of_kind(target.tool))
            yield Judged(
                f"{capture.name}: {TSHARK_ORDERED} ÷ {target.tool}, CPU",
                f"≥ {target.least:g} (aim {target.aim:g})",
                _times(ratio),
                None if ratio is None else ratio >= target.least,
                ratio is not None and ratio >= target.aim,
            )


def _near_floor(captures: Sequence[Capture]) -> Iterator[Judged]:
    for target in NEAR_FLOOR:
        for capture in _of_kind(captures, target.kind):
            ratio = _ratio(capture.of_kind(COMPILED), capture.outcomes.get(target.floor))
            wanted = "report" if target.most is None else f"≤ {target.most:g}"
            if target.aim is not None:
                wanted += f" (aim {target.aim:g})"
            yield Judged(
                f"{capture.name}: {COMPILED} ÷ {target.floor}, CPU",
                wanted,
                _times(ratio),
                None if ratio is None or target.most is None else ratio <= target.most,
                ratio is not None and target.aim is not None and ratio <= target.aim,
            )


def _memory(captures: Sequence[Capture]) -> Iterator[Judged]:
    for capture in captures:
        for outcome in _ours(capture):
            peak = outcome.peak_mb
            yield Judged(
                f"{capture.name}: {outcome.tool}, peak memory",
                "≤ 64 MiB",
                _missing(outcome) if peak is None else f"{peak / 1.048576:.1f} MiB",
                None if peak is None else peak <= PEAK_MB,
            )


def _right(captures: Sequence[Capture]) -> Iterator[Judged]:
    for capture in captures:
        for outcome in _ours(capture):
            judged = outcome.agreement
            total = 0 if judged is None else judged.right + judged.missing
            yield Judged(
                f"{capture.name}: {outcome.tool}, certificates",
                "all, none extra",
                _missing(outcome)
                if judged is None
                else f"{judged.right:,} of {total:,}, {judged.extra:,} extra",
                None if judged is None else judged.perfect,
            )


def _distinct(captures: Sequence[Capture]) -> Iterator[Judged]:
    for capture in _of_kind(captures, "distinct"):
        twin = next((c for c in captures if c.kind == "handshake" and c.size == capture.size), None)
        for tool in (PURE, COMPILED):
            ours = capture.of_kind(tool)
            base = twin.of_kind(tool) if twin else None
            if ours is None or base is None or twin is None or ours.cpu is None or base.cpu is None:
                continue
            more = capture.distinct_certificates - twin.distinct_certificates
            each = (ours.cpu - base.cpu) / more * 1e6
            yield Judged(
                f"{capture.name} against {twin.name}: {tool}, a further distinct certificate",
                f"≤ {DISTINCT_MICROSECONDS:g} µs beyond what display needs",
                f"{each:.1f} µs with display",
                each <= DISTINCT_MICROSECONDS,
            )


def _start(start: Sequence[Outcome]) -> Iterator[Judged]:
    for outcome in start:
        if not outcome.kind.startswith("tlseku"):
            continue
        most = HELP_SECONDS if "--help" in outcome.tool else TINY_SECONDS
        wall = outcome.wall
        yield Judged(
            outcome.tool,
            f"≤ {most:g} s",
            _missing(outcome) if wall is None else f"{wall:.3f} s",
            None if wall is None else wall <= most,
        )


def _of_kind(captures: Sequence[Capture], kind: str) -> list[Capture]:
    return [capture for capture in captures if capture.kind == kind]


def _ours(capture: Capture) -> list[Outcome]:
    return [one for one in capture.outcomes.values() if one.kind.startswith("tlseku")]


def _ratio(above: Outcome | None, below: Outcome | None) -> float | None:
    if above is None or below is None or above.cpu is None or not below.cpu:
        return None
    return above.cpu / below.cpu


def _times(ratio: float | None) -> str:
    return "not measured" if ratio is None else f"{ratio:.2f}"


def _missing(outcome: Outcome) -> str:
    return outcome.problem or "not measured"
