"""LZ4: frames in a row, bounded pieces, and what is saved of damaged data."""

from __future__ import annotations

import io
import random
import sys

import lz4.frame
import pytest

from tests.capture.written import FRAME, SECOND, Dribble, pcap, read_all
from tlseku.capture import open_capture
from tlseku.capture.feed import ObjectFeed
from tlseku.capture.lz4 import Lz4Feed, load_codec
from tlseku.errors import CaptureError

NOISE = random.Random(2).randbytes(400_000)
TEXT = b"".join(b"line %d of a text that packs well\n" % n for n in range(20_000))
SKIPPABLE = b"\x53\x2a\x4d\x18\x05\0\0\0hello"


def packed(data: bytes, **options: object) -> bytes:
    done: bytes = lz4.frame.compress(data, **options)
    return done


def unpacked(data: bytes, step: int = 1 << 16) -> tuple[bytes, str | None]:
    codec = load_codec()
    assert codec is not None
    feed = Lz4Feed(ObjectFeed(Dribble(data, step), 1 << 16), codec)
    out = []
    while some := feed.read_some():
        assert len(some) <= 256 << 10
        out.append(some)
    assert feed.read_some() == b""
    return b"".join(out), feed.problem


@pytest.mark.parametrize("step", [7, 1000, 1 << 16])
@pytest.mark.parametrize(
    "plain", [b"", b"x", NOISE, TEXT, bytes(9 << 20)], ids=["empty", "one", "noise", "text", "zeros"]
)
def test_a_frame(plain: bytes, step: int) -> None:
    assert unpacked(packed(plain), step) == (plain, None)
    assert unpacked(packed(plain, content_checksum=True, block_linked=False), step) == (plain, None)


@pytest.mark.parametrize("step", [1, 1 << 16])
def test_frames_in_a_row_with_skippable_ones_between(step: int) -> None:
    data = packed(NOISE[:999]) + SKIPPABLE + SKIPPABLE + packed(b"two") + packed(b"") + SKIPPABLE
    assert unpacked(data, step) == (NOISE[:999] + b"two", None)


def test_data_that_is_cut() -> None:
    data = packed(TEXT)
    for size in (5, 12, len(data) // 2, len(data) - 1):
        plain, problem = unpacked(data[:size])
        assert TEXT.startswith(plain)
        assert problem == "the LZ4 data is cut short"
    assert unpacked(packed(b"x") + SKIPPABLE[:10]) == (b"x", "the LZ4 data is cut short")


def test_data_that_is_damaged() -> None:
    data = bytearray(packed(NOISE, content_checksum=True))
    data[-2] ^= 1
    plain, problem = unpacked(bytes(data))
    assert NOISE.startswith(plain)
    assert problem is not None
    assert problem.startswith("the LZ4 data is damaged: ")
    assert unpacked(packed(b"x") + b"trailing") == (
        b"x",
        "the bytes after the end of the LZ4 data are not LZ4",
    )


def test_any_damage_is_told_and_never_raised(seeded: random.Random) -> None:
    whole = packed(TEXT[:5000], content_checksum=True)
    for _ in range(300):
        data = bytearray(whole)
        data[seeded.randrange(4, len(data))] = seeded.randrange(256)
        plain, problem = unpacked(bytes(data))
        assert problem is not None or plain == TEXT[:5000]


def test_a_capture_in_lz4() -> None:
    capture = open_capture(io.BytesIO(packed(pcap([(SECOND, 1, FRAME)] * 3))))
    assert [packet.data for packet in read_all(capture)] == [FRAME] * 3


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    with pytest.raises(CaptureError) as caught:
        open_capture(io.BytesIO(packed(b"x")), "x")
    assert str(caught.value) == "x: offset 0: this is LZ4 data; to read it: pip install 'tlseku[lz4]'"
