"""A bundle as its members, whether it is a directory, a tar archive (plain or gzip) or a zip archive.

Knows how to tell these apart by their first bytes; must not know what members hold. Nothing is ever written under a
name that an archive chose: members are read as streams. Refused with ``BundleError`` are paths that lead out of the
archive, links and devices, encryption, and whatever passes ``Limits``.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from tlseku.capture.feed import Closing, describe_os_error
from tlseku.profiles.expressway.archive.directory_members import find_in_directory
from tlseku.profiles.expressway.archive.member import LIMITS, Found, Limits, Member
from tlseku.profiles.expressway.archive.tar_members import find_in_tar
from tlseku.profiles.expressway.archive.zip_members import find_in_zip
from tlseku.profiles.expressway.faults import BundleError

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\3\4", b"PK\5\6")
_TAR_MAGIC = 257


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
        return
    try:
        with open(path, "rb") as file:
            head = file.read(_TAR_MAGIC + 5)
    except (OSError, ValueError) as error:
        raise BundleError(path, f"cannot open it: {describe_os_error(error)}") from error
    if head.startswith(_GZIP):
        find_in_tar(path, True, found, stack)
    elif head.startswith(_ZIP):
        find_in_zip(path, found, stack)
    elif head[_TAR_MAGIC:] == b"ustar":
        find_in_tar(path, False, found, stack)
    else:
        raise BundleError(path, "is neither a directory nor a tar, tar.gz or zip archive")
