"""``tlseku.parallel.pipes``: those that have something, and those that nobody writes to any more."""

from __future__ import annotations

import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from tlseku.parallel.pipes import Pipes


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_those_with_something_to_be_read(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    ends: list[tuple[Connection, Connection]] = [Pipe() for _ in range(3)]
    asked = Pipes()
    for mine, _ in ends:
        asked.add(mine)
    ends[1][1].send("a")
    assert asked.ready() == [ends[1][0]]
    ends[2][1].close()
    assert set(asked.ready()) == {ends[1][0], ends[2][0]}
    assert ends[1][0].recv() == "a"
    assert asked.ready() == [ends[2][0]]
    asked.remove(ends[2][0])
    ends[0][1].send("b")
    assert asked.ready() == [ends[0][0]]
    asked.close()
    for mine, other in ends:
        mine.close()
        other.close()
