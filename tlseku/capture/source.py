"""From what the user names to a window that slides over the bytes of a capture.

Knows paths, standard input, objects with ``read``, and that a capture may be compressed (it looks at the first
bytes, never at the file name). Must not know capture formats. Out comes a ``ByteStream``: its name, and windows
whose first byte has a known offset in the decompressed capture.

Plan: whoever reads a format asks for a window, uses the whole records in it and asks for the next one, which
starts at the first unused byte. A plain file is simply read again from that offset, so nothing is joined; any
other source carries the unused rest over. Memory is one window, of one block or of what the reader needs.
"""

from __future__ import annotations

import os
import stat
from typing import TypeAlias

from tlseku.capture import gzip, lz4, zstd
from tlseku.capture.compressed_feed import SKIPPABLE
from tlseku.capture.feed import (
    BLOCK_SIZE,
    DescriptorFeed,
    Feed,
    FileFeed,
    ObjectFeed,
    Readable,
    RegularFile,
    describe_os_error,
    open_readonly,
    standard_input,
)
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError

Source: TypeAlias = "str | os.PathLike[str] | Readable"
"""A path, ``-`` for standard input, or an object whose ``read(n)`` gives bytes."""

STANDARD_INPUT = "-"

_COMPRESSED_BLOCK = 64 << 10  # small, since what follows a gzip member's end is copied once for each member
_INFLATED_PIECE = 256 << 10
_MAGIC_LENGTH = 4


class ByteStream:
    """The bytes of one capture, decompressed, seen through windows.

    ``name`` is the source's name for people, ``offset`` the place of the current window's first byte in the
    capture, ``bytes_read`` how far the capture was read, in bytes. ``problem`` is None until a fault of the medium
    or of the compression ends the bytes early; it then says which, and so does a warning in the log.
    """

    def __init__(self, name: str, log: WarningLog) -> None:
        self.name = name
        self.offset = 0
        self.bytes_read = 0
        self.problem: str | None = None
        self._log = log
        self._window = b""

    def window(self, used: int, need: int) -> bytes:
        """Slide on by ``used`` bytes (more than the window holds skips bytes) and return the new window.

        It has at least ``need`` bytes; if fewer, the capture ends with it. ``window(0, need)`` grows it in place.
        """
        raise NotImplementedError

    def park(self) -> None:
        """Give back a file descriptor until the next window is asked for, where the source allows it."""

    def close(self) -> None:
        """Close what was opened for this stream. Windows already handed out stay valid."""

    def _end_early(self, problem: str) -> None:
        if self.problem is None:
            self.problem = problem
            self._log.add(self.name, self.bytes_read, problem)


class PlainFileStream(ByteStream):
    """A regular file that is not compressed: every window is one read at its own offset."""

    def __init__(self, name: str, log: WarningLog, file: RegularFile, block_size: int) -> None:
        super().__init__(name, log)
        self._file = file
        self._block_size = block_size

    def window(self, used: int, need: int) -> bytes:
        """See ``ByteStream.window``."""
        if not used and len(self._window) >= need:
            return self._window
        self.offset += used
        self._window = self._read(max(self._block_size, need), need)
        if self._window:
            self.bytes_read = max(self.bytes_read, self.offset + len(self._window))
        return self._window

    def _read(self, size: int, need: int) -> bytes:
        data = b""
        try:
            data = self._file.read_at(self.offset, size)
            while len(data) < need:
                more = self._file.read_at(self.offset + len(data), need - len(data))
                if not more:
                    break
                data += more
        except OSError as error:
            self.bytes_read = max(self.bytes_read, self.offset + len(data))
            self._end_early(f"cannot read on: {describe_os_error(error)}")
        return data

    def park(self) -> None:
        """Close the file until it is needed again."""
        self._file.park()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class CarriedStream(ByteStream):
    """Anything else: bytes come in order, and the unused rest of a window is carried over to the next."""

    def __init__(self, name: str, log: WarningLog, feed: Feed, file: RegularFile | None) -> None:
        super().__init__(name, log)
        self._feed = feed
        self._file = file
        self._ended = False

    def window(self, used: int, need: int) -> bytes:
        """See ``ByteStream.window``."""
        held = len(self._window)
        while used > held and not self._ended:
            self.offset += held
            used -= held
            self._window = self._read_piece()
            held = len(self._window)
        used = min(used, held)
        self.offset += used
        held -= used
        if held >= need or self._ended:
            self._window = self._window[used:]
            self._note_problem()
            return self._window
        pieces = [self._window[used:]]
        while held < need:
            piece = self._read_piece()
            if not piece:
                break
            pieces.append(piece)
            held += len(piece)
        self._window = b"".join(pieces)
        self._note_problem()
        return self._window

    def park(self) -> None:
        """Close the file until it is needed again; a pipe or an object stays as it is."""
        if self._file is not None:
            self._file.park()

    def close(self) -> None:
        """Close what was opened; an object that the caller gave stays open."""
        self._feed.close()

    def _read_piece(self) -> bytes:
        piece = self._feed.read_some()
        if not piece:
            self._ended = True
        self.bytes_read += len(piece)
        return piece

    def _note_problem(self) -> None:
        if self._ended and self._feed.problem is not None:
            self._end_early(self._feed.problem)


