"""The table of flows that a person reads in a terminal.

Knows flows and the width of a page; must not know colours or streams. Out come lines of styled segments: for
each flow who talks to whom and how it ended, then its events in the order of their frames (chains presented,
certificates asked for, alerts), what they add up to, then what is hidden and what is wrong with the bytes. A
page of 150 columns or more has room for serial and subject beside the verdict; a narrower one gives them a line
of their own. A serial number or an address is broken only where a whole line cannot hold it; names are clipped.

The same without styles (``FlowText``) is put together from pieces that are laid out once: what one event says is the
same in thousands of flows, but for the number of its frame. A page of styles is for eyes, which have time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeAlias, cast

from tlseku.correlation import Statement, correlate
from tlseku.flow import WITHOUT_TLS, Alert, Flow, Presented, Request
from tlseku.output.words import wording
from tlseku.output.words.carrier import carrier_words, outer_words
from tlseku.output.words.headlines import headline, shortened, style_of
from tlseku.output.words.remembered import Remembered
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, plain, width_of, words
from tlseku.output.words.timestamps import clock, date
from tlseku.output.words.verdict_style import look, outcome_style
from tlseku.x509.certificate import Certificate

ONE_LINE_WIDTH = 150
"""From this width a chain takes one line: signs, role, verdict, EKU, a serial of 20 octets and a short name."""

SHOWN_EACH = 8
"""Alerts and defects shown a flow; a hostile capture can hold millions. The rest is counted, JSON has them all."""

Section: TypeAlias = tuple[str, str | None]
"""File and day (UTC) of the flows below a heading."""

_Event: TypeAlias = Presented | Request | Alert | list[Alert]

_NUMBER_WIDTH = 3
_WIDEST_NUMBER = 12

_MARGIN = 5
_BLANKS = " " * _MARGIN
_ENDS_BESIDE = 14
"""Columns of the time of a flow, behind which both ends stand if there is room."""

_EKU_WIDTH = len("EKU serverAuth, clientAuth")
_SERIAL_WIDTH = 40
_NAME_WIDTH = 24


def flow_lines(flows: Iterable[Flow], page: Page) -> Iterator[Line]:
    """The table, line by line: a heading wherever file or day (UTC) change, then the flows below it."""
    above: Section | None = None
    for flow in flows:
        section = section_of(flow)
        if section != above:
            yield from _heading(section, page, below=above is not None)
            above = section
        yield from one_flow(flow, page)


def plain_flows(flows: Iterable[Flow], page: Page) -> Iterator[str]:
    """The same table as text without styles, a flow at a time."""
    writer = FlowText(page)
    above: Section | None = None
    for flow in flows:
        section = section_of(flow)
        if section != above:
            yield heading_text(section, page, below=above is not None)
            above = section
        yield writer.text(flow)


def section_of(flow: Flow) -> Section:
    """Below which heading a flow stands."""
    told = flow.asked_once
    return told.file, date(told.start)


def heading_text(section: Section, page: Page, *, below: bool) -> str:
    """The heading of a section as text without styles, ``below`` another section after a blank line."""
    return _text(_heading(section, page, below=below))


class _OfKind:
    """What the text of all flows of a kind has in common: the ``tail`` below the events."""

    __slots__ = ("tail",)

    def __init__(self, tail: str) -> None:
        self.tail = tail


class FlowText:
    """The text of one flow after the other on a ``page``: what ``one_flow`` gives, a line feed behind each line."""

    def __init__(self, page: Page) -> None:
        self._page = page
        # What stands behind the start of a line, by all that it depends on; it may go on for lines.
        self._known: Remembered[str] = Remembered()
        self._tops: Remembered[tuple[Sequence[str], int]] = Remembered()
        self._kept = f"table of {page}"

    def text(self, flow: Flow) -> str:
        """The lines of a flow."""
        told, of_kind = flow.asked_once, self._of_kind(flow)
        number = f"{told.number:>{_NUMBER_WIDTH}}"
        top, _ = self._behind_number(flow, told, of_kind, len(number))
        return f"{number}{top}{self._below(flow, told, of_kind)}"

    def behind_number(self, flow: Flow) -> tuple[list[tuple[int, str]], str]:
        """The lines of a flow whose number is not known yet: what stands behind that in the first line or lines, by the
        columns that it takes, each up to so many; and all lines below. In front stands the number in at least
        ``_NUMBER_WIDTH`` columns."""
        told, of_kind = flow.asked_once, self._of_kind(flow)
        tops: list[tuple[int, str]] = []
        width = _NUMBER_WIDTH
        while width <= _WIDEST_NUMBER:
            top, until = self._behind_number(flow, told, of_kind, width)
            if tops and tops[-1][1] == top:
                tops[-1] = until, top
            else:
                tops.append((until, top))
            width = until + 1
        return tops, self._below(flow, told, of_kind)

    def _below(self, flow: Flow, told: Flow, of_kind: _OfKind | None) -> str:
        """What stands below the first line."""
        alerts, presented = told.alerts, told.presented
        events = _events(told, presented, alerts)
        gutter = _gutter(events)
        undirected = told.direction == "unknown"
        beside = {id(each): flow.kept_with_chain(at) for at, each in enumerate(presented)}
        pieces = [
            self._event(event, frame, gutter, undirected, beside.get(id(event))) for _, frame, event in events
        ]
        pieces.append(self._tail(flow, alerts) if of_kind is None else of_kind.tail)
        return "".join(pieces)

    def _of_kind(self, flow: Flow) -> _OfKind | None:
        kept = flow.kept_with_kind
        if kept is None:
            return None
        of_kind = kept.get(self._kept)
        if of_kind is None:
            of_kind = kept[self._kept] = _OfKind(self._tail(flow, flow.alerts))
        return cast(_OfKind, of_kind)

    def _tail(self, flow: Flow, alerts: Sequence[Alert]) -> str:
        """What stands below the events, which is the same in all flows of a kind."""
        page = self._page
        pieces = []
        if len(alerts) > SHOWN_EACH:
            pieces.append(_text(_more(len(_loud(alerts)) - SHOWN_EACH, "alert", page)))
        told = headline(correlate(flow))
        if told is not None:
            said = shortened(told)
            pieces.append(self._behind("", said, lambda: _told(told, page)))
        if flow.hidden or flow.defects or not flow.judged:
            pieces.append(_text(_not_seen(flow, page)))
        return "".join(pieces)

    def _behind_number(self, flow: Flow, told: Flow, of_kind: _OfKind | None, width: int) -> tuple[str, int]:
        """The first line behind a number that takes ``width`` columns, and up to which width it is the same. Laid out
        as ``fill`` does where every piece is plain and fits into a line, which is nearly always so."""
        page = self._page
        ends = f"{wording.endpoint(told.client)} {page.signs.arrow} {wording.endpoint(told.server)}"
        line = f"  {clock(told.start) or 'time ?'}  {ends}"
        first = page.width - width
        pieces, longest = self._behind_ends(flow, told, of_kind)
        room = page.width - _MARGIN
        if len(ends) > room - _ENDS_BESIDE or len(line) > first or not 0 <= longest <= room:
            return _text(_top(flow, "9" * width, page))[width:], width
        lines = ""
        left, until = first, width + first
        for piece in pieces:
            if len(line) + 2 + len(piece) > left:
                if not lines:
                    until -= len(line)
                lines += f"{line}\n"
                line = f"{_BLANKS}{piece}"
                left = page.width
            else:
                line += f"  {piece}"
        if not lines:
            until -= len(line)
        # A name may end in blanks, and no line does.
        return f"{lines}{line.rstrip(' ')}\n", until

    def _behind_ends(self, flow: Flow, told: Flow, of_kind: _OfKind | None) -> tuple[Sequence[str], int]:
        """The pieces of the first line behind both ends, and how long the longest is: -1 if they are not plain."""
        if of_kind is None:
            return _pieces(flow)
        key = of_kind, told.direction, told.service, told.version, told.sni
        known = self._tops.get(key)
        return self._tops.put(key, _pieces(flow)) if known is None else known

    def _event(
        self, event: _Event, frame: int, gutter: int, undirected: bool, beside: dict[str, object] | None
    ) -> str:
        page = self._page
        start = f"{_BLANKS}{f'frame {frame}'.ljust(gutter)}  "
        if isinstance(event, Presented):
            return self._chain(event, start, gutter, undirected, beside)
        if isinstance(event, Request):
            key: tuple[object, ...] = gutter, event.role, wording.asked(event), event.answer, event.file
            return self._behind(start, key, lambda: _request(event, _start(frame, gutter), page))
        if isinstance(event, Alert):
            key = gutter, event.role, event.level, event.code, event.encrypted, event.after
            return self._behind(start, key, lambda: _alert(event, _start(frame, gutter), page))
        line = f"{start}{page.signs.request} {_quiet_words(event)}"
        if len(line) <= page.width:
            return f"{line}\n"
        return _text(_quiet_alerts(event, _start(frame, gutter), page))

    def _chain(
        self, event: Presented, start: str, gutter: int, undirected: bool, beside: dict[str, object] | None
    ) -> str:
        """Kept ``beside`` the chain where others may share that, else known by what it says."""
        page = self._page
        shared = f"{self._kept} {gutter} {'' if undirected else event.direction}"
        known = None if beside is None else beside.get(shared)
        if known is not None:
            return f"{start}{known}"
        key = (
            gutter,
            event.role,
            undirected,
            event.direction,
            event.verdict,
            event.reason,
            event.broken_at,
            event.file,
            event.chain[0].sha256 if event.chain else None,
        )
        text = self._behind(
            start, key, lambda: _presented(event, _start(event.frame, gutter), undirected, page)
        )
        if beside is not None and text.startswith(start):
            beside[shared] = text[len(start) :]
        return text

    def _behind(self, start: str, key: Hashable, lines: Callable[[], Iterable[Line]]) -> str:
        """The text of ``lines``, which depends on nothing but ``start``, with which it begins, and ``key``."""
        rest = self._known.get(key)
        if rest is None:
            text = _text(lines())
            if not text.startswith(start):
                # A page this narrow breaks even the start.
                return text
            rest = self._known.put(key, text[len(start) :])
        return start + rest


def _pieces(flow: Flow) -> tuple[Sequence[str], int]:
    """What stands behind both ends of a flow, and how long the longest piece is: -1 if one of them is not plain."""
    pieces = [wording.outcome(flow)]
    if flow.direction != "unknown":
        pieces.append(flow.direction)
    pieces += _protocol(flow)
    if flow.sni is not None:
        pieces.append(f"{wording.sni_label(flow) if flow.hidden else 'SNI'} {flow.sni}")
    said = "".join(pieces)
    return pieces, max(map(len, pieces)) if said.isascii() and said.isprintable() else -1


def _text(lines: Iterable[Line]) -> str:
    return "".join([f"{plain(line)}\n" for line in lines])


def one_flow(flow: Flow, page: Page) -> Iterator[Line]:
    """The lines of one flow."""
    yield from _top(flow, f"{flow.number:>{_NUMBER_WIDTH}}", page)
    events = _events(flow, flow.presented, flow.alerts)
    gutter = _gutter(events)
    for _, frame, event in events:
        start = _start(frame, gutter)
        if isinstance(event, Presented):
            yield from _presented(event, start, flow.direction == "unknown", page)
        elif isinstance(event, Request):
            yield from _request(event, start, page)
        elif isinstance(event, Alert):
            yield from _alert(event, start, page)
        else:
            yield from _quiet_alerts(event, start, page)
    yield from _more(len(_loud(flow.alerts)) - SHOWN_EACH, "alert", page)
    told = headline(correlate(flow))
    if told is not None:
        yield from _told(told, page)
    yield from _not_seen(flow, page)


def _told(told: Statement, page: Page) -> Iterator[Line]:
    start: Line = (Segment(" " * _MARGIN), Segment(f"{page.signs.arrow} ", style_of(told)))
    yield from fill(start, words(page.clean(shortened(told)), style_of(told)), page.width, _MARGIN + 2)


def _not_seen(flow: Flow, page: Page) -> Iterator[Line]:
    """What is hidden, and what is wrong with the bytes."""
    if not flow.presented and not flow.hidden:
        yield (Segment(" " * _MARGIN), Segment(_why_nothing(flow), "dim"))
    yield from _around(flow, page)
    for phrase in wording.hidden(flow.hidden):
        start: Line = (Segment(" " * _MARGIN), Segment(f"{page.signs.hidden} hidden: ", "hidden"))
        yield from fill(start, words(page.clean(phrase), "hidden"), page.width, _MARGIN + 2)
    for defect in flow.defects[:SHOWN_EACH]:
        where = "" if defect.frame is None else f" (frame {defect.frame})"
        start = (Segment(" " * _MARGIN), Segment("! ", "caution"))
        text = page.clean(f"{defect.layer}: {defect.reason}{where}")
        yield from fill(start, words(text, "caution"), page.width, _MARGIN + 2)
    yield from _more(len(flow.defects) - SHOWN_EACH, "defect", page)


def total_line(summary: str, page: Page, *, below: bool) -> Iterator[Line]:
    """The summary at the end of a page, after a blank line if something stands above it."""
    if below:
        yield ()
    yield from fill((), words(page.clean(summary), "dim"), page.width, 2)


def _around(flow: Flow, page: Page) -> Iterator[Line]:
    """What the carrier says around TLS."""
    said = [f"{label} {page.clean(text)}" for label, text in outer_words(flow)]
    if said:
        start = (Segment(" " * _MARGIN), Segment(f"{page.signs.request} ", "dim"))
        yield from fill(start, words(", ".join(said), "dim"), page.width, _MARGIN + 2)


def _heading(section: Section, page: Page, *, below: bool) -> Iterator[Line]:
    if below:
        yield ()
    file, day = section
    pieces: list[Line] = [(Segment(page.clean(file), "strong"),)]
    if day is not None:
        pieces.append((Segment(f"{day} UTC", "dim"),))
    yield from fill((), pieces, page.width, 2, gap=2)


def _top(flow: Flow, number: str, page: Page) -> Iterator[Line]:
    arrow = page.signs.arrow
    client, server = page.clean(wording.endpoint(flow.client)), page.clean(wording.endpoint(flow.server))
    ends: list[Line] = [(Segment(f"{client} {arrow} {server}", "strong"),)]
    if width_of(ends[0]) > page.width - _MARGIN - _ENDS_BESIDE:
        ends = [(Segment(f"{client} {arrow}", "strong"),), (Segment(server, "strong"),)]
    pieces: list[Line] = [(Segment(clock(flow.start) or "time ?", "dim"),), *ends]
    pieces.append((Segment(wording.outcome(flow), outcome_style(flow)),))
    if flow.direction != "unknown":
        pieces.append((Segment(flow.direction),))
    pieces += [(Segment(page.clean(text)),) for text in _protocol(flow)]
    if flow.sni is not None:
        label = wording.sni_label(flow)
        name = page.clipped(flow.sni, page.width - _MARGIN - len(label) - 1)
        pieces.append((Segment(f"{label} ", "dim"), Segment(name)))
    yield from fill((Segment(number, "link"), Segment("  ")), pieces, page.width, _MARGIN, gap=2)


def _protocol(flow: Flow) -> Iterator[str]:
    carrier = carrier_words(flow)
    if carrier is not None:
        yield carrier
    if flow.service is not None:
        yield flow.service
    if flow.starttls is not None:
        yield f"after {flow.starttls}"
    if flow.carrier not in WITHOUT_TLS:
        yield wording.version(flow)
    if flow.resumed:
        yield "resumed"


def _start(frame: int, gutter: int) -> Line:
    """How the line of an event begins; ``gutter`` columns are for its frame."""
    return (Segment(" " * _MARGIN), Segment(f"frame {frame}".ljust(gutter) + "  ", "dim"))


def _gutter(events: Sequence[tuple[int, int, _Event]]) -> int:
    return len(f"frame {max(frame for _, frame, _ in events)}") if events else 0


def _events(
    flow: Flow, presented: Sequence[Presented], alerts: Sequence[Alert]
) -> list[tuple[int, int, _Event]]:
    events: list[tuple[int, int, _Event]] = []
    events += [(value.ts, value.frame, value) for value in presented]
    events += [(value.ts, value.frame, value) for value in flow.requests]
    if alerts:
        events += [(value.ts, value.frame, value) for value in _loud(alerts)[:SHOWN_EACH]]
        quiet = [alert for alert in alerts if _is_quiet(alert)]
        if quiet:
            events.append((quiet[0].ts, quiet[0].frame, quiet))
    return sorted(events, key=_moment)


def _moment(event: tuple[int, int, _Event]) -> tuple[int, int]:
    return event[0], event[1]


def _loud(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if not _is_quiet(alert)]


def _presented(presented: Presented, start: Line, undirected: bool, page: Page) -> Iterator[Line]:
    sign, style = look(presented).mark(page.signs), look(presented).style
    first: Line = (
        *start,
        Segment(f"{sign} ", style),
        Segment(f"{presented.role:<6}  "),
        Segment("" if undirected else f"{presented.direction:<8}  "),
        Segment(page.clean(f"{presented.verdict:<12}"), style),
    )
    indent = width_of(start) + 2
    if not presented.chain:
        yield first
    else:
        yield from _leaf(first, indent, presented, page)
    if presented.verdict != "ok" or presented.broken_at is not None:
        yield from fill(
            (Segment(" " * indent),), words(page.clean(presented.reason), style), page.width, indent
        )
    if presented.file is not None:
        yield _elsewhere(presented.file, indent, page)


def _leaf(first: Line, indent: int, presented: Presented, page: Page) -> Iterator[Line]:
    leaf = presented.chain[0]
    names = [page.clean(name) for name in wording.purposes(leaf)]
    shown = [f"{name}," for name in names[:SHOWN_EACH]]
    shown[-1] = (
        shown[-1].rstrip(",")
        if len(names) <= SHOWN_EACH
        else f"{shown[-1]} and {len(names) - SHOWN_EACH} more"
    )
    pieces: list[Line] = [
        (Segment("EKU ", "dim"), Segment(shown[0])),
        *((Segment(name),) for name in shown[1:]),
    ]
    lines = list(fill((*first, Segment("  ")), pieces, page.width, indent))
    serial = wording.serial(leaf)
    used = width_of(first) + 2 + _EKU_WIDTH + 2
    if page.width >= ONE_LINE_WIDTH and len(lines) == 1 and width_of(lines[0]) + 2 <= used:
        pad = used - width_of(lines[0])
        room = page.width - used - len("serial ") - max(_SERIAL_WIDTH, len(serial)) - 2
        if room >= _NAME_WIDTH:
            subject = page.clipped(wording.subject(leaf), room)
            yield (
                *lines[0],
                Segment(" " * pad),
                Segment("serial ", "dim"),
                Segment(f"{serial:<{_SERIAL_WIDTH}}  "),
                Segment(subject),
            )
            return
    yield from lines
    yield from _identity(leaf, indent, page)


def _identity(leaf: Certificate, indent: int, page: Page) -> Iterator[Line]:
    start: Line = (Segment(" " * indent),)
    number: Line = (Segment("serial ", "dim"), Segment(wording.serial(leaf)))
    subject = wording.subject(leaf)
    room = page.width - indent
    beside = room - width_of(number) - 2
    if beside >= min(_NAME_WIDTH, width_of((Segment(page.clean(subject)),))):
        yield (*start, *number, Segment("  "), Segment(page.clipped(subject, beside)))
        return
    yield from fill(start, [number], page.width, indent)
    yield (*start, Segment(page.clipped(subject, room)))


def _request(request: Request, start: Line, page: Page) -> Iterator[Line]:
    text = f"{request.role} {wording.asked(request)}: {wording.answered(request)}"
    first: Line = (*start, Segment(f"{page.signs.request} ", "dim"))
    yield from fill(first, words(text), page.width, width_of(first))
    if request.file is not None:
        yield _elsewhere(request.file, width_of(first), page)


def _alert(alert: Alert, start: Line, page: Page) -> Iterator[Line]:
    fatal = alert.level == 2 and not alert.encrypted
    text = f"{alert.role} sends {wording.alert(alert)}"
    if alert.after is not None:
        text += f" after {wording.camel(alert.after).removeprefix('an ')}"
    style: Style = "wrong" if fatal else "dim"
    first: Line = (*start, Segment(f"{page.signs.wrong if fatal else page.signs.request} ", style))
    yield from fill(first, words(page.clean(text), style), page.width, width_of(first))


def _is_quiet(alert: Alert) -> bool:
    # Every orderly connection ends with such alerts, so they share one line.
    return alert.encrypted or alert.code in (-1, 0)


def _quiet_alerts(alerts: list[Alert], start: Line, page: Page) -> Iterator[Line]:
    first: Line = (*start, Segment(f"{page.signs.request} ", "dim"))
    yield from fill(first, words(_quiet_words(alerts), "dim"), page.width, width_of(first))


def _quiet_words(alerts: list[Alert]) -> str:
    said = [f"{alert.role} {'encrypted' if alert.code else 'close_notify'}" for alert in alerts[:2]]
    said[1:] = [f"{text} (frame {alerts[1].frame})" for text in said[1:]]
    if len(alerts) > 2:
        said.append(f"{len(alerts) - 2:,} more")
    return f"alerts: {', '.join(said)}"


def _elsewhere(file: str, indent: int, page: Page) -> Line:
    return (Segment(" " * indent), Segment(page.clipped(f"in {file}", page.width - indent), "dim"))


def _more(number: int, noun: str, page: Page) -> Iterator[Line]:
    if number > 0:
        text = f"{page.signs.ellipsis} and {wording.counted(number, f'more {noun}')}"
        yield (Segment(" " * _MARGIN), Segment(text, "dim"))


def _why_nothing(flow: Flow) -> str:
    return "no certificate was presented" if flow.outcome == "completed" else "no certificate seen"
