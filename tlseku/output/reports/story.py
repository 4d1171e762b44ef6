"""One flow told step by step, with the frames in which each step stands.

Knows flows and the width of a page; must not know colours or streams. Out come lines of styled segments: who
talks to whom, a numbered step for all messages that one side completes in one frame, under a step the chain
that was presented or the request that was made, then how it ended, what that adds up to, and what could not be
seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.correlation import correlate
from tlseku.flow import Flow
from tlseku.output.reports.chain_lines import chain_lines
from tlseku.output.reports.request_lines import request_lines
from tlseku.output.reports.steps import Step, steps_of
from tlseku.output.words import wording
from tlseku.output.words.carrier import carrier_words, outer_words
from tlseku.output.words.headlines import style_of
from tlseku.output.words.key_log_advice import how_to_open
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.output.words.timestamps import clock, date
from tlseku.output.words.verdict_style import outcome_style
from tlseku.registry.names import cipher_suite_name

SHOWN_STEPS = 500
"""Steps told. A handshake has about ten; a hostile one can have any number, and JSON has them all."""

SHOWN_SEGMENTS = 24
"""Segments named for one step; a chain of 64 kilobytes takes about 48."""

_INDENT = 6


def story_lines(flow: Flow, page: Page) -> Iterator[Line]:
    """The story of one flow, line by line."""
    yield from _opening(flow, page)
    yield ()
    steps = steps_of(flow)
    for number, step in enumerate(steps[:SHOWN_STEPS], 1):
        yield from _step_lines(number, step, flow, page)
    if len(steps) > SHOWN_STEPS:
        rest = wording.counted(len(steps) - SHOWN_STEPS, "more step")
        yield (Segment(f"  {page.signs.ellipsis} and {rest}", "dim"),)
    yield ()
    yield from _ending(flow, page)


def _opening(flow: Flow, page: Page) -> Iterator[Line]:
    start: Line = (Segment(f"Flow {flow.number}", "link"), Segment(" of "))
    yield from fill(start, words(page.clean(flow.file), "strong"), page.width, _INDENT)
    ends = f"{wording.endpoint(flow.client)} {page.signs.arrow} {wording.endpoint(flow.server)}"
    yield from fill((), words(page.clean(ends), "strong"), page.width, _INDENT)
    for label, text in _facts(flow):
        yield from fill((Segment(f"{label:<9} ", "dim"),), words(page.clean(text)), page.width, 10)


def _facts(flow: Flow) -> Iterator[tuple[str, str]]:
    begin, end = clock(flow.start), clock(flow.end)
    if begin is not None:
        last = (
            ""
            if end is None
            else f" to {end if date(flow.start) == date(flow.end) else f'{date(flow.end)} {end}'}"
        )
        yield "time", f"{date(flow.start)} {begin}{last} UTC"
    carrier = carrier_words(flow)
    if carrier is not None:
        yield "carrier", carrier
        yield from outer_words(flow)
    version = "unknown" if flow.version is None else wording.version(flow)
    yield "version", version if flow.cipher is None else f"{version}, {cipher_suite_name(flow.cipher)}"
    if flow.service is not None:
        yield "service", flow.service
    if flow.starttls is not None:
        yield "before TLS", flow.starttls
    if flow.sni is not None:
        yield wording.sni_label(flow), flow.sni
    if flow.alpn is not None or flow.alpn_offered:
        offered = f"offered {', '.join(flow.alpn_offered)}" if flow.alpn_offered else ""
        chosen = f"{flow.alpn} chosen" if flow.alpn is not None else ""
        yield "ALPN", ", ".join(part for part in (offered, chosen) if part)
    yield from ((label, f"offered {text}") for label, text in wording.offered(flow))
    if flow.direction != "unknown":
        yield "direction", f"{flow.direction} as seen from {wording.listed(flow.vantage)}"
    if flow.role_evidence != "client_hello":
        yield "roles", f"known by {flow.role_evidence.replace('_', ' ')}"
    if flow.resumed is not None and flow.resumed:
        yield "session", "resumed"


def _step_lines(number: int, step: Step, flow: Flow, page: Page) -> Iterator[Line]:
    name = page.clean(wording.sender(flow, step.role))
    start: Line = (Segment(f"{number:>3}. ", "dim"), Segment(name, "strong"), Segment(" "))
    text = f"sends {wording.listed(step.named())}{_where(step)}"
    if step.requests:
        text += f": {wording.asked(step.requests[0])}"
    yield from fill(start, words(page.clean(text)), page.width, 5)
    for presented in step.presented:
        yield from chain_lines(presented, page, _INDENT)
    for request in step.requests:
        yield from request_lines(request, page, _INDENT)


def _where(step: Step) -> str:
    frames = sorted({frame for message in step.messages for frame in message.frames})
    frames = frames or sorted({frame for presented in step.presented for frame in presented.frames})
    shown = [str(frame) for frame in frames[:SHOWN_SEGMENTS]]
    if len(frames) > SHOWN_SEGMENTS:
        shown.append(f"{len(frames) - SHOWN_SEGMENTS} more")
    segments = f", segments {', '.join(shown)}" if len(frames) > 1 else ""
    file = "" if step.file is None else f" of {step.file}"
    return f" (frame {step.frame}{segments}{file})"


def _ending(flow: Flow, page: Page) -> Iterator[Line]:
    outcome = f"{wording.outcome(flow)[:1].upper()}{wording.outcome(flow)[1:]}"
    yield from fill(
        (Segment(outcome, outcome_style(flow)), Segment(": ")),
        words(page.clean(flow.outcome_basis)),
        page.width,
        2,
    )
    yield from _absent(flow)
    yield from _statements(flow, page)
    for phrase in wording.hidden(flow.hidden):
        start: Line = (Segment(f"{page.signs.hidden} hidden: ", "hidden"),)
        yield from fill(start, words(page.clean(phrase), "hidden"), page.width, 2)
    way = how_to_open(flow)
    if way is not None:
        yield from fill((Segment("  "),), words(page.clean(way)), page.width, 2)
    for defect in flow.defects[:SHOWN_STEPS]:
        where = "" if defect.frame is None else f" (frame {defect.frame})"
        start = (Segment("! ", "caution"),)
        text = page.clean(f"{defect.layer}: {defect.reason}{where}")
        yield from fill(start, words(text, "caution"), page.width, 2)
    if len(flow.defects) > SHOWN_STEPS:
        rest = wording.counted(len(flow.defects) - SHOWN_STEPS, "more defect")
        yield (Segment(f"{page.signs.ellipsis} and {rest}", "dim"),)


def _statements(flow: Flow, page: Page) -> Iterator[Line]:
    for statement in correlate(flow)[:SHOWN_STEPS]:
        # What was asked for and what came of it stands there already.
        if statement.about in ("request_not_met", "not_requested"):
            continue
        start: Line = (Segment(f"{page.signs.arrow} ", style_of(statement)),)
        text = f"hint: {statement.text}" if statement.hint else statement.text
        yield from fill(start, words(page.clean(text)), page.width, 2)


def _absent(flow: Flow) -> Iterator[Line]:
    if flow.hidden:
        return
    if not flow.presented:
        yield (
            Segment(
                "No certificate was presented." if flow.outcome == "completed" else "No certificate seen."
            ),
        )
    # Only a server flight seen to its end proves that nothing was asked for.
    if not flow.requests and any(message.kind == "server_hello_done" for message in flow.messages):
        yield (Segment("The server asked for no client certificate."),)
