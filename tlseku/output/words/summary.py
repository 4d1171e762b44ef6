"""One line that says what was read, what was passed over and what was found.

Knows summaries and verdicts; must not know where the line goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from tlseku.flow import Flow, Summary
from tlseku.output.words.verdict_style import VERDICTS
from tlseku.output.words.wording import counted


def verdicts_of(flow: Flow) -> list[str]:
    """The verdicts of the chains that were presented in a flow, and ``hidden`` if it hides something."""
    return [presented.verdict for presented in flow.presented] + (["hidden"] if flow.hidden else [])


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by verdict in the order of the contract, ``hidden`` last, without those that are zero."""
    return {word: counts[word] for word in (*VERDICTS, "hidden") if counts.get(word, 0) > 0}


def summary_line(summary: Summary, verdicts: Mapping[str, int], shown: int | None = None) -> str:
    """``3 flows in 5 connections (1 ok, 2 hidden); 120 packets read, skipped: 7 not TCP``; not yet escaped.

    ``shown`` is how many flows a filter let through, None without a filter; the verdicts are those of these.
    """
    found = ", ".join(f"{number:,} {word}" for word, number in verdicts.items())
    parts = [
        ("" if shown is None else f"{shown:,} of ")
        + f"{counted(summary.flows, 'TLS flow')} in {counted(summary.connections, 'TCP connection')}"
        + (f" ({found})" if found else ""),
        _packets(summary),
    ]
    if summary.with_secrets:
        parts.insert(1, f"secrets for {counted(summary.with_secrets, 'flow')}")
    limits = _counts(summary.limits)
    if limits:
        parts.append(f"limits reached: {limits}")
    return "; ".join(parts)


def _packets(summary: Summary) -> str:
    files = "" if summary.files == 1 else f" from {counted(summary.files, 'file')}"
    skipped = _counts(summary.skipped)
    return f"{counted(summary.packets, 'packet')} read{files}" + (f", skipped: {skipped}" if skipped else "")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in counts.items() if number)
