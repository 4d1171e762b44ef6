"""How far a long reading has come, for a person who waits.

Knows standard error, file sizes and a clock that measures the wait; must not know flows. Something is shown only if
standard error is a terminal and the files are large; it is wiped out at the end. Progress is measured in bytes of the
files, and the time left is what it would be at the speed so far.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO

from tlseku.capture import Source
from tlseku.capture.feed import Closing
from tlseku.cli.streams.standard_error import draw

LEAST_BYTES = 32 << 20
"""Smaller captures are read before a person wonders."""

LEAST_SECONDS = 2.0
"""Before that the speed says little about the time left."""

_MAX_WATCHED_FILES = 16


class Progress(Closing):
    """Counts the bytes read of the files that it watches. A context manager; leaving it wipes the line."""

    def __init__(self, sources: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._width = 0
        self._total = sum(_size_of_file(source) for source in sources)
        self._active = (
            sys.stderr.isatty()
            and self._total >= LEAST_BYTES
            and len(sources) <= _MAX_WATCHED_FILES
            and all(_size_of_file(source) for source in sources)
        )
        self._done = 0
        self._shown = -1
        self._open: list[BinaryIO] = []

    def watched(self, source: str) -> Source:
        """The source itself, or an object that reads it and reports here."""
        if not self._active:
            return source
        try:
            file = open(source, "rb")  # noqa: SIM115  closed in __exit__
        except OSError:
            return source
        self._open.append(file)
        return _WatchedFile(file, source, self)

    def add(self, count: int) -> None:
        """``count`` more bytes were read."""
        self._done += count
        percent = min(self._done * 100 // self._total, 100)
        if percent != self._shown:
            self._shown = percent
            text = f"reading {percent:>3} % of {_size(self._total)}{self._left()}"
            draw(f"\r{text.ljust(self._width)}")
            self._width = len(text)

    def close(self) -> None:
        """Close what is still open, and wipe the line away."""
        for file in self._open:
            file.close()
        if self._shown >= 0:
            draw(f"\r{' ' * self._width}\r")

    def _left(self) -> str:
        waited = self._clock() - self._begun
        if waited < LEAST_SECONDS or not 0 < self._done < self._total:
            return ""
        seconds = round(waited * (self._total - self._done) / self._done)
        return f", about {seconds} s left" if seconds < 120 else f", about {round(seconds / 60)} min left"


class _WatchedFile:
    def __init__(self, file: BinaryIO, name: str, progress: Progress) -> None:
        self.name = name
        self._file = file
        self._progress = progress

    def fileno(self) -> int:
        """The file's descriptor: secrets in it are looked for ahead."""
        return self._file.fileno()

    def tell(self) -> int:
        """How far it was read."""
        return self._file.tell()

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._progress.add(len(data))
        return data


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _size_of_file(source: str) -> int:
    try:
        status = os.stat(source)
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
