from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import written
from tlseku.output.captures import blocks

DATA = b"\x01\x02\x03\x04\x05"


@pytest.mark.parametrize("order", ["<", ">"])
def test_blocks_are_those_of_the_draft(order: str) -> None:
    assert blocks.section_header(order) == written.section(order)
    assert blocks.interface(1, 6, order) == written.interface(
        order, opts=written.options(order, (9, b"\x06"))
    )
    assert blocks.enhanced_packet(3, 1 << 40 | 5, DATA, 90, order) == written.enhanced(
        1 << 40 | 5, DATA, 3, order, 90
    )
    assert blocks.simple_packet(DATA, 90, order) == written.simple(DATA, order, 90)


def test_an_interface_may_have_a_clock_of_its_own() -> None:
    offset = struct.pack("<q", -5)
    assert blocks.interface(113, 9, snaplen=96, offset_s=-5) == written.interface(
        "<", 113, 96, written.options("<", (9, b"\x09"), (14, offset))
    )


def test_a_section_says_who_wrote_it() -> None:
    assert written.options("<", (4, b"tlseku")) in blocks.section_header(software="tlseku")


def test_a_copied_section_has_no_length_any_more() -> None:
    assert blocks.without_section_length(written.section(">", 4096), ">") == written.section(">")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), ((1, b"one"),)),
        (((2, b"\0\0\0\x01"),), ((1, b"one"), (2, b"\0\0\0\x01"))),
        (((1, b"a comment of its own"),), ((1, b"one"), (1, b"a comment of its own"))),
    ],
)
def test_a_comment_stands_before_the_options(
    order: str, before: tuple[tuple[int, bytes], ...], after: tuple[tuple[int, bytes], ...]
) -> None:
    opts = written.options(order, *before) if before else b""
    packet = written.enhanced(7, DATA, order=order, opts=opts)
    wanted = written.enhanced(7, DATA, order=order, opts=written.options(order, *after))
    assert blocks.with_comments(packet, ["one"], order) == wanted


def test_several_comments_are_several_options() -> None:
    packet = blocks.with_comments(written.obsolete(7, DATA), ["one", "two"], "<")
    assert packet == written.block(
        "<", 2, written.obsolete(7, DATA)[8:-4] + written.options("<", (1, b"one"), (1, b"two"))
    )


@pytest.mark.parametrize("text", ["x" * 5000, "ä" * 5000, "€" * 5000])
def test_a_long_comment_is_cut_between_characters(text: str) -> None:
    packet = blocks.with_comments(written.enhanced(7, DATA), [text], "<")
    (_, comment), *_ = blocks.read_options(packet[36:-4], "<")
    assert len(comment) in range(1990, blocks.LONGEST_COMMENT + 1)
    assert comment.decode().rstrip("…").strip(text[0]) == ""
    assert comment.decode().endswith("…")


@given(st.lists(st.tuples(st.integers(1, 0xFFFF), st.binary(max_size=40)), max_size=5), st.sampled_from("<>"))
def test_options_come_back(pairs: list[tuple[int, bytes]], order: str) -> None:
    assert blocks.read_options(blocks.options(pairs, order), order) == pairs


@given(st.binary(max_size=100))
def test_bytes_that_are_no_options_do_not_raise(data: bytes) -> None:
    for _, value in blocks.read_options(data, "<"):
        assert value in data
