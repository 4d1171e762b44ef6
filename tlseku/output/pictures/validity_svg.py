"""Certificates and policy dates on one line of time, drawn as SVG.

Knows spans and shapes; must not know certificates, nor how text is escaped (``svg`` does). Out comes one picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.output.pictures.svg import CELL, Canvas
from tlseku.output.pictures.validity import Moment, Period, span
from tlseku.output.words.terminal_page import Style

WIDTH = 940
_LEFT = 262
_RIGHT = WIDTH - 24
_BAR = 22
_FILLS: dict[Style, str] = {"wrong": "wrong", "caution": "caution", "ok": "ok", "unsure": "unsure"}


def validity_svg(
    periods: Sequence[Period], moments: Sequence[Moment], seen: int, *, standalone: bool = True
) -> str:
    """Periods as bars, dates as lines across them, the time ``seen`` (of the capture) marked.

    ``standalone=False`` leaves out its style, for a page that has ``svg.picture_rules`` and the colours.
    """
    room = _RIGHT - _LEFT
    laid = span(periods, moments, seen, CELL / room)
    canvas = Canvas(WIDTH)
    rows = max((mark.row for mark in laid.marks), default=0) + 1
    top = 14 + 16 * rows
    bottom = top + 10 + _BAR * len(laid.bars)
    bases = [14 + 16 * (rows - 1 - mark.row) for mark in laid.marks]
    for mark, base in zip(laid.marks, bases, strict=True):
        x = _LEFT + mark.place * room
        canvas.line(x, base + 4, x, bottom, "caution", dashed=True)
    for mark, base in zip(laid.marks, bases, strict=True):
        x = _LEFT + mark.place * room
        # A label that would stick out to the right stands on the other side of its line.
        turned = x + len(mark.label) * CELL > WIDTH - 4
        at, anchor = (x - 4, "end") if turned else (x + 4, "start")
        canvas.text(at, base + 8, mark.label, "caution", anchor=anchor, clear=True)
    seen_x = _LEFT + laid.seen * room
    canvas.line(seen_x, top, seen_x, bottom, "link")
    y: float = top + 8
    for bar in laid.bars:
        canvas.text(8, y + 12, bar.label, "", room=_LEFT - 20)
        left, right = _LEFT + bar.left * room, _LEFT + bar.right * room
        fill = _FILLS.get(bar.style, "dim")
        if right > left:
            canvas.box(left, y + 3, max(right - left, 3), 11, fill, fill)
        elif not bar.goes_on:
            # It was over before all that is shown here.
            canvas.head(left, y + 8.5, -1, fill)
        if bar.goes_on:
            canvas.head(right + 10, y + 8.5, 1, fill)
        y += _BAR
    canvas.line(_LEFT, bottom, _RIGHT, bottom, "edge")
    for year, place in laid.years:
        x = _LEFT + place * room
        canvas.line(x, bottom, x, bottom + 5, "edge")
        canvas.text(x, bottom + 18, str(year), "dim", anchor="middle")
    canvas.text(
        seen_x, bottom + 34, "captured", "link", anchor="middle" if 0.05 < laid.seen < 0.95 else "start"
    )
    said = [f"{bar.label}{', longer than shown' if bar.goes_on else ''}" for bar in laid.bars]
    description = (
        f"{len(laid.bars)} certificates: {'; '.join(said)}. Dates: {', '.join(m.label for m in laid.marks)}."
    )
    return canvas.picture(bottom + 42, "Validity of client certificates", description, standalone=standalone)
