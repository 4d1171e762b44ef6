"""``tlseku.network.tcp.compressor``: what is packed comes back."""

from __future__ import annotations

import random

import pytest

from tlseku.network.tcp.compressor import LONGEST_DICTIONARY, Compressor, PackedParts

NOISE = random.Random(1).randbytes(2_000)


@pytest.mark.parametrize("learned", [b"", b"abc", NOISE, NOISE * 20])
@pytest.mark.parametrize("data", [b"", b"a", NOISE, bytes(100_000)])
def test_what_was_packed_comes_back(learned: bytes, data: bytes) -> None:
    compressor = Compressor()
    compressor.learn(learned)
    assert compressor.unpack(compressor.pack(data)) == data


def test_what_was_learned_is_not_told_again() -> None:
    compressor = Compressor()
    alone = len(compressor.pack(NOISE))
    compressor = Compressor()
    compressor.learn(bytes(LONGEST_DICTIONARY) + NOISE)
    assert len(compressor.pack(NOISE)) < 50 < len(NOISE) < alone


def test_only_the_first_lesson_counts() -> None:
    """What was packed needs it."""
    compressor = Compressor()
    packed = compressor.pack(NOISE)
    compressor.learn(NOISE)
    assert compressor.unpack(packed) == NOISE


@pytest.mark.parametrize("parts", [[], [b""], [b"a", b"", NOISE, b"b"]])
def test_parts_come_back(parts: list[bytes]) -> None:
    packed = PackedParts(Compressor(), parts)
    assert packed.parts() == packed.parts() == parts
