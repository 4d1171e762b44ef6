"""From the captures that a user names to flows, with every problem told and none hiding the rest.

Knows ``scanning`` and standard error; must not know formats or options. One unreadable
file among several does not keep the others from being reported: it is named on standard error, and
``Input.failed`` says so to whoever chooses the exit code. Flows pass by one at a time, so that a capture may hold any
number of them: whoever wants all at once keeps them.

Standard input is taken for a capture that is being written: flows end as time passes, and Ctrl-C ends the reading,
not the run.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from tlseku import scanning
from tlseku.capture import Batch, Capture, Source, open_capture
from tlseku.capture.capture_file import sample_of_unread
from tlseku.capture.source import STANDARD_INPUT
from tlseku.cli.streams.progress import Progress
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.cli.streams.stopping import Stopping, stopped_by_signals
from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.handshake.begin_order import BeginOrder
from tlseku.handshake.vantage import Vantage, VantageFinder, with_vantage
from tlseku.output.words.wording import counted
from tlseku.scanning import ReadBefore, Scan, ScanOptions, WasRead

if TYPE_CHECKING:
    from tlseku.parallel.through_editcap import Converted


class FlowsRead:
    """Flows on their way through whatever watches them, with what was read to get them, as flows of a scan have it."""

    def __init__(self, flows: Iterable[Flow], captures: Input) -> None:
        self._flows = flows
        self._captures = captures

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows)

    @property
    def summary(self) -> Summary:
        """Holds at the end."""
        return self._captures.summary


_LATE = "went on for longer than others can be held back: told behind flows that began later"


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

    @property
    def chooses(self) -> bool:
        """Whether not every flow is wanted."""
        return self._wanted is not None

    def flows(self) -> Iterator[Flow]:
        """Flows in the order in which they began, as far as memory for those that wait allows (``begin_order``).

        Without ``--local`` the vantage is inferred. Raises ``CaptureError`` if the only capture cannot be read.
        """
        return self._wanted_of(chain.from_iterable(self._ended(in_order=True)))

    def flows_as_they_end(self) -> Iterator[Flow]:
        """Flows in the order in which they end, for somebody who watches standard input: without ``--local`` their
        directions are unknown. Raises ``CaptureError`` if the only capture cannot be read.
        """
        return self._wanted_of(chain.from_iterable(self._ended(in_order=False)))

    def _ended(self, *, in_order: bool) -> Iterator[Sequence[Flow]]:
        """As many at once as ended at once: each step that hands a flow on by itself has its price."""
        if not self._sources:
            return
        with Progress(self._sources) as progress, ExitStack() as held:
            scan = self._scan(progress, held)
            order: BeginOrder[Flow] = BeginOrder(self._finder(scan), scan.vantage)
            for ended in scan.ended():
                yield self._seen(order.take(ended)) if in_order else ended
            yield self._seen(order.rest())
        self._tell(scan, order.late)

    def _scan(self, progress: Progress, held: ExitStack) -> Scan:
        """The scan of all sources; ``held`` is left when it is over."""
        descriptor = self._live_descriptor()
        if descriptor is None:
            return scanning.scan(
                *self._watched(progress, held), options=self._options, on_error=self._on_error
            )
        # No file needs it.
        from tlseku.cli.streams.arriving import Arriving, batches_and_time, until_stopped

        stopping = held.enter_context(stopped_by_signals())
        self._will_be_read(stopping, held)
        arriving = Arriving(descriptor, self._live_name, stopping, self._has_begun, self._taken(descriptor))
        sources = [
            arriving if source == STANDARD_INPUT else source for source in self._watched(progress, held)
        ]

        def pace(capture: Capture) -> Iterator[Batch | int]:
            live = capture.names == (self._live_name,)
            return (batches_and_time if live else until_stopped)(capture, stopping)

        def on_error(error: CaptureError) -> None:
            # Nobody has written anything yet.
            if stopping.asked:
                return
            if self._on_error is None:
                raise error
            self._on_error(error)

        return Scan(sources, self._options, on_error, pace=pace)

    _live_name = STANDARD_INPUT
    """What the capture that is being written is called."""

    def _live_descriptor(self) -> int | None:
        """Where a capture comes from that is being written; None if there is no such."""
        if STANDARD_INPUT not in self._sources or (self._options.merge and len(self._sources) > 1):
            return None
        return _descriptor_of_stream()

    def _taken(self, descriptor: int) -> bytes:
        """What was looked at of standard input, to know whether it is a capture."""
        from tlseku.cli.streams.arriving import looked_at

        return looked_at(sys.stdin.buffer, descriptor)

    def _will_be_read(self, stopping: Stopping, held: ExitStack) -> None:
        """The capture that is being written is about to be read, until ``held`` is left."""

    def _has_begun(self) -> None:
        """The first bytes of the capture that is being written are there."""

    def _seen(self, told: Sequence[tuple[Flow, Vantage]]) -> list[Flow]:
        """The flows, each as seen from the vantage beside it. Where it was given, the flow has it."""
        if self._options.local:
            return [flow for flow, _ in told]
        return [with_vantage(flow, vantage) for flow, vantage in told]

    def _finder(self, running: WasRead) -> VantageFinder | None:
        """What infers the vantage; None if it is given."""
        return None if self._options.local else running.finder

    def _tell(self, running: WasRead, late: int) -> None:
        """What was read and noticed, at the end."""
        self.summary = running.summary
        behind = () if late == 0 else (f"{counted(late, 'flow')} {_LATE}",)
        self.warnings = (*running.warnings, *behind)
        warn(self.warnings)

    def _wanted_of(self, flows: Iterator[Flow]) -> Iterator[Flow]:
        # Mostly all are, and there are many.
        return flows if self._wanted is None else filter(self._is_wanted, flows)

    def _is_wanted(self, flow: Flow) -> bool:
        if self._wanted is None or self._wanted(flow):
            return True
        self.hidden_left_out += bool(flow.hidden)
        return False

    def _watched(self, progress: Progress, converters: ExitStack) -> list[Source | ReadBefore]:
        found: list[Source | ReadBefore] = []
        for source in self._sources:
            if (dataset := dataset_at(source)) is not None:
                found.append(dataset)
                continue
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


def _descriptor_of_stream() -> int | None:
    """The descriptor of standard input; None where it is a file, or none at all."""
    try:
        descriptor = sys.stdin.fileno()
        return None if stat.S_ISREG(os.fstat(descriptor).st_mode) else descriptor
    except (AttributeError, OSError, ValueError):
        return None


def dataset_at(source: str) -> ReadBefore | None:
    """The dataset that a path or URL stands for; None for a capture."""
    if source == STANDARD_INPUT or os.path.isfile(source):
        return None
    from tlseku.parallel.urls import is_remote  # captures are files, mostly

    if not is_remote(source) and not os.path.isdir(source):
        return None
    from tlseku.parallel.datasets.dataset import Dataset
    from tlseku.parallel.datasets.ingest import is_dataset

    return Dataset(source) if is_remote(source) or is_dataset(source) else None


def _converted(source: str) -> Converted | None:
    if sample_of_unread(source) is None:
        return None
    from tlseku.parallel.through_editcap import through_editcap  # hardly any capture needs it

    return through_editcap(source)
