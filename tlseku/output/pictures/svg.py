"""The pieces of which an SVG picture is made, and the one place where text is escaped for it.

Knows SVG 1.1 and colours; must not know flows or layouts. A ``Canvas`` collects shapes and answers a picture that is
well-formed XML, names no address outside itself, carries no script, has a title and a description for those who do not
see it, and follows the colour scheme of whoever shows it. Its colours are the custom properties of ``COLOURS``: a page
that defines them itself takes the picture without its style (``standalone=False``).
"""

from __future__ import annotations

from functools import lru_cache
from html import escape as escape_markup

from tlseku.output.words.hostile_text import cells, clip, visible
from tlseku.output.words.terminal_page import MAX_TEXT, UNICODE_SIGNS, Style

CELL = 7.3
"""Pixels of one column of the monospace text, 12 px high: 0.602 em, as the usual fonts have it, and a bit."""

COLOURS: dict[str, tuple[str, str]] = {
    "text": ("#1b1f24", "#e6e9ee"),
    "dim": ("#57606a", "#9aa4b0"),
    "paper": ("#ffffff", "#14171c"),
    "raised": ("#f3f5f8", "#1f242c"),
    "edge": ("#c4cad2", "#454d59"),
    "ok": ("#116329", "#5fd38d"),
    "caution": ("#7d4e00", "#e9b44c"),
    "wrong": ("#b3141d", "#ff8a80"),
    "unsure": ("#6e3bb5", "#cba6ff"),
    "hidden": ("#0a5f78", "#6cc7e0"),
    "link": ("#0b57b0", "#82b7ff"),
}
"""Name, light and dark of every colour. Each text colour has at least 4.5 to 1 on ``paper`` and on ``raised``."""

_CLASSES: dict[Style, str] = {
    "": "t",
    "strong": "t b",
    "dim": "t f-dim",
    "ok": "t f-ok",
    "caution": "t f-caution",
    "wrong": "t b f-wrong",
    "unsure": "t f-unsure",
    "hidden": "t f-hidden",
    "link": "t f-link",
}

_FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"


def custom_properties(scheme: int) -> str:
    """The colours as CSS declarations: ``scheme`` 0 is light, 1 dark."""
    return "".join(f"--tk-{name}:{pair[scheme]};" for name, pair in COLOURS.items())


def picture_rules() -> str:
    """The CSS rules that shapes of a picture need, for a page that shows pictures without their own style."""
    fills = "".join(f".tk-svg .f-{name}{{fill:var(--tk-{name})}}" for name in COLOURS)
    strokes = "".join(f".tk-svg .s-{name}{{stroke:var(--tk-{name})}}" for name in COLOURS)
    return (
        f".tk-svg .t{{font:12px {_FONT};fill:var(--tk-text);white-space:pre;unicode-bidi:isolate}}"
        f".tk-svg .b{{font-weight:600}}{fills}{strokes}.tk-svg .d{{stroke-dasharray:5 4}}"
        ".tk-svg .h{paint-order:stroke;stroke:var(--tk-paper);stroke-width:4px}"
    )


def _style() -> str:
    dark = f"@media (prefers-color-scheme:dark){{.tk-svg{{{custom_properties(1)}}}}}"
    return f"<style>.tk-svg{{{custom_properties(0)}}}{dark}{picture_rules()}</style>"


def safe(text: str) -> str:
    """Hostile text as XML character data: what steers or hides is spelled out, markup is escaped, giants are cut."""
    return escape_markup(clip(visible(text[:MAX_TEXT]), MAX_TEXT), quote=True)


@lru_cache(maxsize=1024)
def _fitted(text: str, columns: int | None) -> str:
    """What stands in a text element, cut to so many columns if it is longer; most texts come again and again."""
    shown = visible(text)
    if columns is None or cells(shown) <= columns:
        return escape_markup(shown)
    return f"<title>{safe(text)}</title>{escape_markup(clip(shown, columns, UNICODE_SIGNS.ellipsis))}"


@lru_cache(maxsize=1024)
def _text_tag(x: float, y: float, style: Style, anchor: str, clear: bool) -> str:
    """What begins a text element; those of most pictures stand at the same places."""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}" class="{_CLASSES[style]}{" h" if clear else ""}"{at}>'


class Canvas:
    """Shapes drawn so far on a picture ``width`` pixels wide; ``height`` is known at the end."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._shapes: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        style: Style = "",
        *,
        anchor: str = "start",
        room: float = 0,
        clear: bool = False,
    ) -> None:
        """Text on the base line ``y``, cut to ``room`` pixels; then the whole of it shows when pointed at. ``clear``
        keeps what lies below away from the letters."""
        inside = _fitted(text[:MAX_TEXT], int(room / CELL) if room else None)
        self._shapes.append(f"{_text_tag(x, y, style, anchor, clear)}{inside}</text>")

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> None:
        """A straight line of one of ``COLOURS``."""
        extra = " d" if dashed else ""
        self._shapes.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" class="s-{colour}{extra}" stroke-width="1.5"/>'
        )

    def head(self, x: float, y: float, towards: int, colour: str) -> None:
        """An arrowhead with its tip at ``x``; ``towards`` is 1 for the right, -1 for the left."""
        back = x - 9 * towards
        self._shapes.append(
            f'<path d="M{x:g} {y:g}L{back:g} {y - 4.5:g}L{back:g} {y + 4.5:g}Z" class="f-{colour}"/>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, edge: str, *, thick: bool = False
    ) -> None:
        """A rectangle with round corners."""
        self._shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" class="f-{fill} s-{edge}"'
            f' stroke-width="{2.5 if thick else 1}"/>'
        )

    def insert(self, index: int, other: Canvas) -> None:
        """Put the shapes of another canvas behind those from ``index`` on."""
        self._shapes[index:index] = other._shapes

    def __len__(self) -> int:
        return len(self._shapes)

    def picture(self, height: float, title: str, description: str, *, standalone: bool) -> str:
        """The whole SVG document; without its own style unless ``standalone``."""
        style = _style() if standalone else ""
        paper = f'<rect width="{self.width}" height="{height:g}" class="f-paper"/>' if standalone else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="tk-svg" role="img" width="{self.width}" '
            f'height="{height:g}" viewBox="0 0 {self.width} {height:g}"><title>{safe(title)}</title>'
            f"<desc>{safe(description)}</desc>{style}{paper}{''.join(self._shapes)}</svg>\n"
        )
