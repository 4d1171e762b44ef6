"""Processes that read captures, one after the other each, and what they make of them in the order of the captures.

Knows processes, pipes and temporary files; must not know what is made. A process writes what it makes to a file, piece
by piece, and tells of each piece, so that the first of a large capture comes at once and no process ever waits for
whoever asked. No more than ``AHEAD`` captures a process are under way or waiting, so that what lies on the disk does
not grow with their number. A process that ends amid a capture, because it was killed or ran out of memory, takes
nothing with it but that capture: another one goes on.

What this process learns meanwhile it may tell them (``tell``): each hears of it behind the piece that it is making.

Where processes may be copies of this one, what does the work is made here, once for all. It may do the first tasks
here, too: what it has learnt of them (certificates, verdicts, kinds of flows) all copies know.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import FileIO
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from tlseku.errors import OutputError, TlsekuError
from tlseku.parallel.new_process import may_be_copies, new_process
from tlseku.parallel.pipes import Pipes

AHEAD = 2
"""Captures a process that are under way or waiting."""

_T = TypeVar("_T")
_E = TypeVar("_E")
_M = TypeVar("_M")

Work = Callable[[], Callable[[_T], Generator[bytes, None, _E]]]
"""Makes, in a process, what turns each task into pieces and an ending; can be pickled, as tasks and endings can."""


@runtime_checkable
class Listens(Protocol):
    """What turns tasks into pieces, and goes on otherwise when it was told something."""

    @property
    def waits(self) -> bool:
        """Whether there is anything that it waits for: to ask a pipe takes time."""
        ...

    def hear(self, told: object) -> None:
        """What ``Workers.tell`` was given."""
        ...


HERE = 0
"""The number of this process, among those of workers."""


def handing_back(each: Generator[_T, None, _E], take: Callable[[_E], None]) -> Iterator[_T]:
    """What a generator yields; the ending that it returns goes to ``take``."""
    take((yield from each))


class Piece(NamedTuple):
    """What the process ``worker`` made of a part of a task; pieces of one worker come in the order in which it made
    them."""

    worker: int
    data: bytes


class Killed(NamedTuple):
    """In place of an ending: the process that worked at the task is gone, with this exit code."""

    exit_code: int | None


@dataclass(frozen=True)
class _Ended(Generic[_E]):
    """What comes through the pipe at the end of a task. (Python 3.10 has no generic NamedTuple.)"""

    ending: _E


@dataclass(frozen=True)
class _Note:
    """What goes through the pipe to a process at any time: what it is told."""

    told: object


class Workers(Generic[_T, _E]):
    """So many ``processes`` that do ``work``, ``afresh`` if none may be a copy of this one; if they may, this one does
    the ``first`` tasks. A context manager; leaving it ends them, wherever they are."""

    def __init__(self, work: Work[_T, _E], processes: int, *, afresh: bool = False, first: int = 0) -> None:
        self._work = work
        self._copied: Work[_T, _E] | None = None
        # What works here, of which others are copies.
        self._made: object = None
        self._notes: list[_Note] = []
        self._afresh = afresh
        self._first = first
        self._processes = processes
        self._begun = 0
        self._place = tempfile.TemporaryDirectory(prefix="tlseku-")
        self._workers: list[_Worker[_T, _E]] = []
        self._tasks: Sequence[_T] = ()
        self._given = self._turn = 0
        self._found: dict[int, _Found[_E]] = {}
        self._pipes = Pipes()
        # Files of tasks that are over: to write over what lies there costs less than pages of a new one.
        self._free: list[str] = []

    def __enter__(self) -> Workers[_T, _E]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers.clear()
        self._found.clear()
        self._pipes.close()
        self._place.cleanup()

    def of(self, tasks: Sequence[_T]) -> Iterator[tuple[int, Piece | _E | Killed]]:
        """What becomes of each task, in their order: its pieces, then its ending. Raises TlsekuError where a process
        does, and where none begins."""
        here = 0
        if self._may_copy():
            made = self._made = self._work()
            self._copied = partial(_itself, made)
            here = min(self._first, len(tasks))
            for turn in range(here):
                endings: list[_E] = []
                for data in handing_back(made(tasks[turn]), endings.append):
                    yield turn, Piece(HERE, data)
                yield turn, endings[0]
        self._tasks, self._given, self._turn = tasks, here, here
        for turn in range(here, len(tasks)):
            self._turn = turn
            while True:
                self._give()
                found = self._found.get(turn)
                if found is None or found.is_empty:
                    self._wait()
                    continue
                yield from ((turn, piece) for piece in found.pieces())
                if found.ending:
                    yield turn, found.ending[0]
                    found.close()
                    self._free.append(found.path)
                    del self._found[turn]
                    break

    def tell(self, told: object) -> None:
        """Let whatever does the work know this, wherever it does it (``Listens``)."""
        self._notes.append(_Note(told))
        if isinstance(self._made, Listens):
            self._made.hear(told)
        for worker in self._workers:
            worker.send(self._notes[-1])

    def _may_copy(self) -> bool:
        return not self._afresh and may_be_copies()

    def _give(self) -> None:
        """Give what may be given to those who have nothing to do; as many of them as there is work for."""
        most = self._turn + AHEAD * self._processes
        while self._given < min(len(self._tasks), most):
            worker = next((each for each in self._workers if each.task is None), None)
            if worker is None:
                if len(self._workers) >= self._processes:
                    return
                self._begun += 1
                # Whoever asks may have begun a thread since.
                copied = self._copied if self._may_copy() else None
                work = self._work if copied is None else copied
                worker = _Worker(self._begun, work, afresh=copied is None)
                self._workers.append(worker)
                if copied is None:
                    for note in self._notes:
                        worker.send(note)
                self._pipes.add(worker.pipe)
            path = self._free.pop() if self._free else os.path.join(self._place.name, str(self._given))
            self._found[self._given] = _Found(worker.number, path)
            worker.give(self._given, self._tasks[self._given], path)
            self._given += 1

    def _wait(self) -> None:
        """Take what the processes tell, once there is anything."""
        ready = self._pipes.ready()
        for worker in [each for each in self._workers if each.pipe in ready]:
            try:
                told = worker.pipe.recv()
            except (EOFError, OSError):
                self._gone(worker)
                continue
            if isinstance(told, TlsekuError):
                raise told
            if told is None:
                worker.has_begun = True
            elif isinstance(told, _Ended):
                if worker.task is not None:
                    self._found[worker.task].ending.append(told.ending)
                worker.task = None
            elif worker.task is not None:
                self._found[worker.task].sizes.append(told)

    def _gone(self, worker: _Worker[_T, _E]) -> None:
        self._workers.remove(worker)
        self._pipes.remove(worker.pipe)
        worker.stop()
        if not worker.has_begun:
            raise TlsekuError(
                f"a process that was to read captures did not begin (exit code {worker.exit_code});"
                ' a script that starts processes needs if __name__ == "__main__":'
            )
        if worker.task is not None:
            self._found[worker.task].ending.append(Killed(worker.exit_code))


def _itself(made: _M) -> _M:
    return made


class _Found(Generic[_E]):
    """What was told of a task: pieces, by their sizes, that lie at the beginning of the file at ``path``, and its
    ending."""

    def __init__(self, worker: int, path: str) -> None:
        self.sizes: deque[int] = deque()
        self.ending: list[_E | Killed] = []
        self.path = path
        self._worker = worker
        self._file: FileIO | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be taken yet."""
        return not self.sizes and not self.ending

    def pieces(self) -> Iterator[Piece]:
        """Those that can be taken now."""
        while self.sizes:
            if self._file is None:
                # What lies behind the pieces is of another task, and may become theirs: so nothing is read ahead.
                self._file = open(self.path, "rb", buffering=0)  # noqa: SIM115  closed in close()
            yield Piece(self._worker, _read_whole(self._file, self.sizes.popleft()))

    def close(self) -> None:
        """All was taken."""
        if self._file is not None:
            self._file.close()


