"""Captures read side by side, each in a process: ``-j``.

Knows ``tlseku.parallel`` and what ``Input`` gives; must not know formats. What comes out is the same as without ``-j``,
in the order of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import warn
from tlseku.flow import Flow
from tlseku.handshake.begin_order import BeginOrder
from tlseku.handshake.vantage import with_vantage
from tlseku.scanning import ScanOptions

if TYPE_CHECKING:
    from tlseku.parallel.lines import Line


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
        from tlseku.parallel.many import scan_many

        running = scan_many(
            self._sources, options=self._options, processes=self._processes, on_error=self._on_error
        )
        order: BeginOrder[Flow] = BeginOrder(self._finder(running))
        for each, vantage in order.in_order(running):
            flow = with_vantage(each, vantage)
            if self._is_wanted(flow):
                yield flow
        self._tell(running, order.late)

    def flows_as_they_end(self) -> Iterator[Flow]:
        """The same: the flows of a file end only when it was read."""
        yield from self.flows()

    def lines(self) -> Iterator[Line]:
        """The lines of the flows, file by file."""
        from tlseku.parallel.lines import LinesOfMany

        lines = LinesOfMany(self._sources, self._options, self._processes, self._on_error)
        yield from lines.lines()
        self.summary = lines.summary
        warn(lines.warnings)
