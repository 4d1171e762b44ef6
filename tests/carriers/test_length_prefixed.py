"""Messages with their length in front, in any pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.carriers.length_prefixed import LengthPrefixed


@given(
    st.lists(st.binary(max_size=20), max_size=6),
    st.lists(st.integers(0, 130), max_size=8),
    st.sampled_from([2, 4]),
)
def test_the_same_messages_in_any_pieces(messages: list[bytes], cuts: list[int], size: int) -> None:
    stream = b"".join(len(each).to_bytes(size, "big") + each for each in messages)
    framed = LengthPrefixed(size, 20)
    ends = [0, *sorted(cuts), len(stream)]
    pieces = [stream[begin:end] for begin, end in pairwise(ends)]
    assert [found for piece in pieces for found in framed.data(piece)] == messages
    assert (framed.held, framed.is_lost) == (0, False)


@pytest.mark.parametrize(
    ("data", "found", "held"),
    [(b"", [], 0), (b"\0", [], 1), (b"\0\0", [b""], 0), (b"\0\x02a", [], 3), (b"\0\x02abc", [b"ab"], 1)],
)
def test_what_is_not_complete_waits(data: bytes, found: list[bytes], held: int) -> None:
    framed = LengthPrefixed(2, 10)
    assert framed.data(data) == found
    assert framed.held == held


def test_a_length_that_is_too_long_is_not_believed() -> None:
    framed = LengthPrefixed(4, 1000)
    assert framed.data(b"\0\0\0\x02ab\0\0\0\x01") == [b"ab"]
    assert framed.data(b"c\xff\xff\xff\xff" + bytes(100)) == [b"c"]
    assert (framed.is_lost, framed.held) == (True, 0)
    assert framed.data(b"\0\0\0\x01d") == []


def test_the_longest_is_believed() -> None:
    assert LengthPrefixed(2, 3).data(b"\0\x03abc") == [b"abc"]
    assert LengthPrefixed(2, 3).data(b"\0\x04abcd") == []


def test_behind_missing_bytes_somebody_says_where_a_message_begins() -> None:
    framed = LengthPrefixed(2, 10)
    assert framed.data(b"\0\x05ab") == []
    framed.lose()
    assert framed.data(b"\0\x01x") == []
    framed.begin()
    assert framed.data(b"\0\x01y") == [b"y"]
