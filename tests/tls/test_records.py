"""Records out of bytes that are cut, damaged or missing."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls import written
from tests.tls.written import record
from tlseku.tls.records import KEEP, MAX_RECORD, SKIP, STREAM, RecordReader, find_record, is_record_header

MODES = {22: STREAM, 21: KEEP, 20: SKIP, 23: SKIP, 24: SKIP}


class Heard:
    """A listener that writes down what it hears; what streams is joined."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def begin_record(self, content_type: int, version: int, length: int) -> int:
        self.events.append(("begin", content_type, version, length))
        return MODES[content_type]

    def fragment(self, data: bytes, first: bool, length: int, frame: int, ts_ns: int) -> None:
        if first or self.events[-1][0] != "fragment":
            self.events.append(("fragment", data))
        else:
            self.events[-1] = ("fragment", self.events[-1][1] + data)  # type: ignore[operator]

    def record(self, content_type: int, length: int, content: bytes, frame: int, ts_ns: int) -> None:
        self.events.append(("record", content_type, length, content, frame))

    def missing(self, length: int, reason: str) -> None:
        self.events.append(("missing", length, reason))

    def broken(self, content_type: int, reason: str) -> None:
        self.events.append(("broken", content_type, reason))

    def lost(self, reason: str) -> None:
        self.events.append(("lost", reason))

    def not_tls(self, frame: int) -> None:
        self.events.append(("not_tls", frame))


def heard(*steps: bytes | int, searching: bool = False) -> list[tuple[object, ...]]:
    """What is heard of pieces of bytes (frames count from 1) and gaps (a number of bytes)."""
    listener = Heard()
    reader = RecordReader(listener, searching)
    for frame, step in enumerate(steps, 1):
        if isinstance(step, int):
            reader.gap(step, "gone")
        else:
            reader.data(step, frame, frame * 10)
    return listener.events


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (b"\x16\x03\x01\x00\x01", True),
        (b"\x14\x03\x00\x00\x01", True),
        (b"\x18\x03\x04\x48\x00", True),
        (b"\x17\x03\x03\x00\x00", True),
        (b"\x16\x03\x03\x00\x00", True),
        (b"\x17\x03\x03\x48\x01", False),
        (b"\x13\x03\x03\x00\x01", False),
        (b"\x19\x03\x03\x00\x01", False),
        (b"\x16\x03\x05\x00\x01", False),
        (b"\x16\x02\x00\x00\x01", False),
        (b"\x16\xfe\xfd\x00\x01", False),
    ],
)
def test_is_record_header(data: bytes, yes: bool) -> None:
    assert is_record_header(data, 0) is yes
    assert is_record_header(b"xx" + data, 2) is yes


def test_each_way_of_reading() -> None:
    data = record(22, b"clear") + record(21, b"\x02\x28") + record(20, b"\x01") + record(23, b"secret")
    assert heard(data) == [
        ("begin", 22, 0x0303, 5),
        ("fragment", b"clear"),
        ("record", 22, 5, b"", 1),
        ("begin", 21, 0x0303, 2),
        ("record", 21, 2, b"\x02\x28", 1),
        ("begin", 20, 0x0303, 1),
        ("record", 20, 1, b"", 1),
        ("begin", 23, 0x0303, 6),
        ("record", 23, 6, b"", 1),
    ]


def test_a_record_that_never_completes_hands_on_what_is_there() -> None:
    assert heard(record(22, b"x" * 100)[:50]) == [("begin", 22, 0x0303, 100), ("fragment", b"x" * 45)]


@pytest.mark.parametrize("kind", [20, 21, 22, 23, 24])
def test_a_record_of_length_zero(kind: int) -> None:
    assert heard(record(kind, b"") + record(22, b"a")) == [
        ("begin", kind, 0x0303, 0),
        ("record", kind, 0, b"", 1),
        ("begin", 22, 0x0303, 1),
        ("fragment", b"a"),
        ("record", 22, 1, b"", 1),
    ]


@pytest.mark.parametrize(
    "after", [b"GET / HTTP/1.1", b"\x19\x03\x03\x00\x01x", b"\x16\x03\x05\x00\x01x", b"\x16\x03\x03\xff\xffx"]
)
def test_what_is_no_record_stops_the_reading(after: bytes) -> None:
    assert heard(record(22, b"a"), after, record(22, b"b"), 5)[3:] == [("not_tls", 2)]


def test_the_longest_record() -> None:
    assert heard(record(23, bytes(MAX_RECORD)))[-1] == ("record", 23, MAX_RECORD, b"", 1)
    assert heard(record(23, bytes(MAX_RECORD + 1))) == [("not_tls", 1)]


