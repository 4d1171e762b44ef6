"""Events of the log as lines for people.

Knows events and the width of a page; must not know streams or how a log is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tlseku.flow import Endpoint
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
from tlseku.output.words.timestamps import rfc3339
from tlseku.profiles.expressway.logs.failure_words import CAUSES, Failure
from tlseku.profiles.expressway.logs.log_event import KINDS, LogEvent
from tlseku.registry.names import alert_name

_INDENT = 6
_MARGIN = " " * (_INDENT + 2)

_LONGEST_REMEMBERED = 500
_MOST_REMEMBERED = 1024
"""Characters of a text up to which it is remembered how it is shown, and how many are; then it begins anew."""

_Key = TypeVar("_Key")


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


class EventTexts:
    """The same lines without styles, each with its end, for one page. A log has few different labels and details."""

    __slots__ = ("_details", "_labels", "_page")

    def __init__(self, page: Page) -> None:
        self._page = page
        self._details: dict[tuple[str, str | None, str | None, Failure | None], str] = {}
        self._labels: dict[tuple[str, str | None], str] = {}

    def text(self, event: LogEvent) -> str:
        """The lines of an event."""
        page = self._page
        start = f"{str(event.line).rjust(_INDENT)}  {_when(event.time)}  "
        said = self._what(event)
        detail = self._detail(event)
        if fits(said, page.width - len(start)):
            return f"{start}{said}\n{detail}"
        lines = fill_plain(start, said, page.width, _INDENT + 2)
        lines.append(detail)
        return "\n".join(lines)

    def _what(self, event: LogEvent) -> str:
        label, role = _label_of(event), event.role
        said = self._labels.get((label, role))
        if said is None:
            said = _label(label, role, self._page)
            if len(label) <= _LONGEST_REMEMBERED:
                _make_room(self._labels)
                self._labels[label, role] = said
        return _with_ends(said, event, self._page)

    def _detail(self, event: LogEvent) -> str:
        detail = event.detail if event.detail is not None else event.text
        reason = event.get("Reason") if "reason" in event.keys else None
        if not detail and not reason:
            return ""
        key = detail, reason, event.refusal, event.failure
        text = self._details.get(key)
        if text is None:
            text = self._laid_out(*key)
            if len(detail) + len(reason or "") <= _LONGEST_REMEMBERED:
                _make_room(self._details)
                self._details[key] = text
        return text

    def _laid_out(self, detail: str, reason: str | None, refusal: str | None, failure: Failure | None) -> str:
        said = _worded(detail, reason, refusal, failure, self._page)
        if not said:
            return ""
        return "".join([f"{line}\n" for line in fill_plain(_MARGIN, said, self._page.width, _INDENT + 2)])


def _make_room(known: dict[_Key, str]) -> None:
    if len(known) >= _MOST_REMEMBERED:
        known.clear()


def _what(event: LogEvent, page: Page) -> str:
    return _with_ends(_label(_label_of(event), event.role, page), event, page)


def _label_of(event: LogEvent) -> str:
    kind = event.kind
    return kind if kind != "other" else event.get("Event") or event.get("Module") or kind


def _label(label: str, role: str | None, page: Page) -> str:
    return page.clean(label if role is None else f"{label}, this node {role}")


def _with_ends(said: str, event: LogEvent, page: Page) -> str:
    source, destination, target = event.source, event.destination, event.ssh_target
    if source is not None or destination is not None:
        said = f"{said}, {_end(source, page)} {page.signs.arrow} {_end(destination, page)}"
    elif target is not None:
        host, port = target
        said = f"{said}, {page.signs.arrow} {page.clean(host)} port {port}"
    lines = event.continuation_lines
    if lines:
        said = f"{said}, {wording.counted(lines, 'line')} more"
    return f"{said}, cut" if event.cut else said


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
    return ("time unknown" if time is None else rfc3339(time)) or "time unknown"


def failure_text(failure: Failure | None) -> str:
    """What the words of a failure amount to, in brackets behind them; nothing where they are not known."""
    if failure is None:
        return ""
    said = [] if failure.cause is None else [CAUSES[failure.cause]]
    if failure.alert is not None:
        said.append(f"alert {alert_name(failure.alert)} ({failure.alert})")
    who = {"node": "this node refused: ", "peer": "the peer refused: "}.get(failure.by or "", "")
    return f" ({who}{', '.join(said)})" if said else ""


def log_summary(kinds: Counter[str], refusals: int, lines: int, skipped: int) -> str:
    """One line: how many lines and events there were, of which kinds, and how many say that an EKU is refused."""
    said = [f"{wording.counted(lines, 'line')}, {wording.counted(sum(kinds.values()), 'event')}"]
    said += [f"{kinds[kind]:,} {kind}" for kind in KINDS if kinds[kind]]
    said.append(wording.counted(refusals, "EKU refusal"))
    if skipped:
        said.append(f"{wording.counted(skipped, 'line')} before the first event passed over")
    return "; ".join(said)


class Counted:
    """An iterator over lists of events that counts what passes: ``kinds`` and ``refusals``."""

    def __init__(self, batches: Iterable[list[LogEvent]]) -> None:
        self.kinds: Counter[str] = Counter()
        self.refusals = 0
        self._batches = batches

    def __iter__(self) -> Iterator[list[LogEvent]]:
        for events in self._batches:
            self.kinds.update([event.kind for event in events])
            self.refusals += len([event for event in events if event.refusal is not None])
            yield events


def _end(end: Endpoint | None, page: Page) -> str:
    if end is None:
        return "?"
    # What ``wording.endpoint`` says of any address of IP but those with a zone, which may say anything.
    return f"{end.ip}:{end.port}" if ":" not in end.ip else page.clean(wording.endpoint(end))
