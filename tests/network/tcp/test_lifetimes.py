"""``tlseku.network.tcp.lifetimes``: when connections end, and what is told then."""

from __future__ import annotations

import pytest

from tests.network.connections import (
    FINS,
    HELLO,
    OPENING,
    REPLY,
    SAID,
    SECOND,
    C,
    S,
    Table,
    other,
)
from tests.network.heard import segment
from tlseku.network.decode.segment import key_of
from tlseku.network.tcp.lifetimes import FAR_NS, RUN, SWEEP_NS
from tlseku.network.tcp.recorder import IDLE_NS
from tlseku.network.tcp.time_wait import TIME_WAIT_NS


def test_a_closed_connection_stays_in_time_wait() -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, segment(0, C + 6, rst=True))
    table.feed(segment(1, S + 6, b"crossing"), after=TIME_WAIT_NS)
    assert table.listeners[0].heard == [*SAID, ("data", 1, b"crossing", 7)]
    table.feed(segment(1, S + 14, b"too late"), after=1)
    assert table.closed() == [[*SAID, ("data", 1, b"crossing", 7), ("ended", "rst", 0)]]
    assert table.table.count == 1


def test_a_fin_sent_again_does_not_keep_the_connection() -> None:
    table = Table().feed(*OPENING, segment(0, C + 6, b"later"), HELLO, REPLY)
    fins = (segment(0, C + 11, fin=True, ack=S + 6), segment(1, S + 6, fin=True, ack=C + 12))
    assert table.listeners[0].bytes_of(0) == b"hellolater"
    table.feed(*fins).feed(*fins, after=TIME_WAIT_NS - 1)
    assert table.listeners[0].count("ended") == 0
    table.feed(segment(0, 5, syn=True, key=other(1)), after=2)
    assert table.listeners[0].heard[-1] == ("ended", "fin", -1)
    assert len(table.table._budget._streams) == 0


def test_a_hole_before_the_fins_is_waited_for() -> None:
    reply = [segment(1, S + 1 + at, b"reply"[at : at + 1]) for at in range(5)]
    fins = (segment(0, C + 6, fin=True), segment(1, S + 6, fin=True))
    table = Table().feed(*OPENING, HELLO, *reply[:2], reply[4], *fins)
    table.feed(reply[3], after=TIME_WAIT_NS)
    table.feed(reply[2], after=SECOND)
    assert table.listeners[0].bytes_of(1) == b"reply"
    table.feed(FINS[0], after=TIME_WAIT_NS + 1)
    assert table.listeners[0].heard[-1] == ("ended", "fin", -1)
    assert table.listeners[0].count("gap") == 0


def test_a_hole_that_is_never_filled_does_not_keep_the_connection() -> None:
    table = Table().feed(*OPENING, HELLO, segment(1, S + 4, b"ly", fin=True), segment(0, C + 6, fin=True))
    table.feed(segment(0, C + 7), after=TIME_WAIT_NS)
    table.feed(segment(0, 1, syn=True, key=key_of(("::1", 1), ("::2", 2))), after=TIME_WAIT_NS + 1)
    assert table.listeners[0].heard[1:] == [
        ("gap", 1, 3, "segment_lost"),
        ("data", 1, b"ly", 5),
        ("ended", "fin", -1),
    ]


