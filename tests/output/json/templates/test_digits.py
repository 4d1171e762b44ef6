"""Numbers and frames as decimal digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from tlseku.output.json.templates.digits import write_frames, write_number, write_padded

MANY_FILES = 3 << 40


def number(value: int) -> bytes:
    out = BytesWriter()
    write_number(out, value)
    return out.getvalue()


def frames(*references: int) -> bytes:
    out = BytesWriter()
    out.write(b"[")
    write_frames(out, references)
    return out.getvalue()


@pytest.mark.parametrize(
    "value", [0, 9, 10, 99, 100, 999, 1000, 1001, 10_000, 999_999, 1_000_000, 1_002_003, 999_999_999, 1 << 40]
)
def test_numbers(value: int) -> None:
    assert number(value) == b"%d" % value


@pytest.mark.parametrize("digits", range(1, 19))
def test_numbers_of_every_length(digits: int) -> None:
    for value in (10 ** (digits - 1), 10**digits - 1, 123456789_123456789 // 10 ** (18 - digits)):
        assert number(value) == b"%d" % value


@given(st.integers(0, 10**8 - 1), st.integers(1, 8))
def test_any_padded_number(value: int, digits: int) -> None:
    out = BytesWriter()
    out.write(b".")
    write_padded(out, value % 10**digits, digits)
    assert out.getvalue() == b".%0*d" % (digits, value % 10**digits)


@given(st.integers(0, 2**62))
def test_any_number(value: int) -> None:
    assert number(value) == b"%d" % value


@pytest.mark.parametrize(
    ("references", "text"),
    [
        ((7,), b"[7"),
        ((7, 8, 1000), b"[7,8,1000"),
        ((8, 7), b"[7,8"),
        ((7, 9, 9, 8), b"[7,8,9"),
        ((MANY_FILES | 7,), b"[7"),
        ((MANY_FILES | 7, MANY_FILES | 12), b"[7,12"),
        ((MANY_FILES | 12, MANY_FILES | 7), b"[7,12"),
        ((), b"["),
    ],
)
def test_frames(references: tuple[int, ...], text: bytes) -> None:
    assert frames(*references) == text


@given(st.lists(st.integers(1, (1 << 40) - 1), min_size=1))
def test_any_frames(references: list[int]) -> None:
    assert frames(*references) == b"[" + b",".join(b"%d" % each for each in sorted(set(references)))
