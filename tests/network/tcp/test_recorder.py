"""``tlseku.network.tcp.recorder``: what can be recorded, and what makes a connection one for streams."""

from __future__ import annotations

import random

import pytest

from tests.network.frames import PSH
from tests.network.heard import KEY
from tests.network.heard import Recorder as Listener
from tlseku.network.decode.segment import ACK, FIN, RST, SYN
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import OPENING, RECORDED, TO_TABLE, Connection
from tlseku.network.tcp.reassembly import Assembled
from tlseku.network.tcp.recorder import (
    CLOSED,
    IDLE_NS,
    KEPT,
    MAX_RECORDED_BYTES,
    NOT_SIMPLE,
    Recorder,
)
from tlseku.network.tcp.recording import MAX_PACKETS, PAYLOAD_COST, Recorded, Recording
from tlseku.network.tcp.time_wait import TIME_WAIT_NS

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


def recorder_with(reader: Reader | None) -> Recorder:
    recorder = Recorder(reader)
    recorder.start()
    return recorder


class Grown:
    """A connection and the recorder that records it."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader = Reader() if reader is None else reader
        self.recorder = recorder_with(self.reader)
        self.connection = Connection(KEY, 1, 0)
        assert self.recorder.begin(self.connection, ISN, 0, SYN, b"", 1, 0)
        self.frame = 1

    def then(self, side: int, seq: int, ack: int, flags: int, data: bytes = b"", ts_ns: int = 0) -> int:
        self.frame += 1
        return self.recorder.go_on(self.connection, side, seq, ack, flags, data, self.frame, ts_ns)

    def opened(self) -> Grown:
        assert self.then(1, OTHER_ISN, FIRST, SYN | ACK) == KEPT
        assert self.then(0, FIRST, OTHER_FIRST, ACK) == KEPT
        return self

    def grown(self) -> Grown:
        assert self.opened().then(0, FIRST, OTHER_FIRST, ACK | PSH, HELLO) == KEPT
        return self

    @property
    def packets(self) -> list[Recorded]:
        assert self.connection.recording is not None
        return [*self.connection.recording.packets()]

    @property
    def frames(self) -> list[int]:
        return [packet.frame for packet in self.packets]


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
    # Nobody to read it, not started, or all over, for good.
    assert not recorder_with(None).can_begin(flags, size)
    assert not Recorder(Reader()).can_begin(flags, size)
    stopped = recorder_with(Reader())
    stopped.stop()
    assert not stopped.can_begin(flags, size)
    stopped.start()
    assert not stopped.can_begin(flags, size)
    never = Recorder(Reader())
    never.stop()
    never.start()
    assert not never.can_begin(flags, size)


def test_a_syn_begins() -> None:
    connection = Grown().connection
    recording = connection.recording
    assert recording is not None
    assert (recording.first, recording.other_first, recording.by_syn) == (FIRST, -1, True)
    assert (connection.syn_side, connection.disposition) == (0, OPENING)
    assert [*recording.packets()] == [Recorded(0, 1, 0, ISN, 0, SYN, b"")]


@pytest.mark.parametrize(
    ("flags", "data", "begins", "disposition", "other_first"),
    [
        (ACK, HELLO, True, RECORDED, 77),
        (PSH, HELLO, True, RECORDED, -1),
        (ACK, b"other", False, OPENING, 77),
    ],
)
def test_payload_begins_if_the_reader_knows_it(
    flags: int, data: bytes, begins: bool, disposition: int, other_first: int
) -> None:
    reader = Reader()
    recorder, connection = recorder_with(reader), Connection(KEY, 1, 0)
    assert recorder.begin(connection, 500, 77, flags, data, 1, 9) is begins
    assert reader.opened == [data]
    recording = connection.recording
    assert recording is not None
    assert (recording.first, recording.other_first, recording.by_syn) == (500, other_first, False)
    assert (connection.syn_side, connection.disposition) == (-1, disposition)
    assert [*recording.packets()] == [Recorded(0, 1, 9, 500, 77, flags, data)]


def test_an_ordinary_connection() -> None:
    recorded = Grown().opened()
    connection, recording = recorded.connection, recorded.connection.recording
    assert recording is not None
    assert (connection.disposition, recording.other_first, recorded.reader.opened) == (
        OPENING,
        OTHER_FIRST,
        [],
    )
    assert recorded.then(0, FIRST, OTHER_FIRST, ACK | PSH, HELLO, ts_ns=7) == KEPT
    assert (connection.disposition, recorded.reader.opened) == (RECORDED, [HELLO])
    assert (connection.last_ts, connection.last_frame) == (7, 4)
    assert recorded.then(1, OTHER_FIRST, 5, ACK | FIN, b"bye", ts_ns=5) == KEPT
    assert (connection.last_ts, connection.last_frame) == (7, 5)
    assert (connection.closed_by, connection.closed_ts) == (1, 5)
    assert (recording.fin, recording.other_fin) == (-1, OTHER_FIRST + 3)
    assert recorded.then(0, 5, OTHER_FIRST + 4, ACK | FIN, ts_ns=9) == CLOSED
    assert (connection.closed_by, connection.closed_ts) == (1, 5)
    assert (recording.fin, recording.other_fin) == (5, OTHER_FIRST + 3)
    assert recorded.then(1, OTHER_FIRST + 4, 6, ACK, ts_ns=9) == KEPT
    assert recorded.packets == [
        Recorded(0, 1, 0, ISN, 0, SYN, b""),
        Recorded(1, 2, 0, OTHER_ISN, FIRST, SYN | ACK, b""),
        Recorded(0, 3, 0, FIRST, OTHER_FIRST, ACK, b""),
        Recorded(0, 4, 7, FIRST, OTHER_FIRST, ACK | PSH, HELLO),
        Recorded(1, 5, 5, OTHER_FIRST, 5, ACK | FIN, b"bye"),
        Recorded(0, 6, 9, 5, OTHER_FIRST + 4, ACK | FIN, b""),
        Recorded(1, 7, 9, OTHER_FIRST + 4, 6, ACK, b""),
    ]


@pytest.mark.parametrize(
    ("side", "seq", "ack", "flags", "data"),
    [
        pytest.param(0, ISN, 0, SYN, b"", id="the SYN again"),
        pytest.param(1, OTHER_ISN, FIRST + 1, SYN | ACK, b"", id="an answer to another SYN"),
        pytest.param(1, OTHER_ISN, FIRST, SYN, b"", id="a SYN from the other side"),
        pytest.param(0, OTHER_ISN, FIRST, SYN | ACK, b"", id="the opener answers itself"),
        pytest.param(1, OTHER_ISN, FIRST, SYN | ACK | RST, b"", id="an answer that resets"),
        pytest.param(1, OTHER_ISN, FIRST, SYN | ACK | FIN, b"", id="an answer that ends"),
        pytest.param(1, OTHER_ISN, FIRST, SYN | ACK, b"data", id="an answer with payload"),
        pytest.param(0, FIRST, 0, FIN | ACK, b"", id="FIN"),
        pytest.param(1, OTHER_FIRST, FIRST, RST | ACK, b"", id="refused"),
        pytest.param(1, OTHER_FIRST, FIRST, ACK, HELLO, id="the other side speaks first"),
        pytest.param(0, FIRST + 1, OTHER_FIRST, ACK, HELLO, id="not its first bytes"),
        pytest.param(0, FIRST, OTHER_FIRST, ACK, b"other", id="what the reader does not know"),
    ],
)
def test_openings_that_are_not_simple(side: int, seq: int, ack: int, flags: int, data: bytes) -> None:
    recorded = Grown()
    assert recorded.then(side, seq, ack, flags, data, ts_ns=5) == NOT_SIMPLE
    # Nothing was done.
    assert (recorded.frames, recorded.connection.disposition, recorded.connection.last_ts) == (
        [1],
        OPENING,
        0,
    )
    assert (recorded.connection.closed_by, recorded.connection.reset_by) == (-1, -1)


@pytest.mark.parametrize(
    ("side", "seq", "ack", "flags", "data"),
    [
        pytest.param(0, ISN, 0, SYN, b"", id="the SYN again"),
        pytest.param(1, OTHER_ISN, FIRST, SYN | ACK, b"", id="its answer again"),
    ],
)
def test_a_grown_connection_has_no_more_syns(side: int, seq: int, ack: int, flags: int, data: bytes) -> None:
    recorded = Grown().grown()
    assert recorded.then(side, seq, ack, flags, data) == NOT_SIMPLE
    assert recorded.frames == [1, 2, 3, 4]
    # Not even the first answer.
    late = Grown()
    assert late.then(0, FIRST, 0, PSH, HELLO) == KEPT
    assert late.then(1, OTHER_ISN, FIRST, SYN | ACK) == NOT_SIMPLE


def test_where_nothing_is_recorded_nothing_goes_on() -> None:
    nothing = Connection(KEY, 1, 0)
    assert recorder_with(Reader()).go_on(nothing, 0, 5, 0, ACK, b"", 9, 7) == NOT_SIMPLE
    assert (nothing.recording, nothing.last_ts, nothing.last_frame) == (None, 0, 1)


def test_what_was_begun_goes_on_after_a_stop() -> None:
    recorded = Grown().grown()
    recorded.recorder.stop()
    assert recorded.then(0, 5, OTHER_FIRST, ACK) == KEPT


def test_an_hour_of_silence_makes_two() -> None:
    recorded = Grown().grown()
    assert recorded.then(0, 5, OTHER_FIRST, ACK, ts_ns=IDLE_NS) == KEPT
    assert recorded.then(0, 5, OTHER_FIRST, ACK, ts_ns=2 * IDLE_NS + 1) == NOT_SIMPLE
    assert recorded.connection.last_ts == IDLE_NS


def test_an_opening_is_not_recorded_for_ever() -> None:
    recorded = Grown()
    for _ in range(MAX_PACKETS - 1):
        assert recorded.then(0, FIRST, 0, ACK) == KEPT
    assert recorded.then(0, FIRST, 0, ACK) == NOT_SIMPLE


def test_what_follows_an_end_is_not_recorded_for_ever() -> None:
    recorded = Grown().grown()
    assert recorded.then(0, 5, OTHER_FIRST, FIN | ACK) == KEPT
    for _ in range(MAX_PACKETS - 5):
        assert recorded.then(1, OTHER_FIRST, 6, ACK) == KEPT
    assert recorded.then(1, OTHER_FIRST, 6, ACK) == NOT_SIMPLE
    assert recorded.then(1, OTHER_FIRST, 6, FIN | ACK) == NOT_SIMPLE


@pytest.mark.parametrize("side", [0, 1])
def test_a_reset_closes_and_a_second_says_nothing(side: int) -> None:
    recorded = Grown().grown()
    assert recorded.then(side, 5, 0, RST, ts_ns=3) == CLOSED
    connection = recorded.connection
    assert (connection.reset_by, connection.closed_by, connection.closed_ts) == (side, side, 3)
    assert recorded.then(1 - side, 5, 0, RST, ts_ns=4) == KEPT
    assert (connection.reset_by, connection.closed_by, connection.closed_ts) == (side, side, 3)
    assert recorded.frames == [1, 2, 3, 4, 5, 6]


def test_fin_numbers_wrap() -> None:
    recorded = Grown().grown()
    assert recorded.then(1, 2**32 - 2, 5, FIN | ACK, b"four") == KEPT
    assert recorded.connection.recording is not None
    assert recorded.connection.recording.other_fin == 2


def test_what_was_recorded_is_read() -> None:
    recorded = Grown().grown()
    recorded.then(1, OTHER_FIRST, 5, ACK, b"answer", ts_ns=SECOND)
    connection, reader = recorded.connection, recorded.reader
    assert recorded.recorder.read(connection, goes_on=True)
    assert reader.pieces == [([HELLO], [b"answer"], True)]
    assert connection.recording is None
    assert (connection.disposition, connection.last_frame) == (TO_TABLE, 5)
    assert connection.listener is reader.listener
    assert connection.payload_seen == (True, True)
    assert [stream.position for stream in connection.streams] == [5, 6]


def test_what_the_reader_cannot_read_stays_recorded() -> None:
    recorded = Grown(Reader(can_read=False)).grown()
    connection = recorded.connection
    assert not recorded.recorder.read(connection, goes_on=False)
    assert (connection.disposition, connection.listener, connection.payload_seen) == (
        RECORDED,
        None,
        (False, False),
    )
    assert recorded.frames == [1, 2, 3, 4]


@pytest.mark.parametrize(("late", "is_read"), [(TIME_WAIT_NS, True), (TIME_WAIT_NS + 1, False)])
def test_what_came_long_after_the_end_takes_streams(late: int, is_read: bool) -> None:
    recorded = Grown().grown()
    recorded.then(0, 5, OTHER_FIRST, FIN | ACK, ts_ns=SECOND)
    recorded.then(1, OTHER_FIRST, 6, ACK, ts_ns=SECOND + late)
    assert recorded.recorder.read(recorded.connection, goes_on=False) is is_read


@pytest.mark.parametrize("by_syn", [False, True])
def test_a_hole_where_no_syn_told_the_beginning_takes_streams(by_syn: bool) -> None:
    recorded = Grown().grown()
    recorded.then(0, 6, OTHER_FIRST, ACK, b"after a hole")
    assert recorded.connection.recording is not None
    recorded.connection.recording.by_syn = by_syn
    assert recorded.recorder.read(recorded.connection, goes_on=False) is by_syn
    assert len(recorded.reader.pieces) == by_syn
    assert not recorded.recorder.read(Connection(KEY, 1, 0), goes_on=False)


def test_the_oldest_are_given_up_when_all_together_are_too_many() -> None:
    recorder = recorder_with(Reader())
    size = MAX_RECORDED_BYTES // 10
    compressor = Compressor()
    # Noise, which takes a little more where it is packed.
    payloads = [random.Random(number).randbytes(size - PAYLOAD_COST) for number in range(10)]
    connections: list[Connection] = []
    for number in range(10):
        connection = Connection(KEY, number, 0)
        connection.recording = Recording(0, False)
        connection.recording.add(0, 1, 0, 0, 0, ACK, payloads[number])
        assert connection.recording.cost() == size
        if connections:
            connections[-1].newer = connection
        connections.append(connection)
    # One that is not recorded counts for nothing.
    connections[1].recording = None
    assert recorder.too_many(MAX_RECORDED_BYTES, connections[0], compressor) == []
    assert recorder.too_many(1, connections[0], compressor) == [connections[0], *connections[2:6]]
    # Now it is known how many there are.
    assert recorder.too_many(size, connections[0], compressor) == []


def test_what_can_be_packed_is_not_given_up() -> None:
    recorder = recorder_with(Reader())
    connection = Connection(KEY, 1, 0)
    connection.recording = Recording(0, False)
    connection.recording.add(0, 1, 0, 0, 0, ACK, bytes(MAX_RECORDED_BYTES))
    assert recorder.too_many(2 * MAX_RECORDED_BYTES, connection, Compressor()) == []
    assert connection.recording.cost() < MAX_RECORDED_BYTES // 100


def test_nothing_is_given_up_where_little_is_recorded() -> None:
    recorder = recorder_with(Reader())
    connection = Connection(KEY, 1, 0)
    assert recorder.begin(connection, 0, 0, ACK, HELLO, 1, 0)
    for _ in range(10):
        assert recorder.too_many(MAX_RECORDED_BYTES, connection, Compressor()) == []
    assert recorder.too_many(2 * MAX_RECORDED_BYTES, None, Compressor()) == []
