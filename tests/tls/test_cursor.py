"""A cursor reads what is there and never beyond its own end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.errors import Malformed
from tlseku.tls.cursor import Cursor


@pytest.mark.parametrize(("size", "value"), [(1, 0x01), (2, 0x0102), (3, 0x010203), (4, 0x01020304)])
def test_uint(size: int, value: int) -> None:
    cursor = Cursor(b"\x01\x02\x03\x04")
    assert cursor.uint(size, "x") == value
    assert (cursor.position, cursor.remaining) == (size, 4 - size)


def test_vector_bounds_the_reads_inside() -> None:
    cursor = Cursor(b"\x02ab\x01c")
    inner = cursor.vector(1, "x")
    assert inner.take(2, "y") == b"ab"
    with pytest.raises(Malformed) as caught:
        inner.take(1, "z")
    assert (caught.value.offset, caught.value.expected) == (3, "z (1 bytes, 0 left)")
    assert cursor.vector_bytes(1, "x") == b"c"
    cursor.finish("all")


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        (b"", 0, "the length of x (2 bytes, 0 left)"),
        (b"\x00", 0, "the length of x (2 bytes, 1 left)"),
        (b"\x00\x03ab", 2, "x (3 bytes, 2 left)"),
        (b"\xff\xff", 2, "x (65535 bytes, 0 left)"),
    ],
)
def test_a_cut_vector(data: bytes, offset: int, expected: str) -> None:
    for read in (Cursor(data).vector, Cursor(data).vector_bytes):
        with pytest.raises(Malformed) as caught:
            read(2, "x")
        assert (caught.value.offset, caught.value.expected) == (offset, expected)


def test_rest_and_finish() -> None:
    cursor = Cursor(b"abcdef", 1, 4)
    with pytest.raises(Malformed, match="malformed at byte 1: expected the end of it"):
        cursor.finish("it")
    assert cursor.rest() == b"bcd"
    assert cursor.rest() == b""
    cursor.finish("it")


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 3))
def test_what_is_written_is_read(parts: list[bytes], size: int) -> None:
    cursor = Cursor(b"".join(len(part).to_bytes(size, "big") + part for part in parts))
    assert [cursor.vector_bytes(size, "x") for _ in parts] == parts
    cursor.finish("x")
