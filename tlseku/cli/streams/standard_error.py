"""What is said to a person on standard error, one line each.

Knows standard error; must not know why something is said. Text is escaped here, because file names and the
words of a damaged capture may be in it. Where nobody listens any more (a pipe that broke, a full disk) the work goes on
and says nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from tlseku.cli.streams.closed_streams import silence
from tlseku.output.words.hostile_text import cells, visible

SHOWN_BEFORE = 50
"""Columns shown before the place that a caret points at; of a longer text the rest is left out."""


def complain(text: str) -> None:
    """``tlseku: text`` on standard error."""
    _say(f"tlseku: {visible(text)}")


def point_at(text: str, column: int) -> None:
    """A piece of ``text`` on standard error, and under it a caret at ``column``, counted from 1."""
    begin = max(column - 1 - SHOWN_BEFORE, 0)
    before, after = (
        visible(text[begin : column - 1]),
        visible(text[column - 1 : column - 1 + SHOWN_BEFORE // 2]),
    )
    _say(f"  {before}{after}")
    _say(f"  {' ' * cells(before)}^")


def warn(warnings: Iterable[str]) -> None:
    """``tlseku: warning: …`` on standard error, a line each."""
    for warning in warnings:
        complain(f"warning: {warning}")


def _say(safe: str) -> None:
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    draw(f"{safe.encode(encoding, 'backslashreplace').decode(encoding)}\n")


def draw(text: str) -> None:
    """Write a text that can be shown as it is."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)