@pytest.mark.parametrize(
    ("steps", "events"),
    [
        # Inside a record that streams: exact, and what follows is read.
        (
            (record(22, b"abcdef")[:7], 2, b"ef" + record(21, b"\x01\x00")),
            [("fragment", b"ab"), ("missing", 2, "gone"), ("fragment", b"ef"), ("record", 22, 6, b"", 3)],
        ),
        # Up to its very end.
        (
            (record(22, b"abcdef")[:7], 4, record(21, b"\x01\x00")),
            [("fragment", b"ab"), ("missing", 4, "gone"), ("record", 22, 6, b"", 1)],
        ),
        # From its very beginning, the header being there.
        (
            (record(22, b"abcdef")[:5], 3, b"def" + record(21, b"\x01\x00")),
            [("missing", 3, "gone"), ("fragment", b"def"), ("record", 22, 6, b"", 3)],
        ),
        # Inside what is skipped: nothing is lost by it.
        ((record(23, b"abcdef")[:7], 2, b"ef" + record(21, b"\x01\x00")), [("record", 23, 6, b"", 3)]),
        ((record(23, b"abcdef")[:7], 4, record(21, b"\x01\x00")), [("record", 23, 6, b"", 1)]),
        ((record(20, b"\x01")[:5], 1, record(21, b"\x01\x00")), [("record", 20, 1, b"", 1)]),
        # Inside what is kept: it is of no use, and nothing of it gets into the next one.
        ((record(21, b"abcdef")[:7], 4, record(21, b"\x01\x00")), [("broken", 21, "gone")]),
        ((record(21, b"abcdef")[:7], 2, b"ef" + record(21, b"\x01\x00")), [("broken", 21, "gone")]),
    ],
)
def test_a_gap_inside_a_record(steps: tuple[bytes | int, ...], events: list[tuple[object, ...]]) -> None:
    found = heard(*steps)
    assert found[1:] == [*events, ("begin", 21, 0x0303, 2), ("record", 21, 2, b"\x01\x00", 3)]


def test_a_gap_that_takes_a_header_makes_it_look_for_the_next() -> None:
    tail = b"rest of something" + record(22, written.SERVER_HELLO_DONE)
    for before in (record(22, b"abcdef")[:8], record(22, b"abcdef"), record(22, b"abc") + b"\x16\x03"):
        events = heard(before, 40, tail)
        assert events[-4:] == [
            ("lost", "gone"),
            ("begin", 22, 0x0303, 4),
            ("fragment", written.SERVER_HELLO_DONE),
            ("record", 22, 4, b"", 3),
        ]


def test_bytes_kept_before_a_lost_boundary_do_not_come_back() -> None:
    events = heard(record(21, b"abcdef")[:7], 40, record(21, b"\x02\x28"))
    assert events[-1] == ("record", 21, 2, b"\x02\x28", 3)


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (record(23, b"abc"), 0),
        (b"junk" + record(23, b"abc"), 4),
        (b"\x03\x03\x16" + record(22, b"abc") + record(23, b"abc") + b"rest", 3),
        (b"junk" + record(22, written.SERVER_HELLO_DONE + b"x")[:-1], 4),
        (b"junk" + record(22, b"\x0b\0\x10\0" + bytes(5000))[:900], 4),
        # The message is longer than its record, so nothing but the header speaks for it.
        (b"junk" + record(22, b"\x0b\0\x20\0" + bytes(5000))[:900], -1),
        (b"", -1),
        (b"\x16\x03\x03\x00", -1),
        (b"junk" + record(23, b"abc")[:-1], -1),
        (b"junk" + record(22, b"\xee\0\0\0" + b"x" * 9)[:-1], -1),
        (b"junk" + record(22, b""), -1),
        (b"nothing of the kind, of any length " * 9, -1),
        (b"\x03" * 40, -1),
    ],
)
def test_find_record(data: bytes, at: int) -> None:
    assert find_record(data) == at


def test_searching_from_the_start() -> None:
    assert heard(b"middle of a record", b"more" + record(22, b"\x0e\0\0\0"), searching=True) == [
        ("begin", 22, 0x0303, 4),
        ("fragment", b"\x0e\0\0\0"),
        ("record", 22, 4, b"", 2),
    ]


STREAM_OF_RECORDS = b"".join(
    record(kind, bytes(range(length)), version)
    for kind, length, version in [
        (22, 80, 0x0301),
        (22, 1, 0x0300),
        (20, 1, 0x0303),
        (23, 0, 0x0303),
        (21, 26, 0x0303),
        (23, 200, 0x0304),
    ]
)


@given(st.lists(st.integers(1, len(STREAM_OF_RECORDS) - 1), unique=True, max_size=40))
def test_any_cut_is_heard_alike(points: list[int]) -> None:
    edges = [0, *sorted(points), len(STREAM_OF_RECORDS)]
    pieces = [STREAM_OF_RECORDS[low:high] for low, high in pairwise(edges)]
    whole, cut = heard(STREAM_OF_RECORDS), heard(*pieces)
    assert [event[:4] for event in cut] == [event[:4] for event in whole]


def test_any_bytes_and_gaps(seeded: random.Random) -> None:
    for _ in range(2000):
        steps: list[bytes | int] = []
        for _ in range(seeded.randrange(1, 8)):
            if seeded.random() < 0.3:
                steps.append(seeded.choice((1, 2, 5, 100, 1 << 32)))
            else:
                low = seeded.randrange(len(STREAM_OF_RECORDS))
                steps.append(STREAM_OF_RECORDS[low : low + seeded.randrange(60)])
        for event in heard(*steps, searching=seeded.random() < 0.5):
            assert event[0] != "record" or event[3] == b"" or len(event[3]) == event[2]  # type: ignore[arg-type]
