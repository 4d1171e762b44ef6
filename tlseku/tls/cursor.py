"""Reading the presentation language of TLS (RFC 8446 section 3) without ever passing an enclosing length.

Knows integers and vectors; must not know what they mean. A cursor over a vector is a cursor of its own whose end is
the vector's end, so that a nested length bounds the read instead of being checked afterwards.
"""

from __future__ import annotations

from tlseku.errors import Malformed


class Cursor:
    """A position in ``data`` that moves forward up to ``end``. Offsets in errors count from the start of ``data``."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    @property
    def remaining(self) -> int:
        """Bytes left before the end."""
        return self.end - self.position

    def uint(self, size: int, what: str) -> int:
        """An unsigned integer of ``size`` bytes, most significant first. Raises Malformed if they are not there."""
        start = self._advance(size, what)
        return self._read(start, size)

    def take(self, size: int, what: str) -> bytes:
        """``size`` bytes. Raises Malformed if they are not there."""
        start = self._advance(size, what)
        return self.data[start : start + size]

    def vector(self, length_size: int, what: str) -> Cursor:
        """A cursor over a vector whose length takes ``length_size`` bytes. Raises Malformed if it is cut."""
        length = self._length(length_size, what)
        start = self._advance(length, what)
        return Cursor(self.data, start, start + length)

    def vector_bytes(self, length_size: int, what: str) -> bytes:
        """The contents of a vector. Raises Malformed if it is cut."""
        length = self._length(length_size, what)
        return self.take(length, what)

    def rest(self) -> bytes:
        """Everything up to the end."""
        start = self.position
        self.position = self.end
        return self.data[start : self.end]

    def finish(self, what: str) -> None:
        """Raises Malformed if bytes are left."""
        if self.position != self.end:
            raise Malformed(self.position, f"the end of {what}")

    def _length(self, size: int, what: str) -> int:
        # Put into words only where it is missing.
        return self.uint(size, what if size <= self.remaining else f"the length of {what}")

    def _read(self, start: int, size: int) -> int:
        data = self.data
        # Nearly all integers of TLS are this short; a slice and a method call cost ten times as much.
        if size == 2:
            return data[start] << 8 | data[start + 1]
        if size == 1:
            return data[start]
        if size == 3:
            return data[start] << 16 | data[start + 1] << 8 | data[start + 2]
        return int.from_bytes(data[start : start + size], "big")

    def _advance(self, size: int, what: str) -> int:
        start = self.position
        if size > self.end - start:
            raise Malformed(start, f"{what} ({size} bytes, {self.end - start} left)")
        self.position = start + size
        return start
