"""``tlseku.network.tcp.packet_header``: time and length in front of a packet, as ``Clock`` reads them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.vecs import vec
from mypy_extensions import i64

from tlseku.capture.batch import Batch, Clock
from tlseku.network.tcp.packet_header import HEADER, LATEST, RecordHeader

SECOND = 1_000_000_000
WORD = 2**32 - 1


def header(clock: Clock, high: int, low: int, captured: int = 54, original: int = WORD) -> bytes:
    """The sixteen bytes in front of a packet."""
    return struct.pack(f"{clock.byte_order}IIII", high, low, captured, original)


def moment(clock: Clock, high: int, low: int) -> int:
    """The time of a packet, wherever it lies in a batch."""
    record = header(clock, high, low)
    reader = RecordHeader(*clock)
    (found,) = {
        reader.timestamp(before + record + behind, len(before) + HEADER)
        for before in (b"", b"\xff", b"the packet before")
        for behind in (b"", b"\xff" * 60)
    }
    return found


def in_range(ts_ns: int) -> int:
    return ts_ns if 0 <= ts_ns <= LATEST else -1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("clock", "high", "low", "ts_ns"),
    [
        # Classic pcap: seconds and micro- or nanoseconds.
        ((1000, 0, 0), 0, 0, 0),
        ((1000, 0, 0), 5, 7, 5 * SECOND + 7000),
        ((1000, 0, 0), 5, 999_999, 5 * SECOND + 999_999_000),
        ((1000, 0, 0), 0x01020304, 0x0A0B, 0x01020304 * SECOND + 0x0A0B * 1000),
        ((1000, 0, 0), 0x80000000, 0, 0x80000000 * SECOND),
        ((1000, 0, 0), WORD, 0, WORD * SECOND),
        ((1, 0, 0), 5, 7, 5 * SECOND + 7),
        ((1, 0, 0), 5, 999_999_999, 5 * SECOND + 999_999_999),
        # Nonsense, but the same nonsense as everywhere else.
        ((1000, 0, 0), 1, WORD, SECOND + WORD * 1000),
        ((1, 0, 0), 1, WORD, SECOND + WORD),
        ((1000, 0, 0), WORD, WORD, WORD * SECOND + WORD * 1000),
        # pcapng: one count of ticks.
        ((0, 10**6, 0), 0, 0, 0),
        ((0, 10**6, 0), 1, 7, (2**32 + 7) * 1000),
        ((0, 10**6, 0), 0, WORD, WORD * 1000),
        ((0, 10**6, 3), 0, 5_000_001, 8 * SECOND + 1000),
        ((0, 10**6, -3), 0, 5_000_000, 2 * SECOND),
        ((0, 10**6, -3), 0, 3_000_000, 0),
        ((0, 10**9, 0), 1, 7, 2**32 + 7),
        ((0, 10**9, 3), 0, 7, 3 * SECOND + 7),
        ((0, 10**9, -3), 0, 3_000_000_001, 1),
        ((0, 10**9, 0), 2**30 - 1, WORD, LATEST),
        ((0, 2**20, 0), 0, 1, 953),
        ((0, 2**20, 0), 0, 2**20, SECOND),
        ((0, 2**20, 0), 2**20, 3, 2**32 * SECOND + 2861),
        ((0, 2**20, 3600), 0, 2**19, 3600 * SECOND + SECOND // 2),
        ((0, 2**20, -1), 0, 2**20 + 1, 953),
        ((0, 2**10, 0), 0, 1, 976_562),
        ((0, 1, 0), 0, 1_774_000_000, 1_774_000_000 * SECOND),
        ((0, 1, 0), 1, 316_718_722, 4_611_686_018 * SECOND),
        ((0, 1, -(2**40)), 2**8, 5, 5 * SECOND),
        ((0, 10**12, 0), 0, 999_999, 999),
        ((0, 10**127, 0), WORD, WORD, 0),
        ((0, 2**127, 17), WORD, WORD, 17 * SECOND),
    ],
)  # fmt: skip
def test_moments(order: str, clock: tuple[int, int, int], high: int, low: int, ts_ns: int) -> None:
    read_by = Clock(order, *clock)
    assert read_by.ts_ns(high, low) == ts_ns
    assert moment(read_by, high, low) == ts_ns


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("clock", "high", "low"),
    [
        ((0, 10**9, 0), 2**30, 0),
        ((0, 10**9, 0), WORD, WORD),
        ((0, 10**6, 0), WORD, WORD),
        ((0, 2**20, 0), WORD, WORD),
        ((0, 1, 0), 1, 316_718_723),
        ((0, 1, 0), WORD, WORD),
        ((0, 10**6, 4_611_686_019), 0, 0),
        ((0, 10**9, 4_611_686_018), 0, 427_387_904),
        ((0, 10**9, 2**63 - 1), 0, 0),
        ((0, 10**6, -3), 0, 2_999_999),
        ((0, 10**9, -3), 0, 2_999_999_999),
        ((0, 10**9, -3), 0, 0),
        ((0, 2**20, -1), 0, 2**20 - 1),
        ((0, 10**9, -(2**63)), 0, 0),
    ],
)
def test_times_out_of_range(order: str, clock: tuple[int, int, int], high: int, low: int) -> None:
    read_by = Clock(order, *clock)
    assert not 0 <= read_by.ts_ns(high, low) <= LATEST
    assert moment(read_by, high, low) == -1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("times", [(1000, 0, 0), (1, 0, 0), (0, 10**6, 0), (0, 2**20, -7)])
@pytest.mark.parametrize("captured", [0, 54, 255, 256, 262_144, 0x01020304, 0x80000000, WORD])
@pytest.mark.parametrize("original", [0, 54, WORD])
def test_how_much_was_captured(order: str, times: tuple[int, int, int], captured: int, original: int) -> None:
    clock = Clock(order, *times)
    record = header(clock, WORD, WORD, captured, original)
    batch = Batch(record, vec[i64]([HEADER]), 1, 1, clock)
    assert batch.header(0) == (clock.ts_ns(WORD, WORD), captured, original)
    reader = RecordHeader(*clock)
    assert reader.captured(record, HEADER) == captured
    assert reader.captured(b"before" + record + b"behind", 6 + HEADER) == captured


WORDS = st.integers(0, WORD)
CLOCKS = st.builds(
    Clock,
    st.sampled_from("<>"),
    st.sampled_from([1, 1000]),
    st.sampled_from([0, 0, 1, 1000, 10**6, 10**9, 10**12, 2**10, 2**20, 2**32, 2**127]),
    st.one_of(st.just(0), st.integers(-5_000_000_000, 5_000_000_000), st.integers(-(2**63), 2**63 - 1)),
)


@given(CLOCKS, WORDS, WORDS, WORDS, WORDS, st.binary(max_size=9), st.binary(max_size=9))
def test_any_header_is_read_as_its_clock_reads_it(
    clock: Clock, high: int, low: int, captured: int, original: int, before: bytes, behind: bytes
) -> None:
    data = before + header(clock, high, low, captured, original) + behind
    reader = RecordHeader(*clock)
    start = len(before) + HEADER
    assert reader.timestamp(data, start) == in_range(clock.ts_ns(high, low))
    assert reader.captured(data, start) == captured
