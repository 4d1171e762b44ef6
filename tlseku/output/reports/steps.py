"""A flow as steps: all that one side completes in one frame is one step, in the order of the wire.

Knows flows; must not know how a step is told or drawn. What a flow reports without a message of its own (an unfinished
certificate list, say) is a step of its own, behind the last message seen before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias

from tlseku.flow import Alert, Flow, Message, Presented, Request, Role
from tlseku.output.words import wording

_Place: TypeAlias = tuple[str, int, "str | None"]


@dataclass(slots=True)
class Step:
    """What ``role`` completes in ``frame`` (of ``file``, where it is not the flow's): the ``messages``, and what was
    ``presented``, asked (``requests``) or said (``alerts``) with them."""

    role: Role
    frame: int
    file: str | None
    ts: int
    messages: list[Message] = field(default_factory=list)
    presented: list[Presented] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def named(self) -> list[str]:
        """Its messages in the words of the RFCs, alerts last; not yet escaped."""
        named = [wording.camel(message.kind) for message in self.messages if message.kind != "alert"]
        if not self.messages:
            named += [
                "an unfinished Certificate" if presented.verdict == "incomplete" else "Certificate"
                for presented in self.presented
            ]
        named += ["CertificateRequest" for _ in self.requests if not self.messages]
        alerts = [wording.alert(alert) for alert in self.alerts]
        missing = sum(message.kind == "alert" for message in self.messages) - len(alerts)
        return [*named, *alerts, *["an alert"] * missing]


def steps_of(flow: Flow) -> list[Step]:
    """The steps of a flow in order."""
    steps: list[Step] = []
    for message in flow.messages:
        last = steps[-1] if steps else None
        if last is None or _place(last) != _place(message):
            last = Step(message.role, message.frame, message.file, message.ts)
            steps.append(last)
        last.messages.append(message)
    with_kind = {(_place(step), message.kind): step for step in steps for message in step.messages}
    extra: dict[_Place, Step] = {}

    def step_of(part: Presented | Request | Alert, *kinds: str) -> Step:
        for kind in kinds:
            if (_place(part), kind) in with_kind:
                return with_kind[_place(part), kind]
        return extra.setdefault(_place(part), Step(part.role, part.frame, part.file, part.ts))

    for presented in flow.presented:
        step_of(presented, "certificate", "compressed_certificate").presented.append(presented)
    for request in flow.requests:
        step_of(request, "certificate_request").requests.append(request)
    for alert in flow.alerts:
        step_of(alert, "alert").alerts.append(alert)
    return _merged(steps, list(extra.values()))


def _place(part: Step | Message | Presented | Request | Alert) -> _Place:
    return part.role, part.frame, part.file


def _merged(steps: list[Step], extra: list[Step]) -> list[Step]:
    # Steps without a message go behind the last message seen before them; messages keep their order.
    times = accumulate((step.ts for step in steps), max)
    keyed = [(time, 0, index, step) for index, (time, step) in enumerate(zip(times, steps, strict=True))]
    keyed += [(step.ts, 1, index, step) for index, step in enumerate(extra)]
    return [step for _, _, _, step in sorted(keyed, key=lambda item: item[:3])]
