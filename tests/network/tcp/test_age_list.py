"""``tlseku.network.tcp.age_list``: an order that any may leave."""

from __future__ import annotations

import random

from tlseku.network.tcp.age_list import AgeList
from tlseku.network.tcp.connection import Connection


def connections(count: int) -> list[Connection]:
    return [Connection(b"%12d" % number, number, 0) for number in range(count)]


def test_an_empty_order() -> None:
    age_list = AgeList()
    assert (age_list.oldest, age_list.all()) == (None, [])
    age_list.clear()
    assert age_list.all() == []


def test_the_first_is_the_oldest() -> None:
    one, two, three = connections(3)
    age_list = AgeList()
    for each in (two, one, three):
        age_list.add(each)
    assert age_list.oldest is two
    assert age_list.all() == [two, one, three]


def test_any_may_leave_and_come_again_behind_the_others() -> None:
    for leaving in range(3):
        all_of = connections(3)
        age_list = AgeList()
        for each in all_of:
            age_list.add(each)
        gone = all_of.pop(leaving)
        age_list.remove(gone)
        assert age_list.all() == all_of
        assert (gone.older, gone.newer) == (None, None)
        age_list.add(gone)
        assert age_list.all() == [*all_of, gone]


def test_one_that_leaves_one_order_may_be_in_another() -> None:
    one, two = connections(2)
    age_list, others = AgeList(), AgeList()
    age_list.add(one)
    age_list.add(two)
    age_list.remove(one)
    others.add(one)
    assert (age_list.all(), others.all()) == ([two], [one])


def test_cleared_connections_do_not_hold_each_other() -> None:
    all_of = connections(4)
    age_list = AgeList()
    for each in all_of:
        age_list.add(each)
    age_list.clear()
    assert age_list.oldest is None
    assert all(each.older is None and each.newer is None for each in all_of)
    age_list.add(all_of[2])
    assert age_list.all() == [all_of[2]]


def test_against_a_list(seeded: random.Random) -> None:
    age_list = AgeList()
    inside: list[Connection] = []
    outside = connections(30)
    for _ in range(3000):
        if outside and (not inside or seeded.random() < 0.5):
            one = outside.pop(seeded.randrange(len(outside)))
            age_list.add(one)
            inside.append(one)
        else:
            one = inside.pop(seeded.randrange(len(inside)) if seeded.random() < 0.5 else 0)
            age_list.remove(one)
            outside.append(one)
        assert age_list.oldest is (inside[0] if inside else None)
        assert age_list.all() == inside
