"""The members of a bundle in a tar archive, plain or gzip.

Knows tar and what a hostile archive may try; must not know what members hold. A plain archive is read in place. Out of
a compressed one the members with the product's names are copied, in one pass, to a temporary file that has no name:
captures are read side by side, and gzip cannot go back.

Plan against bombs: every seek and read of the archive passes ``_Guarded``, which knows how far the archive may go
and how many bytes the headers of one member may take (a long name is read at once, whatever size it claims).
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

from tlseku.capture.feed import describe_os_error
from tlseku.expressway.faults import BundleError
from tlseku.expressway.member import Found, Member, Raw
from tlseku.expressway.member_name import MemberName, read_member_name

LARGEST_HEADER = 256 << 10
"""Bytes of the headers of one member; real ones have 1,536 at most."""

_COPY = 256 << 10
_BLOCK = 512
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


def find_in_tar(file: str, compressed: bool, found: Found, stack: ExitStack) -> None:
    """Find the members of a tar archive; what they are read from is closed with ``stack``.

    Raises ``BundleError`` if it is no tar archive, is refused or passes a limit. One that breaks off gives what came
    before, and a warning.
    """
    try:
        plain = stack.enter_context(open(file, "rb"))  # noqa: SIM115  the stack closes it
    except OSError as error:
        raise BundleError(file, f"cannot open it: {describe_os_error(error)}") from error
    guarded = _Guarded(gzip.GzipFile(fileobj=plain, mode="rb") if compressed else plain, found)
    spool = stack.enter_context(TemporaryFile()) if compressed else None  # noqa: SIM115  the stack closes it
    try:
        _read_all(plain, spool, guarded, found)
    except _DAMAGE as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        if not found.members and not found.others:
            raise BundleError(file, f"cannot be read as a tar archive: {said}") from error
        found.warnings.append(f"{file}: breaks off: {said}")


def _read_all(plain: IO[bytes], spool: IO[bytes] | None, guarded: _Guarded, found: Found) -> None:
    # Opening reads the first header already.
    guarded.budget = LARGEST_HEADER
    archive = tarfile.open(fileobj=guarded, mode="r:")  # type: ignore[call-overload]  # noqa: SIM115
    while (entry := archive.next()) is not None:
        guarded.budget = None
        # tarfile remembers every entry, which nobody needs here.
        archive.members.clear()
        _take(entry, archive, plain, spool, found)
        guarded.budget = LARGEST_HEADER
    # tarfile takes a damaged header in the middle for the end.
    guarded.seek(archive.offset)
    if guarded.read(_BLOCK).strip(b"\0"):
        found.warnings.append(f"{found.bundle}: breaks off: a damaged header at byte {archive.offset:,}")


def _take(
    entry: tarfile.TarInfo, archive: tarfile.TarFile, plain: IO[bytes], spool: IO[bytes] | None, found: Found
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
    what = read_member_name(path.rpartition("/")[2])
    if what is None:
        found.others.append(path)
    elif spool is None:
        found.members.append(Member(path, size, what, _Window.opener(plain, entry.offset_data, size)))
    else:
        _copy(entry, archive, spool, path, what, found)


def _copy(
    entry: tarfile.TarInfo,
    archive: tarfile.TarFile,
    spool: IO[bytes],
    path: str,
    what: MemberName,
    found: Found,
) -> None:
    source = archive.extractfile(entry)
    if source is None:
        raise found.refused(f"{path!r}: holds nothing to read")
    offset = spool.seek(0, 2)
    size = 0
    try:
        while piece := source.read(_COPY):
            spool.write(piece)
            size += len(piece)
    finally:
        # What came before the damage is kept: a capture is useful up to there.
        if size or not entry.size:
            spool.flush()
            found.members.append(Member(path, size, what, _Window.opener(spool, offset, size)))


class _Guarded:
    def __init__(self, raw: IO[bytes] | gzip.GzipFile, found: Found) -> None:
        self.budget: int | None = None
        self._raw = raw
        self._found = found
        # Padding and headers come on top of what members hold.
        self._farthest = found.limits.total_bytes + found.limits.members * (LARGEST_HEADER + _BLOCK)

    def read(self, size: int = -1, /) -> bytes:
        if self.budget is not None:
            if size < 0 or size > self.budget:
                raise self._found.refused("a header is larger than any real one")
            self.budget -= size
        return self._raw.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if offset > self._farthest or whence != 0:
            raise self._found.refused(f"more than {self._found.limits.total_bytes:,} bytes in all")
        return self._raw.seek(offset)

    def tell(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        """Leave the file open: who opened it closes it."""


class _Window:
    def __init__(self, file: IO[bytes], offset: int, size: int) -> None:
        self._file = file
        self._offset = offset
        self._end = offset + size

    @classmethod
    def opener(cls, file: IO[bytes], offset: int, size: int) -> _WindowOpener:
        return _WindowOpener(file, offset, size)

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


class _WindowOpener:
    def __init__(self, file: IO[bytes], offset: int, size: int) -> None:
        self._file, self._offset, self._size = file, offset, size

    def __call__(self) -> Raw:
        return _Window(self._file, self._offset, self._size)
