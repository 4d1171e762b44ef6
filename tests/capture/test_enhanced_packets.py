"""``tlseku.capture.enhanced_packets``: the run of blocks of one interface, and what ends it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.vecs import vec
from mypy_extensions import i64

from tests.capture.written import enhanced
from tlseku.capture.enhanced_packets import PACKET_AT, PACKET_FRAMING, collect_starts
from tlseku.capture.pcap import MAX_CAPTURED_LENGTH

FRAME = bytes(range(61))


def block(
    order: str,
    kind: int = 6,
    length: int = 32,
    interface: int = 0,
    captured: int = 0,
    *,
    again: int | None = None,
    content: bytes = b"",
) -> bytes:
    """Whatever the numbers say: ``content`` stands between the header and the length behind."""
    head = struct.pack(order + "7I", kind, length, interface, 1, 2, captured, 99)
    return head + content + struct.pack(order + "I", length if again is None else again)


def collected(window: bytes, order: str, at: int = 0, interface: int = 0) -> tuple[int, list[int]]:
    starts, end = collect_starts(window, at, interface, order, vec[i64]())
    return end, [*starts]


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_run(order: str) -> None:
    blocks = [enhanced(1, FRAME, 0, order), enhanced(2, b"", 0, order), enhanced(3, b"abcd", 0, order)]
    window = b"before. " + b"".join(blocks)
    first, second, third = 8, 8 + len(blocks[0]), 8 + len(blocks[0]) + len(blocks[1])
    starts = [place + PACKET_AT for place in (first, second, third)]
    assert collected(window, order, at=8) == (len(window), starts)
    assert collected(window, order, at=second) == (len(window), starts[1:])
    # What is not whole is left.
    for cut in range(1, len(blocks[2]) + 1):
        assert collected(window[:-cut], order, at=8) == (third, starts[:2])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("interface", [0, 1, 0x01020304, 0xFFFFFFFF])
def test_an_interface_has_four_bytes(order: str, interface: int) -> None:
    window = enhanced(1, FRAME, interface, order)
    assert collected(window, order, interface=interface) == (len(window), [PACKET_AT])
    assert collected(window, order, interface=interface ^ 0x01000000) == (0, [])
    assert collected(window, order, interface=interface ^ 1) == (0, [])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"kind": 5}, id="another kind"),
        pytest.param({"kind": 0x06000006}, id="a kind with the same low byte"),
        pytest.param({"length": 34, "content": bytes(2)}, id="a length that is no multiple of four"),
        pytest.param({"length": 28}, id="shorter than its header"),
        pytest.param({"length": 0}, id="no length"),
        pytest.param({"length": 36}, id="longer than the window"),
        pytest.param({"length": 0xFFFFFFFC}, id="much longer"),
        pytest.param({"captured": 1}, id="more captured than it holds"),
        pytest.param({"captured": 0xFFFFFFFF}, id="much more captured"),
        pytest.param({"again": 36}, id="another length behind"),
        pytest.param({"again": 0x20000020}, id="a length behind with the same low byte"),
    ],
)
def test_what_ends_a_run(order: str, other: dict[str, int]) -> None:
    good = block(order)
    assert collected(good + good, order) == (64, [28, 60])
    assert collected(good + block(order, **other), order) == (32, [28])  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_longest_packet(order: str) -> None:
    longest = enhanced(1, bytes(MAX_CAPTURED_LENGTH), 0, order)
    assert collected(longest, order) == (len(longest), [PACKET_AT])
    assert collected(enhanced(1, bytes(MAX_CAPTURED_LENGTH + 4), 0, order), order) == (0, [])


@given(st.binary(max_size=200), st.integers(0, 40), st.sampled_from("<>"))
def test_any_bytes_give_whole_packets_or_none(window: bytes, at: int, order: str) -> None:
    end, starts = collected(window, order, at=min(at, len(window)))
    assert min(at, len(window)) <= end <= len(window)
    assert all(start + PACKET_FRAMING - PACKET_AT <= len(window) for start in starts)


@given(st.lists(st.binary(max_size=40), max_size=6), st.sampled_from("<>"))
def test_any_run(packets: list[bytes], order: str) -> None:
    window = b"".join(enhanced(1, packet, 0, order) for packet in packets)
    end, starts = collected(window, order)
    assert end == len(window)
    assert [
        window[start : start + len(packet)] for start, packet in zip(starts, packets, strict=True)
    ] == packets
