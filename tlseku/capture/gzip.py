"""gzip as a feed: one or more members (RFC 1952 section 2.2), inflated as they are asked for.

Knows where members begin and end; the inflating is zlib's. Must not know captures. At a damaged place it hands
out everything that can be inflated before it and then says so in ``problem``. Memory: one piece of input, one
of output and zlib's 32 KiB window, whatever the file claims to hold.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tlseku.capture.compressed_feed import CompressedFeed
from tlseku.capture.feed import Feed

MAGIC = b"\x1f\x8b"

_FIRST = 1024
"""Bytes of a member that are handed over at first, then twice as many each time: zlib copies what it leaves, and
would copy the same bytes again and again where members are short."""

_GZIP_WRAPPER = 31  # zlib's window bits: the 32 KiB window, with gzip header and trailer


class GzipFeed(CompressedFeed):
    """The inflated bytes of ``feed``. Zero bytes after a member are padding, as gzip itself treats them.

    ``piece`` is the most that is inflated in one go: deflate packs up to 1032 bytes into one.
    """

    __slots__ = ("_piece",)

    def __init__(self, feed: Feed, piece: int) -> None:
        super().__init__(feed, "gzip")
        self._piece = piece

    def _decompressed(self) -> Iterator[bytes]:
        while self._fill(len(MAGIC)) and self._input.startswith(MAGIC, self._at):
            yield from self._member()
            if self.problem is not None:
                return
            self._skip_padding()
        self._end()

    def _member(self) -> Iterator[bytes]:
        inflater = zlib.decompressobj(_GZIP_WRAPPER)
        full, step = False, _FIRST
        while not inflater.eof:
            # A full piece may have left inflated bytes behind although all input is used up.
            if not full and not self._fill(1):
                self._cut_short()
                return
            before = inflater.copy()
            part = self._input[self._at : self._at + step]
            step *= 2
            try:
                piece = inflater.decompress(part, self._piece)
            except zlib.error as error:
                self.problem = f"the gzip data is damaged: {_words_of(error)}"
                yield _inflate_up_to_damage(before, part)
                return
            full = len(piece) == self._piece
            left = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            self._at += len(part) - len(left)
            if piece:
                yield piece

    def _skip_padding(self) -> None:
        while self._fill(1) and not self._input[self._at]:
            part = self._input[self._at : self._at + _FIRST]
            self._at += len(part) - len(part.lstrip(b"\0"))


def _inflate_up_to_damage(inflater: zlib._Decompress, data: bytes) -> bytes:
    pieces = []
    try:
        for index in range(len(data)):
            pieces.append(inflater.decompress(data[index : index + 1]))
    except zlib.error:
        pass  # the damage that the caller has met already
    return b"".join(pieces)


def _words_of(error: zlib.error) -> str:
    # "Error -3 while decompressing data: incorrect header check"
    return str(error).rpartition(": ")[2]
