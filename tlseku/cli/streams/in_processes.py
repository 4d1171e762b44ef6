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
from tlseku.scanning import ScanOptions, all_flows

if TYPE_CHECKING:
    from tlseku.output.json.templates.template_writer import Brief


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

    def flows(self) -> Sequence[Flow]:
        """All flows in the order of their numbers; without ``--local`` the vantage is inferred from them all."""
        from tlseku.parallel.many import scan_many

        running = scan_many(
            self._sources, options=self._options, processes=self._processes, on_error=self._on_error
        )
        return self._told(all_flows(running, infer_vantage=not self._options.local))

    def flows_as_they_end(self) -> Iterator[Flow]:
        """The same: the flows of a file end only when it was read."""
        yield from self.flows()

    def briefs(self) -> Iterator[Brief]:
        """The lines of the flows, file by file in the order in which they end."""
        from tlseku.parallel.lines import LinesOfMany

        lines = LinesOfMany(self._sources, self._options, self._processes, self._on_error)
        yield from lines.briefs()
        self.summary = lines.summary
        warn(lines.warnings)
