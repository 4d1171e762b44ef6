"""What stands on which rung of a handshake ladder: a flow laid out, nothing drawn.

Knows flows, their steps and the words for them; must not know columns, pixels or escaping. Out comes a ``Ladder``: the
two ends, the rungs from top to bottom, and how it ended. A rung is what one side completes in one frame, or a stretch
that is hidden and stands where it would have been seen. All text is *not yet escaped*: each drawing does that.

Limits: ``SHOWN_RUNGS`` rungs, ``SHOWN_NOTES`` notes a rung; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from tlseku._objects import frozen
from tlseku.flow import Flow, Hidden, Role
from tlseku.output.pictures.ladder_notes import Note, certificate_notes, request_notes
from tlseku.output.reports.steps import Step, steps_of
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Style
from tlseku.output.words.verdict_style import outcome_style
from tlseku.registry.names import cipher_suite_name

SHOWN_RUNGS = 80
"""Rungs of a ladder. A handshake has about ten; a hostile one can have any number, and JSON has them all."""

SHOWN_NOTES = 24
"""Notes below one arrow. Two chains of twenty certificates do not fit, and nobody sends such in one frame."""

_SHORT = {"an encrypted handshake message": "encrypted handshake"}
_HELLO = ("client_hello",)
_SERVER_SPOKE = (*_HELLO, "server_hello", "hello_retry_request")
_SERVER_ASKED = (*_SERVER_SPOKE, "certificate_request", "server_hello_done")
_BEFORE = {"client_hello": _HELLO, "server_hello": _HELLO, "client_certificate": _SERVER_ASKED}


class End(NamedTuple):
    """One side of the ladder: ``address`` with its port, and its ``role``."""

    address: str
    role: Literal["client", "server"]


@frozen
class Rung:
    """One rung. ``frame`` is ``None`` for a ``hidden`` stretch, and ``role`` is then ``unknown``.

    ``since`` is the time after the beginning of the flow in nanoseconds, ``file`` set only where it differs from
    the flow's. ``encrypted`` says that nothing in it can be read. ``style`` is that of the ``label``.
    """

    kind: Literal["messages", "hidden"]
    role: Role
    frame: int | None
    since: int | None
    label: str
    style: Style = ""
    encrypted: bool = False
    file: str | None = None
    notes: tuple[Note, ...] = ()


@frozen
class Ladder:
    """A flow laid out. ``title`` names it; ``rungs_left_out`` counts what ``SHOWN_RUNGS`` cuts off."""

    title: str
    client: End
    server: End
    rungs: tuple[Rung, ...]
    rungs_left_out: int
    outcome: str
    outcome_style: Style


def ladder(flow: Flow) -> Ladder:
    """Lay a flow out as a ladder. Never raises."""
    steps = steps_of(flow)
    rungs = _with_hidden(steps, [_rung(step, flow) for step in steps], flow.hidden)
    return Ladder(
        title=f"Flow {flow.number} of {flow.file}",
        client=End(wording.endpoint(flow.client), "client"),
        server=End(wording.endpoint(flow.server), "server"),
        rungs=tuple(rungs[:SHOWN_RUNGS]),
        rungs_left_out=max(len(rungs) - SHOWN_RUNGS, 0),
        outcome=f"{wording.outcome(flow)}: {flow.outcome_basis}",
        outcome_style=outcome_style(flow),
    )


def _rung(step: Step, flow: Flow) -> Rung:
    alarm = any(alert.level == 2 and not alert.encrypted for alert in step.alerts)
    notes = tuple(_notes(step, flow))
    if len(notes) > SHOWN_NOTES:
        more = wording.counted(len(notes) - SHOWN_NOTES + 1, "more line")
        notes = (*notes[: SHOWN_NOTES - 1], Note(f"and {more}", "dim"))
    return Rung(
        kind="messages",
        role=step.role,
        frame=step.frame,
        since=step.ts - flow.start,
        label=", ".join(_SHORT.get(name, name) for name in step.named()),
        style="wrong" if alarm else "",
        encrypted=all(message.type == -1 and not message.decrypted for message in step.messages)
        and all(alert.encrypted or alert.code < 0 for alert in step.alerts)
        and any(message.kind != "change_cipher_spec" for message in step.messages)
        and not step.presented,
        file=step.file,
        notes=notes,
    )


def _notes(step: Step, flow: Flow) -> Iterator[Note]:
    kinds = {message.kind for message in step.messages}
    if "client_hello" in kinds and flow.sni is not None:
        yield Note(f"{wording.sni_label(flow)} {flow.sni}", "dim")
    if "server_hello" in kinds:
        cipher = "" if flow.cipher is None else f", {cipher_suite_name(flow.cipher)}"
        yield Note(f"{wording.version(flow)}{cipher}", "dim")
    if any(message.decrypted for message in step.messages):
        yield Note("opened with the session's secrets", "dim")
    for presented in step.presented:
        yield from certificate_notes(presented)
    for request in step.requests:
        yield from request_notes(request)


def _with_hidden(steps: list[Step], rungs: list[Rung], hidden: tuple[Hidden, ...]) -> list[Rung]:
    at: dict[int, list[Hidden]] = {}
    for one in hidden:
        at.setdefault(_place(one, steps), []).append(one)
    laid: list[Rung] = []
    for index in range(len(steps) + 1):
        laid += [_band(phrase) for phrase in wording.hidden(at.get(index, ()))]
        laid += rungs[index : index + 1]
    return laid


def _band(phrase: str) -> Rung:
    return Rung("hidden", "unknown", None, None, f"hidden: {phrase}", "hidden")


def _place(hidden: Hidden, steps: list[Step]) -> int:
    """The index of the rung before which a hidden stretch goes: where its message would have stood."""
    if hidden.reason == "starts_mid_handshake":
        return 0
    if hidden.reason in ("capture_ends", "table_full", "renegotiation_encrypted") or hidden.what == "alerts":
        return len(steps)
    kinds = _BEFORE.get(hidden.what, _SERVER_SPOKE)
    behind = [i for i, step in enumerate(steps, 1) if any(each.kind in kinds for each in step.messages)]
    return max(behind, default=0)
