"""What a page of terminal text is made of: styled segments, lines, and the signs that a terminal can show.

Knows widths and the names of styles; must not know flows, nor how a style becomes a colour (``cli`` knows).
Out come lines: tuples of segments whose text is already escaped. Whoever builds a segment from hostile text
goes through ``Page.clean``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from tlseku.output.words.hostile_text import cells, clip, head, visible

Style = Literal["", "strong", "dim", "ok", "caution", "wrong", "unsure", "hidden", "link"]


class Segment(NamedTuple):
    """A run of text in one style. ``text`` is safe to print."""

    text: str
    style: Style = ""


Line = tuple[Segment, ...]


class Signs(NamedTuple):
    """The characters that are drawn, for terminals that have them and for those that have only ASCII."""

    ok: str
    caution: str
    wrong: str
    unsure: str
    declined: str
    request: str
    hidden: str
    arrow: str
    ellipsis: str


UNICODE_SIGNS = Signs("✓", "!", "✗", "?", "–", "·", "░", "→", "…")
_ARROW = UNICODE_SIGNS.arrow
ASCII_SIGNS = Signs("+", "!", "x", "?", "-", ".", "~", "->", "...")


MAX_TEXT = 2000
"""Characters of one text that are shown. Real names have a few hundred at most; a hostile certificate may hold
megabytes, which would take minutes to lay out. JSON has them all."""


class Page(NamedTuple):
    """How much room there is and which characters may stand on it: ``width`` in columns."""

    width: int = 100
    ascii_only: bool = False

    @property
    def signs(self) -> Signs:
        """The signs that this page can show."""
        return ASCII_SIGNS if self.ascii_only else UNICODE_SIGNS

    def clean(self, text: str) -> str:
        """Hostile text made safe for this page; of a monstrous one the beginning, and how much is missing."""
        if len(text) <= MAX_TEXT and text.isascii() and text.isprintable():
            return text
        shown = visible(text[:MAX_TEXT], ascii_only=self.ascii_only)
        return shown if len(text) <= MAX_TEXT else f"{shown} ({len(text) - MAX_TEXT:,} more characters)"

    def clipped(self, text: str, columns: int) -> str:
        """Hostile text made safe and cut to ``columns``, with an ellipsis where something is missing."""
        return clip(self.clean(text), columns, self.signs.ellipsis)


def width_of(line: Iterable[Segment]) -> int:
    """Terminal columns that the segments take."""
    return sum([cells(segment.text) for segment in line])


def plain(line: Iterable[Segment]) -> str:
    """The text of a line without styles and without blanks at its end."""
    return "".join([text for text, _ in line]).rstrip(" ")


def words(text: str, style: Style = "") -> list[Line]:
    """Safe text cut at its blanks, as pieces for ``fill``. Of several blanks all but one stay with the next word."""
    pieces: list[Line] = []
    blanks = ""
    for word in text.split(" "):
        if word:
            pieces.append((Segment(blanks + word, style),))
        blanks = "" if word else blanks + " "
    return pieces


def fill_words(start: Line, text: str, style: Style, width: int, indent: int) -> Iterator[Line]:
    """The words of safe text behind ``start``: what ``fill`` makes of ``words``, mostly without a step for each."""
    lines = _broken(text, width - width_of(start), width - indent)
    if lines is None:
        yield from fill(start, words(text, style), width, indent)
        return
    begin = start
    for line in lines:
        yield _ending_in(begin, line, style)
        begin = (Segment(" " * indent),)


def fill_plain(start: str, text: str, width: int, indent: int) -> list[str]:
    """The same for a page without styles: what ``plain`` makes of it, mostly without a segment."""
    lines = _broken(text, width - cells(start), width - indent)
    if lines is None:
        return [plain(line) for line in fill((Segment(start),), words(text), width, indent)]
    lines[0] = start + lines[0]
    margin = " " * indent
    for at in range(1, len(lines)):
        lines[at] = margin + lines[at]
    return lines


def fits(text: str, columns: int) -> bool:
    """Whether safe text can stand in so many columns as it is; also False where that needs a closer look."""
    return 0 < len(text) <= columns and text[0] != " " and text[-1] != " " and _is_narrow(text)


def _is_narrow(text: str) -> bool:
    # An arrow is as wide as a letter.
    return text.isascii() or text.replace(_ARROW, "").isascii()


def _broken(text: str, first: int, room: int) -> list[str] | None:
    """Text cut at its blanks into lines of ``room`` columns, the first one of ``first``; ``None`` where that needs a
    look at each word."""
    if fits(text, first):
        return [text]
    if first < 1 or not _is_narrow(text) or not text or text != text.strip(" ") or "  " in text:
        return None
    at, left, lines = 0, first, []
    while len(text) - at > left:
        blank = text.rfind(" ", at, at + left + 1)
        if blank < 0:
            # A word that may have to be broken.
            return None
        lines.append(text[at:blank])
        at, left = blank + 1, room
    lines.append(text[at:])
    return lines


def _ending_in(start: Line, text: str, style: Style) -> Line:
    if start and start[-1].style == style:
        return (*start[:-1], Segment(start[-1].text + text, style))
    return (*start, Segment(text, style))


def fill(start: Line, pieces: Sequence[Line], width: int, indent: int, gap: int = 1) -> Iterator[Line]:
    """Pieces one after another behind ``start``, on as many lines of ``width`` as they need.

    Later lines begin ``indent`` columns in; ``gap`` blanks part two pieces. A piece is broken only if it is
    longer than a whole line.
    """
    line, used, empty = list(start), width_of(start), True
    for piece in pieces:
        need = width_of(piece) + (0 if empty else gap)
        if used + need > width and used > indent and (not empty or width_of(piece) <= width - indent):
            yield _joined(line)
            line, used, empty = [Segment(" " * indent)], indent, True
        if not empty:
            line.append(Segment(" " * gap, piece[0].style if line[-1].style == piece[0].style else ""))
            used += gap
        for segment in piece:
            rest = segment.text
            while used + cells(rest) > width:
                part = head(rest, max(width - used, 1)) or rest[:1]
                line.append(segment._replace(text=part))
                yield _joined(line)
                line, used, rest = [Segment(" " * indent)], indent, rest[len(part) :]
            line.append(segment if rest is segment.text else segment._replace(text=rest))
            used += cells(rest)
        empty = False
    yield _joined(line)


def _joined(segments: Iterable[Segment]) -> Line:
    runs = groupby(segments, key=lambda segment: segment.style)
    return tuple(Segment("".join(segment.text for segment in run), style) for style, run in runs)
