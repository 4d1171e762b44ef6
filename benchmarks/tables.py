"""The results as Markdown.

Knows what a reader wants side by side; must not know how it was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contenders import TSHARK_ORDERED
from outcome import Capture, Outcome
from targets import Judged


def of_capture(capture: Capture) -> str:
    """One capture: a line a tool."""
    reference = capture.outcomes.get(TSHARK_ORDERED)
    base = reference.cpu if reference else None
    title = (
        f"### {capture.name}: {capture.packets:,} packets, {capture.bytes / 1e6:,.0f} MB, "
        f"{capture.certificates:,} certificates ({capture.distinct_certificates:,} distinct)"
    )
    head = (
        "tool",
        "CPU s",
        "wall s",
        "peak MB",
        "packets/s",
        "tshark ÷ it",
        "right",
        "missing",
        "extra",
        "runs",
    )
    return f"{title}\n\n" + _table(head, [_row(capture, one, base) for one in capture.outcomes.values()])


def _row(capture: Capture, outcome: Outcome, base: float | None) -> list[str]:
    cpu, wall, peak = outcome.cpu, outcome.wall, outcome.peak_mb
    if cpu is None or wall is None or peak is None:
        return [outcome.tool, outcome.problem or "not run", *[""] * 8]
    judged = outcome.agreement
    verdict = (
        ["–"] * 3 if judged is None else [f"{n:,}" for n in (judged.right, judged.missing, judged.extra)]
    )
    copies = 2 if outcome.kind == "twice" else 1
    ratio = _ratio(copies * base / cpu) if base is not None and cpu else ""
    return [
        outcome.tool,
        _seconds(cpu),
        _seconds(wall),
        f"{peak:.0f}",
        _short(copies * capture.packets / wall) if wall else "",
        ratio,
        *verdict,
        str(len(outcome.runs)),
    ]


def of_growth(captures: Iterable[Capture]) -> str:
    """The kinds of which there are several sizes: what a packet costs and how memory grows."""
    kinds: dict[str, list[Capture]] = {}
    for capture in captures:
        kinds.setdefault(capture.kind, []).append(capture)
    rows = []
    for kind, several in kinds.items():
        if len(several) < 2:
            continue
        several.sort(key=lambda capture: capture.size)
        for tool in several[0].outcomes:
            for capture in several:
                outcome = capture.outcomes.get(tool)
                if outcome is None or outcome.cpu is None or outcome.peak_mb is None:
                    continue
                each = f"{outcome.cpu / capture.packets * 1e6:.2f}"
                rows.append(
                    [kind, tool, f"{capture.size:g}", _seconds(outcome.cpu), each, f"{outcome.peak_mb:.0f}"]
                )
    if not rows:
        return ""
    return "### Growth\n\n" + _table(("capture", "tool", "size", "CPU s", "µs a packet", "peak MB"), rows, 2)


def of_start(outcomes: Iterable[Outcome]) -> str:
    """Start-up and a tiny capture."""
    rows = [
        [one.tool, _seconds(one.wall), _seconds(one.cpu), f"{one.peak_mb:.0f}", str(len(one.runs))]
        for one in outcomes
        if one.wall is not None and one.cpu is not None and one.peak_mb is not None
    ]
    return "### Start\n\n" + _table(("command", "wall s", "CPU s", "peak MB", "runs"), rows) if rows else ""


def of_targets(judged: Iterable[Judged]) -> str:
    """What is met and what is not."""
    rows = [[one.what, one.wanted, one.measured, one.word] for one in judged]
    return "### Targets\n\n" + _table(("target", "wanted", "measured", ""), rows, 4)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * words + "---:|" * (len(head) - words)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.0f} k" if value >= 1e4 else f"{value:,.0f}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
