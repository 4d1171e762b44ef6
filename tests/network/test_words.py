"""``tlseku.network.words``: both ways to read a number are one."""

from __future__ import annotations

import random
import struct

import pytest

from tlseku.network.words import word


@pytest.mark.parametrize("number", [0, 1, 0x80, 0x0100, 0x01020304, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_word(number: int) -> None:
    assert word(b"?" + struct.pack(">I", number) + b"?", 1) == number


def test_any_word(seeded: random.Random) -> None:
    data = seeded.randbytes(100)
    for at in range(97):
        assert word(data, at) == struct.unpack_from(">I", data, at)[0]


@pytest.mark.parametrize("at", [1, 3, 4, 100])
def test_no_word_beyond_the_end(at: int) -> None:
    with pytest.raises(IndexError):
        word(b"four", at)
