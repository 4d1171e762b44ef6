"""A stream of bytes as lines of bounded length.

Knows bytes and line ends; must not know what lines mean. Bytes that are no UTF-8 come out as lone surrogates
(PEP 383), so that nothing is lost. Memory is one piece and one line, however long a line of the stream is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from tlseku.capture.feed import Readable, describe_os_error
from tlseku.profiles.expressway.faults import BundleError

LONGEST_LINE = 256 << 10
"""Bytes of a line that are kept; SIP messages with long headers have a few thousand."""

_PIECE = 64 << 10
_BOM = b"\xef\xbb\xbf"


class TextLine(NamedTuple):
    """A line without its end. ``number`` counts from 1; ``cut`` says that it was longer than is kept."""

    number: int
    text: str
    cut: bool


def text_lines(stream: Readable, name: str, longest: int = LONGEST_LINE) -> Iterator[TextLine]:
    """The lines of a stream, which end with LF or CR LF. Raises ``BundleError`` if the stream cannot be read on."""
    number, rest, cut = 0, b"", False
    for piece in pieces_of_stream(stream, name):
        lines = piece.split(b"\n")
        lines[0] = rest + lines[0]
        rest = lines.pop()
        for line in lines:
            number += 1
            yield _line(number, line, cut, longest)
            cut = False
        if len(rest) > longest:
            # One byte more than is kept says that there was more.
            rest, cut = rest[: longest + 1], True
    if rest:
        yield _line(number + 1, rest, cut, longest)


def pieces_of_stream(stream: Readable, name: str) -> Iterator[bytes]:
    """The bytes of a stream as they come. Raises ``BundleError`` if it cannot be read on."""
    while True:
        try:
            piece = stream.read(_PIECE)
        except (OSError, EOFError, zlib.error) as error:
            raise BundleError(name, f"cannot read on: {describe_os_error(error)}") from error
        if not piece:
            return
        yield piece


def _line(number: int, line: bytes, cut: bool, longest: int) -> TextLine:
    if number == 1:
        line = line.removeprefix(_BOM)
    cut = cut or len(line) > longest
    if not cut:
        line = line.removesuffix(b"\r")
    return TextLine(number, line[:longest].decode("utf-8", "surrogateescape"), cut)
