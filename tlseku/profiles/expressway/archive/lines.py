"""A stream of bytes as lines of bounded length.

Knows bytes and line ends; must not know what lines mean. Text in UTF-16, as Windows saves it, is known by its byte
order mark. Bytes that are no UTF-8 come out as lone surrogates (PEP 383), so that nothing is lost. Memory is one
piece and one line, however long a line of the stream is.
"""

from __future__ import annotations

import codecs
import itertools
import zlib
from collections.abc import Iterable, Iterator
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


class TextBlock(NamedTuple):
    """Whole lines that came together, LF between them, CR at their ends where it was. ``number`` is that of the first,
    ``cut`` says that there is only one, which was longer than is kept."""

    number: int
    text: str
    cut: bool


def text_lines(stream: Readable, name: str, longest: int = LONGEST_LINE) -> Iterator[TextLine]:
    """The lines of a stream, which end with LF or CR LF. Raises ``BundleError`` if the stream cannot be read on."""
    for number, block, cut in text_blocks(stream, name, longest):
        if cut:
            yield TextLine(number, block, True)
            continue
        for at, text in enumerate(block.split("\n"), number):
            yield TextLine(at, text.removesuffix("\r"), False)


def text_blocks(stream: Readable, name: str, longest: int = LONGEST_LINE) -> Iterator[TextBlock]:
    """The same lines as many at a time as come together, for who looks at few of them."""
    number, rest, cut = 1, b"", False
    for piece in as_utf8(pieces_of_stream(stream, name)):
        whole, end, rest = (rest + piece).rpartition(b"\n")
        # All at once, but where one may be too long: no character goes over a line's end.
        if end and not cut and len(whole) <= longest:
            yield _block(number, whole, False, longest)
            number += whole.count(b"\n") + 1
        elif end:
            for line in whole.split(b"\n"):
                yield _block(number, line, cut, longest)
                number += 1
                cut = False
        if len(rest) > longest:
            # One byte more than is kept says that there was more.
            rest, cut = rest[: longest + 1], True
    if rest:
        yield _block(number, rest, cut, longest)


def as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a text in UTF-8, whatever mark of UTF-16 it begins with; without one as they are."""
    coming = iter(pieces)
    head = b""
    while len(head) < 2 and (piece := next(coming, b"")):
        head += piece
    if head[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        yield from (part for part in (head,) if part)
        yield from coming
        return
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    for part in itertools.chain((head,), coming):
        yield decoder.decode(part).encode("utf-8", "replace")


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


def _block(number: int, lines: bytes, cut: bool, longest: int) -> TextBlock:
    if number == 1:
        lines = lines.removeprefix(_BOM)
    cut = cut or len(lines) > longest
    return TextBlock(number, lines[:longest].decode("utf-8", "surrogateescape"), cut)
