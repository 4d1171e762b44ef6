"""Many flows as a compact table: a line a flow, as many as a screen holds.

Knows flows; must not know where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.correlation import correlate
from tlseku.flow import Flow, Presented
from tlseku.output.notebook.captions import with_warnings
from tlseku.output.notebook.markup import Html, Row, code, joined, styled, table, text, unbroken
from tlseku.output.words import wording
from tlseku.output.words.headlines import headline, shortened, style_of
from tlseku.output.words.terminal_page import UNICODE_SIGNS
from tlseku.output.words.timestamps import clock, date
from tlseku.output.words.verdict_style import look, outcome_style

SHOWN_FLOWS = 30
"""Rows shown; the caption says how many there are."""

_HEAD = ("#", "start (UTC)", "client → server", "outcome", "server certificate", "client certificate")


def flow_table(flows: Sequence[Flow], summary: str, warnings: Sequence[str] = ()) -> Html:
    """The first ``SHOWN_FLOWS`` flows, the summary of the reading, and the first warnings about it."""
    caption = summary
    if len(flows) > SHOWN_FLOWS:
        caption = f"{SHOWN_FLOWS} of {len(flows):,} flows shown. {summary}"
    rows = (_row(flow) for flow in flows[:SHOWN_FLOWS])
    return table(_HEAD, rows, with_warnings(caption, warnings))


def _row(flow: Flow) -> Row:
    outcome = styled(wording.outcome(flow), outcome_style(flow))
    told = headline(correlate(flow))
    return Row(
        (
            text(str(flow.number)),
            _below(date(flow.start) or "?", clock(flow.start) or "?"),
            _below(f"{wording.endpoint(flow.client)} →", wording.endpoint(flow.server), flow.sni),
            joined((unbroken(outcome), unbroken(text(wording.version(flow)))), "<br>"),
            _chains(flow, "server"),
            _chains(flow, "client"),
        ),
        None if told is None else styled(f"{UNICODE_SIGNS.arrow} {shortened(told)}", style_of(told)),
    )


def _below(*parts: str | None) -> Html:
    return joined((unbroken(text(part)) for part in parts if part is not None), "<br>")


def _chains(flow: Flow, role: str) -> Html:
    found = [presented_line(each) for each in flow.presented if each.role == role]
    if found:
        return joined(found, "<br>")
    reasons = [each.reason for each in flow.hidden if each.what == f"{role}_certificate"]
    if not reasons:
        return text("")
    because = wording.HIDDEN_BECAUSE.get(reasons[0], reasons[0])
    return styled(f"{UNICODE_SIGNS.hidden} hidden: {because}", "dim")


def presented_line(presented: Presented) -> Html:
    """``✗ wrong serverAuth 5a17…``."""
    seen = look(presented)
    verdict = styled(f"{seen.mark(UNICODE_SIGNS)} {presented.verdict}", seen.style)
    if not presented.chain:
        return verdict
    leaf = presented.chain[0]
    eku = ", ".join(wording.purposes(leaf)) if leaf.eku is not None or not leaf.readable else "no EKU"
    return joined((unbroken(joined((verdict, text(eku)))), code(wording.serial(leaf))), "<br>")
