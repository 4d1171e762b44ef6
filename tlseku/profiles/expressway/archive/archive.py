"""A bundle as its members, whether it is a directory, a tar archive (plain or gzip) or a zip archive.

Knows how to tell these apart by their first bytes, and unpacks what is packed once more (``.gz`` members, archives in
the archive, ``DEEPEST`` deep); must not know what members hold. Nothing is ever written under a
name that an archive chose: members are read as streams. Refused with ``BundleError`` are paths that lead out of the
archive, links and devices, encryption, and whatever passes ``Limits``.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryFile
from typing import IO
from zipfile import BadZipFile

from tlseku.capture.feed import Closing, Readable, describe_os_error
from tlseku.profiles.expressway.archive.directory_members import find_in_directory
from tlseku.profiles.expressway.archive.file_kind import GZIP, TAR_MAGIC, ZIP
from tlseku.profiles.expressway.archive.member import LIMITS, Found, Limits, Member, MemberStream, Packed
from tlseku.profiles.expressway.archive.tar_bytes import Inflated
from tlseku.profiles.expressway.archive.tar_members import Window, find_in_tar
from tlseku.profiles.expressway.archive.zip_members import find_in_zip
from tlseku.profiles.expressway.faults import BundleError

_COPY = 256 << 10

DEEPEST = 3
"""Archives within archives: what support collects is a zip of bundles at most."""


class Archive(Closing):
    """The members of a bundle that is open. A context manager; leaving it closes all streams of its members.

    ``members`` have one of the product's names, in the order of the archive (of a directory: of their names);
    ``others`` are the paths of the rest; ``warnings``, one line each, say what was passed over or is damaged.
    """

    def __init__(self, path: str, limits: Limits = LIMITS) -> None:
        """Open a bundle. Raises ``BundleError``."""
        self.path = path
        found = Found(path, limits)
        self._stack = ExitStack()
        with ExitStack() as stack:
            _find(path, found, stack)
            self._stack = stack.pop_all()
        self.members: tuple[Member, ...] = tuple(found.members)
        self.others: tuple[str, ...] = tuple(found.others)
        self.warnings: tuple[str, ...] = tuple(found.warnings)

    def close(self) -> None:
        """Close what was opened; streams of members cannot be read any more."""
        self._stack.close()

    def __repr__(self) -> str:
        return f"<Archive {self.path}: {len(self.members)} members>"


def _find(path: str, found: Found, stack: ExitStack) -> None:
    if os.path.isdir(path):
        find_in_directory(path, found)
    else:
        try:
            file = stack.enter_context(open(path, "rb"))  # noqa: SIM115  the stack closes it
        except (OSError, ValueError) as error:
            raise BundleError(path, f"cannot open it: {describe_os_error(error)}") from error
        _find_in_file(file, path, found, stack)
    for depth in range(DEEPEST + 1):
        waiting, found.packed = found.packed, []
        for packed in waiting:
            if depth < DEEPEST:
                _unpack(packed, found, stack)
            else:
                found.warnings.append(f"{packed.path!r}: packed too deep, not looked into")
    found.prefix = ""


def _find_in_file(file: IO[bytes], name: str, found: Found, stack: ExitStack) -> None:
    try:
        head = file.read(TAR_MAGIC.stop)
        file.seek(0)
    except (OSError, ValueError) as error:
        raise BundleError(name, f"cannot read it: {describe_os_error(error)}") from error
    if head.startswith(GZIP):
        find_in_tar(file, name, True, found, stack)
    elif head.startswith(ZIP):
        find_in_zip(file, name, found, stack)
    elif head[TAR_MAGIC] == b"ustar":
        find_in_tar(file, name, False, found, stack)
    else:
        raise BundleError(name, "is neither a directory nor a tar, tar.gz or zip archive")


def _unpack(packed: Packed, found: Found, stack: ExitStack) -> None:
    """Unpack one file into a temporary one without a name. What is wrong with it is told and takes nothing else with
    it."""
    spool = stack.enter_context(TemporaryFile())  # noqa: SIM115  the stack closes it
    try:
        with MemberStream(packed.path, packed.opener()) as stream:
            size = _copied(stream, spool, packed, found)
        if packed.how == "gzip":
            path = packed.path[:-3]
            found.take(path, size, partial(Window, spool, 0, size))
            return
        spool.seek(0)
        found.prefix = f"{packed.path}/"
        found.warnings.append(f"{packed.path}: is an archive in the bundle, read as a part of it")
        _find_in_file(spool, packed.path, found, stack)
    except BundleError as error:
        found.warnings.append(f"{packed.path}: left out: {error.problem}")
    except (OSError, BadZipFile, ValueError, NotImplementedError, RuntimeError) as error:
        found.warnings.append(f"{packed.path}: left out: {' '.join(str(error).split())}")


def _copied(stream: MemberStream, spool: IO[bytes], packed: Packed, found: Found) -> int:
    """Copy a packed file, out of its gzip if it is a member, and return how many bytes there are."""
    source: Readable = Inflated(stream) if packed.how == "gzip" else stream
    size = 0
    while True:
        try:
            piece = source.read(_COPY)
        except EOFError as error:
            # What came before the damage is kept.
            found.warnings.append(f"{packed.path}: breaks off: {error}")
            break
        if not piece:
            break
        size += len(piece)
        if size > found.limits.member_bytes:
            raise found.refused(f"{packed.path!r}: more than {found.limits.member_bytes:,} bytes")
        found.grow(packed.path, len(piece))
        spool.write(piece)
    spool.flush()
    return size
