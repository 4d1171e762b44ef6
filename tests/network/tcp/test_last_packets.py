"""``tlseku.network.tcp.last_packets``: when connections had packets that were ignored."""

from __future__ import annotations

from tests.network.connections import (
    SECOND,
    other,
)
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.last_packets import LastPackets


def _moment(index: int) -> tuple[int, int]:
    return 100 + index, 7 * SECOND + index


def _touched(packets: LastPackets, number: int, index: int, ts_ns: int = 0) -> Connection:
    connection = Connection(other(number), 1, ts_ns)
    connection.touched = index
    packets.touched.append(connection)
    return connection


def test_a_connection_learns_of_its_last_packet_alone() -> None:
    packets = LastPackets()
    packets.moment_of = _moment
    one, another = _touched(packets, 1, 3), _touched(packets, 2, 4)
    packets.note(one)
    assert (one.last_frame, one.last_ts, one.touched) == (103, 7 * SECOND + 3, 3)
    assert (another.last_frame, another.last_ts, another.touched) == (1, 0, 4)
    assert packets.touched == [one, another]


def test_one_without_such_packets_learns_nothing() -> None:
    packets = LastPackets()
    connection = Connection(other(1), 1, 5)
    packets.note(connection)
    assert (connection.last_frame, connection.last_ts) == (1, 5)


def test_an_earlier_time_is_not_the_last_one() -> None:
    packets = LastPackets()
    packets.moment_of = _moment
    connection = _touched(packets, 1, 3, ts_ns=8 * SECOND)
    packets.note(connection)
    assert (connection.last_frame, connection.last_ts) == (1, 8 * SECOND)


def test_after_a_batch_no_index_is_left() -> None:
    packets = LastPackets()
    packets.moment_of = _moment
    one, over = _touched(packets, 1, 0), _touched(packets, 2, 1)
    over.ended = True
    packets.note_all()
    assert [(each.last_frame, each.last_ts, each.touched) for each in (one, over)] == [
        (100, 7 * SECOND, -1),
        (1, 0, -1),
    ]
    assert packets.touched == []
