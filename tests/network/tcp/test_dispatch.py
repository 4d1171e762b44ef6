"""``tlseku.network.tcp.dispatch``: which segment belongs to which connection, recorded or not."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.connections import (
    AT_THE_END,
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
    other,
)
from tests.network.heard import KEY, START, Heard, Recorder, segment
from tlseku.network.decode.segment import ACK, Segment, key_of
from tlseku.network.decode.segment import SYN as SYN_FLAG
from tlseku.network.tcp.connection import OPENING as OPENING_DISPOSITION
from tlseku.network.tcp.connection import RECORDED, TO_TABLE, WATCHED, Connection
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.packet_header import LATEST, RecordHeader
from tlseku.network.tcp.recorder import MAX_RECORDED_BYTES
from tlseku.network.tcp.recording import MAX_PACKETS, Recorded
from tlseku.network.tcp.stream import MAX_RESET_DISTANCE
from tlseku.network.tcp.time_wait import TIME_WAIT_NS


def test_a_whole_connection() -> None:
    table = Table().feed(*OPENING, HELLO, REPLY, *FINS)
    assert table.listeners[0].heard == SAID
    table.feed(segment(0, 5, syn=True, key=key_of(("10.9.9.9", 1), ("10.9.9.8", 2))), after=TIME_WAIT_NS + 1)
    assert table.listeners[0].heard == [*SAID, ("ended", "fin", -1)]
    connection = table.listeners[0].connection
    assert connection is not None
    assert (connection.key, connection.syn_side, connection.first_frame, connection.last_frame) == (
        KEY,
        0,
        1,
        8,
    )
    assert connection.payload_seen == (True, True)
    assert table.table.count == 2
    assert table.table.limits == {}


LATER = segment(0, C + 6, b"later", ack=S + 1)


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        pytest.param([*OPENING, HELLO, REPLY], [[*SAID, AT_THE_END]], id="until the capture ends"),
        pytest.param([HELLO, REPLY], [[("data", 0, b"hello", 1), ("data", 1, b"reply", 2), AT_THE_END]], id="no SYN"),
        pytest.param(
            [segment(0, C + 1, b"hello"), segment(0, C + 6, b"more")],
            [[("data", 0, b"hello", 1), ("data", 0, b"more", 2), AT_THE_END]],
            id="one direction, no acknowledgements",
        ),
        pytest.param(
            [segment(0, C + 1 + len(START), b"more"), segment(0, C + 1, START)],
            [[("data", 0, START, 2), ("data", 0, b"more", 1), AT_THE_END]],
            id="one direction, anchored by content",
        ),
        pytest.param(
            [SYN_ACK, LATER, HELLO],
            [[("data", 1, b"hello", 3), ("data", 1, b"later", 2), AT_THE_END]],
            id="the SYN is not in the capture, its answer is",
        ),
        pytest.param(
            [SYN_ACK, LATER],
            [[("gap", 1, 5, "segment_lost"), ("data", 1, b"later", 2), AT_THE_END]],
            id="the first segment after the SYN's answer is lost",
        ),
        pytest.param(
            [LATER, segment(1, S + 1, b"reply", ack=C + 6)],
            [[("data", 0, b"later", 1), ("data", 1, b"reply", 2), AT_THE_END]],
            id="starts in the middle",
        ),
        pytest.param(
            [segment(1, S + 1, b"reply", ack=C + 1), LATER],
            [
                [
                    ("data", 0, b"reply", 1),
                    ("gap", 1, 5, "starts_mid_handshake"),
                    ("data", 1, b"later", 2),
                    AT_THE_END,
                ]
            ],
            id="starts in the middle, bytes lost",
        ),
        pytest.param(
            [segment(0, C, b"early", syn=True), segment(1, S, syn=True, ack=C + 6), LATER],
            [[("data", 0, b"early", 1), ("data", 0, b"later", 3), AT_THE_END]],
            id="data in the SYN, accepted (TFO)",
        ),
        pytest.param(
            [segment(0, C, b"hello", syn=True), SYN_ACK, HELLO],
            [[("data", 0, b"hello", 1), AT_THE_END]],
            id="data in the SYN, sent again (TFO)",
        ),
        pytest.param([SYN, SYN, SYN_ACK, SYN_ACK, HELLO], [[("data", 0, b"hello", 5), AT_THE_END]], id="SYNs again"),
        pytest.param([HELLO, SYN], [[("data", 0, b"hello", 1), AT_THE_END]], id="SYN after its data"),
        pytest.param(
            [segment(0, C + 6, b"later"), SYN, segment(0, C + 1, b"hello")],
            [[("data", 0, b"hello", 3), ("data", 0, b"later", 1), AT_THE_END]],
            id="SYN between its data",
        ),
        pytest.param(
            [SYN, SYN_ACK, segment(1, 777_000, syn=True, ack=C + 1), segment(0, C + 1, b"hello", ack=777_001),
             segment(1, 777_001, b"reply", ack=C + 6)],
            [[("data", 0, b"hello", 4), ("data", 1, b"reply", 5), AT_THE_END]],
            id="two SYN-ACKs, the client takes the second",
        ),
        pytest.param(
            [SYN, SYN_ACK, segment(1, 777_000, syn=True, ack=C + 1), HELLO, REPLY],
            [[("data", 0, b"hello", 4), ("data", 1, b"reply", 5), AT_THE_END]],
            id="two SYN-ACKs, the client takes the first",
        ),
        pytest.param(
            [SYN, SYN_ACK, segment(1, 777_000, syn=True, ack=C + 1), segment(1, 777_001, b"reply")],
            [[("data", 1, b"reply", 4), AT_THE_END]],
            id="two SYN-ACKs, the first data decides",
        ),
        pytest.param(
            [*OPENING, HELLO, REPLY, segment(1, 777_000, syn=True, ack=C + 1), segment(1, S + 6, b"more")],
            [[*SAID, ("data", 1, b"more", 7), AT_THE_END]],
            id="a SYN-ACK too late",
        ),
        pytest.param(
            [*OPENING, segment(0, C, b"", ack=S + 1), segment(0, C, b"\0", ack=S + 1), HELLO,
             segment(0, C + 5, b"\0", ack=S + 1), REPLY],
            [[("data", 0, b"hello", 6), ("data", 1, b"reply", 8), AT_THE_END]],
            id="keep-alive with and without a byte",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(0, 70_000, syn=True), segment(0, 70_001, b"again")],
            [[SAID[0], ("ended", "reused", -1)], [("data", 0, b"again", 6), AT_THE_END]],
            id="the port is used again",
        ),
        pytest.param(
            [*OPENING, HELLO, REPLY, segment(1, 70_000, syn=True), segment(1, 70_001, b"again")],
            [[*SAID, ("ended", "reused", -1)], [("data", 0, b"again", 7), AT_THE_END]],
            id="the port is used again, by the other side",
        ),
        pytest.param(
            [HELLO, REPLY, segment(1, 55_000, syn=True, ack=70_001), segment(0, 70_001, b"again", ack=55_001)],
            [
                [("data", 0, b"hello", 1), ("data", 1, b"reply", 2), ("ended", "reused", -1)],
                [("data", 1, b"again", 4), AT_THE_END],
            ],
            id="the port is used again, the SYN not captured",
        ),
        pytest.param(
            [REPLY, segment(0, 70_000_000, syn=True), segment(0, 70_000_001, b"again")],
            [[("data", 0, b"reply", 1), ("ended", "reused", -1)], [("data", 0, b"again", 3), AT_THE_END]],
            id="the port is used again, of the first only the server was seen",
        ),
        pytest.param(
            [REPLY, segment(0, C, syn=True), HELLO],
            [[("data", 0, b"reply", 1), ("data", 1, b"hello", 3), AT_THE_END]],
            id="the SYN after the server's first data",
        ),
        pytest.param(
            [SYN, segment(1, 0, rst=True, ack=C + 1), SYN, segment(1, 0, rst=True, ack=C + 1)],
            [[("ended", "rst", 1)], [("ended", "rst", 1)]],
            id="refused, tried again with the same SYN",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(1, S + 1, rst=True, ack=C + 6), segment(1, S + 1, b"reply")],
            [[*SAID[:1], ("data", 1, b"reply", 6), ("ended", "rst", 1)]],
            id="data behind a RST",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(0, C + 6 + 200_000_000, rst=True), REPLY],
            [[SAID[0], ("data", 1, b"reply", 6), AT_THE_END]],
            id="a RST outside the window",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(0, C + 6 - MAX_RESET_DISTANCE, rst=True)],
            [[SAID[0], ("ended", "rst", 0)]],
            id="a RST at the edge",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(0, C + 6, b"reset cause", rst=True, ack=S + 1)],
            [[SAID[0], ("ended", "rst", 0)]],
            id="text in a RST is no data",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(1, 0, rst=True)], [[SAID[0], ("ended", "rst", 1)]], id="a RST that answers a SYN"
        ),
        pytest.param(
            [*OPENING, HELLO, segment(0, C + 6, fin=True), segment(1, S + 1, b"", ack=C + 7)],
            [[SAID[0], AT_THE_END]],
            id="half closed",
        ),
        pytest.param(
            [*OPENING, segment(0, C + 1, b"hello", fin=True), segment(1, S + 1, b"reply", fin=True)],
            [[*SAID, ("ended", "fin", -1)]],
            id="FIN with data",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(1, S + 9, b"more", ack=C + 6)],
            [[SAID[0], ("gap", 1, 8, "segment_lost"), ("data", 1, b"more", 5), AT_THE_END]],
            id="lost by the capture",
        ),
        pytest.param(
            [*OPENING, HELLO, segment(0, C + 6, ack=S + 100)],
            [[SAID[0], ("gap", 1, 99, "segment_lost"), AT_THE_END]],
            id="acknowledged but never seen",
        ),
    ],
)  # fmt: skip
def test_segments(segments: Sequence[Segment], expected: list[list[Heard]]) -> None:
    assert Table().feed(*segments).closed() == expected
    # Recorded and replayed it is the same.
    assert Table(Reader(can_read=False)).feed(*segments).closed() == expected


def test_nothing_said() -> None:
    nothing = SYN, segment(0, 5)
    assert Table().feed(*nothing).closed() == [[AT_THE_END]]
    # Of openings alone that were recorded nobody is told.
    recorded = Table(Reader(can_read=False)).feed(*nothing)
    assert recorded.closed() == []
    assert recorded.table.count == 1


def test_segments_are_recorded_as_they_are() -> None:
    table = Table(Reader(can_read=True)).feed(*OPENING, HELLO).feed(REPLY, FINS[0], after=SECOND)
    assert table.recorded() == [
        Recorded(0, 1, 0, C, 0, SYN_FLAG, b""),
        Recorded(1, 2, 0, S, C + 1, SYN_FLAG | ACK, b""),
        Recorded(0, 3, 0, C + 1, S + 1, ACK, b""),
        Recorded(0, 4, 0, C + 1, S + 1, ACK, b"hello"),
        Recorded(1, 5, SECOND, S + 1, C + 6, ACK, b"reply"),
        Recorded(0, 6, SECOND, C + 6, S + 6, 0x11, b""),
    ]
    assert table.listeners == []


def test_what_was_recorded_is_read_when_it_is_over() -> None:
    reader = Reader(can_read=True)
    table = Table(reader).feed(*OPENING, HELLO, REPLY, FINS[0])
    assert reader.found == []
    # With the second FIN all is there, if all has come.
    table.feed(FINS[1])
    assert (reader.found, reader.heard()) == ([(b"hello", b"reply", False)], [[]])
    table.feed(segment(0, 5, syn=True, key=other(2)), after=TIME_WAIT_NS + 1)
    assert (reader.found, reader.heard()) == ([(b"hello", b"reply", False)], [[("ended", "fin", -1)]])
    # What begins without a SYN is recorded as well.
    table.feed(segment(0, 70, b"early", ack=7, key=other(1)), segment(1, 7, b"late", key=other(1)))
    assert table.closed() == []
    assert reader.found[1:] == [(b"early", b"late", False)]
    assert table.table.count == 3


def test_what_was_recorded_is_read_later_if_something_comes_behind_both_ends() -> None:
    reader = Reader(can_read=True)
    table = Table(reader).feed(*OPENING, HELLO, *FINS)
    assert reader.found == []
    table.feed(REPLY)
    assert reader.found == []
    table.feed(segment(0, 5, syn=True, key=other(2)), after=TIME_WAIT_NS + 1)
    assert (reader.found, reader.heard()) == ([(b"hello", b"reply", False)], [[("ended", "fin", -1)]])


def test_a_full_recording_is_read_and_what_follows_watched() -> None:
    reader = Reader(can_read=True)
    table = Table(reader).feed(*OPENING, HELLO, *[segment(0, C + 6, ack=S + 1)] * (MAX_PACKETS - 5))
    assert (reader.found, len(table.recorded() or [])) == ([], MAX_PACKETS - 1)
    table.feed(REPLY)
    connection = table.table.table[KEY]
    assert reader.found == [(b"hello", b"reply", True)]
    assert (connection.recording, connection.disposition, table.listeners) == (None, WATCHED, [])
    alert = b"\x15\x03\x03\0\x02\x02\x28"
    table.feed(segment(1, S + 6, b"more"), segment(1, S + 10, alert))
    assert table.closed() == []
    assert reader.heard() == [[("late", 1, alert, MAX_PACKETS + 2), ("ended", "capture", -1)]]


def test_a_full_recording_that_cannot_be_read_is_replayed() -> None:
    full = [*OPENING, HELLO, *[segment(0, C + 6, ack=S + 1)] * (MAX_PACKETS - 5), REPLY]
    table = Table(Reader(can_read=False)).feed(*full)
    assert table.recorded() is None
    assert [listener.heard for listener in table.listeners] == [[SAID[0], ("data", 1, b"reply", MAX_PACKETS)]]


def test_a_full_recording_of_openings_stays_one() -> None:
    table = Table(Reader(can_read=True)).feed(*OPENING, *[OPENING[2]] * (MAX_PACKETS - 3))
    assert (len(table.recorded() or []), table.table.table[KEY].disposition) == (
        MAX_PACKETS,
        OPENING_DISPOSITION,
    )


@pytest.mark.parametrize(
    ("behind", "end"),
    [
        pytest.param([segment(0, C + 7, ack=S + 7)], ("ended", "fin", -1), id="an acknowledgement"),
        pytest.param([FINS[1], *FINS], ("ended", "fin", -1), id="FINs again"),
        pytest.param([HELLO, REPLY], ("ended", "fin", -1), id="data again"),
        pytest.param([segment(0, C + 1, b"other")], ("ended", "fin", -1), id="other data at an old place"),
        pytest.param([segment(1, S + 7, b"more")], ("ended", "fin", -1), id="data behind the end"),
        pytest.param([segment(1, S + 7, rst=True)], ("ended", "rst", 1), id="a RST"),
        pytest.param(
            [segment(0, C + 7 + 200_000_000, rst=True)], ("ended", "fin", -1), id="a RST outside the window"
        ),
    ],
)
def test_what_comes_behind_both_ends_adds_no_data(behind: list[Segment], end: Heard) -> None:
    said = [*OPENING, HELLO, REPLY, *FINS, *behind]
    by_streams = Table().feed(*said).closed()
    assert by_streams == [[*SAID, end]]
    assert Table(Reader(can_read=False)).feed(*said).closed() == by_streams
    reader = Reader(can_read=True)
    assert Table(reader).feed(*said).closed() == []
    assert (reader.found, reader.heard()) == ([(b"hello", b"reply", False)], [[end]])


@pytest.mark.parametrize(
    ("missing", "ts_ns", "is_recorded"),
    [
        (0, 0, True),
        (0, LATEST, True),
        (1, 0, False),
        (0, LATEST + 1, False),
        (0, -1, False),
        (0, 2**80, False),
    ],
)
@pytest.mark.parametrize("is_syn", [True, False])
def test_what_begins_to_be_recorded(missing: int, ts_ns: int, is_recorded: bool, is_syn: bool) -> None:
    table = Table(Reader(can_read=True))
    first = segment(0, C, missing=missing, syn=True) if is_syn else HELLO._replace(missing=missing)
    table.feed(first, after=ts_ns)
    assert (table.recorded() is not None) is is_recorded
    assert len(table.listeners) == (0 if is_recorded else 1)
    assert table.table.count == 1


@pytest.mark.parametrize(
    ("before", "missing", "after", "is_recorded"),
    [
        (0, 0, 0, True),
        (LATEST - 1, 0, 1, True),
        (5, 0, -5, True),
        (0, 1, 0, False),
        (LATEST, 0, 1, False),
        (0, 0, -1, False),
    ],
)
def test_what_goes_on_being_recorded(before: int, missing: int, after: int, is_recorded: bool) -> None:
    table = Table(Reader(can_read=True)).feed(*OPENING, HELLO, after=before)
    table.feed(REPLY._replace(missing=missing), after=after)
    connection = table.table.table[KEY]
    assert table.table.count == 1
    if is_recorded:
        assert (len(table.recorded() or []), connection.disposition, table.listeners) == (5, RECORDED, [])
    else:
        assert (table.recorded(), connection.disposition) == (None, TO_TABLE)
        assert table.listeners[0].heard[:2] == SAID
    assert connection.last_ts == max(before, before + after)


def test_without_a_header_nothing_is_recorded() -> None:
    made: list[Recorder] = []

    def new(connection: Connection) -> Recorder:
        made.append(Recorder(connection))
        return made[-1]

    table = Connections(new, Reader(can_read=True))
    table.segment(SYN, 1, 0)
    table.record_with(RecordHeader("<", 1000, 0, 0))
    table.segment(segment(0, C, syn=True, key=other(1)), 2, 0)
    assert [table.table[key].recording is not None for key in (KEY, other(1))] == [False, True]
    assert len(made) == 1


def test_with_a_stop_all_that_was_recorded_is_replayed() -> None:
    table = Table(Reader(can_read=True)).feed(*OPENING, HELLO, segment(0, C, syn=True, key=other(1)))
    table.table.stop_recording()
    assert [listener.heard for listener in table.listeners] == [[SAID[0]], []]
    table.table.record_with(RecordHeader("<", 1000, 0, 0))
    table.feed(REPLY, segment(0, C, syn=True, key=other(2)))
    assert table.listeners[0].heard == [SAID[0], ("data", 1, b"reply", 6)]
    assert [table.recorded(key) for key in (KEY, other(1), other(2))] == [None] * 3


def test_the_oldest_recordings_are_replayed_if_all_are_too_many(seeded: random.Random) -> None:
    table = Table(Reader(can_read=True))
    for number in range(10):
        # Of noise nothing gets shorter.
        table.feed(
            segment(0, C, syn=True, key=other(number)),
            segment(0, C + 1, seeded.randbytes(MAX_RECORDED_BYTES // 10), key=other(number)),
        )
    # What it takes is looked at only when it may be too much.
    table.table.bound_recordings(MAX_RECORDED_BYTES, 0, 0)
    assert table.table.limits == {}
    table.table.bound_recordings(1, 0, 0)
    assert table.table.limits == {"MAX_RECORDED_BYTES": 6}
    assert [table.recorded(other(number)) is None for number in range(10)] == [True] * 6 + [False] * 4
    assert [listener.count("data") for listener in table.listeners] == [1] * 6


@pytest.mark.parametrize("times", [500, pytest.param(20_000, marks=pytest.mark.long)])
def test_recorded_and_replayed_is_heard_as_by_streams(times: int, seeded: random.Random) -> None:
    """Of one pair of ports, used again and again, while time goes on."""
    heard = 0
    for _ in range(times):
        course: list[tuple[Segment, int]] = []
        for _ in range(seeded.choice((8, 20, 60))):
            flags = seeded.choice((0x10, 0x18, 0x18, 0x02, 0x12, 0x11, 0x04, seeded.randrange(256)))
            data = seeded.randbytes(seeded.choice((0, 0, 0, seeded.randrange(20))))
            one = segment(seeded.randrange(2), seeded.randrange(40), data)
            one = one._replace(flags=flags, ack=seeded.randrange(40), missing=seeded.choice((0,) * 20 + (7,)))
            after = seeded.choice((0, 0, SECOND // 100, seeded.randrange(2 * SECOND)))
            course.append((one, seeded.choice((61, 3601)) * SECOND if seeded.random() < 0.03 else after))
        streams, recorded = Table(), Table(Reader(can_read=False))
        for table in (streams, recorded):
            for one, after in course:
                table.feed(one, after=after)
            table.closed()
        assert recorded.table.count == streams.table.count
        told = _told(recorded)
        # Of openings alone nobody is told.
        assert told == {
            first: said for first, said in _told(streams).items() if first in told or said[2] != NOTHING
        }
        heard += len(told)
    assert heard > times


NOTHING = (False, False)


def _told(table: Table) -> dict[int, tuple[object, ...]]:
    """All that is known of each connection in the end, by its first frame."""
    found: dict[int, tuple[object, ...]] = {}
    for listener in table.listeners:
        one = listener.connection
        assert one is not None
        marks = one.key, one.syn_side, one.closed_by, one.closed_ts, one.reset_by
        found[one.first_frame] = listener.heard, marks, one.payload_seen, one.last_ts, one.last_frame
    return found


@given(
    st.binary(min_size=1, max_size=80),
    st.binary(min_size=1, max_size=80),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
def test_shuffled_connection_says_the_same(
    hello: bytes, reply: bytes, client: int, server: int, size: int, random: random.Random
) -> None:
    segments = []
    for side, isn, whole in ((0, client, hello), (1, server, reply)):
        for at in range(0, len(whole), size):
            segments.append(
                segment(side, isn + 1 + at, whole[at : at + size], ack=[server, client][side] + 1)
            )
        segments.append(segment(side, isn + 1 + len(whole), fin=True))
    segments += random.choices(segments, k=3)
    random.shuffle(segments)
    opening = (segment(0, client, syn=True), segment(1, server, syn=True, ack=client + 1))
    table = Table().feed(*opening, *segments)
    (heard,) = table.closed()
    assert heard[-1] == ("ended", "fin", -1)
    assert table.listeners[0].bytes_of(0) == hello
    assert table.listeners[0].bytes_of(1) == reply
    assert {what[0] for what in heard} == {"data", "ended"}


def test_random_segments_never_raise(seeded: random.Random) -> None:
    table = Table()
    keys = [other(number) for number in range(8)]
    for _ in range(15_000):
        flags = seeded.choice((0x10, 0x18, 0x18, 0x02, 0x12, 0x11, 0x04, seeded.randrange(256)))
        seq = seeded.randrange(400) if seeded.random() < 0.95 else seeded.getrandbits(32)
        one = segment(
            seeded.randrange(2), seq, seeded.randbytes(seeded.randrange(20)), key=seeded.choice(keys)
        )
        missing = seeded.choice((0, 0, 0, 7))
        one = one._replace(flags=flags, ack=seeded.randrange(400), missing=missing)
        table.feed(one, after=seeded.randrange(-SECOND, 2 * SECOND))
    table.closed()
    assert [listener.count("ended") for listener in table.listeners] == [1] * table.table.count


def test_the_clock_of_records_is_forgotten_with_recording() -> None:
    table = Table(Reader(can_read=True)).feed(*OPENING, HELLO)
    assert table.table.header is not None
    table.table.stop_recording()
    assert table.table.header is None
    assert table.table.table[KEY].recording is None
