"""Captures read by several processes, ``-j``: each file in one, or one file in parts.

Knows ``tlseku.parallel`` and what ``Input`` gives; must not know formats. What comes out is the same as without ``-j``,
in the order of the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain
from tlseku.flow import Flow
from tlseku.handshake.begin_order import BeginOrder
from tlseku.handshake.vantage import Vantage
from tlseku.output.reports import findings
from tlseku.scanning import ScanOptions

if TYPE_CHECKING:
    from tlseku.parallel.made_in_order import Made, Maker
    from tlseku.parallel.many import ManyScan
    from tlseku.parallel.one_file import Joined
    from tlseku.parallel.range_lines import Lines
    from tlseku.parallel.range_process import Encoding


class InputInProcesses(Input):
    """An ``Input`` whose sources are files, read in so many ``processes``, at most one a file."""

    def __init__(
        self,
        sources: Sequence[str],
        options: ScanOptions,
        wanted: Callable[[Flow], bool] | None = None,
        *,
        processes: int,
    ) -> None:
        super().__init__(sources, options, wanted)
        self._processes = min(processes, len(sources))

    def flows(self) -> Iterator[Flow]:
        """Flows in the order in which they began, file by file; without ``--local`` the vantage is inferred."""
        running = self._running()
        yield from self._wanted_of(running.in_order())
        self._tell(running, running.late)

    def flows_as_they_end(self) -> Iterator[Flow]:
        """The same: the flows of a file end only when it was read."""
        yield from self.flows()

    @property
    def may_make(self) -> bool:
        """Whether ``made`` may be asked: who reads a flow does not know the number that a filter may ask for."""
        if self._wanted is None:
            return True
        from tlseku.filter import FlowFilter

        return isinstance(self._wanted, FlowFilter) and not self._wanted.asks_for("flow.number")

    def made(self, making: Callable[[], Maker], words: frozenset[str]) -> Iterator[Made]:
        """What ``making`` makes of the same flows where they are read; whether one of ``words`` holds is told, too."""
        from tlseku.parallel.made_in_order import Asked

        running = self._running()
        has_finding = partial(findings.has_finding, words=words) if words else None
        for each in running.made(Asked(making, self._wanted, has_finding)):
            self.hidden_left_out += each.counted.hidden_left_out
            yield each
        self._tell(running, running.late)

    def _running(self) -> ManyScan:
        from tlseku.parallel.many import ManyScan
        from tlseku.parallel.urls import Place

        # What a shell has left of a pattern is the name of a file.
        return ManyScan(list(map(Place, self._sources)), self._options, self._processes, self._on_error)


class InputInRanges(Input):
    """An ``Input`` of one file, of which each of ``processes`` reads a part. Where that cannot be, one reads it all,
    and a line on standard error says why."""

    def __init__(
        self,
        sources: Sequence[str],
        options: ScanOptions,
        wanted: Callable[[Flow], bool] | None = None,
        *,
        processes: int,
    ) -> None:
        from tlseku.parallel.ranges import cuts_of, why_one_process

        super().__init__(sources, options, wanted)
        (self._source,) = sources
        self._cuts: Sequence[int] = ()
        why_not = why_one_process(self._source, options)
        if why_not:
            self._read_alone(why_not)
        else:
            self._cuts = cuts_of(os.path.getsize(self._source), processes)

    @property
    def has_parts(self) -> bool:
        """Whether there are several processes."""
        return len(self._cuts) > 0

    def flows(self) -> Iterator[Flow]:
        """Flows in the order in which they began, as ``Input`` has them."""
        if not self.has_parts:
            yield from super().flows()
            return
        from tlseku.parallel.range_flows import flow, flows_of

        for each, vantage in self._joined(flows_of):
            found = flow(each, vantage)
            if self._is_wanted(found):
                yield found

    @property
    def has_lines(self) -> bool:
        """Whether ``lines`` may be asked for."""
        return self.has_parts and self._wanted is None

    def lines(self) -> Iterator[Lines]:
        """The lines of the flows, in the same order."""
        from tlseku.parallel.range_lines import LineWriter, single_lines

        writer = LineWriter()
        for each, vantage in self._joined(single_lines):
            yield writer.line(each, vantage)

    def _joined(self, encoding: Encoding) -> Iterator[tuple[Joined, Vantage]]:
        from tlseku.parallel.ranges import in_ranges

        with in_ranges(self._source, self._options, self._cuts, encoding) as one:
            order: BeginOrder[Joined] = BeginOrder(self._finder(one), one.run.vantage)
            yield from order.in_order(one.joined())
        if one.why_not:
            self._read_alone(one.why_not)
        self._tell(one, order.late)

    def _read_alone(self, why: str) -> None:
        complain(f"{self._source}: read by one process: {why}")
