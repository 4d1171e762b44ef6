"""``tlseku.network.tcp.stream_numbers``: which packets begin a stream of Wireshark's, and which do not.

``tests/oracle/test_tcp_stream.py`` holds the same to tshark.
"""

from __future__ import annotations

import pytest

from tests.network.connections import Reader, other
from tests.network.heard import KEY, Recorder, segment
from tlseku.network.decode.segment import Segment, key_of
from tlseku.network.tcp import stream_numbers
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.packet_header import RecordHeader
from tlseku.network.tcp.stream_numbers import StreamNumbers

SECOND = 1_000_000_000
HOUR = 3600 * SECOND

SYN = segment(0, 1000, syn=True)
SYN_ACK = segment(1, 9000, syn=True, ack=1001)
DATA = segment(0, 1001, b"hello", ack=9001)
FINS = (segment(0, 1006, fin=True, ack=9001), segment(1, 9001, fin=True, ack=1007))


def streams(*packets: Segment | int, reader: Reader | None = None) -> list[int]:
    """The stream of each packet, as the table has it after that packet; a number is a pause in nanoseconds."""
    connections = Connections(Recorder, reader, None, StreamNumbers())
    connections.record_with(RecordHeader("<", 1000, 0, 0))
    ts_ns, found = 0, []
    for frame, packet in enumerate(packets, 1):
        if isinstance(packet, int):
            ts_ns += packet
        else:
            connections.segment(packet, frame, ts_ns)
            found.append(int(connections.table[packet.key].tcp_stream))
    return found


@pytest.mark.parametrize("can_read", [None, True, False], ids=["streams", "read", "replayed"])
@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        pytest.param([SYN, SYN_ACK, DATA, *FINS], [0] * 5, id="one connection"),
        pytest.param([SYN, segment(0, 1000, syn=True, key=other(1)), SYN_ACK], [0, 1, 0], id="two at once"),
        pytest.param([SYN, SYN], [0, 0], id="the same SYN again"),
        pytest.param([SYN, segment(0, 2000, syn=True)], [0, 1], id="another SYN"),
        pytest.param([SYN, SYN_ACK, segment(1, 5, syn=True)], [0, 0, 1], id="the other side's SYN"),
        pytest.param([SYN, segment(1, 5, syn=True)], [0, 0], id="both sides open, of which one was silent"),
        pytest.param([segment(0, 7, ack=3), SYN], [0, 1], id="a SYN behind an old acknowledgement"),
        pytest.param([segment(0, 1001, ack=3), SYN], [0, 0], id="a SYN that was overtaken"),
        pytest.param([segment(1, 3, ack=1001), SYN], [0, 0], id="a SYN that was acknowledged before"),
        pytest.param([segment(1, 3, ack=7), SYN], [0, 1], id="a SYN behind what acknowledges something else"),
        pytest.param([segment(1, 3, b"x"), SYN], [0, 0], id="nothing is acknowledged without the flag"),
        pytest.param([SYN, SYN_ACK, DATA, *FINS, SECOND, DATA], [0] * 6, id="data again, TIME_WAIT"),
        pytest.param([SYN, SYN_ACK, DATA, *FINS, 70 * SECOND, DATA], [0] * 6, id="data again, removed"),
        pytest.param([SYN, SYN_ACK, DATA, *FINS, segment(0, 500_000_000, b"x")], [0] * 6, id="odd data"),
        pytest.param([SYN, SYN_ACK, DATA, 2 * HOUR, DATA, SYN], [0] * 5, id="two hours of silence"),
        pytest.param([SYN, SYN_ACK, DATA, 2 * HOUR, segment(0, 2000, syn=True)], [0, 0, 0, 1], id="anew"),
        pytest.param(
            [SYN, segment(1, 0, rst=True, ack=1001), SYN, segment(0, 1001, syn=True)],
            [0, 0, 0, 1],
            id="refused, tried again, tried anew",
        ),
        pytest.param(
            [SYN, SYN_ACK, segment(1, 9500, syn=True, ack=1001), segment(1, 9000, syn=True)],
            [0, 0, 0, 1],
            id="a second answer, and a SYN with the number of the first",
        ),
    ],
)
def test_what_begins_a_stream(
    packets: list[Segment | int], expected: list[int], can_read: bool | None
) -> None:
    assert streams(*packets, reader=None if can_read is None else Reader(can_read)) == expected


def test_a_port_that_speaks_with_itself() -> None:
    key = key_of(("127.0.0.1", 5000), ("127.0.0.1", 5000))
    first, again = segment(0, 5, syn=True, key=key), segment(0, 6, syn=True, key=key)
    assert streams(first, first, again) == [0, 0, 1]


def test_what_was_forgotten_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_numbers, "MAX_FORMER", 2)
    numbers = StreamNumbers()
    keys = [other(number) for number in range(6)]
    for key in keys:
        connection = Connection(key, 1, 0)
        numbers.begins(connection)
        numbers.left(connection)
    again = [Connection(key, 1, 0) for key in reversed(keys)]
    for connection in again:
        numbers.begins(connection)
    # The last two and the two before them are known.
    assert [connection.tcp_stream for connection in again] == [5, 4, 3, 2, 6, 7]


def test_nobody_counts() -> None:
    connections = Connections(Recorder)
    connections.segment(SYN, 1, 0)
    assert connections.table[KEY].tcp_stream == -1
