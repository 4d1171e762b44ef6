"""``tlseku.network.tcp.segment_arrival``: what one segment does to the streams of its connection."""

from __future__ import annotations

import pytest

from tests.network.connections import (
    FINS,
    HELLO,
    OPENING,
    REPLY,
    SAID,
    SECOND,
    SYN,
    SYN_ACK,
    C,
    Reader,
    S,
    Table,
)
from tests.network.heard import KEY, segment
from tlseku.network.tcp.connection import IGNORED, TO_TABLE


def test_listener_that_leaves() -> None:
    table = Table().feed(*OPENING, HELLO)
    connection = table.listeners[0].connection
    assert connection is not None
    connection.listen(None)
    table.feed(REPLY, segment(1, S + 50, b"a hole"), *FINS)
    assert table.closed() == [[SAID[0]]]


@pytest.mark.parametrize("reader", [None, Reader(can_read=False)], ids=["streams", "replayed"])
def test_of_two_resets_that_which_streams_believe_counts(reader: Reader | None) -> None:
    table = Table(reader).feed(*OPENING, HELLO).feed(segment(0, C + 200_000_000, rst=True))
    table.feed(segment(0, C + 6, rst=True), after=SECOND).feed(REPLY, after=SECOND * 3 // 2)
    (heard,) = table.closed()
    assert heard == [SAID[0], ("data", 1, b"reply", 7), ("ended", "rst", 0)]


def test_a_retransmitted_syn_ack_of_another_number_waits_for_the_choice() -> None:
    table = Table().feed(SYN, SYN_ACK, segment(1, S + 500, syn=True, ack=C + 1))
    stream = table.table.table[KEY].streams[1]
    assert (stream.anchored, stream.anchor) == (True, S + 1)
    table.feed(segment(0, C + 1, b"hello", ack=S + 501))
    assert stream.anchor == S + 501


def test_the_payload_of_a_rst_is_not_of_the_stream() -> None:
    table = Table().feed(*OPENING, segment(1, S + 1, b"go away", rst=True))
    assert (table.table.table[KEY].payload_seen, table.closed()) == ((False, False), [[("ended", "rst", 1)]])


def test_all_handed_on_after_both_ends_nothing_more_is_wanted() -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, FINS[0])
    connection = table.table.table[KEY]
    assert (connection.muted, connection.disposition) == (False, TO_TABLE)
    table.feed(FINS[1])
    assert (connection.muted, connection.disposition) == (True, IGNORED)
