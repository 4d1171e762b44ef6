"""HTML elements whose text cannot break out of them.

Knows the few elements that the cards need; must not know what they show. Text is escaped here, that of pictures in
``output.pictures.svg``, and nowhere else: control characters and what turns a line around as everywhere
(``output.words.hostile_text``), then what HTML gives a meaning to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple, NewType

from tlseku.output.words.hostile_text import visible
from tlseku.output.words.terminal_page import Line, Segment

Html = NewType("Html", str)
"""Text that is HTML already."""

LONGEST_TEXT = 300
"""Characters of one text. A name of a megabyte would stand in the notebook's file for ever."""

_COLOURS = {
    "ok": "#1a7f37",
    "caution": "#9a6700",
    "wrong": "#cf222e",
    "unsure": "#8250df",
    "dim": "#6e7781",
    "hidden": "#6e7781",
}


def text(value: str) -> Html:
    """Any text, made harmless."""
    shown = visible(value)
    if len(shown) > LONGEST_TEXT:
        shown = f"{shown[:LONGEST_TEXT]}…"
    return Html(escape(shown, quote=True))


def styled(value: str, style: str) -> Html:
    """Text in the colour of a style (``output.words.terminal_page``); a sign or word stands with it, never colour
    alone."""
    colour = _COLOURS.get(style)
    return text(value) if colour is None else Html(f'<span style="color:{colour}">{text(value)}</span>')


def joined(parts: Iterable[Html], between: str = " ") -> Html:
    """Pieces one after the other."""
    return Html(between.join(parts))


def unbroken(part: Html) -> Html:
    """A piece that stays on one line."""
    return Html(f'<span style="white-space:nowrap">{part}</span>')


def strong(value: str) -> Html:
    """Text that stands out."""
    return Html(f"<strong>{text(value)}</strong>")


def code(value: str) -> Html:
    """Text in letters of one width: serials and digests."""
    return Html(f"<code>{text(value)}</code>")


class Row(NamedTuple):
    """The cells of a line of a table, and what is noted below them."""

    cells: Sequence[Html]
    note: Html | None = None


def table(head: Sequence[str], rows: Iterable[Row], caption: Html) -> Html:
    """A table with a caption below."""
    cells = "".join(f'<th style="text-align:left">{text(cell)}</th>' for cell in head)
    body = "".join(_row(row) for row in rows)
    return Html(f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table><p>{caption}</p>")


def _row(row: Row) -> str:
    cells = "".join(f'<td style="text-align:left;vertical-align:top">{cell}</td>' for cell in row.cells)
    if row.note is None:
        return f"<tr>{cells}</tr>"
    below = f'<td></td><td colspan="{len(row.cells) - 1}" style="text-align:left">{row.note}</td>'
    return f"<tr>{cells}</tr><tr>{below}</tr>"


def lines(of_page: Iterable[Line]) -> Html:
    """Lines of a page of ``report``, as they stand in a terminal."""
    shown = "\n".join("".join(_segment(segment) for segment in line) for line in of_page)
    return Html(f'<pre style="line-height:1.3;white-space:pre-wrap">{shown}</pre>')


def _segment(segment: Segment) -> str:
    if segment.style == "strong":
        return f"<strong>{escape(segment.text)}</strong>"
    colour = _COLOURS.get(segment.style)
    shown = escape(segment.text)
    return shown if colour is None else f'<span style="color:{colour}">{shown}</span>'


def picture(svg: str) -> Html:
    """An SVG document, whose makers have escaped its text; it scrolls where the page is narrow."""
    return Html(f'<div style="overflow-x:auto">{svg}</div>')


def facts(pairs: Iterable[tuple[str, Html]]) -> Html:
    """Names and values beside each other."""
    lines = "".join(
        f'<tr><th style="text-align:left;vertical-align:top">{text(name)}</th>'
        f'<td style="text-align:left">{value}</td></tr>'
        for name, value in pairs
    )
    return Html(f"<table><tbody>{lines}</tbody></table>")
