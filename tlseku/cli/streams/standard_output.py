"""Standard output: its width, its characters, its colours.

Knows streams, the environment and rich; must not know flows. Colours where somebody asks for them, else on a terminal
or with FORCE_COLOR (https://force-color.org), never with NO_COLOR (https://no-color.org) or on a dumb terminal; rich is
imported only then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from io import DEFAULT_BUFFER_SIZE
from typing import AnyStr, BinaryIO, Literal, TextIO

import click

from tlseku.cli.streams.whole_file import at_the_end
from tlseku.output.words.terminal_page import UNICODE_SIGNS, Line, Page, Style, plain

DEFAULT_WIDTH = 100
LEAST_WIDTH = 80

LONGEST_PROSE = 100
"""Columns of sentences: longer lines are hard to read."""

BLOCK = DEFAULT_BUFFER_SIZE
"""Bytes or characters that are written at once where nobody watches: no more than Python itself would hold back."""

COLOURS = ("auto", "always", "never")
_COLOUR = "tlseku.colour"

STYLES: dict[Style, str] = {
    "": "none",
    "strong": "bold",
    "dim": "bright_black",
    "ok": "green",
    "caution": "yellow",
    "wrong": "bold red",
    "unsure": "magenta",
    "hidden": "cyan",
    "link": "bold cyan",
}
"""The rich style of each style of a segment."""


def page_for(width: int | None, *, prose: bool = False) -> Page:
    """The page that standard output is: ``width`` columns, else those of the terminal, at least 80, else 100.

    Of ``prose`` a line is no longer than ``LONGEST_PROSE`` unless that was asked for.
    """
    if width is None:
        width = DEFAULT_WIDTH
        if sys.stdout.isatty():
            width = max(LEAST_WIDTH, _terminal_columns())
        if prose:
            width = min(width, LONGEST_PROSE)
    return Page(width, ascii_only=not _can_show("".join(UNICODE_SIGNS), sys.stdout))


def write_lines(lines: Iterable[Line], *, flush_each: bool = False) -> None:
    """Print styled lines, with colours where they are welcome."""
    write = _colour_writer() if colours_welcome() else _plain_writer()
    for line in lines:
        write(line)
        if flush_each:
            sys.stdout.flush()


def write_text(pieces: Iterable[str], *, flush_each: bool = False) -> None:
    """Print pieces of text that carry their own line ends."""
    _never_fail_on_a_character(sys.stdout)
    if not flush_each and not sys.stdout.isatty():
        _write_in_blocks(sys.stdout.write, pieces, "")
        return
    for piece in pieces:
        sys.stdout.write(piece)
        if flush_each:
            sys.stdout.flush()


def write_lines_of_bytes(lines: Iterable[bytes]) -> None:
    """Print lines that are encoded, in ASCII, and carry their own ends."""
    sys.stdout.flush()
    out = getattr(sys.stdout, "buffer", None)
    if out is None:
        # Somebody put an object without bytes beneath in its place.
        write_text(line.decode("ascii") for line in lines)
    elif sys.stdout.isatty():
        for line in lines:
            out.write(line)
    else:
        _write_in_blocks(out.write, lines, b"")


def _write_in_blocks(write: Callable[[AnyStr], object], pieces: Iterable[AnyStr], nothing: AnyStr) -> None:
    """Write pieces, many at once, since each call has its price. What came before an error is written, too."""
    held: list[AnyStr] = []
    size = 0
    try:
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= BLOCK:
                block = nothing.join(held)
                held.clear()
                size = 0
                write(block)
    finally:
        if held:
            write(nothing.join(held))


def write_document(pieces: Iterable[str], file: str | None) -> None:
    """Write a whole document in UTF-8 to a file, there at the end of the run; ``None`` and ``-`` are standard output.

    Raises ``OutputError`` with the name of a file that cannot be written.
    """
    if file is None or file == "-":
        # A document names its own encoding, whatever the terminal's is.
        sys.stdout.flush()
        out: BinaryIO = sys.stdout.buffer
    else:
        out = at_the_end(file)
    for piece in pieces:
        out.write(piece.encode())


def choose_colours(context: click.Context, when: str) -> None:
    """One of ``COLOURS``, for the rest of the run."""
    context.meta[_COLOUR] = when


def colours_welcome() -> bool:
    """Whether standard output wants colours."""
    context = click.get_current_context(silent=True)
    when = "auto" if context is None else context.meta.get(_COLOUR, "auto")
    if when != "auto":
        return bool(when == "always")
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _plain_writer() -> Callable[[Line], None]:
    _never_fail_on_a_character(sys.stdout)

    def write(line: Line) -> None:
        sys.stdout.write(f"{plain(line)}\n")

    return write


def _colour_writer() -> Callable[[Line], None]:
    from rich.console import Console
    from rich.text import Text

    _never_fail_on_a_character(sys.stdout)
    console = Console(
        file=sys.stdout,
        force_terminal=True,
        color_system=_colour_system(),
        no_color=False,
        markup=False,
        emoji=False,
        highlight=False,
    )

    def write(line: Line) -> None:
        text = Text(no_wrap=True)
        for segment in line:
            text.append(segment.text, STYLES[segment.style])
        text.rstrip()
        console.print(text, soft_wrap=True)

    return write


def _colour_system() -> Literal["auto", "standard"]:
    # rich takes a dumb terminal, and none at all, for one without colours; whoever gets here asked for them.
    return "auto" if sys.stdout.isatty() and os.environ.get("TERM") not in (None, "dumb") else "standard"


def _can_show(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _never_fail_on_a_character(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _terminal_columns() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):
        return DEFAULT_WIDTH
