"""A ladder drawn for the terminal: frames and times at the left, two lifelines, an arrow for each rung.

Knows ladders and the width of a page; must not know flows' parts or colours. Out come lines of styled segments, all
text made safe by the page; what is too long is cut with an ellipsis (``tlseku show`` has it in full).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tlseku.flow import Flow
from tlseku.output.pictures.ladder import Ladder, Rung, ladder
from tlseku.output.words import wording
from tlseku.output.words.hostile_text import cells
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, plain, words

_GUTTER = 19
"""Columns for frame and time: nine, a blank, eight and a blank."""


MOST_LINES = 6
"""Lines that one label takes at most."""


class _Strokes(NamedTuple):
    life: str
    line: str
    dashed: str
    right: str
    left: str


_UNICODE = _Strokes("│", "─", "╌", "▶", "◀")
_ASCII = _Strokes("|", "-", ".", ">", "<")


def ladder_lines(flow: Flow, page: Page) -> Iterator[Line]:
    """The ladder of one flow, line by line."""
    laid = ladder(flow)
    yield from fill((), words(page.clean(laid.title), "strong"), page.width, 2)
    yield from _ends(laid, page)
    for rung in laid.rungs:
        yield from _hidden(rung, page) if rung.kind == "hidden" else _messages(rung, page)
    if laid.rungs_left_out:
        rest = wording.counted(laid.rungs_left_out, "more rung")
        yield _between(f"{page.signs.ellipsis} and {rest}", "dim", page)
    start: Line = (Segment(" " * _GUTTER),)
    yield from fill(start, words(page.clean(laid.outcome), laid.outcome_style), page.width, _GUTTER + 2)


def since(ns: int) -> str:
    """A time after the beginning in at most eight columns: ``+0.021 s``, ``+12:40``, ``-0.003 s``."""
    sign, milliseconds = ("-" if ns < 0 else "+"), abs(ns) // 1_000_000
    if milliseconds < 100_000:
        return f"{sign}{milliseconds // 1000}.{milliseconds % 1000:03d} s"
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{sign}{minutes}:{seconds:02d}" if minutes < 10_000 else f"{sign}{minutes // 1440} d"


def _ends(laid: Ladder, page: Page) -> Iterator[Line]:
    client, server = f"{laid.client.address} client", f"server {laid.server.address}"
    room = page.width - _GUTTER
    head = f"{'frame':>9} {'time':>8} "
    if cells(client) + cells(server) + 2 <= room:
        blanks = " " * (room - cells(client) - cells(server))
        yield (
            Segment(head, "dim"),
            Segment(page.clean(client), "strong"),
            Segment(blanks),
            Segment(page.clean(server), "strong"),
        )
        return
    yield (Segment(head, "dim"), Segment(page.clipped(client, room), "strong"))
    shown = page.clipped(server, room)
    yield (Segment(" " * (page.width - cells(shown))), Segment(shown, "strong"))


def _messages(rung: Rung, page: Page) -> Iterator[Line]:
    strokes = _ASCII if page.ascii_only else _UNICODE
    inner = page.width - _GUTTER - 2
    style: Style = rung.style if rung.style else "dim" if rung.encrypted else "strong"
    *above, label = wrapped(rung.label, inner - 6, page)
    time = "" if rung.since is None else since(rung.since)
    gutter: Line = (
        Segment(f"{rung.frame:>9}" if rung.frame is not None else " " * 9, "link"),
        Segment(f" {time:>8} ", "dim"),
    )
    for text in above:
        blanks = Segment(" " * (inner - cells(text) - 1))
        inside = (
            (blanks, Segment(f"{text} ", style))
            if rung.role == "server"
            else (Segment(f" {text}", style), blanks)
        )
        yield _framed(gutter, inside, page)
        gutter = (Segment(" " * _GUTTER),)
    stroke = (strokes.dashed if rung.encrypted else strokes.line) * (inner - cells(label) - 3)
    arrow: Line
    if rung.role == "server":
        arrow = (Segment(f"{strokes.left}{stroke}", "dim"), Segment(f" {label} ", style))
    else:
        tip = strokes.right if rung.role == "client" else page.signs.unsure
        arrow = (Segment(f" {label} ", style), Segment(f"{stroke}{tip}", "dim"))
    yield _framed(gutter, arrow, page)
    if rung.file is not None:
        yield _between(f"   in {rung.file}", "dim", page)
    for note in rung.notes:
        sign = f"{getattr(page.signs, note.sign)} " if note.sign else ""
        yield _between(f"   {sign}{note.text}", note.style, page)


@lru_cache(maxsize=256)
def wrapped(text: str, columns: int, page: Page) -> tuple[str, ...]:
    """Hostile text made safe for the page and broken at its blanks; at least one line, at most ``MOST_LINES``. Labels
    come again in each handshake."""
    lines = tuple([plain(line) for line in fill((), words(page.clean(text)), columns, 0)])
    return lines if len(lines) <= MOST_LINES else (*lines[: MOST_LINES - 1], page.signs.ellipsis)


def _hidden(rung: Rung, page: Page) -> Iterator[Line]:
    inner = page.width - _GUTTER - 2
    for label in wrapped(rung.label, inner - 8, page):
        before = (inner - cells(label) - 2) // 2
        after = inner - cells(label) - 2 - before
        text = f"{page.signs.hidden * before} {label} {page.signs.hidden * after}"
        yield _framed((Segment(" " * _GUTTER),), (Segment(text, "hidden"),), page)


def _between(text: str, style: Style, page: Page) -> Line:
    inner = page.width - _GUTTER - 2
    shown = page.clipped(text, inner)
    return _framed(
        (Segment(" " * _GUTTER),), (Segment(shown, style), Segment(" " * (inner - cells(shown)))), page
    )


def _framed(gutter: Line, inside: Line, page: Page) -> Line:
    life = Segment((_ASCII if page.ascii_only else _UNICODE).life, "dim")
    return (*gutter, life, *inside, life)
