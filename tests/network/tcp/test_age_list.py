"""``tlseku.network.tcp.age_list``: an order that any may leave."""

from __future__ import annotations

import random

from tlseku.network.tcp.age_list import AgeList
from tlseku.network.tcp.connection import Connection


def connections(count: int) -> list[Connection]:
    return [Connection(b"%12d" % number, number, 0) for number in range(count)]


def test_an_empty_order() -> None:
    ages = AgeList()
    assert (ages.oldest, ages.all()) == (None, [])
    ages.clear()
    assert ages.all() == []


def test_the_first_is_the_oldest() -> None:
    one, two, three = connections(3)
    ages = AgeList()
    for each in (two, one, three):
        ages.add(each)
    assert ages.oldest is two
    assert ages.all() == [two, one, three]


def test_any_may_leave_and_come_again_behind_the_others() -> None:
    for leaving in range(3):
        all_of = connections(3)
        ages = AgeList()
        for each in all_of:
            ages.add(each)
        gone = all_of.pop(leaving)
        ages.remove(gone)
        assert ages.all() == all_of
        assert (gone.older, gone.newer) == (None, None)
        ages.add(gone)
        assert ages.all() == [*all_of, gone]


def test_one_that_leaves_one_order_may_be_in_another() -> None:
    one, two = connections(2)
    ages, others = AgeList(), AgeList()
    ages.add(one)
    ages.add(two)
    ages.remove(one)
    others.add(one)
    assert (ages.all(), others.all()) == ([two], [one])


def test_cleared_connections_do_not_hold_each_other() -> None:
    all_of = connections(4)
    ages = AgeList()
    for each in all_of:
        ages.add(each)
    ages.clear()
    assert ages.oldest is None
    assert all(each.older is None and each.newer is None for each in all_of)
    ages.add(all_of[2])
    assert ages.all() == [all_of[2]]


def test_against_a_list(seeded: random.Random) -> None:
    ages = AgeList()
    inside: list[Connection] = []
    outside = connections(30)
    for _ in range(3000):
        if outside and (not inside or seeded.random() < 0.5):
            one = outside.pop(seeded.randrange(len(outside)))
            ages.add(one)
            inside.append(one)
        else:
            one = inside.pop(seeded.randrange(len(inside)) if seeded.random() < 0.5 else 0)
            ages.remove(one)
            outside.append(one)
        assert ages.oldest is (inside[0] if inside else None)
        assert ages.all() == inside
