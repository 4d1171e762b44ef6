"""``tlseku.network.tcp.port_reuse``: what belongs to the connection before, and what begins another one."""

from __future__ import annotations

import pytest

from tests.network.connections import (
    AT_THE_END,
    FINS,
    HELLO,
    OPENING,
    REPLY,
    SAID,
    SYN,
    SYN_ACK,
    C,
    S,
    Table,
)
from tests.network.heard import segment
from tlseku.network.decode.segment import Segment
from tlseku.network.tcp.stream import MAX_ANCHOR_DISTANCE
from tlseku.network.tcp.time_wait import TIME_WAIT_NS


@pytest.mark.parametrize(
    ("seq", "is_new"),
    [
        pytest.param(C + 1, False, id="the first bytes again"),
        pytest.param(C + 6, False, id="at the end"),
        pytest.param(C + 7, True, id="after the FIN"),
        pytest.param(C + 400_000_000, True, id="far after"),
        pytest.param(C - 400_000_000, True, id="far before"),
        pytest.param(C - 2**31, True, id="anywhere"),
    ],
)
def test_data_without_syn_after_a_closed_connection(seq: int, is_new: bool) -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, *FINS).feed(after=TIME_WAIT_NS + 1)
    closed = [*SAID, ("ended", "fin", -1)]
    table.feed(segment(0, seq, b"\x16\x03 new?", ack=5))
    expected = [closed, [("data", 0, b"\x16\x03 new?", 9), AT_THE_END]] if is_new else [closed]
    assert table.closed() == expected
    assert table.table.count == (2 if is_new else 1)


@pytest.mark.parametrize(
    ("ahead", "is_new"), [(1400, False), (MAX_ANCHOR_DISTANCE, False), (MAX_ANCHOR_DISTANCE + 1, True)]
)
def test_data_in_flight_after_a_reset(ahead: int, is_new: bool) -> None:
    table = Table().feed(*OPENING, HELLO, segment(1, S + 1, rst=True)).feed(after=TIME_WAIT_NS + 1)
    table.feed(segment(0, C + 6 + ahead, b"in flight"))
    assert len(table.closed()) == (2 if is_new else 1)


@pytest.mark.parametrize("ending", [(segment(1, S + 1, rst=True),), FINS], ids=["rst", "fin"])
def test_new_syn_after_a_closed_connection(ending: tuple[Segment, ...]) -> None:
    table = Table().feed(*OPENING, HELLO, *ending, after=TIME_WAIT_NS + 1)
    table.feed(segment(0, 70_000, syn=True), segment(0, 70_001, b"again"), after=TIME_WAIT_NS + 1)
    assert table.closed()[1] == [("data", 0, b"again", table.frame), AT_THE_END]
    assert len(table.listeners) == 2


def test_syn_of_a_closed_connection_again_is_not_new() -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, *FINS).feed(SYN, SYN_ACK, after=TIME_WAIT_NS + 1)
    assert table.table.count == 1


def test_syn_ack_of_a_new_connection_after_a_closed_one() -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, *FINS)
    table.feed(segment(1, 44_000, syn=True, ack=70_001), segment(0, 70_001, b"again"), after=TIME_WAIT_NS + 1)
    assert table.closed()[1] == [("data", 1, b"again", 10), AT_THE_END]
