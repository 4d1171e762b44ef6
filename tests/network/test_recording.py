"""``tlseku.network.recording``: what is kept of a connection, and the numbers in front of its packets."""

from __future__ import annotations

import struct

import pytest

from tlseku.network.recording import RECORD_COST, RecordHeader, Recording

SECOND = 1_000_000_000


def test_packets_keep_their_frames_and_sides() -> None:
    recording = Recording(1000, True)
    recording.add(0, 1, b"one")
    recording.add(1, 2**33, b"other")
    assert recording.packets() == [(1, b"one"), (2**33, b"other")]
    assert [mark & 1 for mark in recording.marks] == [0, 1]
    assert recording.cost() == 3 + 5 + 2 * RECORD_COST


def test_what_is_dropped_is_no_packet_of_another() -> None:
    one, other = Recording(1, True), Recording(2, True)
    one.add(0, 1, b"one")
    other.add(0, 2, b"other")
    one.drop_packets()
    assert (one.packets(), one.cost()) == ([], 0)
    assert other.packets() == [(2, b"other")]


@pytest.mark.parametrize("by_syn", [True, False])
def test_the_numbers_of_each_side(by_syn: bool) -> None:
    recording = Recording(1000, by_syn)
    assert [recording.first_of(side) for side in (0, 1)] == [1000, -1]
    assert [recording.begun_by_syn(side) for side in (0, 1)] == [by_syn, False]
    assert [recording.end_of(side) for side in (0, 1)] == [-1, -1]
    recording.other_first = 0
    recording.size, recording.other_size = 5, 7
    assert [recording.first_of(side) for side in (0, 1)] == [1000, 0]
    assert [recording.begun_by_syn(side) for side in (0, 1)] == [by_syn, by_syn]
    assert [recording.size_of(side) for side in (0, 1)] == [5, 7]
    assert [recording.end_of(side) for side in (0, 1)] == [-1, -1]
    recording.other_fin = 0
    assert [recording.end_of(side) for side in (0, 1)] == [-1, 7]
    recording.fin = 1005
    assert [recording.end_of(side) for side in (0, 1)] == [5, 7]


@pytest.mark.parametrize(
    ("header", "words", "ts_ns"),
    [
        (("<", 1000, 0, 0), struct.pack("<II", 5, 999_999), 5 * SECOND + 999_999_000),
        (("<", 1, 0, 0), struct.pack("<II", 5, 999_999_999), 5 * SECOND + 999_999_999),
        (("<", 1000, 0, 0), struct.pack("<II", 2**32 - 1, 0), (2**32 - 1) * SECOND),
        # Nonsense, but the same nonsense as everywhere else.
        (("<", 1000, 0, 0), struct.pack("<II", 1, 2**32 - 1), SECOND + (2**32 - 1) * 1000),
        ((">", 1000, 0, 0), struct.pack(">II", 5, 7), 5 * SECOND + 7000),
        ((">", 1, 0, 0), struct.pack(">II", 5, 7), 5 * SECOND + 7),
        (("<", 0, 10**6, 0), struct.pack("<II", 1, 7), (2**32 + 7) * 1000),
        ((">", 0, 10**6, 0), struct.pack(">II", 1, 7), (2**32 + 7) * 1000),
        (("<", 0, 10**9, 3), struct.pack("<II", 0, 7), 3 * SECOND + 7),
        (("<", 0, 10**6, -3), struct.pack("<II", 0, 5_000_000), 2 * SECOND),
        (("<", 0, 2**10, 0), struct.pack("<II", 0, 1), 976_562),
    ],
)
@pytest.mark.parametrize("captured", [0, 54, 262_144])
def test_record_headers(header: tuple[str, int, int, int], words: bytes, ts_ns: int, captured: int) -> None:
    lengths = struct.pack(header[0] + "II", captured, 2**32 - 1)
    assert RecordHeader(*header).read(words + lengths + b"frame") == (ts_ns, captured)
