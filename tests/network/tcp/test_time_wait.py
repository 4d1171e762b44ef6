"""``tlseku.network.tcp.time_wait``: who is waited for, and until when."""

from __future__ import annotations

from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.time_wait import NEVER, Lingering

ONE, TWO, THREE = (Connection(b"%12d" % number, number, 0) for number in range(3))


def due(lingering: Lingering, ts_ns: int) -> list[Connection]:
    found = []
    while (one := lingering.due(ts_ns)) is not None:
        found.append(one)
    return found


def test_nobody_is_waited_for() -> None:
    lingering = Lingering()
    assert lingering.next_end == NEVER
    assert lingering.due(NEVER) is None
    assert not lingering.drop(ONE)


def test_they_are_due_after_their_time_in_the_order_in_which_they_came() -> None:
    lingering = Lingering()
    lingering.add(TWO, 20)
    lingering.add(ONE, 10)
    lingering.add(THREE, 30)
    assert lingering.next_end == 20
    # One that is due sooner waits for one that came sooner.
    assert due(lingering, 20) == []
    assert due(lingering, 21) == [TWO, ONE]
    assert lingering.next_end == 30
    assert due(lingering, 31) == [THREE]
    assert lingering.next_end == NEVER


def test_each_has_a_time_of_its_own() -> None:
    lingering = Lingering()
    lingering.add(ONE, 20)
    lingering.add(TWO, 10)
    assert [lingering.is_due(each, 20) for each in (ONE, TWO, THREE)] == [False, True, False]
    assert [lingering.is_due(each, 21) for each in (ONE, TWO, THREE)] == [True, True, False]
    assert due(lingering, 20) == []


def test_the_first_time_counts() -> None:
    lingering = Lingering()
    lingering.add(ONE, 10)
    lingering.add(ONE, 50)
    assert due(lingering, 11) == [ONE]
    assert due(lingering, 51) == []


def test_who_is_dropped_is_not_due_and_may_come_again() -> None:
    lingering = Lingering()
    lingering.add(ONE, 10)
    lingering.add(TWO, 10)
    assert lingering.drop(ONE)
    assert not lingering.drop(ONE)
    lingering.add(ONE, 5)
    assert due(lingering, 11) == [TWO, ONE]


def test_one_that_is_not_due_yet_keeps_its_place() -> None:
    lingering = Lingering()
    lingering.add(ONE, 10)
    lingering.add(TWO, 10)
    assert due(lingering, 5) == []
    assert due(lingering, 11) == [ONE, TWO]
    lingering.add(ONE, 10)
    lingering.clear()
    assert due(lingering, 11) == []
