"""The members of an unpacked bundle.

Knows directories; must not know what members hold. Symbolic links and what is no regular file are passed over and
told; folders are looked into ``DEEPEST`` deep.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from tlseku.capture.feed import describe_os_error
from tlseku.profiles.expressway.archive.member import Found, Raw
from tlseku.profiles.expressway.faults import BundleError

DEEPEST = 4
"""Folders within folders: an unpacked archive may have one or two around the files."""


def find_in_directory(directory: str, found: Found) -> None:
    """Find the members of a directory. Raises ``BundleError`` if it cannot be read or passes a limit."""
    try:
        _look_into(Path(directory), "", found, 0)
    except OSError as error:
        raise BundleError(directory, f"cannot read it: {describe_os_error(error)}") from error


def _look_into(folder: Path, above: str, found: Found, depth: int) -> None:
    with os.scandir(folder) as entries:
        names = []
        for entry in entries:
            # Counted while listing, so that a folder of millions ends early.
            size = entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else 0
            found.count(entry.name, size)
            names.append((entry.name, size, entry))
    for name, size, entry in sorted(names, key=lambda one: one[0]):
        path = f"{above}{name}"
        if entry.is_symlink():
            found.warnings.append(f"{path!r}: is a symbolic link, not followed")
        elif entry.is_dir(follow_symlinks=False):
            if depth + 1 < DEEPEST:
                _look_into(folder / name, f"{path}/", found, depth + 1)
            else:
                found.warnings.append(f"{path!r}: too deep, not looked into")
        elif not entry.is_file(follow_symlinks=False):
            found.warnings.append(f"{path!r}: is no regular file")
        else:
            found.take(path, size, partial(_opened, folder / name))


def _opened(file: Path) -> Raw:
    return open(file, "rb")
