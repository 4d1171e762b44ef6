"""The lines of ``tlseku/flow/2`` of many captures, each made in a process of its own.

Knows processes; must not know where lines go, nor what stands in them (``completed_lines``). A process writes what it
makes to a file of its own, since there may be more than memory holds; whoever asked reads these in the order of the
captures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.handshake.begin_order import BeginOrder
from tlseku.handshake.vantage import Vantage, VantageFinder
from tlseku.parallel.completed_lines import Line, counted_on, lines_with_verdicts, read_line
from tlseku.parallel.many import in_processes, those_read
from tlseku.parallel.urls import opened
from tlseku.scanning import OnError, Scan, ScanOptions, add_summaries

# A line has one or two kilobytes.
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class LinesOfOne:
    """What a capture gave: a file ``path`` with a line a flow (its verdicts, a tab, the JSON), or the ``failure`` as
    the arguments of a CaptureError."""

    path: str = ""
    summary: Summary = field(default_factory=Summary)
    warnings: tuple[str, ...] = ()
    finder: VantageFinder = field(default_factory=VantageFinder, compare=False)
    failure: tuple[str, int | None, str] | None = None


class LinesOfMany:
    """An iterator over the lines of captures, in their order; ``summary`` and ``warnings`` are about those done.

    Without ``local`` the vantage is inferred from all captures, so that nothing comes before it is known.
    """

    def __init__(
        self, paths: Sequence[str], options: ScanOptions, processes: int, on_error: OnError | None
    ) -> None:
        self.summary = Summary()
        self.warnings: list[str] = []
        self._options = options
        self._on_error = on_error
        self._paths = paths
        self._processes = processes

    def lines(self) -> Iterator[Line]:
        """The lines. Raises CaptureError for a capture that cannot be read, unless ``on_error`` takes it."""
        finder = VantageFinder()
        waiting: list[tuple[LinesOfOne, int]] = []
        with tempfile.TemporaryDirectory(prefix="tlseku-") as place:
            write = partial(write_lines, options=self._options, place=place)
            for outcome in those_read(in_processes(self._paths, write, self._processes), self._on_error):
                waiting.append((outcome, self.summary.flows))
                self.summary = add_summaries(self.summary, outcome.summary)
                self.warnings += outcome.warnings
                finder.add(outcome.finder)
                if self._options.local or finder.hopeless:
                    yield from _read(waiting, Vantage())
            yield from _read(waiting, Vantage() if self._options.local else finder.found())


def write_lines(path: str, options: ScanOptions, place: str) -> LinesOfOne:
    """Read one capture to its end and write its lines to a file in the directory ``place``. Raises no CaptureError: it
    is in the outcome."""
    handle, name = tempfile.mkstemp(dir=place)
    try:
        with opened(path) as source, os.fdopen(handle, "wb") as file:
            running = Scan([source], options)
            written = lines_with_verdicts()
            # Numbers count from 1 in each; who is looked at from where is told later, for all of them.
            order: BeginOrder[Flow] = BeginOrder(None)
            for flow, _ in order.in_order(running):
                file.write(written(flow))
    except CaptureError as error:
        return LinesOfOne(failure=(error.file, error.offset, error.problem))
    return _outcome(name, running)


def _outcome(name: str, running: Scan) -> LinesOfOne:
    return LinesOfOne(name, running.summary, tuple(running.warnings), running.finder)


def _read(waiting: list[tuple[LinesOfOne, int]], vantage: Vantage) -> Iterator[Line]:
    while waiting:
        outcome, before = waiting.pop(0)
        with open(outcome.path, "rb", buffering=_BUFFER) as file:
            for written in file:
                line = read_line(written)
                yield line._replace(text=counted_on(line.text, before, vantage))
        os.unlink(outcome.path)
