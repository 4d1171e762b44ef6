"""The input below a compressed feed: what is there, what is passed over, and how it ends."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tlseku.capture.compressed_feed import SKIPPABLE, CompressedFeed
from tlseku.capture.feed import ObjectFeed

FRAME = SKIPPABLE[3] + (5).to_bytes(4, "little") + b"hello"


class Plain(CompressedFeed):
    """Two bytes at a time, behind skippable frames, until ``##``."""

    def _decompressed(self) -> Iterator[bytes]:
        while self._fill(4) and self._input.startswith(SKIPPABLE, self._at):
            self._skip_frame()
        while self.problem is None and self._fill(2) and not self._input.startswith(b"##", self._at):
            self._at += 2
            yield self._input[self._at - 2 : self._at]
        if self.problem is None:
            self._end()


def read(data: bytes, block: int = 3) -> tuple[bytes, str | None]:
    feed = Plain(ObjectFeed(io.BytesIO(data), block), "plain")
    return b"".join(iter(feed.read_some, b"")), feed.problem


@pytest.mark.parametrize("block", [1, 3, 1000])
@pytest.mark.parametrize(
    ("data", "said", "problem"),
    [
        (b"", b"", None),
        (b"abcd", b"abcd", None),
        (FRAME + FRAME + b"abcd", b"abcd", None),
        (b"abcd##", b"abcd", "the bytes after the end of the plain data are not plain"),
        (b"abc", b"ab", "the bytes after the end of the plain data are not plain"),
        (FRAME[:6], b"", "the plain data is cut short"),
        (FRAME[:-1], b"", "the plain data is cut short"),
        (SKIPPABLE[0] + bytes(4) + b"ab", b"ab", None),
    ],
)
def test_to_the_end(block: int, data: bytes, said: bytes, problem: str | None) -> None:
    assert read(data, block) == (said, problem)


def test_a_fault_of_the_medium_is_told_as_such() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 8:
                raise OSError(5, "Input/output error")
            return super().read(size)

        read1 = read

    feed = Plain(ObjectFeed(Failing(FRAME + b"abcd"), 4), "plain")
    assert (feed.read_some(), feed.problem) == (b"", "cannot read on: Input/output error")
