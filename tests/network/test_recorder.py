"""``tlseku.network.recorder``: what can be recorded, and what makes a connection one for streams."""

from __future__ import annotations

import struct

import pytest

from tests.network.frames import ethernet, ip4, tcp
from tests.network.heard import KEY
from tests.network.heard import Recorder as Listener
from tlseku.network.assembly import Assembled
from tlseku.network.connection import OPENING, RECORDED, TAKEN, Connection
from tlseku.network.recorder import (
    CLOSED,
    IDLE_NS,
    KEPT,
    LINGER_NS,
    MAX_RECORDED_BYTES,
    NOT_SIMPLE,
    Recorder,
)
from tlseku.network.recording import MAX_PACKETS, RECORD_COST, RecordHeader
from tlseku.network.segment import ACK, FIN, PSH, RST, SYN, Segment

ISN, OTHER_ISN = 2**32 - 1, 70_000
FIRST, OTHER_FIRST = 0, 70_001
HELLO = b"hello"
SECOND = 1_000_000_000


class Reader:
    """Knows connections that begin with a hello; reads all of these, or none."""

    def __init__(self, can_read: bool = True) -> None:
        self.can_read = can_read
        self.opened: list[bytes] = []
        self.pieces: list[tuple[list[bytes], list[bytes], bool]] = []
        self.listener = Listener()

    def opens(self, connection: Connection, data: bytes) -> bool:
        self.opened.append(data)
        return data == HELLO

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> Listener | None:
        self.pieces.append((one.pieces, other.pieces, goes_on))
        return self.listener if self.can_read else None

    def is_nothing(self, data: bytes) -> bool:
        return False

    def segment_of(self, record: bytes, ts_ns: int) -> Segment | None:
        return (
            None if record.endswith(b"no segment") else Segment(KEY, ts_ns, 0, 0, record, 0, len(record), 0)
        )


