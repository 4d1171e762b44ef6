"""Classic pcap: every layout that must be read, every damage that must be told."""

from __future__ import annotations

import io
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.written import FRAME, SECOND, Dribble, pcap, read_all
from tlseku.capture import open_capture
from tlseku.capture.batch import Packet
from tlseku.capture.pcap import MAX_CAPTURED_LENGTH, collect_starts
from tlseku.errors import CaptureError

RECORDS = [(SECOND, 1, FRAME), (SECOND, 999_999, b""), (SECOND + 1, 0, b"\x00\x01\x02")]


def as_packets(unit_ns: int, linktype: int = 1) -> list[Packet]:
    return [
        Packet(number, seconds * 1_000_000_000 + fraction * unit_ns, linktype, data, len(data) + 10)
        for number, (seconds, fraction, data) in enumerate(RECORDS, 1)
    ]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "version", "unit_ns"),
    [
        pytest.param(0xA1B2C3D4, (2, 4), 1000, id="micro"),
        pytest.param(0xA1B23C4D, (2, 4), 1, id="nano"),
        pytest.param(0xA1B2CD34, (2, 4), 1000, id="modified"),
        pytest.param(0xA1B2C3D4, (2, 3), 1000, id="2.3, lengths in order"),
        pytest.param(0xA1B2C3D4, (2, 2), 1000, id="2.2, lengths swapped"),
        pytest.param(0xA1B2C3D4, (2, 0), 1000, id="2.0, lengths swapped"),
        pytest.param(0xA1B2CD34, (2, 1), 1000, id="modified and swapped"),
    ],
)
def test_every_layout_gives_the_same_packets(
    order: str, magic: int, version: tuple[int, int], unit_ns: int
) -> None:
    with open_capture(io.BytesIO(pcap(RECORDS, order=order, magic=magic, version=version))) as capture:
        assert read_all(capture) == as_packets(unit_ns)
        assert capture.warnings == []
        assert capture.packets_read == (3,)


def test_version_2_3_swaps_only_where_captured_exceeds_original() -> None:
    head = pcap([], version=(2, 3))
    swapped = struct.pack("<IIII", SECOND, 0, 90, 3) + b"abc"
    plain = struct.pack("<IIII", SECOND, 0, 3, 90) + b"def"
    packets = read_all(open_capture(io.BytesIO(head + swapped + plain)))
    assert [(p.data, p.original_length) for p in packets] == [(b"abc", 90), (b"def", 90)]


@pytest.mark.parametrize(
    ("network", "linktype"),
    [(1, 1), (101, 101), (0xF0000001, 1), (0x54000071, 113), (0xFFFF, 0xFFFF)],
)
def test_the_link_type_leaves_out_the_fcs_bits(network: int, linktype: int) -> None:
    assert read_all(open_capture(io.BytesIO(pcap(RECORDS, network=network)))) == as_packets(1000, linktype)


def test_a_capture_without_packets_is_fine() -> None:
    capture = open_capture(io.BytesIO(pcap([])))
    assert read_all(capture) == []
    assert capture.warnings == []


WHOLE = pcap(RECORDS)
LAST = len(WHOLE) - 3 - 16


@pytest.mark.parametrize(
    ("data", "packets", "offset", "problem"),
    [
        pytest.param(
            WHOLE[:-1], 2, LAST, "the capture ends within a record: 18 of at least 19 bytes", id="body"
        ),
        pytest.param(
            WHOLE[:-3], 2, LAST, "the capture ends within a record: 16 of at least 19 bytes", id="no body"
        ),
        pytest.param(
            WHOLE[: LAST + 1], 2, LAST, "the capture ends within a record: 1 of at least 16", id="header"
        ),
        pytest.param(
            WHOLE + struct.pack("<IIII", 0, 0, MAX_CAPTURED_LENGTH + 1, 0) + b"x" * 50,
            3,
            len(WHOLE),
            "a record claims 1048577 captured bytes; reading stops here",
            id="absurd length",
        ),
        pytest.param(
            WHOLE + b"\xff" * 64, 3, len(WHOLE), "a record claims 4294967295 captured bytes", id="garbage"
        ),
    ],
)
def test_damage_ends_the_packets_and_is_told(data: bytes, packets: int, offset: int, problem: str) -> None:
    capture = open_capture(io.BytesIO(data), "x.pcap")
    assert read_all(capture) == as_packets(1000)[:packets]
    (warning,) = capture.warnings
    assert (warning.file, warning.offset) == ("x.pcap", offset)
    assert warning.problem.startswith(problem)
    assert str(warning) == f"x.pcap: offset {offset}: {warning.problem}"


