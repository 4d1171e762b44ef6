"""Flows of a part of a capture in two temporary files: where each stands in the order of endings, and what it says.

Knows bytes and their places; must not know what they say. The index is read ahead of the texts, since whose host the
capture was made on is decided before a flow is written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from struct import Struct
from typing import IO

from tlseku._objects import frozen
from tlseku.flow import Flow
from tlseku.handshake.begin_order import held_bytes
from tlseku.handshake.range_notes import Ending
from tlseku.parallel.range_run import Found

Encode = Callable[[Flow], bytes]
"""Makes of a flow what is to be said of it; its number is that in the part."""

_HEAD = Struct("<qqqqqqqB")
_BUFFER = 1 << 20


@frozen
class Written:
    """A flow that was written: how and in which batch it ended, its ``held_bytes``, and ``size`` bytes at ``at``."""

    ending: Ending
    batch: int
    held: int
    at: int
    size: int


class RangeWriter:
    """Writes flows to two files in the directory ``place``, made from ``encode``."""

    def __init__(self, place: str, encode: Encode) -> None:
        self._encode = encode
        handle, self.index = tempfile.mkstemp(dir=place)
        self._index = os.fdopen(handle, "wb", buffering=_BUFFER)
        handle, self.texts = tempfile.mkstemp(dir=place)
        self._texts = os.fdopen(handle, "wb", buffering=_BUFFER)

    def write(self, found: list[Found]) -> None:
        """Append flows."""
        for each in found:
            number, tcp_stream, first_frame, key, place = each.ending
            text = self._encode(each.flow)
            held = held_bytes(each.flow)
            self._texts.write(text)
            self._index.write(
                _HEAD.pack(number, tcp_stream, first_frame, place, each.batch, held, len(text), len(key))
                + key
            )

    def close(self) -> None:
        """All is written."""
        self._index.close()
        self._texts.close()


def read_index(path: str) -> Iterator[Written]:
    """The flows that a ``RangeWriter`` wrote, in that order."""
    at = 0
    with open(path, "rb", buffering=_BUFFER) as file:
        while head := file.read(_HEAD.size):
            number, tcp_stream, first_frame, place, batch, held, size, length = _HEAD.unpack(head)
            yield Written(
                Ending(number, tcp_stream, first_frame, file.read(length), place), batch, held, at, size
            )
            at += size


def text_of(file: IO[bytes], written: Written) -> bytes:
    """What was written of a flow to ``file``."""
    if file.tell() != written.at:
        file.seek(written.at)
    return file.read(written.size)
