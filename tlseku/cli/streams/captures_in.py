"""From the captures that a user names to flows, with every problem told and none hiding the rest.

Knows ``tlseku.read`` and ``tlseku.scan`` and standard error; must not know formats or options. One unreadable
file among several does not keep the others from being reported: it is named on standard error, and
``Input.failed`` says so to whoever chooses the exit code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING

import tlseku
from tlseku.capture import Source, open_capture
from tlseku.capture.capture_file import sample_of_unread
from tlseku.cli.streams.progress import Progress
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import held_for_vantage, with_vantage
from tlseku.scanning import Flows, ScanOptions

if TYPE_CHECKING:
    from tlseku.parallel.through_editcap import Converted


class Input:
    """The captures of one run, read and judged as ``options`` say; ``wanted`` chooses flows.

    ``failed`` is True when one of them could not be read; ``summary`` and ``warnings`` hold at the end, as does
    ``hidden_left_out``: how many flows were not wanted and hide something, for which they might be.
    """

    def __init__(
        self, sources: Sequence[str], options: ScanOptions, wanted: Callable[[Flow], bool] | None = None
    ) -> None:
        self._options = options
        self._wanted = wanted
        self.failed = False
        self.hidden_left_out = 0
        self.summary = Summary()
        self.warnings: tuple[str, ...] = ()
        self._on_error = None if len(sources) == 1 else self._go_on_after
        # A merged capture is opened as a whole, so what cannot be read must be known and left out before.
        self._sources = [source for source in sources if not options.merge or self._can_be_read(source)]

    @property
    def streams(self) -> bool:
        """Whether flows are better reported as they end than all together: from standard input."""
        return "-" in self._sources

    def flows(self) -> Sequence[Flow]:
        """All flows in the order of their numbers; without ``--local`` the vantage is inferred from them all.

        Raises ``CaptureError`` if the only capture cannot be read.
        """
        if not self._sources:
            return ()
        with Progress(self._sources) as progress, ExitStack() as converters:
            flows = tlseku.read(
                *self._watched(progress, converters), options=self._options, on_error=self._on_error
            )
        return self._told(flows)

    def flows_as_they_end(self) -> Iterator[Flow]:
        """Flows in the order in which they end. Raises ``CaptureError`` if the only capture cannot be read.

        Without ``--local`` the vantage is inferred, for which flows are held back; not those of standard input, which
        somebody may watch as they come.
        """
        for flow in self._ended():
            if self._is_wanted(flow):
                yield flow

    def _ended(self) -> Iterator[Flow]:
        if not self._sources:
            return
        with Progress(self._sources) as progress, ExitStack() as converters:
            scan = tlseku.scan(
                *self._watched(progress, converters), options=self._options, on_error=self._on_error
            )
            if self._options.local or self.streams:
                yield from scan
            else:
                for flow, vantage in held_for_vantage(scan, scan.finder):
                    yield with_vantage(flow, vantage)
        self.summary = scan.summary
        self.warnings = tuple(scan.warnings)
        warn(scan.warnings)

    def _told(self, flows: Flows) -> Sequence[Flow]:
        """Those of all flows that are wanted, after what was noticed on the way."""
        self.summary = flows.summary
        self.warnings = tuple(flows.warnings)
        warn(flows.warnings)
        return flows if self._wanted is None else [flow for flow in flows if self._is_wanted(flow)]

    def _is_wanted(self, flow: Flow) -> bool:
        if self._wanted is None or self._wanted(flow):
            return True
        self.hidden_left_out += bool(flow.hidden)
        return False

    def _watched(self, progress: Progress, converters: ExitStack) -> list[Source]:
        found: list[Source] = []
        for source in self._sources:
            converted = _converted(source)
            found.append(
                progress.watched(source) if converted is None else converters.enter_context(converted)
            )
        return found

    def _can_be_read(self, source: str) -> bool:
        # Pipes can be read only once, so they cannot be tried; a single file speaks for itself.
        if self._on_error is None or source == "-" or (os.path.exists(source) and not os.path.isfile(source)):
            return True
        try:
            converted = _converted(source)
            with (
                nullcontext(source) if converted is None else converted as readable,
                open_capture(readable) as capture,
            ):
                next(capture.batches(), None)
        except CaptureError as error:
            self._go_on_after(error)
            return False
        return True

    def _go_on_after(self, error: CaptureError) -> None:
        complain(str(error))
        self.failed = True


def _converted(source: str) -> Converted | None:
    if sample_of_unread(source) is None:
        return None
    from tlseku.parallel.through_editcap import through_editcap  # hardly any capture needs it

    return through_editcap(source)
