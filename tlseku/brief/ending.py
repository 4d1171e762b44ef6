"""What is concluded from all flows of one kind, as a template.

Knows how the JSON of a flow is laid out after what was presented and asked; must not know how anything is concluded.
Made from the first flow of a kind, for which everything was concluded in full; the others of that kind differ only in
frames and times. A template that does not give back the text that it was made from is none."""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.report.flow_json import to_json

_FILL = "\x00"  # cannot stand in JSON
_WORDS = ("outcome", "outcome_basis", "refused_by", "client_certificate")


class Ending:
    """``template`` takes frame, time and frames of each thing listed, then what ``again`` picks of these once more,
    then the frames that ``rests_on`` picks of all that was heard.

    ``resumed`` and ``answer`` (to a request) stand earlier in the line. ``explains`` says that the certificates have a
    part in the text: then only flows without any are of the same kind. ``hidden`` whether something was not seen.
    """

    __slots__ = ("again", "answer", "explains", "hidden", "rests_on", "resumed", "template")

    def __init__(
        self, template: str, again: Sequence[int], rests_on: Sequence[int], flow: dict[str, object]
    ) -> None:
        requests = flow["requests"]
        self.template = template
        self.again = tuple(again)
        self.rests_on = tuple(rests_on)
        self.resumed = _text(flow["resumed"])
        self.answer = str(requests[0]["answer"]) if isinstance(requests, list) and requests else ""
        self.explains = flow["outcome"] in ("refused", "aborted")
        self.hidden = bool(flow["hidden"])

    def fill(self, listed: list[object], frames: Sequence[int]) -> str:
        """The end of the line. ``listed`` has frame, time and frames of each thing listed in turn, ``frames`` the
        frames of everything heard."""
        for index in self.again:
            listed.append(listed[index])
        for index in self.rests_on:
            listed.append(frames[index])
        return self.template % tuple(listed)


def ending_of(flow: dict[str, object], frames: Sequence[int], alerts_at: Sequence[int]) -> Ending | None:
    """The template of a flow's end, None if it cannot be one.

    ``flow`` is the whole object, ``frames`` are those of everything heard, ``alerts_at`` the places of alerts among
    what is listed."""
    messages, alerts, statements = flow["messages"], flow["alerts"], flow["statements"]
    if not isinstance(messages, list) or not isinstance(alerts, list) or not isinstance(statements, list):
        return None
    if flow["defects"] or len(alerts_at) != len(alerts):
        return None
    parts: list[str] = []
    for message in messages:
        rest = {"file": message["file"], "decrypted": message["decrypted"]}
        parts.append(
            f'{{"frame":{_FILL},"role":{_text(message["role"])},"type":{_text(message["type"])},'
            f'"time":"{_FILL}","frames":[{_FILL}],{to_json(rest)[1:]}'
        )
    body = f'"messages":[{",".join(parts)}],"alerts":['
    parts = []
    again: list[int] = []
    for alert, place in zip(alerts, alerts_at, strict=True):
        again += [3 * place, 3 * place + 1]
        first = {name: alert[name] for name in ("role", "level", "code", "name", "after")}
        last = {name: alert[name] for name in ("encrypted", "file")}
        parts.append(f'{{"frame":{_FILL},{to_json(first)[1:-1]},"time":"{_FILL}",{to_json(last)[1:]}')
    body += f"{','.join(parts)}],{to_json({word: flow[word] for word in _WORDS})[1:-1]},"
    at = {frame: index for index, frame in reversed(list(enumerate(frames)))}
    parts = []
    rests_on: list[int] = []
    for statement in statements:
        of = statement["frames"]
        if any(frame not in at for frame in of):
            return None
        rests_on += [at[frame] for frame in of]
        first = {name: statement[name] for name in ("about", "text")}
        last = {name: statement[name] for name in ("causes", "agree", "disagree", "hint")}
        places = ",".join(_FILL for _ in of)
        parts.append(f'{to_json(first)[:-1]},"frames":[{places}],{to_json(last)[1:]}')
    body += f'"statements":[{",".join(parts)}],"hidden":{_text(flow["hidden"])},"defects":[]}}'
    return Ending(body.replace("%", "%%").replace(_FILL, "%s"), again, rests_on, flow)


def _text(value: object) -> str:
    return to_json({"": value})[4:-1]
