"""What became of many captures, as a compact table: a line a capture, as many as a screen holds.

Knows what is said of a capture as plain values; must not know who read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlseku.output.notebook.captions import with_warnings
from tlseku.output.notebook.markup import Html, Row, styled, table, text

SHOWN_CAPTURES = 30
"""Rows shown; the caption says how many there are."""

_HEAD = ("capture", "bytes", "packets", "flows", "error")


class Told(NamedTuple):
    """One capture; ``error`` is why it could not be read to its end, or at all."""

    name: str
    bytes: int
    packets: int
    flows: int
    error: str | None


def capture_table(captures: Sequence[Told], warnings: Sequence[str]) -> Html:
    """The first ``SHOWN_CAPTURES`` captures, how many could not be read, and the first warnings."""
    failed = sum(each.error is not None for each in captures)
    caption = f"{len(captures):,} captures, of which {failed:,} could not be read"
    if len(captures) > SHOWN_CAPTURES:
        caption = f"{SHOWN_CAPTURES} of {caption}"
    return table(_HEAD, map(_row, captures[:SHOWN_CAPTURES]), with_warnings(caption, warnings))


def _row(told: Told) -> Row:
    numbers = (text(f"{each:,}") for each in (told.bytes, told.packets, told.flows))
    return Row((text(told.name), *numbers, styled(told.error or "", "wrong")))
