"""Captures read side by side, each in a process: ``-j``.

Knows ``scale_out`` and what ``reading.Input`` gives; must not know formats. What comes out is the same as without
``-j``, in the order of the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import warn
from tlseku.flow import Flow
from tlseku.handshake.vantage import apply_found

if TYPE_CHECKING:
    from tlseku.output.json.templates.template_writer import Brief


class InputInProcesses(Input):
    """An ``Input`` whose sources are files, read in so many ``processes``."""

    processes = 1

    def flows(self) -> Sequence[Flow]:
        """All flows in the order of their numbers; without ``--local`` the vantage is inferred from them all."""
        from tlseku.parallel.many import scan_many

        running = scan_many(
            self._sources,
            processes=self.processes,
            local=self._local,
            on_error=self._on_error,
            rule_books=self._rule_books,
            context=self._context,
            known_issuers=self._known_issuers,
            secrets=self._secrets,
        )
        flows = sorted(running, key=lambda flow: flow.number)
        self.summary = running.summary
        warn(running.warnings)
        if not self._local:
            flows = apply_found(flows, running.finder)
        return flows if self._wanted is None else [flow for flow in flows if self._wanted(flow)]

    def flows_as_they_end(self) -> Iterator[Flow]:
        """The same: the flows of a file end only when it was read."""
        yield from self.flows()

    def briefs(self) -> Iterator[Brief]:
        """The lines of the flows, file by file in the order in which they end."""
        from tlseku.parallel.lines import LinesOfMany
        from tlseku.parallel.one_capture import How

        how = How(self._local, self._rule_books, self._context, self._known_issuers, self._secrets)
        lines = LinesOfMany(self._sources, how, self.processes, self._on_error)
        yield from lines.briefs()
        self.summary = lines.summary
        warn(lines.warnings)
