"""``tlseku.parallel.workers``: pieces of tasks whose files are written one over the other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from tlseku.parallel.workers import Killed, Piece, Workers

Pieces = Generator[bytes, None, int]


class Sizes:
    """Makes pieces of the sizes that a task names, a letter each; 0 ends the process."""

    def __call__(self) -> Callable[[Sequence[int]], Pieces]:
        return self.pieces

    def pieces(self, task: Sequence[int]) -> Pieces:
        """The letters tell one piece from another."""
        for number, size in enumerate(task):
            if size == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            yield bytes([97 + number]) * size
        return sum(task)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("afresh", [False, True])
def test_what_a_larger_task_has_left_is_not_read(processes: int, afresh: bool) -> None:
    tasks = [(1, 20_000, 3), (5, 1), (), (9_000,), (1,), (70_000, 2), (2, 2), (3, 0, 4), (4, 4), (1,)]
    made: dict[int, list[bytes]] = {turn: [] for turn in range(len(tasks))}
    endings: list[object] = []
    files: set[str] = set()
    with Workers[Sequence[int], int](Sizes(), processes, afresh=afresh) as workers:
        for turn, found in workers.of(tasks):
            files.update(path.name for path in Path(workers._place.name).iterdir())
            if isinstance(found, Piece):
                made[turn].append(found.data)
            else:
                endings.append(found)
    for turn, task in enumerate(tasks):
        letters = [bytes([97 + number]) * size for number, size in enumerate(task)]
        assert made[turn] == (letters[:1] if 0 in task else letters)
    assert endings == [Killed(-signal.SIGKILL) if 0 in task else sum(task) for task in tasks]
    assert len(files) <= 2 * processes


class Listening:
    """Says of each task what it was told by then."""

    def __init__(self) -> None:
        self.told: list[object] = []

    @property
    def waits(self) -> bool:
        """Until it was told twice."""
        return len(self.told) < 2

    def hear(self, told: object) -> None:
        """Keep it."""
        self.told.append(told)

    def __call__(self, task: Path) -> Pieces:
        """The second piece comes when it has heard of something, unless the task has no file to wait for."""
        yield repr(self.told).encode()
        while task.name and not task.exists():
            time.sleep(0.01)
        yield b""
        yield repr(self.told).encode()
        return 0


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("afresh", [False, True])
def test_what_is_told_meanwhile(tmp_path: Path, afresh: bool, first: int) -> None:
    there = tmp_path / "there"
    there.touch()
    told = tmp_path / "told"
    made: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
    with Workers[Path, int](Listening, 1, afresh=afresh, first=first) as workers:
        for turn, found in workers.of([there, told, there]):
            if not isinstance(found, Piece):
                continue
            made[turn].append(found.data)
            if turn == 1 and len(made[turn]) == 1:
                workers.tell("a")
                workers.tell("b")
                told.touch()
    assert made == {
        0: [b"[]", b"", b"[]"],
        1: [b"[]", b"", b"['a', 'b']"],
        2: [b"['a', 'b']", b"", b"['a', 'b']"],
    }
