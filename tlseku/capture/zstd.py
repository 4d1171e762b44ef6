"""Zstandard as a feed: one or more frames (RFC 8878), one block decompressed at a time.

Knows how a frame is cut into blocks, so that no call can yield more than one block (128 KiB) and a frame that
ends early is noticed; the decompressing is done by ``compression.zstd`` (Python 3.14) or the ``zstandard``
package, whichever is there. Must not know captures. At a damaged place it hands out everything before it and
then says so in ``problem``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Protocol, cast

from tlseku.capture.compressed_feed import SKIPPABLE, CompressedFeed
from tlseku.capture.feed import Feed

MAGIC = b"\x28\xb5\x2f\xfd"

INSTALL_HINT = "this is zstd data; to read it: pip install 'tlseku[zstd]'"

MAX_BLOCK = 128 << 10
"""Block_Maximum_Size, RFC 8878 section 3.1.1.2.3: no block holds or takes more."""

MAX_WINDOW_LOG = 27
"""128 MiB of history at most: what the zstd command accepts unless told otherwise."""

_RLE_BLOCK = 1
_CHECKSUM_FLAG = 4


class FrameDecompressor(Protocol):
    """Decompresses one frame, handed over in pieces."""

    def decompress(self, data: bytes, /) -> bytes:
        """Everything that ``data`` completes."""
        ...


class Codec:
    """The library that decompresses: ``new_frame`` makes a decompressor, ``error`` is what it raises."""

    __slots__ = ("error", "new_frame")

    def __init__(self, new_frame: Callable[[], FrameDecompressor], error: type[Exception]) -> None:
        self.new_frame = new_frame
        self.error = error


def load_codec() -> Codec | None:
    """The zstd library of this Python, or None if there is none (see ``INSTALL_HINT``)."""
    try:
        module = importlib.import_module("compression.zstd")
    except ImportError:
        return _load_zstandard()
    options = {module.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}
    return Codec(
        lambda: cast(FrameDecompressor, module.ZstdDecompressor(options=options)),
        cast("type[Exception]", module.ZstdError),
    )


def _load_zstandard() -> Codec | None:
    try:
        module = importlib.import_module("zstandard")
    except ImportError:
        return None
    return Codec(
        lambda: cast(
            FrameDecompressor, module.ZstdDecompressor(max_window_size=1 << MAX_WINDOW_LOG).decompressobj()
        ),
        cast("type[Exception]", module.ZstdError),
    )


class ZstdFeed(CompressedFeed):
    """The decompressed bytes of ``feed``. Skippable frames (RFC 8878 section 3.1.2) are skipped."""

    __slots__ = ("_codec",)

    def __init__(self, feed: Feed, codec: Codec) -> None:
        super().__init__(feed, "zstd")
        self._codec = codec

    def _decompressed(self) -> Iterator[bytes]:
        while self.problem is None and self._fill(len(MAGIC)):
            magic = self._input[self._at : self._at + 4]
            if magic in SKIPPABLE:
                self._skip_frame()
            elif magic == MAGIC:
                yield from self._frame()
            else:
                self.problem = "the bytes after the end of the zstd data are not zstd"
        if self.problem is None and self._at < len(self._input):
            self._cut_short()
        elif self.problem is None:
            self.problem = self._feed.problem

    def _frame(self) -> Iterator[bytes]:
        frame = self._codec.new_frame()
        try:
            for part in self._parts_of_frame():
                piece = frame.decompress(part)
                if piece:
                    yield piece
        except self._codec.error as error:
            self.problem = f"the zstd data is damaged: {' '.join(str(error).split())}"

    def _parts_of_frame(self) -> Iterator[bytes]:
        if not self._fill(5):
            self._cut_short()
            return
        descriptor = self._input[self._at + 4]
        part = self._take(5 + _header_length_after(descriptor))
        last = False
        while part is not None and not last:
            yield part
            if not self._fill(3):
                break
            word = int.from_bytes(self._input[self._at : self._at + 3], "little")
            last = bool(word & 1)
            size = 1 if word >> 1 & 3 == _RLE_BLOCK else word >> 3
            if size > MAX_BLOCK:
                self.problem = f"the zstd data is damaged: it has a block of {size} bytes"
                return
            part = self._take(3 + size)
        if part is not None and last:
            yield part
            if not descriptor & _CHECKSUM_FLAG:
                return
            part = self._take(4)
            if part is not None:
                yield part
                return
        self._cut_short()

    def _take(self, size: int) -> bytes | None:
        if not self._fill(size):
            return None
        start = self._at
        self._at = start + size
        return self._input[start : start + size]


def _header_length_after(descriptor: int) -> int:
    """Bytes of the frame header that follow its descriptor byte (RFC 8878 section 3.1.1.1)."""
    single_segment = descriptor >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    dictionary_id = (0, 1, 2, 4)[descriptor & 3]
    return (1 - single_segment) + dictionary_id + content_size