class _Worker(Generic[_T, _E]):
    """A process, and the number of the task that it works at."""

    def __init__(self, number: int, work: Work[_T, _E], *, afresh: bool) -> None:
        self.number = number
        self.task: int | None = None
        self.has_begun = False
        self.pipe, theirs = Pipe()
        self._process = new_process(partial(_run, theirs, work), afresh=afresh)
        self._process.start()
        theirs.close()

    @property
    def exit_code(self) -> int | None:
        """Of a process that has ended; negative for the signal that killed it."""
        return self._process.exitcode

    def give(self, number: int, task: _T, path: str) -> None:
        """Let it work at a task; what it makes goes to a file from its beginning."""
        self.task = number
        self.send((task, path))

    def send(self, told: object) -> None:
        """Through the pipe."""
        try:
            self.pipe.send(told)
        except OSError:
            # It is gone: so the pipe will tell when it is read.
            return

    def stop(self) -> None:
        """End the process, wherever it is."""
        self.pipe.close()
        self._process.terminate()
        self._process.join()


def _run(pipe: Connection, work: Work[_T, _E]) -> None:
    # Ctrl-C is for the process that waits for this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            pieces_of = work()
            pipe.send(None)
            listens = pieces_of if isinstance(pieces_of, Listens) else None
            while True:
                asked = pipe.recv()
                if isinstance(asked, _Note):
                    _hear(listens, asked)
                    continue
                task, path = asked
                with open(path, "wb", buffering=0, opener=_written_over) as file:
                    pipe.send(_Ended(_written(pieces_of(task), file, pipe, listens)))
        except TlsekuError as error:
            pipe.send(error)
    except (EOFError, OSError):
        # Nobody asks any more.
        return


def _read_whole(file: FileIO, size: int) -> bytes:
    found = file.read(size)
    # Systems read no more than some gigabytes at once.
    while len(found) < size:
        more = file.read(size - len(found))
        if not more:
            raise OutputError(f"{tempfile.gettempdir()}: what was written there cannot be read")
        found += more
    return found


def _write_whole(file: FileIO, piece: bytes) -> None:
    at = file.write(piece)
    # Systems write no more than some gigabytes at once.
    while at < len(piece):
        at += file.write(memoryview(piece)[at:])


def _written_over(path: str, flags: int) -> int:
    return os.open(path, flags & ~os.O_TRUNC, 0o600)


def _hear(listens: Listens | None, note: _Note) -> None:
    if listens is not None:
        listens.hear(note.told)


def _written(
    pieces: Generator[bytes, None, _E], file: FileIO, pipe: Connection, listens: Listens | None
) -> _E:
    endings: list[_E] = []
    for piece in handing_back(pieces, endings.append):
        try:
            _write_whole(file, piece)
        except OSError as error:
            raise OutputError(f"{tempfile.gettempdir()}: cannot be written: {error.strerror}") from None
        pipe.send(len(piece))
        # Amid a task nothing else comes than notes.
        while listens is not None and listens.waits and pipe.poll():
            _hear(listens, pipe.recv())
    return endings[0]
