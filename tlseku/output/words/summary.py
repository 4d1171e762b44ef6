"""One line that says what was read, what was passed over and what was found.

Knows summaries and verdicts; must not know where the line goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tlseku.flow import Flow, Summary
from tlseku.output.words.verdict_style import VERDICTS
from tlseku.output.words.wording import counted

HOLDS_NO_CERTIFICATES = ("not IP", "not TCP")
"""The reasons in ``Summary.skipped`` that stand for nothing that is read elsewhere: ARP, DNS, ICMP and their like."""


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by verdict in the order of the contract, ``hidden`` last, without those that are zero."""
    return {word: counts[word] for word in (*VERDICTS, "hidden") if counts.get(word, 0) > 0}


def summary_line(
    summary: Summary, verdicts: Mapping[str, int], shown: int | None = None, hidden_left_out: int = 0
) -> str:
    """``3 flows in 5 connections (1 ok, 2 hidden); 120 packets read, skipped: 7 not TCP``; not yet escaped.

    ``shown`` is how many flows a filter let through, None without a filter; the verdicts are those of these, and
    ``hidden_left_out`` counts flows that it did not let through and that hide something.
    """
    found = ", ".join(f"{number:,} {word}" for word, number in verdicts.items())
    parts = [
        ("" if shown is None else f"{shown:,} of ")
        + f"{counted(summary.flows, 'TLS flow')} in {_conversations(summary)}"
        + (f" ({found})" if found else ""),
        _packets(summary),
    ]
    if summary.with_secrets:
        parts.insert(1, f"secrets for {counted(summary.with_secrets, 'flow')}")
    limits = _counts(summary.limits)
    if limits:
        parts.append(f"limits reached: {limits}")
    if hidden_left_out:
        parts.append(f"{counted(hidden_left_out, 'flow')} left out may hide what is looked for")
    if summary.damage:
        parts.append(f"not read: {', '.join(summary.damage)}")
    return "; ".join(parts)


def is_unread(summary: Summary) -> bool:
    """Whether something that may hold certificates was seen and not read, so that nothing found means little."""
    return bool(unread_words(summary))


def unread_words(summary: Summary) -> list[str]:
    """What was seen and not read, a phrase each: ``17 packets: QUIC``, ``a damaged or cut capture``; empty if all
    was read."""
    said = [f"{counted(number, 'packet')}: {reason}" for reason, number in _unread(summary).items()]
    said += [
        f"limit reached {counted(times, 'time')}: {limit}" for limit, times in summary.limits.items() if times
    ]
    return said + list(summary.damage)


def unseen_to_dict(summary: Summary, hidden_flows: int) -> dict[str, object]:
    """The same for JSON, with the number of flows that hide something: ``not_seen`` of several contracts."""
    return {
        "hidden_flows": hidden_flows,
        "skipped": _unread(summary),
        "limits": {limit: times for limit, times in summary.limits.items() if times},
        "damage": list(summary.damage),
    }


def unseen_line(summary: Summary, hidden_flows: int, what: str = "something") -> str | None:
    """One sentence to stand beside an all-clear: what flows hide and what was not read; None if all was seen."""
    verb = "hides" if hidden_flows == 1 else "hide"
    said = [f"{counted(hidden_flows, 'flow')} {verb} {what}"] if hidden_flows else []
    said += unread_words(summary)
    return f"not seen: {'; '.join(said)}" if said else None


def hidden_flows(flows: Iterable[Flow]) -> int:
    """How many of the flows hide something."""
    return sum(1 for flow in flows if flow.hidden)


def _unread(summary: Summary) -> dict[str, int]:
    return {
        reason: number
        for reason, number in summary.skipped.items()
        if number and reason not in HOLDS_NO_CERTIFICATES
    }


def _conversations(summary: Summary) -> str:
    others = counted(summary.conversations, "conversation") + " of other carriers"
    if not summary.conversations:
        return counted(summary.connections, "TCP connection")
    return f"{counted(summary.connections, 'TCP connection')} and {others}" if summary.connections else others


def _packets(summary: Summary) -> str:
    files = "" if summary.files == 1 else f" from {counted(summary.files, 'file')}"
    skipped = _counts(summary.skipped)
    return f"{counted(summary.packets, 'packet')} read{files}" + (f", skipped: {skipped}" if skipped else "")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in counts.items() if number)
