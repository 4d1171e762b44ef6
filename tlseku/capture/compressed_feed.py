"""What the feeds of compressed bytes have in common: the input that they look into, and frames that hold nothing.

Knows how much of the input is there and used; must not know how anything is compressed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from tlseku.capture.feed import Feed

SKIPPABLE = tuple(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))
"""How frames begin that are passed over (RFC 8878 section 3.1.2; LZ4 Frame Format, "Skippable Frames")."""

_SKIPPABLE_HEADER = 8


class CompressedFeed:
    """The decompressed bytes of ``feed``, whose compression ``name`` is told where it is cut short."""

    __slots__ = ("_at", "_feed", "_input", "_name", "_pieces", "problem")

    def __init__(self, feed: Feed, name: str) -> None:
        self.problem: str | None = None
        self._feed = feed
        self._name = name
        self._input = b""
        self._at = 0
        self._pieces = self._decompressed()

    @abstractmethod
    def _decompressed(self) -> Iterator[bytes]:
        """All pieces; what ended them early stands in ``problem``."""

    def read_some(self) -> bytes:
        """The next decompressed bytes."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Close the feed below."""
        self._feed.close()

    def _fill(self, size: int) -> bool:
        """Whether ``size`` bytes of the input are there that nobody has used."""
        while len(self._input) - self._at < size:
            more = self._feed.read_some()
            if not more:
                return False
            self._input = self._input[self._at :] + more
            self._at = 0
        return True

    def _skip_frame(self) -> None:
        """Pass over a frame that begins as ``SKIPPABLE`` do, piece by piece: it may be as long as it says."""
        left = _SKIPPABLE_HEADER
        if self._fill(left):
            left += int.from_bytes(self._input[self._at + 4 : self._at + left], "little")
        while left and self._fill(1):
            step = min(left, len(self._input) - self._at)
            self._at += step
            left -= step
        if left:
            self._cut_short()

    def _cut_short(self) -> None:
        self.problem = self._feed.problem or f"the {self._name} data is cut short"

    def _end(self) -> None:
        """Nothing of this compression comes any more: all input is used up, or what is left is something else."""
        if self._at < len(self._input):
            self.problem = f"the bytes after the end of the {self._name} data are not {self._name}"
        else:
            self.problem = self._feed.problem
