"""The members of a bundle in a tar archive, plain or gzip.

Knows tar and what a hostile archive may try; must not know what members hold. A plain archive is read in place. Out of
a compressed one the members with the product's names are copied, in one pass, to a temporary file that has no name:
captures are read side by side, and gzip cannot go back.

Plan against bombs: every seek and read of the archive passes ``tar_bytes.Guarded``, which knows how far the archive may
go and how many bytes the headers of one member may take (a long name is read at once, whatever size it claims).
"""

from __future__ import annotations

import tarfile
import zlib
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from tlseku.profiles.expressway.archive.member import Found
from tlseku.profiles.expressway.archive.tar_bytes import LARGEST_HEADER, Guarded, Inflated
from tlseku.profiles.expressway.faults import BundleError

_COPY = 256 << 10
_DAMAGE = (
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RecursionError,
    IndexError,
    KeyError,
)
"""What tarfile and gzip raise for damaged archives, and their parsers for damaged headers."""


def find_in_tar(plain: IO[bytes], name: str, compressed: bool, found: Found, stack: ExitStack) -> None:
    """Find the members of a tar archive; what they are read from is closed with ``stack``; ``name`` is what errors call
    it.

    Raises ``BundleError`` if it is no tar archive, is refused or passes a limit. One that breaks off gives what came
    before, and a warning.
    """
    guarded = Guarded(Inflated(plain) if compressed else plain, found)
    before = len(found.members), len(found.others), len(found.packed)
    spool = stack.enter_context(TemporaryFile()) if compressed else None  # noqa: SIM115  the stack closes it
    try:
        _read_all(plain, spool, guarded, found)
    except _DAMAGE as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        if before == (len(found.members), len(found.others), len(found.packed)):
            raise BundleError(name, f"cannot be read as a tar archive: {said}") from error
        found.warnings.append(f"{name}: breaks off: {said}")


def _read_all(plain: IO[bytes], spool: IO[bytes] | None, guarded: Guarded, found: Found) -> None:
    archive = tarfile.open(fileobj=guarded, mode="r:")  # type: ignore[call-overload]  # noqa: SIM115
    while (entry := archive.next()) is not None:
        # tarfile remembers every entry, which nobody needs here.
        archive.members.clear()
        guarded.budget = None
        _take(entry, guarded, plain, spool, found)
        guarded.budget = LARGEST_HEADER
    # tarfile takes a damaged header in the middle for the end, which are blocks of zeros.
    if guarded.last.strip(b"\0"):
        found.warnings.append(f"{found.bundle}: breaks off: a damaged header at byte {archive.offset:,}")


def _take(
    entry: tarfile.TarInfo, guarded: Guarded, plain: IO[bytes], spool: IO[bytes] | None, found: Found
) -> None:
    path = found.checked(entry.name)
    if not (entry.isreg() or entry.isdir()) or entry.issparse():
        raise found.refused(f"{entry.name[:200]!r}: is a link, a device or a sparse file")
    size = entry.size if entry.isreg() else 0
    if size < 0:
        raise found.refused(f"{entry.name[:200]!r}: has a negative size")
    found.count(path, size)
    if entry.isdir() or not found.is_new(path):
        return
    if spool is None or not found.is_wanted(path):
        found.take(path, size, partial(Window, plain, entry.offset_data, size))
    else:
        _copy(entry, guarded, spool, path, found)


def _copy(entry: tarfile.TarInfo, guarded: Guarded, spool: IO[bytes], path: str, found: Found) -> None:
    guarded.seek(entry.offset_data)
    offset = spool.seek(0, 2)
    left = entry.size
    try:
        while left > 0:
            piece = guarded.read(min(left, _COPY))
            if not piece:
                raise EOFError("the archive ends within a member")
            spool.write(piece)
            left -= len(piece)
    finally:
        # What came before the damage is kept: a capture is useful up to there.
        if left < entry.size or not entry.size:
            size = entry.size - left
            spool.flush()
            found.take(path, size, partial(Window, spool, offset, size))


class Window:
    def __init__(self, file: IO[bytes], offset: int, size: int) -> None:
        self._file = file
        self._offset = offset
        self._end = offset + size

    def read(self, size: int, /) -> bytes:
        # Several windows share the file, so each goes to its own place first.
        self._file.seek(self._offset)
        piece = self._file.read(max(min(size, self._end - self._offset), 0))
        self._offset += len(piece)
        if not piece and self._offset < self._end and size:
            raise EOFError("the archive ends within it")
        return piece

    def close(self) -> None:
        """Leave the file open: the bundle closes it."""
