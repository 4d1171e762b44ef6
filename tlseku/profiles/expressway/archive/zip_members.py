"""The members of a bundle in a zip archive.

Knows zip and what a hostile archive may try; must not know what members hold. Members are read in place, each stream
on its own; zipfile stops at the size that the directory of the archive tells, so that the limits hold for what comes
out.
"""

from __future__ import annotations

import os
import stat
import struct
from contextlib import ExitStack
from functools import partial
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from tlseku.profiles.expressway.archive.member import Found
from tlseku.profiles.expressway.faults import BundleError

LARGEST_DIRECTORY = 4 << 20
"""Bytes of the archive's directory, which zipfile reads at once; real ones have some thousand."""

_END_RECORD = b"PK\5\6"
_END_LENGTH = 22
_LONGEST_COMMENT = 65_535


def find_in_zip(file: IO[bytes], name: str, found: Found, stack: ExitStack) -> None:
    """Find the members of a zip archive, which is closed with ``stack``; ``name`` is what errors call it.

    Raises ``BundleError`` if it is damaged, refused or passes a limit.
    """
    try:
        _check_directory(file, found)
        file.seek(0)
        archive = stack.enter_context(ZipFile(file))
        entries = archive.infolist()
    except BundleError:
        raise
    except (
        BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        EOFError,
        struct.error,
        IndexError,
    ) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise BundleError(name, f"cannot be read as a zip archive: {said}") from error
    for entry in entries:
        _take(entry, archive, found)


def _take(entry: ZipInfo, archive: ZipFile, found: Found) -> None:
    path = found.checked(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise found.refused(f"{entry.filename[:200]!r}: is a link or a device")
    if entry.flag_bits & 1:
        raise found.refused(f"{entry.filename[:200]!r}: is encrypted")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise found.refused(f"{entry.filename[:200]!r}: is compressed in an unusual way")
    found.count(path, entry.file_size)
    if entry.is_dir() or not found.is_new(path):
        return
    found.take(path, entry.file_size, partial(archive.open, entry))


def _check_directory(opened: IO[bytes], found: Found) -> None:
    size = opened.seek(0, os.SEEK_END)
    opened.seek(max(size - _END_LENGTH - _LONGEST_COMMENT, 0))
    tail = opened.read(_END_LENGTH + _LONGEST_COMMENT)
    place = tail.rfind(_END_RECORD)
    if place < 0 or len(tail) - place < _END_LENGTH:
        raise found.refused(
            "cannot be read as a zip archive: its directory is missing, as when it is cut short"
        )
    (length,) = struct.unpack_from("<L", tail, place + 12)
    if length > LARGEST_DIRECTORY:
        raise found.refused("the directory of the zip archive is larger than any real one")
