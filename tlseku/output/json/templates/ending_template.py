"""What is concluded from all flows of one kind, as a template.

Knows how the JSON of a flow is laid out after what was presented, asked and said; must not know how anything is
concluded. Made from the first flow of a kind, for which everything was concluded in full; the others of that kind
differ only in frames and times. A template that does not give back the text that it was made from is none."""

from __future__ import annotations

from collections.abc import Sequence

from librt.strings import BytesWriter

from tlseku.output.json.flow_json import to_json
from tlseku.output.json.templates.digits import write_number
from tlseku.output.json.templates.timestamp_writer import Moments

_FILL = "\x00"  # cannot stand in JSON
_WORDS = (
    "outcome",
    "outcome_basis",
    "outcome_evidence",
    "refused_by",
    "closed_by",
    "inside_answer",
    "client_certificate_accepted",
    "server_certificate_accepted",
    "client_certificate",
)


class Ending:
    """``texts`` stand around frame and time of each alert, then around the frames that ``rests_on`` picks of all that
    was heard.

    ``resumed`` and ``answer`` (to a request) stand earlier in the line. ``explains`` is the role whose chain has a part
    in the text beside its purposes: ``client``, ``server``, or nobody's. ``hidden`` whether something was not seen.
    """

    __slots__ = ("answer", "explains", "hidden", "rests_on", "resumed", "texts")

    def __init__(self, template: str, rests_on: Sequence[int], flow: dict[str, object]) -> None:
        requests = flow["requests"]
        self.texts = template.encode("ascii").split(_FILL.encode())
        self.rests_on = tuple(rests_on)
        self.resumed = _text(flow["resumed"]).encode("ascii")
        answer = str(requests[0]["answer"]) if isinstance(requests, list) and requests else ""
        self.answer = answer.encode("ascii")
        self.explains = _explained(flow)
        self.hidden = bool(flow["hidden"])

    def fill(self, out: BytesWriter, alerts: list[int], frames: list[int], moments: Moments) -> None:
        """Append the end of a line. ``alerts`` has frame and time of each alert, ``frames`` the frames of everything
        heard."""
        texts = self.texts
        out.write(texts[0])
        at = 1
        for alert in range(0, len(alerts), 2):
            write_number(out, alerts[alert])
            out.write(texts[at])
            moments.write(out, alerts[alert + 1])
            out.write(texts[at + 1])
            at += 2
        for index in self.rests_on:
            write_number(out, frames[index])
            out.write(texts[at])
            at += 1


def ending_of(flow: dict[str, object], frames: Sequence[int], alerts: int) -> Ending | None:
    """The template of a flow's end, None if it cannot be one.

    ``flow`` is the whole object, ``frames`` are those of everything heard, ``alerts`` the number of alerts among
    them."""
    said, statements = flow["alerts"], flow["statements"]
    if not isinstance(said, list) or not isinstance(statements, list) or flow["defects"]:
        return None
    if len(said) != alerts:
        return None
    parts: list[str] = []
    for alert in said:
        first = {name: alert[name] for name in ("role", "level", "code", "name", "after")}
        last = {name: alert[name] for name in ("encrypted", "file")}
        parts.append(f'{{"frame":{_FILL},{to_json(first)[1:-1]},"time":"{_FILL}",{to_json(last)[1:]}')
    body = f'"alerts":[{",".join(parts)}],{to_json({word: flow[word] for word in _WORDS})[1:-1]},'
    at = {frame: index for index, frame in reversed(list(enumerate(frames)))}
    parts = []
    rests_on: list[int] = []
    for statement in statements:
        of = statement["frames"]
        if any(frame not in at for frame in of):
            return None
        rests_on += [at[frame] for frame in of]
        head = {name: statement[name] for name in ("about", "text")}
        tail = {name: statement[name] for name in ("causes", "agree", "disagree", "hint")}
        places = ",".join(_FILL for _ in of)
        parts.append(f'{to_json(head)[:-1]},"frames":[{places}],{to_json(tail)[1:]}')
    body += f'"statements":[{",".join(parts)}],"hidden":{_text(flow["hidden"])},"defects":[],"outer":null}}\n'
    return Ending(body, rests_on, flow)


def _explained(flow: dict[str, object]) -> str:
    """Whose chain a refusal answers, or a connection that ended without one (``correlation``)."""
    if flow["outcome"] in ("refused", "refused_inside"):
        return "server" if flow["refused_by"] == "client" else "client"
    if flow["outcome"] == "closed_after":
        return "server" if flow["closed_by"] == "client" else "client"
    if flow["outcome"] != "aborted":
        return ""
    presented = flow["presented"]
    by_client = isinstance(presented, list) and any(each["role"] == "client" for each in presented)
    return "client" if by_client else "server"


def _text(value: object) -> str:
    return to_json({"": value})[4:-1]
