"""The lines of ``tlseku/flow/2`` of many captures, in the order of the captures.

Knows how lines are completed once it is known how many came before, and from where flows are seen; must not know
processes, nor where lines go. Without a vantage that is given, nothing comes before it is known: until then lines wait
in a temporary file, since there may be more than memory holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from tlseku.handshake.vantage import Vantage
from tlseku.parallel.completed_lines import Line, counted_on, read_line
from tlseku.parallel.many import ManyScan
from tlseku.parallel.pieces import packed_lines, read_lines

_HELD = 8 << 20
"""Bytes that wait in memory; more go to the disk."""


def lines_of(running: ManyScan, *, infer_vantage: bool) -> Iterator[Line]:
    """The lines of a scan of which nobody has asked for a flow. Raises CaptureError as iterating over that does."""
    if not infer_vantage:
        for before, lines in running.lines():
            yield from _completed(before, lines, Vantage())
        return
    with tempfile.SpooledTemporaryFile(_HELD) as waiting:
        sizes: list[tuple[int, int]] = []
        for before, lines in running.lines():
            if running.finder.hopeless and not sizes:
                yield from _completed(before, lines, Vantage())
                continue
            sizes.append((before, waiting.write(packed_lines(lines))))
            if running.finder.hopeless:
                yield from _those_that_wait(waiting, sizes, Vantage())
        yield from _those_that_wait(waiting, sizes, running.finder.found())


def _those_that_wait(
    waiting: tempfile.SpooledTemporaryFile[bytes], sizes: list[tuple[int, int]], vantage: Vantage
) -> Iterator[Line]:
    waiting.seek(0)
    for before, size in sizes:
        yield from _completed(before, read_lines(waiting.read(size)), vantage)
    sizes.clear()
    waiting.seek(0)
    waiting.truncate()


def _completed(before: int, lines: list[bytes], vantage: Vantage) -> Iterator[Line]:
    for written in lines:
        text, verdicts = read_line(written)
        yield Line(counted_on(text, before, vantage), verdicts)
