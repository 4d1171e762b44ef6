"""What one side sends over OpenVPN's control channel: in order, once, and with its holes."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.carriers.sessions import Told
from tlseku.carriers.openvpn.reliable import WINDOW, ReliableSide

HELLO = b"\x16\x03\x01\x00\x05\x01\x00"
LOST = ("gap", 0, 0, "datagram_lost")


def begun() -> tuple[ReliableSide, Told]:
    side = ReliableSide(0)
    side.begin()
    return side, Told()


def data(text: bytes) -> tuple[str, int, bytes]:
    return "data", 0, text


def add(side: ReliableSide, told: Told, number: int, text: bytes, missing: int = 0) -> None:
    side.add(number, text, missing, told, number, number)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_any_order_is_put_right(order: tuple[int, ...]) -> None:
    side, told = begun()
    for number in order:
        add(side, told, number, b"%d" % number)
    assert told.said == [data(b"1"), data(b"2"), data(b"3")]
    assert side.waiting == 0


def test_what_came_before_is_repeated() -> None:
    side, told = begun()
    assert [side.is_repeated(number) for number in (0, 1, 2)] == [True, False, False]
    add(side, told, 1, b"1")
    add(side, told, 3, b"333")
    assert [side.is_repeated(number) for number in (1, 2, 3, 4)] == [True, False, True, False]
    assert side.waiting == 3


def test_what_was_acknowledged_was_sent_and_is_not_waited_for() -> None:
    side, told = begun()
    add(side, told, 1, b"1")
    side.acknowledged((1, 2))
    add(side, told, 3, b"3")
    assert told.said == [data(b"1"), LOST, data(b"3")]
    assert side.is_repeated(2)


def test_what_was_not_acknowledged_may_still_come_behind_a_hole() -> None:
    side, told = begun()
    add(side, told, 1, b"1")
    side.acknowledged((1, 2))
    add(side, told, 4, b"4")
    assert told.said == [data(b"1")]
    assert [side.is_repeated(number) for number in (2, 3, 4, 5)] == [True, False, True, False]
    add(side, told, 3, b"3")
    assert told.said == [data(b"1"), LOST, data(b"3"), data(b"4")]


def test_one_hole_of_several_packets_is_told_once() -> None:
    side, told = begun()
    add(side, told, 1, b"1")
    side.acknowledged((2, 3))
    add(side, told, 5, b"5")
    side.end(told)
    assert told.said == [data(b"1"), LOST, data(b"5")]


def test_an_acknowledgement_says_nothing_of_the_packets_before() -> None:
    """Packets are acknowledged one by one: the third was lost on its way, and comes again behind the fifth."""
    side, told = begun()
    for number in (1, 2, 4, 5):
        add(side, told, number, b"%d" % number)
    side.acknowledged((1, 2, 4, 5))
    assert told.said == [data(b"1"), data(b"2")]
    assert not side.is_repeated(3)
    add(side, told, 3, b"3")
    assert told.said == [data(b"%d" % number) for number in range(1, 6)]


def test_what_came_behind_it_and_was_acknowledged_says_nothing_of_it() -> None:
    side, told = begun()
    side.acknowledged(())
    side.acknowledged((3,))
    add(side, told, 3, b"3")
    assert told.said == []
    add(side, told, 1, b"1")
    add(side, told, 2, b"2")
    assert told.said == [data(b"1"), data(b"2"), data(b"3")]


def test_nothing_is_sent_a_window_ahead_of_what_did_not_arrive() -> None:
    side, told = begun()
    for number in range(2, 1 + WINDOW):
        add(side, told, number, b"x")
    assert (told.said, side.waiting) == ([], WINDOW - 1)
    add(side, told, 1 + WINDOW, b"y")
    assert told.said == [LOST, *[data(b"x")] * (WINDOW - 1), data(b"y")]
    assert side.waiting == 0


def test_what_is_acknowledged_far_ahead_was_sent_too() -> None:
    side, told = begun()
    side.acknowledged((2 + WINDOW,))
    add(side, told, 4, b"4")
    # The first and the second arrived, or nothing would have been sent so far ahead; the third may still come.
    assert told.said == []
    assert [side.is_repeated(number) for number in (1, 2, 3, 4)] == [True, True, False, True]
    add(side, told, 3, b"3")
    assert told.said == [LOST, data(b"3"), data(b"4")]


@pytest.mark.parametrize("number", [10**6, 2**32 - 1])
def test_a_leap_costs_no_more_than_a_step(number: int) -> None:
    side, told = begun()
    add(side, told, number, b"x")
    assert not side.is_repeated(number - 1)
    side.acknowledged((2**32 - 1,))
    side.end(told)
    assert told.said == [LOST, data(b"x")]


def test_at_the_end_what_waits_is_handed_on_behind_holes() -> None:
    side, told = begun()
    for number in (2, 5, 6):
        add(side, told, number, b"%d" % number)
    side.end(told)
    assert told.said == [LOST, data(b"2"), LOST, data(b"5"), data(b"6")]


@pytest.mark.parametrize(
    ("first", "mid"),
    [
        (HELLO, False),
        (HELLO[:5] + b"\x02", False),
        (HELLO[:5] + b"\x0b", True),
        (b"\x17" + HELLO[1:], True),
        (b"", True),
    ],
)
def test_a_capture_that_starts_amid_it(first: bytes, mid: bool) -> None:
    """Without the reset, only a hello is known to be the first that is said."""
    side, told = ReliableSide(1), Told()
    assert side.is_repeated(0) is False
    add(side, told, 7, first)
    assert told.said == [*([("gap", 1, 0, "starts_mid_handshake")] if mid else []), ("data", 1, first)]
    side.begin()
    assert side.is_repeated(7)


def test_what_the_capture_cut_is_a_hole() -> None:
    side, told = begun()
    add(side, told, 1, b"1", missing=9)
    assert told.said == [data(b"1"), ("gap", 0, 9, "snaplen_truncated")]
