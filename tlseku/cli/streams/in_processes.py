"""Captures read by several processes, ``-j``: each file in one, or one file in parts.

Knows ``tlseku.parallel`` and what ``Input`` gives; must not know formats. What comes out is the same as without ``-j``,
in the order of the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, held_for_vantage, with_vantage
from tlseku.scanning import Flows, ScanOptions, all_flows

if TYPE_CHECKING:
    from tlseku.output.json.templates.template_writer import Brief
    from tlseku.parallel.one_file import Joined, OneFile


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

    def flows(self) -> Sequence[Flow]:
        """All flows in the order of their numbers; without ``--local`` the vantage is inferred from them all."""
        if not self._cuts:
            return super().flows()
        from tlseku.parallel.range_flows import flow, flows_of
        from tlseku.parallel.ranges import in_ranges

        with in_ranges(self._source, self._options, self._cuts, flows_of) as one:
            # Whose host it was made on is known when all has been seen.
            found = [flow(each, one.run, Vantage()) for each in one.joined()]
            self._read(one)
        vantage = Vantage() if self._options.local else one.finder.found()
        found.sort(key=lambda each: each.number)
        return self._told(Flows([with_vantage(each, vantage) for each in found], one.summary, one.warnings))

    def flows_as_they_end(self) -> Iterator[Flow]:
        """Flows in the order in which they end, with the vantage as ``Input`` has it."""
        if not self._cuts:
            yield from super().flows_as_they_end()
            return
        from tlseku.parallel.range_flows import flow, flows_of
        from tlseku.parallel.ranges import in_ranges

        with in_ranges(self._source, self._options, self._cuts, flows_of) as one:
            for each, vantage in self._held(one):
                found = flow(each, one.run, vantage)
                if self._is_wanted(found):
                    yield found
            self._read(one)
        warn(one.warnings)

    def briefs(self) -> Iterator[Brief]:
        """The lines of the flows, in the same order."""
        if not self._cuts:
            yield from super().briefs()
            return
        from tlseku.output.json.templates.cached_chains import Cards
        from tlseku.output.json.templates.template_writer import BriefWriter
        from tlseku.parallel.range_flows import line, lines_of
        from tlseku.parallel.ranges import in_ranges

        inferred = not self._options.local
        with in_ranges(self._source, self._options, self._cuts, lines_of) as one:
            writer = BriefWriter(one.run.conclude, Cards(one.run.judge))
            for each, vantage in self._held(one):
                yield line(each, writer, vantage, inferred)
            self._read(one)
        warn(one.warnings)

    def _held(self, one: OneFile) -> Iterator[tuple[Joined, Vantage]]:
        if not self._options.local:
            yield from held_for_vantage(one.joined(), one.finder)
            return
        for each in one.joined():
            yield each, one.run.vantage

    def _read(self, one: OneFile) -> None:
        self.summary, self.warnings = one.summary, one.warnings
        if one.why_not:
            self._read_alone(one.why_not)

    def _read_alone(self, why: str) -> None:
        complain(f"{self._source}: read by one process: {why}")
