"""LZ4 as a feed: one or more frames (LZ4 Frame Format 1.6), decompressed as they are asked for.

Knows where frames begin and end; the decompressing is done by the ``lz4`` package, which is optional. Must not know
captures. At a damaged place it hands out everything before it and then says so in ``problem``. Memory: one piece of
input, one of output, and the package's 4 MiB for a block with its history.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Protocol, cast

from tlseku.capture.feed import Feed

MAGIC = b"\x04\x22\x4d\x18"

INSTALL_HINT = "this is LZ4 data; to read it: pip install 'tlseku[lz4]'"

_PIECE = 256 << 10
_FIRST = 1024
"""Bytes of a frame that are handed over at first, then twice as many each time: the package copies what it leaves, and
would copy the same bytes again and again where frames are short."""

# LZ4 Frame Format, "Skippable Frames": the same magic numbers as zstd's.
_SKIPPABLE = tuple(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))
_FRAME = (MAGIC, *_SKIPPABLE)


class FrameDecompressor(Protocol):
    """Decompresses one frame, handed over in pieces."""

    eof: bool
    needs_input: bool
    unused_data: bytes | None

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most ``max_length`` bytes of what ``data`` and what was kept of earlier pieces complete."""
        ...


def load_codec() -> Callable[[], FrameDecompressor] | None:
    """What makes a decompressor, or None if the package is not installed (see ``INSTALL_HINT``)."""
    try:
        module = importlib.import_module("lz4.frame")
    except ImportError:
        return None
    return cast("Callable[[], FrameDecompressor]", module.LZ4FrameDecompressor)


class Lz4Feed:
    """The decompressed bytes of ``feed``."""

    __slots__ = ("_at", "_feed", "_input", "_new_frame", "_pieces", "problem")

    def __init__(self, feed: Feed, new_frame: Callable[[], FrameDecompressor]) -> None:
        self.problem: str | None = None
        self._feed = feed
        self._new_frame = new_frame
        self._input = b""
        self._at = 0
        self._pieces = self._frames()

    def read_some(self) -> bytes:
        """The next decompressed bytes."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Close the feed below."""
        self._feed.close()

    def _frames(self) -> Iterator[bytes]:
        while self._fill(len(MAGIC)) and self._input.startswith(_FRAME, self._at):
            if self._input.startswith(MAGIC, self._at):
                yield from self._frame()
            elif not self._skip_frame():
                self.problem = self._feed.problem or "the LZ4 data is cut short"
            if self.problem is not None:
                return
        if self._at < len(self._input):
            self.problem = "the bytes after the end of the LZ4 data are not LZ4"
        else:
            self.problem = self._feed.problem

    def _frame(self) -> Iterator[bytes]:
        frame, step = self._new_frame(), _FIRST
        while not frame.eof:
            part = b""
            if frame.needs_input:
                if not self._fill(1):
                    self.problem = self._feed.problem or "the LZ4 data is cut short"
                    return
                part = self._input[self._at : self._at + step]
                self._at += len(part)
                step *= 2
            try:
                # What is left of this part the package keeps.
                piece = frame.decompress(part, max_length=_PIECE)
            except RuntimeError as error:  # what the package raises for damage
                self.problem = f"the LZ4 data is damaged: {' '.join(str(error).split())}"
                return
            if piece:
                yield piece
        self._at -= len(frame.unused_data or b"")

    def _skip_frame(self) -> bool:
        if not self._fill(8):
            return False
        left = 8 + int.from_bytes(self._input[self._at + 4 : self._at + 8], "little")
        while left:
            if not self._fill(1):
                return False
            step = min(left, len(self._input) - self._at)
            self._at += step
            left -= step
        return True

    def _fill(self, size: int) -> bool:
        while len(self._input) - self._at < size:
            more = self._feed.read_some()
            if not more:
                return False
            self._input = self._input[self._at :] + more
            self._at = 0
        return True