def test_damage_in_an_odd_layout_is_told_at_the_offset_of_the_file_not_of_the_copy() -> None:
    whole = pcap(RECORDS, magic=0xA1B2CD34)
    bad = struct.pack("<IIII", 0, 0, 1 << 30, 1 << 30) + b"\0" * 8
    for data, offset in ((whole + bad, len(whole)), (whole[:-1], len(whole) - 27)):
        capture = open_capture(io.BytesIO(data))
        read_all(capture)
        assert [w.offset for w in capture.warnings] == [offset]


def test_the_longest_record_is_read_and_one_byte_more_is_not() -> None:
    data = bytes(MAX_CAPTURED_LENGTH)
    capture = open_capture(io.BytesIO(pcap([(SECOND, 0, data), (SECOND, 1, FRAME)])))
    assert [len(p.data) for p in read_all(capture)] == [MAX_CAPTURED_LENGTH, 64]
    assert capture.warnings == []
    capture = open_capture(io.BytesIO(pcap([(SECOND, 0, data + b"x"), (SECOND, 1, FRAME)])))
    assert read_all(capture) == []
    assert [w.offset for w in capture.warnings] == [24]


@pytest.mark.parametrize(
    ("data", "offset", "problem"),
    [
        (WHOLE[:23], 23, "the pcap file header is cut short"),
        (WHOLE[:4], 4, "the pcap file header is cut short"),
        (pcap(RECORDS, version=(3, 0)), 4, "pcap version 3.0 is not known"),
        (pcap(RECORDS, version=(1, 9), order=">"), 4, "pcap version 1.9 is not known"),
    ],
)
def test_a_bad_file_header_is_an_error(data: bytes, offset: int, problem: str) -> None:
    with pytest.raises(CaptureError) as caught:
        open_capture(io.BytesIO(data), "x")
    assert str(caught.value) == f"x: offset {offset}: {problem}"


@pytest.mark.parametrize("order", ["<", ">"])
def test_collect_starts_stops_at_the_first_record_that_is_not_whole(order: str) -> None:
    records = pcap(RECORDS, order=order)[24:]
    starts, end = collect_starts(records[:-1], order)
    assert ([*starts], end) == ([16, 16 + 64 + 16], LAST - 24)
    starts, end = collect_starts(records, order)
    assert ([*starts], end) == ([16, 16 + 64 + 16, LAST - 24 + 16], len(records))


@pytest.mark.parametrize("window", [b"", bytes(15), b"\xff" * 16, bytes(8) + b"\0\0\0\1" + bytes(40)])
def test_collect_starts_finds_none_that_is_not_whole(window: bytes) -> None:
    starts, end = collect_starts(window, "<")
    assert ([*starts], end) == ([], 0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("length", [1, 0x0102, 0x010203])
def test_collect_starts_reads_every_byte_of_a_length(order: str, length: int) -> None:
    window = struct.pack(order + "8xII", length, length) + bytes(length)
    starts, end = collect_starts(window, order)
    assert ([*starts], end) == ([16], len(window))
    starts, end = collect_starts(window[:-1], order)
    assert ([*starts], end) == ([], 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 999_999), st.binary(max_size=300)), max_size=30
    ),
    st.sampled_from("<>"),
    st.sampled_from([0xA1B2C3D4, 0xA1B2CD34]),
    st.integers(1, 700),
)
def test_any_cut_of_the_stream_gives_the_same_packets(
    records: list[tuple[int, int, bytes]], order: str, magic: int, step: int
) -> None:
    capture = open_capture(Dribble(pcap(records, order=order, magic=magic), step))
    got = [(p.ts_ns // 10**9, p.ts_ns % 10**9 // 1000, p.data) for p in read_all(capture)]
    assert got == records
    assert capture.warnings == []


@given(st.integers(0, len(WHOLE)))
def test_a_prefix_of_a_capture_gives_a_prefix_of_its_packets(length: int) -> None:
    try:
        packets = read_all(open_capture(io.BytesIO(WHOLE[:length])))
    except CaptureError:
        assert length < 24
    else:
        assert packets == as_packets(1000)[: len(packets)]


def test_mutated_captures_raise_nothing_but_the_documented_error(seeded: random.Random) -> None:
    opened = 0
    for _ in range(3000):
        data = bytearray(
            pcap(RECORDS, magic=seeded.choice([0xA1B2C3D4, 0xA1B2CD34]), version=(2, seeded.choice([2, 4])))
        )
        for _ in range(seeded.randint(1, 6)):
            data[seeded.randrange(4, len(data))] = seeded.choice(
                [0, 1, 0x7F, 0x80, 0xFF, seeded.randrange(256)]
            )
        try:
            packets = read_all(open_capture(io.BytesIO(data)))
        except CaptureError:
            continue
        opened += 1
        assert sum(len(p.data) for p in packets) <= len(data)
    assert opened > 1000
