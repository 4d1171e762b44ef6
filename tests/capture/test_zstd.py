"""zstd: frames in a row, one block at a time, with either library, and what is saved of damaged data."""

from __future__ import annotations

import io
import random
import sys
import types
from pathlib import Path

import pytest
import zstandard

from tests.capture.written import FRAME, SECOND, Dribble, pcap, read_all
from tlseku.capture import open_capture
from tlseku.capture.feed import ObjectFeed
from tlseku.capture.zstd import MAX_BLOCK, ZstdFeed, load_codec
from tlseku.errors import CaptureError

NOISE = random.Random(2).randbytes(400_000)
TEXT = b"".join(b"line %d of a text that packs well\n" % n for n in range(20_000))
SKIPPABLE = b"\x53\x2a\x4d\x18\x05\0\0\0hello"


def packed(data: bytes, *, write_checksum: bool = False) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=write_checksum).compress(data)


def streamed(data: bytes) -> bytes:
    """A frame that does not say how long its content is."""
    compressor = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return compressor.compress(data) + compressor.flush()


def unpacked(data: bytes, step: int = 1 << 16) -> tuple[bytes, str | None]:
    codec = load_codec()
    assert codec is not None
    feed = ZstdFeed(ObjectFeed(Dribble(data, step), 1 << 16), codec)
    out = []
    while some := feed.read_some():
        assert len(some) <= MAX_BLOCK
        out.append(some)
    assert feed.read_some() == b""
    return b"".join(out), feed.problem


@pytest.mark.parametrize("step", [7, 1000, 1 << 16])
@pytest.mark.parametrize(
    "plain", [b"", b"x", NOISE, TEXT, bytes(1 << 20)], ids=["empty", "one", "noise", "text", "zeros"]
)
def test_a_frame(plain: bytes, step: int) -> None:
    assert unpacked(packed(plain), step) == (plain, None)
    assert unpacked(packed(plain, write_checksum=True), step) == (plain, None)
    assert unpacked(streamed(plain), step) == (plain, None)


@pytest.mark.parametrize("step", [1, 1 << 16])
def test_frames_in_a_row_with_skippable_ones_between(step: int) -> None:
    data = (
        SKIPPABLE + packed(NOISE[:999]) + SKIPPABLE + SKIPPABLE + streamed(b"two") + packed(b"") + SKIPPABLE
    )
    assert unpacked(data, step) == (NOISE[:999] + b"two", None)


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 100, 150_000, 399_999])
def test_cut_data_gives_all_whole_blocks(cut: int) -> None:
    data = packed(NOISE, write_checksum=True)
    plain, problem = unpacked(data[:-cut])
    assert plain == NOISE[: len(plain)]
    assert len(plain) >= (len(NOISE) - cut) // MAX_BLOCK * MAX_BLOCK
    assert problem == "the zstd data is cut short"


@pytest.mark.parametrize(
    "data", [SKIPPABLE[:6], SKIPPABLE[:-1], packed(b"x")[:4], packed(b"x")[:5], packed(b"x")[:-2]]
)
def test_cut_in_a_header(data: bytes) -> None:
    assert unpacked(data) == (b"", "the zstd data is cut short")


def test_a_wrong_checksum_loses_nothing() -> None:
    data = bytearray(packed(TEXT, write_checksum=True))
    data[-1] ^= 1
    plain, problem = unpacked(bytes(data))
    assert plain == TEXT
    assert problem is not None
    assert problem.startswith("the zstd data is damaged: ")


def test_a_block_longer_than_any_block() -> None:
    data = packed(NOISE)
    header = len(data) - len(NOISE) - 4 * 3
    word = (MAX_BLOCK + 1) << 3
    bad = data[:header] + word.to_bytes(3, "little") + data[header + 3 :]
    assert unpacked(bad) == (b"", "the zstd data is damaged: it has a block of 131073 bytes")


def test_foreign_bytes_behind_the_end() -> None:
    problem = "the bytes after the end of the zstd data are not zstd"
    assert unpacked(packed(TEXT) + b"more") == (TEXT, problem)
    assert unpacked(packed(TEXT) + b"mo") == (TEXT, "the zstd data is cut short")


def test_a_window_that_needs_too_much_memory_is_refused() -> None:
    header = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([21 << 3])  # Window_Descriptor: 2^31 bytes
    plain, problem = unpacked(header + b"\x01\0\0")
    assert plain == b""
    assert problem is not None
    assert problem.startswith("the zstd data is damaged: ")


def test_any_mutation_ends_without_an_exception(seeded: random.Random) -> None:
    source = packed(TEXT[:3000], write_checksum=True) + SKIPPABLE + streamed(NOISE[:500])
    for _ in range(1500):
        data = bytearray(source)
        for _ in range(seeded.randint(1, 3)):
            data[seeded.randrange(4, len(data))] = seeded.randrange(256)
        plain, _ = unpacked(bytes(data[: seeded.randint(4, len(data))]))
        assert len(plain) < 1 << 22


def without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    monkeypatch.setitem(sys.modules, "zstandard", None)


def test_without_a_library_the_error_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_libraries(monkeypatch)
    path = tmp_path / "x.pcap.zst"
    path.write_bytes(packed(pcap([(SECOND, 0, FRAME)])))
    for source in (path, io.BytesIO(path.read_bytes())):
        with pytest.raises(CaptureError) as caught:
            open_capture(source, "x.pcap.zst")
        assert str(caught.value) == (
            "x.pcap.zst: offset 0: this is zstd data; to read it: pip install 'tlseku[zstd]'"
        )


def test_the_standard_library_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in with the names of Python 3.14's ``compression.zstd`` (the real one where there is one)."""
    made: list[object] = []

    class Decompressor:
        def __init__(self, options: dict[object, int]) -> None:
            made.append(options)
            self._inner = zstandard.ZstdDecompressor().decompressobj()

        def decompress(self, data: bytes) -> bytes:
            return self._inner.decompress(data)

    if sys.version_info < (3, 14):
        module = types.ModuleType("compression.zstd")
        module.ZstdDecompressor = Decompressor  # type: ignore[attr-defined]
        module.ZstdError = zstandard.ZstdError  # type: ignore[attr-defined]
        module.DecompressionParameter = types.SimpleNamespace(window_log_max=100)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "compression", types.ModuleType("compression"))
        monkeypatch.setitem(sys.modules, "compression.zstd", module)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    data = pcap([(SECOND, 0, FRAME)])
    capture = open_capture(io.BytesIO(packed(data) + packed(b"")))
    assert [p.data for p in read_all(capture)] == [FRAME]
    if sys.version_info < (3, 14):
        assert made == [{100: 27}, {100: 27}]