def test_idle_connections_end() -> None:
    table = Table().feed(*OPENING, HELLO)
    table.feed(segment(0, 1, syn=True, key=other(1)))
    for _ in range(IDLE_NS // FAR_NS):
        table.feed(segment(0, 2, key=other(1)), after=FAR_NS)
    assert table.listeners[0].heard == [SAID[0]]
    table.feed(segment(0, 2, key=other(1)), after=SWEEP_NS)
    assert table.listeners[0].heard == [SAID[0], ("ended", "idle", -1)]
    table.feed(REPLY)
    assert table.table.count == 3


@pytest.mark.parametrize("far", [FAR_NS + 1, IDLE_NS + SWEEP_NS, 80 * 365 * 86400 * SECOND, -FAR_NS - 1])
@pytest.mark.parametrize("times", [1, RUN - 1])
def test_a_few_packets_with_a_far_time_end_nothing(far: int, times: int) -> None:
    table = Table().feed(*OPENING, HELLO, after=FAR_NS * 10)
    table.feed(*[segment(0, 2, key=other(1))] * times, after=far)
    table.feed(REPLY, *FINS, after=-far)
    heard = table.closed()[0]
    assert [each[0] for each in heard] == ["data", "data", "ended"]
    assert heard[-1] == ("ended", "fin", -1)


def test_a_far_time_of_its_own_does_not_part_a_connection() -> None:
    table = Table().feed(*OPENING, HELLO)
    table.feed(REPLY, after=IDLE_NS * 2).feed(*FINS, after=-IDLE_NS * 2)
    assert table.closed() == [[("data", 0, b"hello", 4), ("data", 1, b"reply", 5), ("ended", "fin", -1)]]
    assert table.table.count == 1


def test_two_clocks_hours_apart_keep_connections_whole() -> None:
    """As where two interfaces of a capture have clocks of their own, in turn or a stretch of packets each."""
    for stretch in (1, RUN, RUN * 5):
        table = Table().feed(*OPENING, HELLO)
        for _ in range(20):
            table.feed(*[segment(0, 2, key=other(1))] * stretch, after=5 * IDLE_NS)
            table.feed(*[segment(0, 2, key=other(2))] * stretch, after=-5 * IDLE_NS)
        table.feed(REPLY, *FINS)
        assert table.closed()[0] == [*SAID[:1], ("data", 1, b"reply", 5 + 40 * stretch), ("ended", "fin", -1)]


def test_a_run_of_packets_sets_the_clock_and_the_hour_begins_anew() -> None:
    table = Table().feed(*OPENING, HELLO)
    for at in range(RUN):
        table.feed(segment(0, 2, key=other(1)), after=1 if at else 10 * IDLE_NS)
    assert table.listeners[0].heard == [SAID[0]]
    for _ in range(IDLE_NS // FAR_NS + 1):
        table.feed(segment(0, 2, key=other(1)), after=FAR_NS)
    assert table.listeners[0].heard == [SAID[0], ("ended", "idle", -1)]


def test_somebody_with_a_clock_is_believed_at_once() -> None:
    table = Table().feed(*OPENING, HELLO)
    table.table.lifetimes.advance(IDLE_NS)
    assert table.listeners[0].heard == [SAID[0]]
    table.table.lifetimes.advance(IDLE_NS + SWEEP_NS)
    assert table.listeners[0].heard == [SAID[0], ("ended", "idle", -1)]


def test_closed_connections_leave_the_table() -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, *FINS)
    table.feed(segment(0, 1, syn=True, key=other(1)), after=2 * SWEEP_NS)
    table.feed(segment(0, 2, key=other(1)), after=2 * SWEEP_NS)
    assert len(table.table.table) == 2
    assert table.table._table.over.all() == []


@pytest.mark.parametrize(("size", "limit"), [(1, "MAX_WAITING_SEGMENTS"), (60_000, "MAX_WAITING_BYTES")])
def test_waiting_limits_are_counted(size: int, limit: str) -> None:
    table = Table().feed(*OPENING)
    count = 1100 if size == 1 else 40
    table.feed(*(segment(0, C + 2 + at * (size + 1), bytes(size)) for at in range(count)))
    assert table.listeners[0].count("gap") > 0
    heard = table.closed()[0]
    assert heard[0] == ("gap", 0, 1, "segment_lost")
    assert table.listeners[0].bytes_of(0) == bytes(count * (size + 1))
    assert table.table.limits == {limit: 1}


def test_time_that_runs_backwards() -> None:
    table = Table().feed(*OPENING, HELLO, after=10 * SECOND)
    table.feed(REPLY, *FINS, after=-20 * SECOND)
    assert table.closed() == [[*SAID, ("ended", "fin", -1)]]


def test_the_oldest_end_first_some_at_a_time() -> None:
    table = Table().feed(*[segment(0, 5, syn=True, key=other(at)) for at in range(5)])

    def ended() -> list[int]:
        return [each.count("ended") for each in table.listeners]

    lifetimes = table.table.lifetimes
    assert lifetimes.end_some(2, 9, 0)
    assert ended() == [1, 1, 0, 0, 0]
    assert lifetimes.end_some(3, 9, 0)
    assert ended() == [1] * 5
    # Nobody is left.
    assert not lifetimes.end_some(1, 9, 0)
    table.table.close(9, 0)
    assert ended() == [1] * 5
