"""``tlseku.profiles.expressway.archive.lines``: bytes as lines of bounded length, however they come."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.profiles.expressway.archive.lines import TextLine, text_lines
from tlseku.profiles.expressway.faults import BundleError


class Pieces:
    """A stream that hands out given pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = list(pieces)

    def read(self, size: int, /) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\n", ["a\rb"]),
        (b"\n\nx", ["", "", "x"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", ["a", "\ufeffb"]),
        (b"gr\xc3\xbc\xc3\x9fe \xff\xfe", ["gr\u00fc\u00dfe \udcff\udcfe"]),
        (b"a\0b", ["a\0b"]),
    ],
)
def test_lines(data: bytes, expected: list[str]) -> None:
    found = list(text_lines(io.BytesIO(data), "x"))
    assert [line.text for line in found] == expected
    assert [line.number for line in found] == list(range(1, len(expected) + 1))
    assert not any(line.cut for line in found)


def test_bytes_that_are_no_text_are_kept() -> None:
    (line,) = text_lines(io.BytesIO(bytes(range(11, 256))), "x")
    assert line.text.encode("utf-8", "surrogateescape") == bytes(range(11, 256))


@pytest.mark.parametrize("length", [9, 10, 11, 100_000])
def test_long_lines_are_cut(length: int) -> None:
    found = list(text_lines(io.BytesIO(b"a\n" + b"x" * length + b"\nb\n"), "x", 10))
    assert found == [
        TextLine(1, "a", False),
        TextLine(2, "x" * min(length, 10), length > 10),
        TextLine(3, "b", False),
    ]


def test_an_endless_line_takes_no_memory() -> None:
    tracemalloc.start()
    (line,) = text_lines(Pieces([b"x" * 65_536] * 2_000), "x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(line.text), line.cut) == (256 << 10, True)
    assert peak < 4_000_000


@given(st.lists(st.binary(min_size=1, max_size=5)), st.integers(1, 6))
def test_pieces_make_no_difference(pieces: list[bytes], longest: int) -> None:
    whole = list(text_lines(io.BytesIO(b"".join(pieces)), "x", longest))
    assert list(text_lines(Pieces(pieces), "x", longest)) == whole


def test_a_stream_that_fails() -> None:
    class Failing(Pieces):
        def read(self, size: int, /) -> bytes:
            if self.pieces:
                return super().read(size)
            raise OSError(5, "Input/output error")

    lines = text_lines(Failing([b"a\nb"]), "x.txt")
    assert next(lines).text == "a"
    with pytest.raises(BundleError, match=r"^x\.txt: cannot read on: Input/output error$"):
        next(lines)
