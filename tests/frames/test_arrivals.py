"""``tlseku.frames.arrivals``: two numbers a piece, written one after another and found by their place."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from tests.arrived import packed, unpacked
from tlseku.frames.arrivals import add_arrival, frame_at, time_at

LAST = 2**63 - 1
NUMBERS = st.integers(-(2**63), LAST)


@pytest.mark.parametrize(
    ("frame", "ts_ns", "written"),
    [
        (0, 0, bytes(16)),
        (1, 2, b"\1" + bytes(7) + b"\2" + bytes(7)),
        (0x0102030405060708, 0x1112131415161718, bytes(range(8, 0, -1)) + bytes(range(0x18, 0x10, -1))),
        ((5 << 40) + 7, 1_774_000_000_000_000_000, struct.pack("<qq", (5 << 40) + 7, 1_774_000_000_000_000_000)),
        (LAST, LAST, (b"\xff" * 7 + b"\x7f") * 2),
        (-1, -1, b"\xff" * 16),
    ],
)  # fmt: skip
def test_a_piece_takes_sixteen_bytes(frame: int, ts_ns: int, written: bytes) -> None:
    writer = BytesWriter()
    add_arrival(writer, frame, ts_ns)
    assert writer.getvalue() == written
    assert (frame_at(written, 0), time_at(written, 0)) == (frame, ts_ns)


def test_pieces_follow_each_other() -> None:
    arrivals = packed([(3, 30), (1, 10), (2**40, 2**62)])
    assert [frame_at(arrivals, index) for index in range(3)] == [3, 1, 2**40]
    assert [time_at(arrivals, index) for index in range(3)] == [30, 10, 2**62]
    assert packed([]) == b""


@pytest.mark.parametrize(("arrivals", "index"), [(b"", 0), (bytes(32), 2), (bytes(32), 2**40)])
def test_no_piece_beyond_the_last(arrivals: bytes, index: int) -> None:
    with pytest.raises(IndexError):
        frame_at(arrivals, index)
    with pytest.raises(IndexError):
        time_at(arrivals, index)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=100))
def test_what_was_added_is_found_at_its_place(pairs: list[tuple[int, int]]) -> None:
    arrivals = packed(pairs)
    assert len(arrivals) == 16 * len(pairs)
    assert unpacked(arrivals) == pairs
