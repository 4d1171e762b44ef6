"""Compressed certificates: three algorithms, damage, bombs, and what is not installed."""

from __future__ import annotations

import importlib
import random
import sys
import zlib
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.errors import Malformed
from tlseku.tls import compressed_certificate
from tlseku.tls.compressed_certificate import (
    BROTLI,
    MAX_CERTIFICATE,
    ZLIB,
    ZSTD,
    CompressedCertificate,
    decompress,
    read_compressed_certificate,
)

brotli = pytest.importorskip("brotli")
zstandard = pytest.importorskip("zstandard")

PRESS = {
    ZLIB: zlib.compress,
    BROTLI: brotli.compress,
    ZSTD: lambda data: zstandard.ZstdCompressor().compress(data),
}
BODY = b"\0\0\x10\x00" + bytes(range(256)) * 16
every_algorithm = pytest.mark.parametrize("algorithm", sorted(PRESS))


def message(algorithm: int, length: int, data: bytes) -> bytes:
    return algorithm.to_bytes(2, "big") + length.to_bytes(3, "big") + len(data).to_bytes(3, "big") + data


@every_algorithm
@pytest.mark.parametrize("body", [BODY, b"", b"x", bytes(200_000)])
def test_what_was_compressed_comes_back(algorithm: int, body: bytes) -> None:
    compressed = read_compressed_certificate(message(algorithm, len(body), PRESS[algorithm](body)))
    assert (compressed.algorithm, compressed.length) == (algorithm, len(body))
    assert decompress(compressed) == body


@pytest.mark.parametrize("algorithm", [0, 4, 0x4001, 0xFFFF])
def test_an_unknown_algorithm_is_none(algorithm: int) -> None:
    assert decompress(CompressedCertificate(algorithm, 10, b"anything")) is None
    assert decompress(CompressedCertificate(algorithm, 1 << 24, b"anything")) is None


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b"", 0),
        (message(1, 5, b"abc")[:7], 7),
        (message(1, 5, b"abc")[:-1], 5),
        (message(1, 5, b"abc") + b"more", 5),
    ],
)
def test_a_message_that_is_none(body: bytes, offset: int) -> None:
    with pytest.raises(Malformed) as raised:
        read_compressed_certificate(body)
    assert raised.value.offset == offset


@every_algorithm
@pytest.mark.parametrize("difference", [-1, 1, -len(BODY), 1000])
def test_the_declared_length_must_be_right(algorithm: int, difference: int) -> None:
    with pytest.raises(Malformed, match="bytes when decompressed"):
        decompress(CompressedCertificate(algorithm, len(BODY) + difference, PRESS[algorithm](BODY)))


@every_algorithm
def test_too_long_a_certificate_is_not_even_tried(algorithm: int) -> None:
    with pytest.raises(Malformed, match=f"at most {MAX_CERTIFICATE} bytes"):
        decompress(CompressedCertificate(algorithm, MAX_CERTIFICATE + 1, b""))


@every_algorithm
def test_a_bomb_is_not_blown(algorithm: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = PRESS[algorithm](bytes(16 << 20))
    undo = compressed_certificate._undoing(algorithm)
    assert undo is not None
    assert len(undo(data, 1001)) <= 1 << 17
    with pytest.raises(Malformed, match="1000 bytes when decompressed"):
        decompress(CompressedCertificate(algorithm, 1000, data))


@every_algorithm
def test_what_ends_early(algorithm: int) -> None:
    data = PRESS[algorithm](BODY)
    for end in (0, 1, len(data) // 2):
        with pytest.raises(Malformed):
            decompress(CompressedCertificate(algorithm, len(BODY), data[:end]))


@every_algorithm
def test_damage_is_malformed_and_nothing_else(algorithm: int, seeded: random.Random) -> None:
    good = PRESS[algorithm](BODY)
    for _ in range(500):
        data = bytearray(good)
        for _ in range(seeded.randrange(1, 6)):
            data[seeded.randrange(len(data))] = seeded.randrange(256)
        try:
            body = decompress(CompressedCertificate(algorithm, len(BODY), bytes(data)))
        except Malformed:
            continue
        assert body is not None
        assert len(body) == len(BODY)


@given(st.integers(1, 3), st.binary(max_size=60), st.integers(0, 5000))
def test_any_bytes_are_malformed_or_of_the_right_length(algorithm: int, data: bytes, length: int) -> None:
    try:
        body = decompress(CompressedCertificate(algorithm, length, data))
    except Malformed:
        return
    assert body is not None
    assert len(body) == length


@pytest.mark.parametrize(
    ("algorithm", "missing"), [(BROTLI, ("brotli", "brotlicffi")), (ZSTD, ("zstandard", "compression.zstd"))]
)
def test_a_package_that_is_not_installed_is_none(
    algorithm: int, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.import_module

    def load(name: str) -> ModuleType:
        if name in missing:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", load)
    assert decompress(CompressedCertificate(algorithm, len(BODY), PRESS[algorithm](BODY))) is None
    assert decompress(CompressedCertificate(ZLIB, len(BODY), PRESS[ZLIB](BODY))) == BODY


def test_the_zstd_of_python_itself_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """``compression.zstd`` of Python 3.14, played by the package that does the work elsewhere."""
    limits: list[int] = []

    class Decompressor:
        def __init__(self, options: dict[str, int]) -> None:
            assert options == {"window_log_max": 23}

        def decompress(self, data: bytes, max_length: int) -> bytes:
            limits.append(max_length)
            return zstandard.ZstdDecompressor().stream_reader(data).read(max_length)

    module = ModuleType("compression.zstd")
    module.ZstdDecompressor = Decompressor  # type: ignore[attr-defined]
    module.ZstdError = zstandard.ZstdError  # type: ignore[attr-defined]
    module.DecompressionParameter = type("Names", (), {"window_log_max": "window_log_max"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "compression", ModuleType("compression"))
    monkeypatch.setitem(sys.modules, "compression.zstd", module)
    data = PRESS[ZSTD](BODY)
    assert decompress(CompressedCertificate(ZSTD, len(BODY), data)) == BODY
    with pytest.raises(Malformed, match="zstd data"):
        decompress(CompressedCertificate(ZSTD, len(BODY), b"\xff" + data))
    assert limits == [len(BODY) + 1] * 2


def test_brotli_without_a_limit_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def process(self, data: bytes) -> bytes:
            raise AssertionError("never called")

    monkeypatch.setattr(brotli, "Decompressor", Old)
    assert decompress(CompressedCertificate(BROTLI, len(BODY), PRESS[BROTLI](BODY))) is None
