"""What is said of a flow, frame by frame, in lines short enough for a packet comment.

Knows flows and the words of ``report``; must not know how comments are written. Names from the wire are escaped here:
Wireshark shows a comment as it is, and tshark prints it to a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.correlation import correlate
from tlseku.events import AlertSeen, CertificatePresented, CertificateRequested, Event
from tlseku.flow import Alert, Flow, Presented, Request
from tlseku.output.words import wording
from tlseku.output.words.headlines import headline, shortened
from tlseku.output.words.hostile_text import visible

LONGEST_NAME = 120
"""Characters shown of a name; the certificate itself stands in the packet."""


def comments_on(flow: Flow) -> Iterator[tuple[int, str]]:
    """(frame, comment) pairs: the flow at its first message, what was presented, asked and refused where it completes.

    Frames are those of the flow's own file.
    """
    for frame, text in _said(flow):
        yield frame, visible(f"tlseku flow {flow.number}: {text}")


def comments_of_event(event: Event) -> Iterator[str]:
    """What is to be said of a packet that is written before the next one is there.

    That is less than ``comments_on`` knows: what answers a request has yet to come, and how a flow ends is told where a
    side refuses, or at the packet, of whichever flow, with which it became known.
    """
    for text in _said_at_once(event):
        yield visible(f"tlseku flow {event.flow.number}{text}")


def _said_at_once(event: Event) -> Iterator[str]:
    flow = event.flow
    if isinstance(event, CertificatePresented):
        yield f": {_presented(event.presented, flow)}"
    elif isinstance(event, CertificateRequested):
        yield f": {_asked(event.request)}"
    elif isinstance(event, AlertSeen):
        yield f": {_alert(event.alert)}"
        if flow.outcome in ("refused", "aborted"):
            yield f": {_opening(flow)}"
            told = headline(correlate(flow))
            if told is not None:
                yield f": {shortened(told)}"
    else:
        told = headline(correlate(flow))
        yield f" has ended: {_opening(flow)}{'' if told is None else f'; {shortened(told)}'}"


def _said(flow: Flow) -> Iterator[tuple[int, str]]:
    frames = [message.frame for message in flow.messages if message.file is None]
    if frames:
        yield frames[0], _opening(flow)
    for presented in flow.presented:
        if presented.file is None:
            yield presented.frame, _presented(presented, flow)
    for request in flow.requests:
        if request.file is None:
            yield request.frame, _request(request)
    for alert in flow.alerts:
        if alert.file is None:
            yield alert.frame, _alert(alert)
    told = headline(correlate(flow))
    if told is not None and told.frames:
        yield told.frames[-1], shortened(told)


def _opening(flow: Flow) -> str:
    ends = f"{wording.endpoint(flow.client)} -> {wording.endpoint(flow.server)}"
    said = [ends, wording.version(flow), wording.outcome(flow)]
    if flow.sni is not None:
        said.insert(1, f"{wording.sni_label(flow)} {_clipped(flow.sni)}")
    return "; ".join([", ".join(said), *(f"hidden: {each}" for each in wording.hidden(flow.hidden))])


def _presented(presented: Presented, flow: Flow) -> str:
    who = f"{presented.role} {wording.sender(flow, presented.role)}"
    if not presented.chain:
        return f"{who} presents no certificate: {presented.verdict} - {presented.reason}"
    leaf = presented.chain[0]
    broken = presented.broken_at
    issuer = (
        f" (certificate {broken} of the chain takes it away)" if broken is not None and broken > 0 else ""
    )
    return (
        f"{who} presents serial {wording.serial(leaf)}, EKU {', '.join(wording.purposes(leaf))}: "
        f"{presented.verdict} - {presented.reason}{issuer}; {_clipped(wording.subject(leaf))}, "
        f"issued by {_clipped(wording.name_or_state(leaf.issuer))}"
    )


def _request(request: Request) -> str:
    return f"{_asked(request)}: {wording.answered(request)}"


def _asked(request: Request) -> str:
    first = f", {_clipped(request.authority_names[0])} first" if request.authority_names else ""
    return f"{request.role} {wording.asked(request)}{first}"


def _alert(alert: Alert) -> str:
    after = "" if alert.after is None else f" after {wording.camel(alert.after).removeprefix('an ')}"
    return f"{alert.role} sends {wording.alert(alert)}{after}"


def _clipped(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