def record_of(seq: int, ack: int, flags: int, data: bytes = b"", ts_ns: int = 0) -> bytes:
    frame = ethernet(ip4(tcp(data, seq=seq, ack=ack, flags=flags)))
    return struct.pack("<IIII", ts_ns // SECOND, 0, len(frame), len(frame)) + frame


def recorder_with(reader: Reader | None) -> Recorder:
    recorder = Recorder(reader)
    recorder.header = RecordHeader("<", 1000, 0, 0)
    return recorder


class Recorded:
    """A connection and the recorder that records it."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader = Reader() if reader is None else reader
        self.recorder = recorder_with(self.reader)
        self.connection = Connection(KEY, 1, 0)
        record = record_of(ISN, 0, SYN)
        assert self.recorder.begin(self.connection, ISN, 0, SYN, 0, 1, record)
        self.frame = 1

    def then(
        self, side: int, seq: int, ack: int, flags: int, data: bytes = b"", ts_ns: int = 0, kept: bool = True
    ) -> int:
        self.frame += 1
        record = record_of(seq, ack, flags, data, ts_ns) if kept else b""
        return self.recorder.go_on(
            self.connection, side, seq, ack, flags, len(data), self.frame, ts_ns, record
        )

    def opened(self) -> Recorded:
        assert self.then(1, OTHER_ISN, FIRST, SYN | ACK) == KEPT
        assert self.then(0, FIRST, OTHER_FIRST, ACK) == KEPT
        return self

    def grown(self) -> Recorded:
        assert self.opened().then(0, FIRST, OTHER_FIRST, ACK | PSH, HELLO) == KEPT
        return self

    @property
    def frames(self) -> list[int]:
        assert self.connection.recording is not None
        return [frame for frame, _ in self.connection.recording.packets()]


@pytest.mark.parametrize(
    ("flags", "size", "can"),
    [
        (SYN, 0, True),
        (SYN | PSH, 0, True),
        (ACK, 5, True),
        (PSH, 5, True),
        (0, 5, True),
        (SYN, 5, False),
        (SYN | ACK, 0, False),
        (SYN | FIN, 0, False),
        (SYN | RST, 0, False),
        (ACK, 0, False),
        (0, 0, False),
        (FIN | ACK, 0, False),
        (FIN | ACK, 5, False),
        (RST, 0, False),
        (RST, 5, False),
    ],
)
def test_what_can_be_the_first_packet(flags: int, size: int, can: bool) -> None:
    assert recorder_with(Reader()).can_begin(flags, size) is can
    # Nobody to read it, no header, or all over.
    assert not recorder_with(None).can_begin(flags, size)
    assert not Recorder(Reader()).can_begin(flags, size)
    stopped = recorder_with(Reader())
    stopped.stop()
    assert not stopped.can_begin(flags, size)


def test_a_syn_begins() -> None:
    connection = Recorded().connection
    recording = connection.recording
    assert recording is not None
    assert (recording.first, recording.other_first, recording.by_syn) == (FIRST, -1, True)
    assert (connection.syn_side, connection.fate) == (0, OPENING)
    assert [frame for frame, _ in recording.packets()] == [1]


@pytest.mark.parametrize(
    ("flags", "data", "begins", "fate", "other_first"),
    [
        (ACK, HELLO, True, RECORDED, 77),
        (PSH, HELLO, True, RECORDED, -1),
        (ACK, b"other", False, OPENING, 77),
    ],
)
def test_payload_begins_if_the_reader_knows_it(
    flags: int, data: bytes, begins: bool, fate: int, other_first: int
) -> None:
    reader = Reader()
    recorder, connection = recorder_with(reader), Connection(KEY, 1, 0)
    begun = recorder.begin(connection, 500, 77, flags, len(data), 1, record_of(500, 77, flags, data))
    assert begun is begins
    assert reader.opened == [data]
    recording = connection.recording
    assert recording is not None
    assert (recording.first, recording.other_first, recording.by_syn) == (500, other_first, False)
    assert (connection.syn_side, connection.fate) == (-1, fate)


def test_an_ordinary_connection() -> None:
    recorded = Recorded().opened()
    connection, recording = recorded.connection, recorded.connection.recording
    assert recording is not None
    assert (connection.fate, recording.other_first, recorded.reader.opened) == (OPENING, OTHER_FIRST, [])
    assert recorded.then(0, FIRST, OTHER_FIRST, ACK | PSH, HELLO, ts_ns=7) == KEPT
    assert (connection.fate, recorded.reader.opened) == (RECORDED, [HELLO])
    assert (connection.last_ts, connection.last_frame) == (7, 4)
    assert recorded.then(1, OTHER_FIRST, 5, ACK | FIN, b"bye", ts_ns=5) == KEPT
    assert (connection.last_ts, connection.last_frame) == (7, 5)
    assert (connection.closed_by, connection.closed_ts) == (1, 5)
    assert (recording.fin, recording.other_fin) == (-1, OTHER_FIRST + 3)
    assert recorded.then(0, 5, OTHER_FIRST + 4, ACK | FIN, ts_ns=9) == CLOSED
    assert (connection.closed_by, connection.closed_ts) == (1, 5)
    assert (recording.fin, recording.other_fin) == (5, OTHER_FIRST + 3)
    assert recorded.then(1, OTHER_FIRST + 4, 6, ACK, ts_ns=9) == KEPT
    assert recorded.frames == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("side", "seq", "ack", "flags", "data"),
    [
        pytest.param(0, ISN, 0, SYN, b"", id="the SYN again"),
        pytest.param(1, OTHER_ISN, FIRST + 1, SYN | ACK, b"", id="an answer to another SYN"),
        pytest.param(1, OTHER_ISN, FIRST, SYN, b"", id="a SYN from the other side"),
        pytest.param(0, OTHER_ISN, FIRST, SYN | ACK, b"", id="the opener answers itself"),
        pytest.param(1, OTHER_ISN, FIRST, SYN | ACK, b"data", id="an answer with payload"),
        pytest.param(0, FIRST, 0, FIN | ACK, b"", id="FIN"),
        pytest.param(1, OTHER_FIRST, FIRST, RST | ACK, b"", id="refused"),
        pytest.param(1, OTHER_FIRST, FIRST, ACK, HELLO, id="the other side speaks first"),
        pytest.param(0, FIRST + 1, OTHER_FIRST, ACK, HELLO, id="not its first bytes"),
        pytest.param(0, FIRST, OTHER_FIRST, ACK, b"other", id="what the reader does not know"),
    ],
)
def test_openings_that_are_not_simple(side: int, seq: int, ack: int, flags: int, data: bytes) -> None:
    recorded = Recorded()
    assert recorded.then(side, seq, ack, flags, data, ts_ns=5) == NOT_SIMPLE
    # Nothing was done.
    assert (recorded.frames, recorded.connection.fate, recorded.connection.last_ts) == ([1], OPENING, 0)
    assert (recorded.connection.closed_by, recorded.connection.reset_by) == (-1, -1)


@pytest.mark.parametrize(
    ("side", "seq", "ack", "flags", "data"),
    [
        pytest.param(0, ISN, 0, SYN, b"", id="the SYN again"),
        pytest.param(1, OTHER_ISN, FIRST, SYN | ACK, b"", id="its answer again"),
    ],
)
def test_a_grown_connection_has_no_more_syns(side: int, seq: int, ack: int, flags: int, data: bytes) -> None:
    recorded = Recorded().grown()
    assert recorded.then(side, seq, ack, flags, data) == NOT_SIMPLE
    assert recorded.frames == [1, 2, 3, 4]
    # Not even the first answer.
    late = Recorded()
    assert late.then(0, FIRST, 0, PSH, HELLO) == KEPT
    assert late.then(1, OTHER_ISN, FIRST, SYN | ACK) == NOT_SIMPLE


def test_a_packet_that_is_not_plain_is_not_simple() -> None:
    recorded = Recorded().grown()
    assert recorded.then(0, 5, OTHER_FIRST, ACK, kept=False) == NOT_SIMPLE
    assert recorded.then(0, 5, OTHER_FIRST, ACK) == KEPT
    nothing = Connection(KEY, 1, 0)
    assert recorded.recorder.go_on(nothing, 0, 5, 0, ACK, 0, 9, 0, b"record") == NOT_SIMPLE


def test_an_hour_of_silence_makes_two() -> None:
    recorded = Recorded().grown()
    assert recorded.then(0, 5, OTHER_FIRST, ACK, ts_ns=IDLE_NS) == KEPT
    assert recorded.then(0, 5, OTHER_FIRST, ACK, ts_ns=2 * IDLE_NS + 1) == NOT_SIMPLE
    assert recorded.connection.last_ts == IDLE_NS


def test_an_opening_is_not_recorded_for_ever() -> None:
    recorded = Recorded()
    for _ in range(MAX_PACKETS - 1):
        assert recorded.then(0, FIRST, 0, ACK) == KEPT
    assert recorded.then(0, FIRST, 0, ACK) == NOT_SIMPLE


def test_what_follows_an_end_is_not_recorded_for_ever() -> None:
    recorded = Recorded().grown()
    assert recorded.then(0, 5, OTHER_FIRST, FIN | ACK) == KEPT
    for _ in range(MAX_PACKETS - 5):
        assert recorded.then(1, OTHER_FIRST, 6, ACK) == KEPT
    assert recorded.then(1, OTHER_FIRST, 6, ACK) == NOT_SIMPLE
    assert recorded.then(1, OTHER_FIRST, 6, FIN | ACK) == NOT_SIMPLE


@pytest.mark.parametrize("side", [0, 1])
def test_a_reset_closes_and_a_second_says_nothing(side: int) -> None:
    recorded = Recorded().grown()
    assert recorded.then(side, 5, 0, RST, ts_ns=3) == CLOSED
    connection = recorded.connection
    assert (connection.reset_by, connection.closed_by, connection.closed_ts) == (side, side, 3)
    assert recorded.then(1 - side, 5, 0, RST, ts_ns=4) == KEPT
    assert (connection.reset_by, connection.closed_by, connection.closed_ts) == (side, side, 3)
    assert recorded.frames == [1, 2, 3, 4, 5, 6]


def test_fin_numbers_wrap() -> None:
    recorded = Recorded().grown()
    assert recorded.then(1, 2**32 - 2, 5, FIN | ACK, b"four") == KEPT
    assert recorded.connection.recording is not None
    assert recorded.connection.recording.other_fin == 2


def test_what_was_recorded_is_read() -> None:
    recorded = Recorded().grown()
    recorded.then(1, OTHER_FIRST, 5, ACK, b"answer", ts_ns=SECOND)
    connection, reader = recorded.connection, recorded.reader
    assert recorded.recorder.read(connection, goes_on=True)
    assert reader.pieces == [([HELLO], [b"answer"], True)]
    assert connection.recording is None
    assert (connection.fate, connection.listener, connection.last_frame) == (TAKEN, reader.listener, 5)
    assert connection.payload_seen == (True, True)
    assert [stream.position for stream in connection.streams] == [5, 6]


def test_what_the_reader_cannot_read_stays_recorded() -> None:
    recorded = Recorded(Reader(can_read=False)).grown()
    connection = recorded.connection
    assert not recorded.recorder.read(connection, goes_on=False)
    assert (connection.fate, connection.listener, connection.payload_seen) == (RECORDED, None, (False, False))
    assert recorded.frames == [1, 2, 3, 4]


@pytest.mark.parametrize(("late", "is_read"), [(LINGER_NS, True), (LINGER_NS + 1, False)])
def test_what_came_long_after_the_end_takes_streams(late: int, is_read: bool) -> None:
    recorded = Recorded().grown()
    recorded.then(0, 5, OTHER_FIRST, FIN | ACK, ts_ns=SECOND)
    recorded.then(1, OTHER_FIRST, 6, ACK, ts_ns=SECOND + late)
    assert recorded.recorder.read(recorded.connection, goes_on=False) is is_read


def test_a_hole_takes_streams() -> None:
    recorded = Recorded().grown()
    recorded.then(0, 6, OTHER_FIRST, ACK, b"after a hole")
    assert not recorded.recorder.read(recorded.connection, goes_on=False)
    assert recorded.reader.pieces == []
    assert not recorded.recorder.read(Connection(KEY, 1, 0), goes_on=False)


def test_packets_to_be_played() -> None:
    recorded = Recorded()
    recording = recorded.connection.recording
    assert recording is not None
    recording.add(1, 2, record_of(1, 2, ACK, ts_ns=3 * SECOND))
    found = recorded.recorder.packets(recording)
    assert [(frame, ts_ns, segment.seq) for frame, ts_ns, segment in found] == [
        (1, 0, 0),
        (2, 3 * SECOND, 3 * SECOND),
    ]
    recording.records[0] += b"no segment"
    assert [frame for frame, _, _ in recorded.recorder.packets(recording)] == [2]


def test_the_oldest_are_given_up_when_all_together_are_too_many() -> None:
    recorder = recorder_with(Reader())
    size = MAX_RECORDED_BYTES // 10
    connections = []
    for number in range(10):
        connection = Connection(KEY, number, 0)
        recorder.begin(connection, 0, 0, ACK, len(HELLO), 1, bytes(size - RECORD_COST - 5) + HELLO)
        if connections:
            connections[-1].newer = connection
        connections.append(connection)
    # One that is not recorded counts for nothing.
    connections[1].recording = None
    assert recorder.too_many(MAX_RECORDED_BYTES, connections[0]) == []
    assert recorder.too_many(1, connections[0]) == [connections[0], *connections[2:5]]
    # Now it is known how many there are.
    assert recorder.too_many(size, connections[0]) == []


def test_nothing_is_given_up_where_little_is_recorded() -> None:
    recorder = recorder_with(Reader())
    connection = Connection(KEY, 1, 0)
    recorder.begin(connection, 0, 0, ACK, len(HELLO), 1, HELLO)
    for _ in range(10):
        assert recorder.too_many(MAX_RECORDED_BYTES, connection) == []
    assert recorder.too_many(2 * MAX_RECORDED_BYTES, None) == []
