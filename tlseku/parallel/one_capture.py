"""One capture after the other in one process: what is sent there, and what comes back of each.

Knows ``scan`` and URLs; must not know who runs it, nor how flows go on from here. What processes tell each other can be
pickled: an error comes back as data, because an exception may not survive the way.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import field, replace

from tlseku._objects import Short, frozen
from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import VantageFinder
from tlseku.parallel.urls import Place, opened
from tlseku.scanning import OnError, Scan, ScanOptions, SharedWork


@frozen
class CaptureRead(Short):
    """What became of one capture among many.

    ``name`` is its path or URL, without secrets. ``summary`` is what was read of it, ``warnings`` what could not be, a
    line each; ``error`` is why it could not be read to its end, or at all. ``seconds`` is the time that it took.
    """

    name: str
    summary: Summary = field(default_factory=Summary)
    warnings: tuple[str, ...] = ()
    error: str | None = None
    seconds: float = 0.0


@frozen
class Ending:
    """What is known at the end of a capture. ``failure`` are the arguments of a CaptureError if it could not be read;
    ``finder`` was told of all its hosts."""

    read: CaptureRead
    failure: tuple[str, int | None, str] | None = None
    finder: VantageFinder = field(default_factory=VantageFinder, compare=False)

    def tell(self, on_error: OnError | None) -> None:
        """Raises CaptureError if the capture could not be read, unless ``on_error`` takes it."""
        if self.failure is None:
            return
        error = CaptureError(*self.failure)
        if on_error is None:
            raise error
        on_error(error)


def each_by_itself(options: ScanOptions) -> ScanOptions:
    """The options, if they make sense for captures that know nothing of each other. Raises ValueError if not."""
    if options.merge or options.max_packets is not None:
        raise ValueError("captures that are read apart from each other have neither merge nor max_packets")
    return options


def failed(
    failure: tuple[str, int | None, str], so_far: CaptureRead, finder: VantageFinder | None = None
) -> Ending:
    """The ending of a capture that could not be read, or not to its end."""
    return Ending(
        replace(so_far, error=str(CaptureError(*failure))),
        failure,
        VantageFinder() if finder is None else finder,
    )


class CaptureReader:
    """Reads one capture after the other, each by itself, and keeps what they have in common: certificates, judgements
    and conclusions. One is for one thread. ``finder`` was told of the hosts of the capture that is being read."""

    def __init__(self, options: ScanOptions) -> None:
        self._options = options
        self._shared = SharedWork(options)
        self.finder = VantageFinder()

    def read(self, place: Place, before: int = 0) -> Generator[Flow, None, Ending]:
        """The flows of a capture as they end, numbered behind ``before`` others. Raises no CaptureError: it is in what
        comes back at the end."""
        several = self.ended(place, before)
        while True:
            try:
                yield from next(several)
            except StopIteration as end:
                ending: Ending = end.value
                return ending

    def ended(self, place: Place, before: int = 0) -> Generator[Sequence[Flow], None, Ending]:
        """The same, as many at once as ended at once."""
        began = time.perf_counter()
        running: Scan | None = None
        self.finder = VantageFinder()

        def so_far() -> CaptureRead:
            seconds = time.perf_counter() - began
            if running is None:
                return CaptureRead(place.name, seconds=seconds)
            return CaptureRead(place.name, running.summary, tuple(running.warnings), seconds=seconds)

        try:
            with opened(place.url, place.storage) as source:
                running = Scan([source], self._options, shared=self._shared, before=before)
                self.finder = running.finder
                yield from running.ended()
        except CaptureError as error:
            return failed((error.file, error.offset, error.problem), so_far(), self.finder)
        except MemoryError:
            return failed((place.name, None, "memory ran out"), so_far(), self.finder)
        return Ending(so_far(), finder=running.finder)
