"""Batches, whatever the format they were read from."""

from __future__ import annotations

import io

import pytest
from librt.vecs import vec
from mypy_extensions import i64

from tests.capture.written import enhanced, interface, options, pcap, section
from tlseku.capture import open_capture
from tlseku.capture.batch import Batch, Clock

NANO = options("<", (9, b"\x09"))
PACKETS = [b"a" * 60, b"b" * 61, b"c" * 62, b"d" * 63]


def _sizes(content: bytes) -> list[list[int]]:
    with open_capture(io.BytesIO(content), "capture") as capture:
        return [[len(batch.starts), batch.size] for batch in capture.batches()]


@pytest.mark.parametrize("order", ["<", ">"])
def test_size_of_a_classic_capture(order: str) -> None:
    content = pcap([(1, 2, data) for data in PACKETS], order=order)
    assert _sizes(content) == [[4, len(content) - 24]]
    # What was cut short is in no batch.
    assert _sizes(content[:-1]) == [[3, len(content) - 24 - 16 - 63]]


def test_size_of_one_interface() -> None:
    """Of blocks the headers lie between, but for that of the first."""
    blocks = [enhanced(number, data) for number, data in enumerate(PACKETS)]
    content = section() + interface() + b"".join(blocks)
    assert _sizes(content) == [[4, sum(map(len, blocks)) - 12 - 1 - 4]]


def test_size_where_clocks_alternate() -> None:
    """Many batches in one window: each counts what is its own."""
    content = section() + interface() + interface(opts=NANO)
    content += b"".join(enhanced(5, data, number=index & 1) for index, data in enumerate(PACKETS))
    assert _sizes(content) == [[1, 16 + len(data)] for data in PACKETS]


def test_size_of_packets_that_were_cut() -> None:
    records = b"".join(
        size.to_bytes(4, "big").rjust(12, b"\0") + b"\0\0\5\0" + bytes(size) for size in (0, 5)
    )
    assert Batch(records, vec[i64]([16, 32]), 1, 1, Clock(">")).size == len(records)
