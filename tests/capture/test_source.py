"""What can be named as a capture, and what is said of things that cannot."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pytest

from tests.capture.written import FRAME, SECOND, Dribble, pcap
from tlseku.capture.feed import BLOCK_SIZE
from tlseku.capture.source import name_of, open_source
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError

DATA = bytes(range(256)) * 40


def drained(source: object, block_size: int = 1000, used: int = 700, need: int = 900) -> bytes:
    stream = open_source(source, WarningLog(), block_size=block_size)  # type: ignore[arg-type]
    out = b""
    window = stream.window(0, need)
    while window:
        step = min(used, len(window))
        assert stream.offset == len(out)
        out += window[:step]
        window = stream.window(step, need)
    assert stream.bytes_read == len(out)
    stream.close()
    return out


class OnlyRead:
    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(size)


@pytest.mark.parametrize("used", [1, 700, 5000])
@pytest.mark.parametrize("need", [1, 900, 3000])
def test_windows_cover_every_byte_once(tmp_path: Path, used: int, need: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)
    with path.open("rb") as file, path.open("rb", buffering=0) as raw:
        for source in (str(path), path, io.BytesIO(DATA), OnlyRead(DATA), Dribble(DATA, 3), file, raw):
            assert drained(source, 1000, used, need) == DATA
        assert not file.closed


def test_a_window_grows_in_place_and_skips_ahead(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)
    for source in (path, OnlyRead(DATA)):
        stream = open_source(source, WarningLog(), block_size=100)
        assert len(stream.window(0, 4)) >= 4
        assert stream.window(0, 300)[:300] == DATA[:300]
        assert stream.window(5000, 10)[:10] == DATA[5000:5010]
        assert stream.offset == 5000
        assert stream.window(10**6, 4) == b""
        assert stream.problem is None


def test_a_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(DATA * 20))
    writer.start()
    try:
        assert drained(path) == DATA * 20
    finally:
        writer.join()


def test_a_window_does_not_wait_for_more_than_is_needed() -> None:
    read, write = os.pipe()
    os.write(write, DATA[:50])
    with open(read, "rb") as file:
        stream = open_source(file, WarningLog())
        assert stream.window(0, 24) == DATA[:50]  # would hang if it waited for a block
        assert stream.window(10, 40) == DATA[10:50]
        os.close(write)
        assert stream.window(40, 1) == b""


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DATA)))
    assert drained("-") == DATA
    assert not sys.stdin.buffer.closed
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CaptureError, match=r"^-: there is no standard input$"):
        open_source("-", WarningLog())


def test_a_path_object_called_dash_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(DATA)
    assert drained(Path("-")) == DATA


def of_no_path() -> str:
    """What this Python says of a path that none can have: 3.13 words it otherwise."""
    with pytest.raises(ValueError, match="embedded null") as caught:
        os.open("a\0b", os.O_RDONLY)
    return str(caught.value)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda d: d / "absent", "cannot open it: No such file or directory"),
        (lambda d: d, "is a directory, not a capture"),
        (lambda d: d / "a\0b", f"cannot open it: {of_no_path()}"),
        (lambda d: d / "x" / "y", "cannot open it: Not a directory"),
    ],
)
def test_what_does_not_open_is_an_error_of_one_line(tmp_path: Path, make: object, problem: str) -> None:
    (tmp_path / "x").write_bytes(b"")
    path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(CaptureError) as caught:
        open_source(path, WarningLog())
    assert (caught.value.file, caught.value.offset, caught.value.problem) == (str(path), None, problem)


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CaptureError, match=r"^x\.pcap: cannot open it: Permission denied$"):
        open_source("x.pcap", WarningLog())


@pytest.mark.parametrize("source", [b"bytes", bytearray(b"x"), memoryview(b"x"), 5, None, object()])
def test_a_wrong_kind_of_source_is_a_wrong_call(source: object) -> None:
    with pytest.raises(TypeError, match=r"^a capture is a path or an object with read\(\), not "):
        open_source(source, WarningLog())  # type: ignore[arg-type]


def test_an_object_that_hands_out_text_is_a_wrong_call() -> None:
    with pytest.raises(TypeError, match=r"must return bytes, not str"):
        open_source(io.StringIO("text"), WarningLog())  # type: ignore[arg-type]


class Failing:
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.pieces = [DATA[:100], DATA[100:150]]

    def read(self, size: int, /) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(5, "Input/output error"), "Input/output error"),
        (EOFError("Compressed file ended\nearly"), "Compressed file ended early"),
        (gzip.BadGzipFile("CRC check failed"), "CRC check failed"),
        (OSError(), "OSError"),
    ],
)
def test_a_medium_that_fails_ends_the_bytes_and_is_told(error: Exception, words: str) -> None:
    log = WarningLog()
    stream = open_source(Failing(error), log, "tape")
    assert stream.window(0, 100) == DATA[:100]
    assert stream.window(0, 1000) == DATA[:150]
    assert stream.window(150, 1) == b""
    assert [str(entry) for entry in log.entries] == [f"tape: offset 150: cannot read on: {words}"]


def test_other_errors_of_an_object_are_its_owners() -> None:
    with pytest.raises(KeyError):
        open_source(Failing(KeyError("x")), WarningLog()).window(0, 1000)


def test_a_parked_file_is_opened_again_and_a_replaced_one_is_not_mistaken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(DATA)
    log = WarningLog()
    stream = open_source(path, log, block_size=100)
    stream.window(0, 10)
    stream.park()
    assert stream.window(100, 10) == DATA[100:200]
    stream.park()
    (tmp_path / "y").write_bytes(b"other")
    os.replace(tmp_path / "y", path)
    assert stream.window(100, 10) == b""
    assert [(e.offset, e.problem) for e in log.entries] == [
        (200, "cannot read on: the file was replaced while it was being read")
    ]


def test_names() -> None:
    assert name_of("a/b.pcap") == "a/b.pcap"
    assert name_of(Path("a/b.pcap")) == str(Path("a/b.pcap"))
    assert name_of("-") == "-"
    assert name_of("x", "given") == "given"
    assert name_of("x", "") == ""
    assert name_of(io.BytesIO()) == "<stream>"
    with open(os.devnull, "rb") as file:
        assert name_of(file) == os.devnull
    read, write = os.pipe()
    os.close(write)
    with open(read, "rb") as pipe:  # its name is a number
        assert name_of(pipe) == "<stream>"


def test_a_plain_file_is_read_a_block_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(SECOND, 0, FRAME)] * 20_000))
    stream = open_source(path, WarningLog())
    assert len(stream.window(0, 24)) == BLOCK_SIZE
