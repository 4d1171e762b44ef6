"""Flows as Mermaid sequence diagrams in Markdown, a diagram a flow.

Knows the syntax of sequence diagrams (https://mermaid.js.org/syntax/sequenceDiagram.html) and what escapes in it;
must not know streams. Both hosts, each message with its frame, the verdict beside a Certificate, alerts as crosses,
and what is hidden. Everything that is not plain text stands as an entity, so that no name can end a line or begin a
directive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from tlseku.flow import Alert, Flow, Message, Presented
from tlseku.output.words import wording
from tlseku.output.words.hostile_text import visible

SHOWN_MESSAGES = 200
"""Messages of one flow that are drawn; a handshake has some twenty, a hostile capture may have millions."""

LONGEST_TEXT = 200
"""Characters of one text."""

_NOT_PLAIN = re.compile(r"[^0-9A-Za-z ,./()\-_=+*'!]")
_SIDES = {"client": ("C", "S"), "server": ("S", "C")}


def writer() -> Callable[[Flow], str]:
    """Makes a heading and a fenced diagram of one flow after the other."""
    return lambda flow: "".join([f"{line}\n" for line in diagram(flow)])


def diagram(flow: Flow) -> Iterator[str]:
    """The lines of one flow's diagram, with the fences."""
    yield f"### Flow {flow.number}: {escaped(wording.outcome(flow))}"
    yield ""
    yield "```mermaid"
    yield "sequenceDiagram"
    yield f"    participant C as {escaped(wording.endpoint(flow.client))} (client)"
    yield f"    participant S as {escaped(wording.endpoint(flow.server))} (server)"
    presented: dict[tuple[str, int], Presented] = {(each.role, each.frame): each for each in flow.presented}
    alerts: dict[tuple[str, int], Alert] = {(each.role, each.frame): each for each in flow.alerts}
    for message in flow.messages[:SHOWN_MESSAGES]:
        yield from _message(message, presented, alerts)
    if len(flow.messages) > SHOWN_MESSAGES:
        yield f"    Note over C,S: {wording.counted(len(flow.messages) - SHOWN_MESSAGES, 'more message')}"
    for phrase in wording.hidden(flow.hidden):
        yield f"    Note over C,S: {escaped(f'hidden: {phrase}')}"
    yield f"    Note over C,S: {escaped(f'{wording.outcome(flow)}: {flow.outcome_basis}')}"
    yield "```"
    yield ""


def _message(
    message: Message, presented: dict[tuple[str, int], Presented], alerts: dict[tuple[str, int], Alert]
) -> Iterator[str]:
    sender, receiver = _SIDES.get(message.role, ("C", "S"))
    where = f"frame {message.frame}"
    if message.kind == "alert":
        alert = alerts.get((message.role, message.frame))
        text = "alert" if alert is None else wording.alert(alert)
        yield f"    {sender}-x{receiver}: {escaped(text)} ({where})"
        return
    arrow = "->>" if message.type >= 0 else "-->>"
    yield f"    {sender}{arrow}{receiver}: {escaped(wording.camel(message.kind))} ({where})"
    chain = presented.get((message.role, message.frame))
    if chain is not None and message.kind in ("certificate", "compressed_certificate"):
        yield f"    Note {'left' if sender == 'C' else 'right'} of {sender}: {escaped(_verdict(chain))}"


def _verdict(presented: Presented) -> str:
    if not presented.chain:
        return presented.verdict
    leaf = presented.chain[0]
    return f"{presented.verdict}, EKU {', '.join(wording.purposes(leaf))}, serial {wording.serial(leaf)}"


@lru_cache(maxsize=1024)
def escaped(text: str) -> str:
    """Text for a diagram: visible, at most ``LONGEST_TEXT`` characters, all but plain ones as entities (``#35;``)."""
    shown = visible(text)
    shown = shown if len(shown) <= LONGEST_TEXT else f"{shown[: LONGEST_TEXT - 1]}…"
    return _NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", shown)
