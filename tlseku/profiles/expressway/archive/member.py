"""A member of a bundle, and the stream in which its bytes come.

Knows that streams of archives fail in ways of their own; must not know archives. Whatever fails comes out of ``read``
as ``OSError``, so that readers of captures and dumps need to know nothing else.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import field
from typing import NamedTuple, Protocol
from zipfile import BadZipFile

from tlseku._objects import frozen
from tlseku.capture.feed import Closing
from tlseku.profiles.expressway.archive.member_name import MemberName, Packing, packing_of, read_member_name
from tlseku.profiles.expressway.faults import BundleError


class Limits(NamedTuple):
    """What a bundle may hold: ``members`` of any kind, bytes of one member, and bytes in all, decompressed.

    A bundle of the product has two captures of at most 400 MB, and a log.
    """

    members: int = 4000
    member_bytes: int = 1 << 30
    total_bytes: int = 4 << 30


LIMITS = Limits()


class Raw(Protocol):
    """What an archive gives to read from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, ``b""`` at the end."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...


class MemberStream(Closing):
    """The bytes of one member, from its beginning. ``name`` is its path in the bundle. A context manager."""

    def __init__(self, name: str, raw: Raw) -> None:
        self.name = name
        self._raw = raw

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, ``b""`` at the end. Raises ``OSError`` if the archive is damaged here."""
        try:
            return self._raw.read(size)
        except (BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
            raise OSError(" ".join(str(error).split()) or type(error).__name__) from error

    def close(self) -> None:
        """Close what was opened for this stream."""
        self._raw.close()


@frozen
class Member:
    """A file of a bundle that has one of the product's names. ``path`` is where it is in the bundle, ``size`` its
    bytes, ``what`` what its name says."""

    path: str
    size: int
    what: MemberName
    opener: Callable[[], Raw] = field(repr=False, compare=False)

    def open(self) -> MemberStream:
        """A stream of its bytes; each call gives one of its own. Raises ``BundleError`` if it does not open."""
        try:
            return MemberStream(self.path, self.opener())
        except (OSError, BadZipFile, ValueError, NotImplementedError, RuntimeError) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise BundleError(self.path, f"cannot open it: {' '.join(said.split())}") from error


class Packed(NamedTuple):
    """A file of a bundle that is packed once more; ``path``, ``size`` and ``opener`` are as for a ``Member``."""

    path: str
    size: int
    how: Packing
    opener: Callable[[], Raw]


class Found:
    """What was found in a bundle so far, counted against the limits. ``packed`` waits to be unpacked; ``prefix`` is the
    path of the archive within the bundle that is being read, with a slash, or empty."""

    def __init__(self, bundle: str, limits: Limits) -> None:
        self.bundle = bundle
        self.limits = limits
        self.members: list[Member] = []
        self.others: list[str] = []
        self.warnings: list[str] = []
        self.packed: list[Packed] = []
        self.prefix = ""
        self._paths: set[str] = set()
        self._count = 0
        self._bytes = 0

    def count(self, path: str, size: int) -> None:
        """Count one entry. Raises ``BundleError`` where a limit is passed."""
        self._count += 1
        self._bytes += size
        if self._count > self.limits.members:
            raise self.refused(f"more than {self.limits.members:,} entries")
        if size > self.limits.member_bytes:
            raise self.refused(f"{_shown(path)}: more than {self.limits.member_bytes:,} bytes")
        if self._bytes > self.limits.total_bytes:
            raise self.refused(f"more than {self.limits.total_bytes:,} bytes in all")

    def take(self, path: str, size: int, opener: Callable[[], Raw]) -> None:
        """Take in a file by what its name says: a member, something packed, or another one."""
        name = path.rpartition("/")[2]
        what, how = read_member_name(name), packing_of(name)
        if what is not None:
            self.members.append(Member(path, size, what, opener))
        elif how is not None:
            self.packed.append(Packed(path, size, how, opener))
        else:
            self.others.append(path)

    def is_wanted(self, path: str) -> bool:
        """Whether the bytes of a file are needed: it is a member, or packed once more."""
        name = path.rpartition("/")[2]
        return read_member_name(name) is not None or packing_of(name) is not None

    def grow(self, path: str, more: int) -> None:
        """Count bytes that came out of something packed. Raises ``BundleError`` where a limit is passed."""
        self._bytes += more
        if self._bytes > self.limits.total_bytes:
            raise self.refused(f"{_shown(path)}: more than {self.limits.total_bytes:,} bytes in all")

    def is_new(self, path: str) -> bool:
        """Whether the path was not there before; a second one is told and left out."""
        if path in self._paths:
            self.warnings.append(f"{_shown(path)}: is there twice; the first counts")
            return False
        self._paths.add(path)
        return True

    def refused(self, problem: str) -> BundleError:
        """The error for something that is not read."""
        return BundleError(self.bundle, problem)

    def checked(self, path: str) -> str:
        """The path with single slashes. Raises ``BundleError`` if it leads out of the bundle."""
        parts = path.replace("\\", "/").split("/")
        if parts[0] == "" or ".." in parts or ":" in parts[0] or "\0" in path:
            raise self.refused(f"{_shown(path)}: leads out of the archive")
        return self.prefix + "/".join(part for part in parts if part not in ("", "."))


def _shown(path: str) -> str:
    return repr(path if len(path) <= 200 else f"{path[:200]}…")
