"""Certificates and policy dates on one line of time, drawn as SVG.

Knows spans and shapes; must not know certificates, nor how text is escaped (``svg`` does). Out comes one picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.output.pictures.svg import CELL, Canvas
from tlseku.output.pictures.validity import Moment, Period, span
from tlseku.output.words.hostile_text import cells, visible
from tlseku.output.words.terminal_page import Style

WIDTH = 940
_LEFT = (262, 420)
_RIGHT = WIDTH - 24
_BAR = 22
_LEGEND = 20
_FILLS: dict[Style, str] = {"wrong": "wrong", "caution": "caution", "ok": "ok", "unsure": "unsure"}


def validity_svg(
    periods: Sequence[Period],
    moments: Sequence[Moment],
    seen: int,
    *,
    legend: Sequence[tuple[Style, str]] = (),
    standalone: bool = True,
) -> str:
    """Periods as bars, dates as lines across them, the time ``seen`` (of the capture) marked; below them ``legend``,
    what the colours of the bars say.

    ``standalone=False`` leaves out its style, for a page that has ``svg.picture_rules`` and the colours.
    """
    longest = max((cells(visible(period.label)) for period in periods), default=0) * CELL + 28
    left_edge = min(max(longest, _LEFT[0]), _LEFT[1])
    room = _RIGHT - left_edge
    laid = span(periods, moments, seen, CELL / room)
    canvas = Canvas(WIDTH)
    rows = max((mark.row for mark in laid.marks), default=0) + 1
    top = 14 + 16 * rows
    bottom = top + 10 + _BAR * len(laid.bars)
    for mark in laid.marks:
        x, base = left_edge + mark.place * room, 14 + 16 * (rows - 1 - mark.row)
        canvas.line(x, base - 4, x, bottom, "caution", dashed=True)
        canvas.text(x - 4, base + 8, mark.label, "caution", anchor="end", clear=True)
    seen_x = left_edge + laid.seen * room
    canvas.line(seen_x, top, seen_x, bottom, "link")
    y: float = top + 8
    for bar in laid.bars:
        canvas.text(8, y + 12, bar.label, "", room=left_edge - 20)
        left, right = left_edge + bar.left * room, left_edge + bar.right * room
        fill = _FILLS.get(bar.style, "dim")
        if right > left:
            canvas.box(left, y + 3, max(right - left, 3), 11, fill, fill)
        elif not bar.goes_on:
            # It was over before all that is shown here.
            canvas.head(left, y + 8.5, -1, fill)
        if bar.goes_on:
            canvas.head(right + 10, y + 8.5, 1, fill)
        y += _BAR
    canvas.line(left_edge, bottom, _RIGHT, bottom, "edge")
    for year, place in laid.years:
        x = left_edge + place * room
        canvas.line(x, bottom, x, bottom + 5, "edge")
        canvas.text(x, bottom + 18, str(year), "dim", anchor="middle")
    end = _legend(canvas, legend, bottom + 42, dates=bool(laid.marks))
    said = [f"{bar.label}{', longer than shown' if bar.goes_on else ''}" for bar in laid.bars]
    description = (
        f"{len(laid.bars)} certificates: {'; '.join(said)}. Dates: {', '.join(m.label for m in laid.marks)}."
    )
    return canvas.picture(end, "Validity of client certificates", description, standalone=standalone)


def _legend(canvas: Canvas, legend: Sequence[tuple[Style, str]], y: float, *, dates: bool) -> float:
    """What colours and lines mean, one below the other; answers where the picture ends."""
    for style, text in legend:
        canvas.box(12, y - 10, 24, 11, _FILLS.get(style, "dim"), _FILLS.get(style, "dim"))
        canvas.text(44, y, text, "", room=WIDTH - 56)
        y += _LEGEND
    canvas.line(24, y - 12, 24, y + 2, "link")
    canvas.text(44, y, "when the capture begins", "")
    if dates:
        y += _LEGEND
        canvas.line(24, y - 12, 24, y + 2, "caution", dashed=True)
        canvas.text(44, y, "a date of the table of dates, by its id", "")
    return y + 12
