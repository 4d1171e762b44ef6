"""``tlseku.network.tcp.time_wait``: who is waited for, and until when."""

from __future__ import annotations

from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.time_wait import NEVER, TimeWait

ONE, TWO, THREE = (Connection(b"%12d" % number, number, 0) for number in range(3))


def due(time_wait: TimeWait, ts_ns: int) -> list[Connection]:
    found = []
    while (one := time_wait.due(ts_ns)) is not None:
        found.append(one)
    return found


def test_nobody_is_waited_for() -> None:
    time_wait = TimeWait()
    assert time_wait.next_end == NEVER
    assert time_wait.due(NEVER) is None
    time_wait.drop(ONE)


def test_they_are_due_after_their_time_in_the_order_in_which_they_came() -> None:
    time_wait = TimeWait()
    time_wait.add(TWO, 20)
    time_wait.add(ONE, 10)
    time_wait.add(THREE, 30)
    assert time_wait.next_end == 20
    # One that is due sooner waits for one that came sooner.
    assert due(time_wait, 20) == []
    assert due(time_wait, 21) == [TWO, ONE]
    assert time_wait.next_end == 30
    assert due(time_wait, 31) == [THREE]
    assert time_wait.next_end == NEVER


def test_each_has_a_time_of_its_own() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 20)
    time_wait.add(TWO, 10)
    assert [time_wait.is_due(each, 20) for each in (ONE, TWO, THREE)] == [False, True, False]
    assert [time_wait.is_due(each, 21) for each in (ONE, TWO, THREE)] == [True, True, False]
    assert due(time_wait, 20) == []


def test_the_first_time_counts() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 10)
    time_wait.add(ONE, 50)
    assert due(time_wait, 11) == [ONE]
    assert due(time_wait, 51) == []


def test_who_is_dropped_is_not_due_and_may_come_again() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 10)
    time_wait.add(TWO, 10)
    time_wait.drop(ONE)
    time_wait.drop(ONE)
    time_wait.add(ONE, 5)
    assert due(time_wait, 11) == [TWO, ONE]


def test_one_that_is_not_due_yet_keeps_its_place() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 10)
    time_wait.add(TWO, 10)
    assert due(time_wait, 5) == []
    assert due(time_wait, 11) == [ONE, TWO]
    time_wait.add(ONE, 10)
    time_wait.clear()
    assert due(time_wait, 11) == []
