"""The targets, as data, and whether the figures of one run meet them.

Knows the project's targets; must not know how anything was measured. All are ratios within one run, or memory. A
target whose figures are missing is "not measured". Nothing here fails a build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contenders import TSHARK_ORDERED
from outcome import NOT_THERE, Capture, Outcome

PURE, COMPILED = "tlseku pure", "tlseku compiled"
BEFORE = {PURE: "before pure", COMPILED: "before compiled"}

MIB = 1.048576
"""In the 10^6 bytes in which peaks are given."""
PEAK_MIB, REPORT_PEAK_MIB = 64, 150
NOT_STREAMED = ("read()",)
"""Outputs that keep all flows, and have no bound."""

DISTINCT_MICROSECONDS = 15.0
HELP_SECONDS, TINY_SECONDS = 0.06, 0.10


@dataclass(frozen=True, slots=True)
class Faster:
    """On captures of ``kind``, tshark with reordering needs ``least`` times the CPU of ndjson; ``aim`` is hoped."""

    kind: str
    least: float
    aim: float


FASTER = (
    Faster("handshake", 35, 60),
    Faster("mixed", 65, 100),
    Faster("bulk", 65, 100),
    Faster("diverse", 8, 15),
)

KINDS = ("handshake", "mixed", "bulk", "diverse")

NDJSON = {COMPILED: (0.55, 0.50, 0.90, 0.45), PURE: (0.6, 0.6, 0.9, 0.6)}
"""CPU of ``flows -T ndjson`` ÷ that of the build before, at most, for each of ``KINDS``."""

OUTPUTS = {
    **dict.fromkeys(
        ("table", "csv", "ecs", "json", "-Y", "--fail-on", "certs", "sunset"), (1.2, 1.0, 1.0, 0.8)
    ),
    "scan()": (0.8, 0.7, 0.9, 0.6),
}
"""CPU of an output, compiled, ÷ that of ``flows -T ndjson`` of the build before, at most."""

TWO_PROCESSES = {"handshake": 0.65, "mixed": 0.65, "bulk": 0.7}
"""Wall time of ``-j 2`` ÷ ``-j 1`` on one file, at most, on two idle cores."""

REPORT_SECONDS = {"handshake": 5.0}
"""CPU of ``report`` for the 20,000 flows of size 1."""


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
        *_progress(captures),
        *_faster(captures),
        *_two_processes(captures),
        *_memory(captures),
        *_report(captures),
        *_right(captures),
        *_distinct(captures),
        *_start(list(start)),
    ]


def _progress(captures: Sequence[Capture]) -> Iterator[Judged]:
    """Against the build before."""
    for index, kind in enumerate(KINDS):
        for capture in _of_kind(captures, kind):
            for tool, most in NDJSON.items():
                yield _at_most(capture, capture.of_kind(tool), tool, BEFORE[tool], most[index])
            for output, most in OUTPUTS.items():
                name = f"{COMPILED}: {output}"
                yield _at_most(capture, capture.outcomes.get(name), name, BEFORE[COMPILED], most[index])


def _at_most(capture: Capture, ours: Outcome | None, name: str, base: str, most: float) -> Judged:
    ratio = _ratio(ours, capture.outcomes.get(base))
    met = None if ratio is None else ratio <= most
    return Judged(f"{capture.name}: {name} ÷ {base}, CPU", f"≤ {most:g}", _times(ratio), met)


def _faster(captures: Sequence[Capture]) -> Iterator[Judged]:
    for target in FASTER:
        for capture in _of_kind(captures, target.kind):
            ratio = _ratio(capture.outcomes.get(TSHARK_ORDERED), capture.of_kind(COMPILED))
            yield Judged(
                f"{capture.name}: {TSHARK_ORDERED} ÷ {COMPILED}, CPU",
                f"≥ {target.least:g} (aim {target.aim:g})",
                _times(ratio),
                None if ratio is None else ratio >= target.least,
                ratio is not None and ratio >= target.aim,
            )


def _two_processes(captures: Sequence[Capture]) -> Iterator[Judged]:
    for kind, most in TWO_PROCESSES.items():
        for capture in _of_kind(captures, kind):
            two, one = (capture.outcomes.get(f"{COMPILED}: -j {number}") for number in (2, 1))
            ratio = None if not two or not one or two.wall is None or not one.wall else two.wall / one.wall
            met = None if ratio is None else ratio <= most
            yield Judged(f"{capture.name}: -j 2 ÷ -j 1, one file, wall", f"≤ {most:g}", _times(ratio), met)


def _memory(captures: Sequence[Capture]) -> Iterator[Judged]:
    for capture in captures:
        for outcome in _ours(capture):
            if outcome.problem == NOT_THERE or outcome.tool.endswith(NOT_STREAMED):
                continue
            most = REPORT_PEAK_MIB if outcome.tool.endswith(": report") else PEAK_MIB
            peak = outcome.peak_mb
            yield Judged(
                f"{capture.name}: {outcome.tool}, peak memory",
                f"≤ {most} MiB",
                _missing(outcome) if peak is None else f"{peak / MIB:.1f} MiB",
                None if peak is None else peak <= most * MIB,
            )


def _report(captures: Sequence[Capture]) -> Iterator[Judged]:
    for kind, most in REPORT_SECONDS.items():
        for capture in _of_kind(captures, kind):
            outcome = capture.outcomes.get(f"{COMPILED}: report")
            if outcome is None or outcome.cpu is None or capture.size != 1:
                continue
            yield Judged(
                f"{capture.name}: {outcome.tool}, CPU",
                f"≤ {most:g} s",
                f"{outcome.cpu:.2f} s",
                outcome.cpu <= most,
            )


def _right(captures: Sequence[Capture]) -> Iterator[Judged]:
    for capture in captures:
        for outcome in _ours(capture):
            if outcome.kind == "output":
                continue
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
    return [one for one in capture.outcomes.values() if one.kind == "output" or one.kind.startswith("tlseku")]


def _ratio(above: Outcome | None, below: Outcome | None) -> float | None:
    if above is None or below is None or above.cpu is None or not below.cpu:
        return None
    return above.cpu / below.cpu


def _times(ratio: float | None) -> str:
    return "not measured" if ratio is None else f"{ratio:.2f}"


def _missing(outcome: Outcome) -> str:
    return outcome.problem or "not measured"
