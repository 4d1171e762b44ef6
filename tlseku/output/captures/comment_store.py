"""Comments by frame, put aside in a temporary file until the packets pass that they belong to.

Knows numbers of frames and texts; must not know flows or blocks. Comments come in any order and are taken in the order
of their frames, those of one frame in the order in which they came. Memory takes sixteen bytes for each.
"""

from __future__ import annotations

from array import array
from tempfile import SpooledTemporaryFile

from tlseku.capture.feed import Closing

MAX_COMMENTS = 500_000
"""Comments of one capture. Only a flood of half-open connections has more, and nobody reads those."""

_IN_MEMORY = 1 << 20


class CommentStore(Closing):
    """A context manager that takes comments, then gives them frame by frame. ``left_out`` counts those beyond
    ``MAX_COMMENTS``."""

    def __init__(self) -> None:
        self.left_out = 0
        self._file = SpooledTemporaryFile(_IN_MEMORY, prefix="tlseku-")  # noqa: SIM115  close() closes it
        self._frames = array("Q")
        # Where each begins in the file, and at last where that ends.
        self._places = array("Q", [0])
        self._order: list[int] | None = None
        self._next = 0

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def add(self, frame: int, text: str) -> None:
        """One more comment on a frame."""
        if len(self._frames) == MAX_COMMENTS:
            self.left_out += 1
            return
        data = text.encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._frames.append(frame)
        self._places.append(self._places[-1] + len(data))

    def of(self, frame: int) -> list[str]:
        """The comments on a frame, which must not come before the one asked for last."""
        if self._order is None:
            self._order = sorted(range(len(self._frames)), key=self._frames.__getitem__)
        order, said = self._order, []
        while self._next < len(order) and self._frames[order[self._next]] <= frame:
            index = order[self._next]
            self._next += 1
            if self._frames[index] == frame:
                self._file.seek(self._places[index])
                data = self._file.read(self._places[index + 1] - self._places[index])
                said.append(data.decode("utf-8", "surrogatepass"))
        return said
