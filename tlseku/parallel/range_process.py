"""A part of a capture in a process of its own: asked for what it has found, and told how far to go on.

Knows processes and pipes; must not know how parts are joined. The process is a copy of this one where it has a single
thread, so that nothing is imported twice; else it begins afresh. What can be pickled goes through the pipe, and flows
through files.
"""

from __future__ import annotations

import multiprocessing
import signal
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol, TypeVar

from tlseku.errors import CaptureError
from tlseku.handshake.range_notes import Behind, Seen
from tlseku.parallel.new_process import new_process
from tlseku.parallel.range_files import Encode, RangeWriter
from tlseku.parallel.range_run import BatchOfRange, Followed, RangeRun, Report

_T = TypeVar("_T")

Encoding = Callable[[], Encode]
"""Makes the ``Encode`` of a part; can be pickled."""


class Finish(NamedTuple):
    """What there is of a part at the end of all: the places at which flows were given numbers, and the frames in which
    their connections began; the same for Wireshark's numbers; how many segments were cut short; how often connections
    reached limits of their own, and whether any other limit was reached."""

    numbered_at: array[int]
    numbered_first: array[int]
    streamed_at: array[int]
    streamed_first: array[int]
    cut: int
    limits: Mapping[str, int]
    limited: bool


def finish_of(run: RangeRun) -> Finish:
    """What there is of a part of which all has ended."""
    notes = run.notes
    return Finish(
        notes.numbered_at,
        notes.numbered_first,
        notes.streamed_at,
        notes.streamed_first,
        run.cut,
        notes.limits,
        run.is_limited,
    )


class _Begun(NamedTuple):
    """What comes through the pipe when the part was read."""

    index_file: str
    texts: str
    report: Report


class Finished(Exception):
    """A process ended before it should."""


class Part(Protocol):
    """A part behind the first one. ``index`` and ``texts`` are the files with its flows, once it is finished."""

    index: str
    texts: str

    def report(self) -> Report:
        """What there was in it; waits for that."""
        ...

    def seen(self, keys: Collection[bytes]) -> Mapping[bytes, Seen]:
        """What was made of these keys."""
        ...

    def go_on(self, keys: Mapping[bytes, Behind]) -> Followed:
        """Read on behind the part; see ``RangeRun.go_on``."""
        ...

    def finish(self, batches: Sequence[BatchOfRange]) -> Finish:
        """End what is open; see ``RangeRun.finish``. ``seen`` may still be asked for."""
        ...


class PartHere:
    """A part that is read in this process, when somebody asks for its report."""

    def __init__(self, run: RangeRun, encoding: Encoding, place: str) -> None:
        self._run = run
        self._writer = RangeWriter(place, encoding())
        self.index, self.texts = self._writer.index, self._writer.texts

    def report(self) -> Report:
        """See ``Part``."""
        why_not = ""
        try:
            for found in self._run.run():
                self._writer.write(found)
        except CaptureError as error:
            why_not = str(error)
        return self._run.report(why_not)

    def seen(self, keys: Collection[bytes]) -> Mapping[bytes, Seen]:
        """See ``Part``."""
        return self._run.seen(keys)

    def go_on(self, keys: Mapping[bytes, Behind]) -> Followed:
        """See ``Part``."""
        for found in self._run.go_on(keys):
            self._writer.write(found)
        return self._run.followed()

    def finish(self, batches: Sequence[BatchOfRange]) -> Finish:
        """See ``Part``."""
        for found in self._run.finish(batches):
            self._writer.write(found)
        self.close()
        return finish_of(self._run)

    def close(self) -> None:
        """Close all files."""
        self._writer.close()
        self._run.close()


class PartElsewhere:
    """A part that is read in a process, which begins at once. ``make_run`` and ``encoding`` can be pickled."""

    def __init__(self, make_run: Callable[[], RangeRun], encoding: Encoding, place: str) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = new_process(partial(_work, theirs, make_run, encoding, place))
        self._process.start()
        theirs.close()
        self.index = self.texts = ""

    def report(self) -> Report:
        """See ``Part``."""
        begun = self._receive(_Begun)
        self.index, self.texts = begun.index_file, begun.texts
        return begun.report

    def seen(self, keys: Collection[bytes]) -> Mapping[bytes, Seen]:
        """See ``Part``."""
        found: Mapping[bytes, Seen] = self._ask("seen", tuple(keys), dict)
        return found

    def go_on(self, keys: Mapping[bytes, Behind]) -> Followed:
        """See ``Part``."""
        return self._ask("go_on", keys, Followed)

    def finish(self, batches: Sequence[BatchOfRange]) -> Finish:
        """See ``Part``."""
        return self._ask("finish", batches, Finish)

    def stop(self) -> None:
        """End the process, wherever it is."""
        self._pipe.close()
        self._process.terminate()
        self._process.join()

    def _ask(self, what: str, about: object, answer: type[_T]) -> _T:
        try:
            self._pipe.send((what, about))
        except OSError:
            raise Finished from None
        return self._receive(answer)

    def _receive(self, answer: type[_T]) -> _T:
        try:
            received = self._pipe.recv()
        except (EOFError, OSError):
            raise Finished from None
        if not isinstance(received, answer):
            raise TypeError(f"{answer.__name__} was asked for")
        return received


def _work(
    pipe: Connection,
    make_run: Callable[[], RangeRun],
    encoding: Encoding,
    place: str,
) -> None:
    # An interruption is for the process that waits for this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    part = PartHere(make_run(), encoding, place)
    pipe.send(_Begun(part.index, part.texts, part.report()))
    try:
        while True:
            what, about = pipe.recv()
            pipe.send(getattr(part, what)(about))
    except (EOFError, OSError):
        # Nobody asks any more.
        return
