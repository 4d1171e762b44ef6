"""The bytes of a tar archive as ``tarfile`` asks for them, with a guard over how many and how far.

Knows files and gzip, whose bytes come forwards only; must not know tar. Out of a gzip file that is damaged everything
comes that can be inflated, then ``EOFError`` says why there is no more.
"""

from __future__ import annotations

from typing import Protocol

from tlseku.capture.feed import ObjectFeed, Readable
from tlseku.capture.gzip import GzipFeed
from tlseku.profiles.expressway.archive.member import Found

LARGEST_HEADER = 64 << 10
"""Bytes of the headers of one member; real ones have 1,536 at most."""

_BLOCK = 512
_INPUT = 64 << 10
_PIECE = 256 << 10


class Positioned(Protocol):
    """A file, as far as it is needed here."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes."""
        ...

    def seek(self, offset: int, /) -> int:
        """Go to an offset from the beginning."""
        ...

    def tell(self) -> int:
        """The present offset."""
        ...


class Inflated:
    """A gzip file seen as the file in it. It goes forwards only: seeking back is a ``ValueError``."""

    def __init__(self, file: Readable) -> None:
        self._feed = GzipFeed(ObjectFeed(file, _INPUT), _PIECE)
        self._piece = b""
        self._used = 0
        self._offset = 0

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, fewer only at the end. Raises ``EOFError`` where damage ends it."""
        parts: list[bytes] = []
        left = size
        while left > 0:
            part = self._next(left)
            if not part:
                if not parts and self._feed.problem is not None:
                    raise EOFError(self._feed.problem)
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def seek(self, offset: int, /) -> int:
        """Pass over bytes up to ``offset``, as far as there are any."""
        if offset < self._offset:
            raise ValueError("a gzip file is read forwards only")
        while self._offset < offset and self._next(offset - self._offset):
            pass
        return self._offset

    def tell(self) -> int:
        """The present offset."""
        return self._offset

    def _next(self, most: int) -> bytes:
        if self._used == len(self._piece):
            self._piece, self._used = self._feed.read_some(), 0
        part = self._piece[self._used : self._used + most]
        self._used += len(part)
        self._offset += len(part)
        return part


class Guarded:
    """What ``tarfile`` reads from. ``budget`` is how many bytes may be read before it is set anew, ``None``: any
    number. ``last`` are the bytes that were read last. Going too far or reading too much raises ``BundleError``."""

    def __init__(self, raw: Positioned, found: Found) -> None:
        self.budget: int | None = LARGEST_HEADER
        self.last = b""
        self._raw = raw
        self._found = found
        # Padding and headers come on top of what members hold.
        self._farthest = found.limits.total_bytes + found.limits.members * (LARGEST_HEADER + _BLOCK)

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes."""
        if size < 0 or (self.budget is not None and size > self.budget):
            raise self._found.refused("a header is larger than any real one")
        if self.budget is not None:
            self.budget -= size
        self.last = self._raw.read(size)
        return self.last

    def seek(self, offset: int, /) -> int:
        """Go to an offset from the beginning."""
        if offset > self._farthest:
            raise self._found.refused(f"more than {self._found.limits.total_bytes:,} bytes in all")
        return self._raw.seek(offset)

    def tell(self) -> int:
        """The present offset."""
        return self._raw.tell()
