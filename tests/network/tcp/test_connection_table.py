"""``tlseku.network.tcp.connection_table``: both directions of a connection, and room for others."""

from __future__ import annotations

import pytest

from tests.network.connections import (
    AT_THE_END,
    C,
    Table,
    other,
)
from tests.network.heard import segment
from tlseku.network.decode.segment import ACK, key_of
from tlseku.network.tcp import connection_table
from tlseku.network.tcp.connection import CONNECTION_COST, STREAMS_COST, Connection
from tlseku.network.tcp.connection_table import ConnectionTable
from tlseku.network.tcp.recording import PAYLOAD_COST, Recording
from tlseku.network.tcp.time_wait import TIME_WAIT_NS


def test_the_oldest_is_evicted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    # Room for three, with streams and without.
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 4 * (CONNECTION_COST + STREAMS_COST))
    table = Table()
    for number in range(5):
        table.feed(segment(0, C, syn=True, key=other(number)))
        table.feed(segment(0, C + 3, b"x", key=other(number)))
    ended = [listener.heard[1:] for listener in table.listeners]
    assert ended[0] == [("data", 0, b"x", 2), ("ended", "evicted", -1)]
    assert table.listeners[0].heard[0] == ("gap", 0, 2, "segment_lost")
    assert [listener.count("ended") for listener in table.listeners] == [1, 1, 0, 0, 0]
    assert table.table.limits == {"MAX_TABLE_BYTES": 2}


def test_those_without_payload_go_first_then_those_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 8 * CONNECTION_COST)
    table = ConnectionTable()
    made = [Connection(other(number), number, 0) for number in range(8)]
    for connection in made:
        table.add(connection)
    read, muted, *opening = made
    read.payload_seen = muted.payload_seen = (True, False)
    muted.muted = True
    assert not table.is_full
    table.grew(1)
    assert table.is_full
    # A sixteenth of the room is made, here less than one of them takes.
    assert table.surplus() == opening[:1]
    for connection in opening:
        connection.payload_seen = (False, True)
    assert table.surplus() == [muted]
    assert table.limits == {"MAX_TABLE_BYTES": 2}


def test_what_retransmissions_are_compared_with_goes_before_any_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = 50_000
    table = Table()
    for number in range(3):
        table.feed(segment(0, C, syn=True, key=other(number)))
        for at in range(0, kept, 1000):
            table.feed(segment(0, C + 1 + at, bytes(1000), key=other(number)))
    made = [*dict.fromkeys(table.table.table.values())]
    without = [one.cost() - sum([stream.history_size for stream in one.streams]) for one in made]
    full = made[0].cost() - without[0]
    counted = ConnectionTable()
    for one in made:
        counted.add(one)
    # A sixteenth less than all take, of which the oldest gives more than that.
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", sum([one.cost() for one in made]))
    counted.grew(4 * kept)
    assert (counted.is_full, counted.surplus(), counted.limits) == (True, [], {})
    assert [one.cost() - each for one, each in zip(made, without, strict=True)] == [0, full, full]
    assert [one.forget_history() for one in made] == [0, full, full]


def test_a_retransmission_is_compared_with_what_came_since() -> None:
    table = Table().feed(segment(0, C, syn=True), segment(0, C + 1, b"abcd"))
    (made,) = dict.fromkeys(table.table.table.values())
    assert made.forget_history() == 4
    table.feed(segment(0, C + 5, b"efgh"), segment(0, C + 3, b"XXef"))
    heard = table.listeners[0].heard
    assert heard == [("data", 0, b"abcd", 2), ("data", 0, b"efgh", 3)]
    table.feed(segment(0, C + 5, b"eXgh"))
    assert heard[2:] == [("defect", 0, 5)]


def test_nothing_is_surplus_where_less_stayed_than_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 8 * CONNECTION_COST)
    table = ConnectionTable()
    table.add(Connection(other(1), 1, 0))
    table.grew(8 * CONNECTION_COST)
    assert table.is_full
    assert (table.surplus(), table.limits) == ([], {})
    assert not table.is_full


