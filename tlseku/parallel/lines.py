"""The lines of ``tlseku/flow/2`` of many captures, in the order of the captures.

Knows how lines are completed once it is known how many came before, and from where flows are seen; must not know
processes, nor where lines go. Without a vantage that is given, nothing comes before it is known: until then lines wait
in a temporary file, since there may be more than memory holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from tlseku.handshake.vantage import Vantage
from tlseku.parallel.completed_lines import Lines, read_block
from tlseku.parallel.many import ManyScan

_HELD = 8 << 20
"""Bytes that wait in memory; more go to the disk."""


def lines_of(running: ManyScan, given: Vantage) -> Iterator[Lines]:
    """The lines of a scan of which nobody has asked for a flow, as seen from the vantage that is ``given``, else from
    the one that they show. Raises CaptureError as iterating over that does."""
    if given:
        for before, block in running.lines():
            yield block.lines(before, given)
        return
    with tempfile.SpooledTemporaryFile(_HELD) as waiting:
        sizes: list[tuple[int, int]] = []
        for before, block in running.lines():
            if running.finder.hopeless and not sizes:
                yield block.lines(before, given)
                continue
            sizes.append((before, waiting.write(block.packed())))
            if running.finder.hopeless:
                yield from _those_that_wait(waiting, sizes, given)
        yield from _those_that_wait(waiting, sizes, running.finder.found())


def _those_that_wait(
    waiting: tempfile.SpooledTemporaryFile[bytes], sizes: list[tuple[int, int]], vantage: Vantage
) -> Iterator[Lines]:
    waiting.seek(0)
    for before, size in sizes:
        yield read_block(waiting.read(size)).lines(before, vantage)
    sizes.clear()
    waiting.seek(0)
    waiting.truncate()