class _PrefixedFeed:
    """A feed with the bytes put back that were read to look at the magic."""

    __slots__ = ("_feed", "_prefix")

    def __init__(self, prefix: bytes, feed: Feed) -> None:
        self._prefix = prefix
        self._feed = feed

    @property
    def problem(self) -> str | None:
        return self._feed.problem

    @problem.setter
    def problem(self, value: str | None) -> None:
        self._feed.problem = value

    def read_some(self) -> bytes:
        if self._prefix:
            prefix, self._prefix = self._prefix, b""
            return prefix
        return self._feed.read_some()

    def close(self) -> None:
        self._feed.close()


def name_of(source: Source, name: str | None = None) -> str:
    """What to call ``source``: ``name`` if given, else its path, ``-``, an object's own ``name``, or ``<stream>``."""
    if name is not None:
        return name
    if isinstance(source, str | os.PathLike):
        return _utf8(os.fspath(source))
    own = getattr(source, "name", None)
    return _utf8(own) if isinstance(own, str) else "<stream>"


def _utf8(name: str) -> str:
    """A name of other bytes than UTF-8 has half a surrogate pair for each of them (PEP 383), which no reader of JSON
    takes: they are written as ``\\xHH``."""
    if name.isascii():
        return name
    return (
        name.encode("utf-8", "surrogateescape")
        .decode("utf-8", "backslashreplace")
        .encode("utf-8", "backslashreplace")
        .decode("utf-8")
    )


def open_source(
    source: Source, log: WarningLog, name: str | None = None, block_size: int = BLOCK_SIZE
) -> ByteStream:
    """Open ``source`` and find out whether it is compressed.

    ``log`` takes warnings, and the ``note`` of an object that says how it came by its bytes; ``block_size`` is the
    number of bytes read at a time. Raises ``CaptureError`` if the
    source cannot be opened, is a directory, or is zstd or LZ4 and no library for it is installed; ``TypeError`` if
    ``source`` is none of the things that ``Source`` says, or hands out text.
    """
    label = name_of(source, name)
    if isinstance(source, str) and source == STANDARD_INPUT:
        return _open_feed(label, log, ObjectFeed(standard_input(), block_size), block_size)
    if isinstance(source, str | os.PathLike):
        return _open_path(os.fspath(source), label, log, block_size)
    if isinstance(source, bytes | bytearray | memoryview) or not callable(getattr(source, "read", None)):
        raise TypeError(f"a capture is a path or an object with read(), not {type(source).__name__}")
    stream = _open_feed(label, log, ObjectFeed(source, block_size), block_size)
    note = getattr(source, "note", None)
    if isinstance(note, str):
        log.add(label, None, note)
    return stream


def _open_path(path: str, label: str, log: WarningLog, block_size: int) -> ByteStream:
    try:
        fd = open_readonly(path)
    except (OSError, ValueError) as error:
        raise CaptureError(label, None, f"cannot open it: {describe_os_error(error)}") from None
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        os.close(fd)
        raise CaptureError(label, None, "is a directory, not a capture")
    if not stat.S_ISREG(mode):
        return _open_feed(label, log, DescriptorFeed(fd, block_size), block_size)
    file = RegularFile(path, fd)
    try:
        magic = file.read_at(0, _MAGIC_LENGTH)
    except OSError as error:
        file.close()
        raise CaptureError(label, 0, f"cannot read it: {describe_os_error(error)}") from None
    if _is_compressed(magic):
        feed = _decompressed(magic, FileFeed(file, min(block_size, _COMPRESSED_BLOCK)), label, block_size)
        return CarriedStream(label, log, feed, file)
    return PlainFileStream(label, log, file, block_size)


def _open_feed(label: str, log: WarningLog, feed: Feed, block_size: int) -> ByteStream:
    prefix = b""
    while len(prefix) < _MAGIC_LENGTH:
        piece = feed.read_some()
        if not piece:
            break
        prefix += piece
    feed = _PrefixedFeed(prefix, feed)
    if _is_compressed(prefix):
        feed = _decompressed(prefix, feed, label, block_size)
    return CarriedStream(label, log, feed, None)


def _is_compressed(magic: bytes) -> bool:
    return magic.startswith((gzip.MAGIC, lz4.MAGIC, zstd.MAGIC, *SKIPPABLE))


def _decompressed(magic: bytes, feed: Feed, label: str, block_size: int) -> Feed:
    if magic.startswith(gzip.MAGIC):
        return gzip.GzipFeed(feed, min(block_size, _INFLATED_PIECE))
    if magic.startswith(lz4.MAGIC):
        new_frame = lz4.load_codec()
        if new_frame is None:
            feed.close()
            raise CaptureError(label, 0, lz4.INSTALL_HINT)
        return lz4.Lz4Feed(feed, new_frame)
    codec = zstd.load_codec()
    if codec is None:
        feed.close()
        raise CaptureError(label, 0, zstd.INSTALL_HINT)
    return zstd.ZstdFeed(feed, codec)