def test_connections_that_are_over_make_room_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 2 * (CONNECTION_COST + STREAMS_COST))
    table = Table()
    for number in range(2):
        table.feed(segment(0, C, syn=True, key=other(number)))
    table.feed(segment(1, 0, rst=True, key=other(1))).feed(after=TIME_WAIT_NS + 1)
    table.feed(segment(0, C + 1, b"lives", key=other(0)), segment(0, C, syn=True, key=other(2)))
    assert [listener.heard[-1] for listener in table.listeners[:2]] == [
        ("data", 0, b"lives", 4),
        ("ended", "rst", 1),
    ]
    assert table.table.limits == {}


def test_a_port_that_speaks_with_itself() -> None:
    key = key_of(("127.0.0.1", 5000), ("127.0.0.1", 5000))
    table = Table().feed(segment(0, C, syn=True, key=key), segment(0, C + 1, b"me", key=key))
    assert table.closed() == [[("data", 0, b"me", 2), AT_THE_END]]


def test_a_connection_is_found_by_both_keys_until_it_is_removed() -> None:
    table = ConnectionTable()
    one = Connection(other(1), 1, 0)
    table.add(one)
    assert table.by_key == {one.key: one, one.reverse: one}
    assert (table.count, table.alive.all(), table.over.all()) == (1, [one], [])
    table.ended(one)
    assert table.by_key == {one.key: one, one.reverse: one}
    assert (table.count, table.alive.all(), table.over.all()) == (1, [], [one])
    table.remove(one)
    assert (table.by_key, table.count, table.over.all()) == ({}, 1, [])
    # Once more is no harm.
    table.remove(one)
    assert (table.by_key, table.over.all()) == ({}, [])


def test_one_that_took_the_place_of_another_stays_when_that_is_removed() -> None:
    table = ConnectionTable()
    first, second = Connection(other(1), 1, 0), Connection(other(1), 2, 0)
    table.add(first)
    table.ended(first)
    table.add(second)
    table.remove(first)
    assert table.by_key == {second.key: second, second.reverse: second}


def test_the_surplus_is_what_is_over_before_what_is_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 2 * CONNECTION_COST)
    table = ConnectionTable()
    assert table.surplus() == []
    older, newer = Connection(other(1), 1, 0), Connection(other(2), 2, 0)
    table.add(older)
    assert table.surplus() == []
    table.add(newer)
    assert (table.surplus(), table.limits) == ([older], {"MAX_TABLE_BYTES": 1})
    table.ended(newer)
    assert (table.surplus(), table.limits) == ([newer], {"MAX_TABLE_BYTES": 1})


def test_limits_are_counted_by_name() -> None:
    table = ConnectionTable()
    table.reached("one", 0)
    assert table.limits == {}
    table.reached("one")
    table.reached("other", 3)
    table.reached("one", 2)
    assert table.limits == {"one": 3, "other": 3}


def test_cleared_it_has_counts_alone() -> None:
    table = ConnectionTable()
    one = Connection(other(1), 1, 0)
    table.add(one)
    table.ended(one)
    table.reached("limit")
    table.clear()
    assert (table.by_key, table.over.all(), table.count, table.limits) == ({}, [], 1, {"limit": 1})


def test_what_the_oldest_said_is_packed_long_before_any_has_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are silent for long wait for nothing but the end of the capture."""
    size = 10_000
    monkeypatch.setattr(connection_table, "PACKS_ABOVE", 8 * size)
    table = ConnectionTable()
    made = [Connection(other(number), number, 0) for number in range(12)]
    for connection in made:
        connection.recording = Recording(0, False)
        connection.recording.add(0, 1, 0, 0, 0, ACK, bytes(size - CONNECTION_COST - PAYLOAD_COST))
        table.add(connection)
    table.pack()
    assert [connection.cost() for connection in made] == [size] * 12
    table.grew(12 * size)
    table.pack()
    # Down to seven eighths of that.
    assert [connection.cost() == size for connection in made] == [False] * 6 + [True] * 6
    table.pack()
    assert table.limits == {}
