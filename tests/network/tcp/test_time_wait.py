"""``tlseku.network.tcp.time_wait``: who is waited for, and until when."""

from __future__ import annotations

from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.time_wait import NEVER, TimeWait

ONE, TWO, THREE = (Connection(b"%12d" % number, number, 0) for number in range(3))


def test_nobody_is_waited_for() -> None:
    time_wait = TimeWait()
    assert time_wait.next_end == NEVER
    assert time_wait.due(NEVER) == []
    time_wait.drop(ONE)


def test_they_are_due_after_their_time_in_the_order_in_which_they_began() -> None:
    time_wait = TimeWait()
    time_wait.add(TWO, 20)
    time_wait.add(ONE, 10)
    time_wait.add(THREE, 30)
    assert time_wait.next_end == 10
    assert time_wait.due(10) == []
    assert time_wait.due(21) == [ONE, TWO]
    assert time_wait.next_end == 30
    assert time_wait.due(31) == [THREE]
    assert time_wait.next_end == NEVER


def test_none_waits_for_another() -> None:
    time_wait = TimeWait()
    time_wait.add(TWO, 20)
    time_wait.add(ONE, 10)
    assert time_wait.due(11) == [ONE]
    assert time_wait.due(20) == []
    assert time_wait.due(21) == [TWO]


def test_each_has_a_time_of_its_own() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 20)
    time_wait.add(TWO, 10)
    assert [time_wait.is_due(each, 20) for each in (ONE, TWO, THREE)] == [False, True, False]
    assert [time_wait.is_due(each, 21) for each in (ONE, TWO, THREE)] == [True, True, False]
    assert time_wait.due(10) == []


def test_the_first_time_counts() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 10)
    time_wait.add(ONE, 50)
    assert time_wait.due(11) == [ONE]
    assert time_wait.due(51) == []


def test_who_is_dropped_is_not_due_and_may_come_again() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 10)
    time_wait.add(TWO, 10)
    time_wait.drop(ONE)
    time_wait.drop(ONE)
    assert time_wait.due(11) == [TWO]
    time_wait.add(ONE, 10)
    time_wait.drop(ONE)
    time_wait.add(ONE, 20)
    assert time_wait.due(11) == []
    assert time_wait.due(21) == [ONE]


def test_who_is_dropped_and_added_with_the_same_date_is_due_once() -> None:
    time_wait = TimeWait()
    time_wait.add(ONE, 10)
    time_wait.drop(ONE)
    time_wait.add(ONE, 10)
    assert time_wait.due(11) == [ONE]
    time_wait.add(ONE, 10)
    time_wait.clear()
    assert time_wait.due(11) == []


def test_who_was_dropped_does_not_stay_in_memory_while_time_stands_still() -> None:
    time_wait = TimeWait()
    for number in range(10_000):
        connection = Connection(b"%12d" % number, number, 0)
        time_wait.add(connection, 10)
        time_wait.drop(connection)
    assert len(time_wait._dates) < 100
