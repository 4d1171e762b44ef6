"""Where raw bytes come from: a regular file, a descriptor that cannot seek, an object with ``read``.

Knows the operating system's calls; must not know compression or capture formats. A feed hands out the next
bytes until there are none; a fault of the medium ends it and stays readable in ``problem``, so that what came
before is not lost.
"""

from __future__ import annotations

import os
import sys
import zlib
from types import TracebackType
from typing import Protocol, TypeVar

from tlseku.errors import CaptureError

BLOCK_SIZE = 512 << 10
"""Bytes asked for at a time. Fits the second-level cache of common machines, and is some hundred full-size
packets, so that what is paid per block is nothing per packet."""


_C = TypeVar("_C", bound="Closing")


class Readable(Protocol):
    """Anything that hands out its bytes in order; it need not seek."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, ``b""`` at the end."""
        ...


class Feed(Protocol):
    """Bytes in order. ``problem`` says what ended them early, None if nothing did."""

    problem: str | None

    def read_some(self) -> bytes:
        """The next bytes, ``b""`` at the end (or at a fault: then ``problem`` is set)."""
        ...

    def close(self) -> None:
        """Give back what the feed itself opened."""
        ...


class Closing:
    """A mixin for what can be closed: leaving a ``with`` that holds it closes it."""

    def close(self) -> None:
        """Close what was opened."""
        raise NotImplementedError

    def __enter__(self: _C) -> _C:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_at(fd: int, offset: int, size: int) -> bytes:
    """At most ``size`` bytes of a regular file from ``offset`` on, ``b""`` beyond the end; its position stays."""
    if sys.platform == "win32":
        position = os.lseek(fd, 0, os.SEEK_CUR)
        os.lseek(fd, offset, os.SEEK_SET)
        try:
            return os.read(fd, size)
        finally:
            os.lseek(fd, position, os.SEEK_SET)
    return os.pread(fd, size, offset)


class RegularFile:
    """A file of a disk, read at any offset, whose descriptor can be given back and is then opened again.

    Raises ``OSError`` as the system does. A file that another one replaced meanwhile is an ``OSError`` too:
    offsets into it would mean nothing.
    """

    __slots__ = ("_fd", "_identity", "path")

    def __init__(self, path: str, fd: int) -> None:
        self.path = os.path.abspath(path)
        self._fd = fd
        self._identity = _identity_of(fd)

    def read_at(self, offset: int, size: int) -> bytes:
        """At most ``size`` bytes from ``offset`` on, ``b""`` beyond the end."""
        if self._fd < 0:
            fd = open_readonly(self.path)
            if _identity_of(fd) != self._identity:
                os.close(fd)
                raise OSError("the file was replaced while it was being read")
            self._fd = fd
        return read_at(self._fd, offset, size)

    def park(self) -> None:
        """Give the descriptor back; the next ``read_at`` opens the file again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    close = park


class FileFeed:
    """The bytes of a regular file from ``offset`` on."""

    __slots__ = ("_block_size", "_offset", "file", "problem")

    def __init__(self, file: RegularFile, block_size: int) -> None:
        self.file = file
        self.problem: str | None = None
        self._offset = 0
        self._block_size = block_size

    def read_some(self) -> bytes:
        """The next block of the file."""
        try:
            data = self.file.read_at(self._offset, self._block_size)
        except OSError as error:
            self.problem = f"cannot read on: {describe_os_error(error)}"
            return b""
        self._offset += len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class DescriptorFeed:
    """The bytes of a pipe, a socket or a terminal, as they come."""

    __slots__ = ("_block_size", "_fd", "problem")

    def __init__(self, fd: int, block_size: int) -> None:
        self.problem: str | None = None
        self._fd = fd
        self._block_size = block_size

    def read_some(self) -> bytes:
        """What the descriptor has to give now, waiting for the first byte."""
        try:
            return os.read(self._fd, self._block_size)
        except OSError as error:
            self.problem = f"cannot read on: {describe_os_error(error)}"
            return b""

    def close(self) -> None:
        """Close the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class ObjectFeed:
    """The bytes that an object with ``read`` hands out. The object stays open: its owner closes it.

    ``read1`` is preferred where there is one: it returns what is there instead of waiting for a full block.
    """

    __slots__ = ("_block_size", "_read", "problem")

    def __init__(self, source: Readable, block_size: int) -> None:
        self.problem: str | None = None
        self._read = getattr(source, "read1", source.read)
        self._block_size = block_size

    def read_some(self) -> bytes:
        """The object's next bytes. Raises ``TypeError`` if they are not bytes (a file in text mode)."""
        try:
            data = self._read(self._block_size)
        except (OSError, EOFError, zlib.error) as error:  # what open files, gzip.open and bz2.open raise
            self.problem = f"cannot read on: {describe_os_error(error)}"
            return b""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"source.read() must return bytes, not {type(data).__name__}")
        return bytes(data)

    def close(self) -> None:
        """Do nothing: the object belongs to the caller."""


def open_readonly(path: str) -> int:
    """A descriptor to read ``path`` with. Raises ``OSError``, or ``ValueError`` for a path that none can have."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))


def standard_input() -> Readable:
    """The bytes of standard input. Raises ``CaptureError`` if the process has none."""
    stdin = sys.stdin
    if stdin is None:
        raise CaptureError("-", None, "there is no standard input")
    return stdin.buffer


def describe_os_error(error: Exception) -> str:
    """The system's words for an error, without number and path."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


def _identity_of(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino
