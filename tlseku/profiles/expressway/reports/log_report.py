"""Events of the log as JSON objects ``tlseku/log-event/1`` and as lines for people.

Knows events and the width of a page; must not know streams or how a log is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tlseku.flow import Endpoint
from tlseku.output.json.flow_json import endpoint_to_dict
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import (
    Line,
    Page,
    Segment,
    Style,
    fill_plain,
    fill_words,
    fits,
)
from tlseku.output.words.timestamps import THOUSANDTHS, rfc3339
from tlseku.profiles.expressway.logs.failure_words import CAUSES, Failure
from tlseku.profiles.expressway.logs.log_event import KINDS, LogEvent
from tlseku.registry.names import alert_name

LOG_EVENT_SCHEMA = "tlseku/log-event/1"

_INDENT = 6
_MARGIN = " " * (_INDENT + 2)

_LONGEST_REMEMBERED = 500
"""Characters of a text up to which it is remembered how it is shown."""


def event_to_dict(event: LogEvent, file: str) -> dict[str, object]:
    """The object ``tlseku/log-event/1``, valid against its JSON Schema."""
    return {
        "schema": LOG_EVENT_SCHEMA,
        "file": file,
        "line": event.line,
        "time": None if event.time is None else rfc3339(event.time),
        "time_source": event.time_source,
        "host": event.host,
        "process": event.process,
        "kind": event.kind,
        "role": event.role,
        "source": None if event.source is None else endpoint_to_dict(event.source),
        "destination": None if event.destination is None else endpoint_to_dict(event.destination),
        "node_is": event.node_is,
        "ssh_target": None
        if event.ssh_target is None
        else {"host": event.ssh_target[0], "port": event.ssh_target[1]},
        "detail": event.detail,
        "refusal": event.refusal,
        "failure": failure_to_dict(event.failure),
        "fields": [list(pair) for pair in event.fields],
        "text": event.text,
        "continuation_lines": event.continuation_lines,
        "cut": event.cut,
    }


def event_lines(event: LogEvent, page: Page) -> Iterator[Line]:
    """One event: line number, time, what and between whom, then the detail."""
    start: Line = (
        Segment(f"{event.line:>{_INDENT}}  ", "link"),
        Segment(f"{_when(event.time)}  ", "dim"),
    )
    yield from fill_words(start, _what(event, page), "", page.width, _INDENT + 2)
    detail = _detail(event, page)
    if detail:
        style: Style = "wrong" if event.refusal is not None else ""
        yield from fill_words((Segment(_MARGIN),), detail, style, page.width, _INDENT + 2)


def event_text(event: LogEvent, page: Page) -> str:
    """The same lines without styles, each with its end."""
    start = f"{str(event.line).rjust(_INDENT)}  {_when(event.time)}  "
    said = _what(event, page)
    detail = _detail_text(event, page)
    if fits(said, page.width - len(start)):
        return f"{start}{said}\n{detail}"
    lines = fill_plain(start, said, page.width, _INDENT + 2)
    lines.append(detail)
    return "\n".join(lines)


def _detail_text(event: LogEvent, page: Page) -> str:
    """The lines of the detail, each with its end. A log has few different ones."""
    detail = event.detail if event.detail is not None else event.text
    reason = event.get("Reason")
    if not detail and not reason:
        return ""
    if len(detail) + len(reason or "") > _LONGEST_REMEMBERED:
        return _laid_out(detail, reason, event.refusal, event.failure, page)
    return _known_detail(detail, reason, event.refusal, event.failure, page)


def _laid_out(
    detail: str, reason: str | None, refusal: str | None, failure: Failure | None, page: Page
) -> str:
    said = _worded(detail, reason, refusal, failure, page)
    return (
        "".join([f"{line}\n" for line in fill_plain(_MARGIN, said, page.width, _INDENT + 2)]) if said else ""
    )


_known_detail = lru_cache(maxsize=1024)(_laid_out)


def _what(event: LogEvent, page: Page) -> str:
    label = event.kind if event.kind != "other" else event.get("Event") or event.get("Module") or "other"
    known = _known_label if len(label) <= _LONGEST_REMEMBERED else _label
    said = known(label, event.role, page)
    if event.source is not None or event.destination is not None:
        said = f"{said}, {_end(event.source, page)} {page.signs.arrow} {_end(event.destination, page)}"
    elif event.ssh_target is not None:
        host, port = event.ssh_target
        said = f"{said}, {page.signs.arrow} {page.clean(host)} port {port}"
    if event.continuation_lines:
        said = f"{said}, {wording.counted(event.continuation_lines, 'line')} more"
    return f"{said}, cut" if event.cut else said


def _label(label: str, role: str | None, page: Page) -> str:
    return page.clean(label if role is None else f"{label}, this node {role}")


_known_label = lru_cache(maxsize=256)(_label)


def _detail(event: LogEvent, page: Page) -> str:
    detail = event.detail if event.detail is not None else event.text
    return _worded(detail, event.get("Reason"), event.refusal, event.failure, page)


def _worded(detail: str, reason: str | None, refusal: str | None, failure: Failure | None, page: Page) -> str:
    detail, reason = detail.strip(), (reason or "").strip()
    if reason:
        detail = f"{detail}; reason: {reason}" if detail else f"reason: {reason}"
    if not detail:
        return ""
    tail = " (a certificate's EKU is refused)" if refusal is not None else failure_text(failure)
    return page.clean(f"{detail}{tail}")


def _when(time: int | None) -> str:
    """The same as ``rfc3339``, once for all lines of a second."""
    if time is None:
        return "time unknown"
    second = time // 1_000_000_000
    begin = _second(second)
    if begin is None:
        return "time unknown"
    micros = (time - second * 1_000_000_000) // 1000
    millis = micros // 1000
    nanos = time - second * 1_000_000_000 - micros * 1000
    text = f"{begin}.{THOUSANDTHS[millis]}{THOUSANDTHS[micros - millis * 1000]}"
    return f"{text}{THOUSANDTHS[nanos]}Z" if nanos else f"{text}Z"


@lru_cache(maxsize=256)
def _second(seconds: int) -> str | None:
    text = rfc3339(seconds * 1_000_000_000, 0)
    return None if text is None else text.removesuffix("Z")


def failure_text(failure: Failure | None) -> str:
    """What the words of a failure amount to, in brackets behind them; nothing where they are not known."""
    if failure is None:
        return ""
    said = [] if failure.cause is None else [CAUSES[failure.cause]]
    if failure.alert is not None:
        said.append(f"alert {alert_name(failure.alert)} ({failure.alert})")
    who = {"node": "this node refused: ", "peer": "the peer refused: "}.get(failure.by or "", "")
    return f" ({who}{', '.join(said)})" if said else ""


def failure_to_dict(failure: Failure | None) -> dict[str, object] | None:
    """The alert, the cause and who refused; ``None`` where nothing is known."""
    if failure is None:
        return None
    return {"by": failure.by, "alert": failure.alert, "cause": failure.cause}


def log_summary(kinds: Counter[str], refusals: int, lines: int, skipped: int) -> str:
    """One line: how many lines and events there were, of which kinds, and how many say that an EKU is refused."""
    said = [f"{wording.counted(lines, 'line')}, {wording.counted(sum(kinds.values()), 'event')}"]
    said += [f"{kinds[kind]:,} {kind}" for kind in KINDS if kinds[kind]]
    said.append(wording.counted(refusals, "EKU refusal"))
    if skipped:
        said.append(f"{wording.counted(skipped, 'line')} before the first event passed over")
    return "; ".join(said)


class Counted:
    """An iterator over events that counts what passes: ``kinds`` and ``refusals``."""

    def __init__(self, events: Iterable[LogEvent]) -> None:
        self.kinds: Counter[str] = Counter()
        self.refusals = 0
        self._events = events

    def __iter__(self) -> Iterator[LogEvent]:
        for event in self._events:
            self.kinds[event.kind] += 1
            self.refusals += event.refusal is not None
            yield event


def _end(end: Endpoint | None, page: Page) -> str:
    if end is None:
        return "?"
    # What ``wording.endpoint`` says of any address of IP but those with a zone, which may say anything.
    return f"{end.ip}:{end.port}" if ":" not in end.ip else page.clean(wording.endpoint(end))
