"""LZ4 as a feed: one or more frames (LZ4 Frame Format 1.6), decompressed as they are asked for.

Knows where frames begin and end; the decompressing is done by the ``lz4`` package, which is optional. Must not know
captures. At a damaged place it hands out everything before it and then says so in ``problem``. Memory: one piece of
input, one of output, and the package's 4 MiB for a block with its history.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Protocol, cast

from tlseku.capture.compressed_feed import SKIPPABLE, CompressedFeed
from tlseku.capture.feed import Feed

MAGIC = b"\x04\x22\x4d\x18"

INSTALL_HINT = "this is LZ4 data; to read it: pip install 'tlseku[lz4]'"

_PIECE = 256 << 10
_FIRST = 1024
"""Bytes of a frame that are handed over at first, then twice as many each time: the package copies what it leaves, and
would copy the same bytes again and again where frames are short."""

_FRAME = (MAGIC, *SKIPPABLE)


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


class Lz4Feed(CompressedFeed):
    """The decompressed bytes of ``feed``."""

    __slots__ = ("_new_frame",)

    def __init__(self, feed: Feed, new_frame: Callable[[], FrameDecompressor]) -> None:
        super().__init__(feed, "LZ4")
        self._new_frame = new_frame

    def _decompressed(self) -> Iterator[bytes]:
        while self._fill(len(MAGIC)) and self._input.startswith(_FRAME, self._at):
            if self._input.startswith(MAGIC, self._at):
                yield from self._frame()
            else:
                self._skip_frame()
            if self.problem is not None:
                return
        self._end()

    def _frame(self) -> Iterator[bytes]:
        frame, step = self._new_frame(), _FIRST
        while not frame.eof:
            part = b""
            if frame.needs_input:
                if not self._fill(1):
                    self._cut_short()
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
