"""Bytes of a stream that arrived ahead of their turn, each position once.

Knows positions, overlaps and what was not captured; must not know sequence numbers or when to give up waiting.
Out come pieces in order of position, each with the frame that brought it. The bytes that arrive first for a position
count; only where they were not captured (snaplen) do later ones take their place.

Plan: two parallel lists, the pieces and their positions, sorted and free of overlap. A new segment replaces the slice
of pieces that it touches by that slice and itself, cut to fit. Both lists are short, since the stream bounds them, so
that moving their ends costs less than a tree would.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

# What a piece costs besides its bytes: the object, its numbers, its place in both lists. Counted, so that a flood of
# segments of one byte meets the same limit as one of large segments.
PIECE_COST = 256


class QueuedBytes:
    """How much waits in all streams together: ``bytes``, overhead included. An object, since all of them count it."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


class Piece:
    """Positions ``position`` to ``end`` of a stream; ``data`` is empty where they were not captured."""

    __slots__ = ("data", "end", "frame", "position", "ts_ns")

    def __init__(self, position: int, end: int, data: bytes, frame: int, ts_ns: int) -> None:
        self.position = position
        self.end = end
        self.data = data
        self.frame = frame
        self.ts_ns = ts_ns

    def part(self, position: int, end: int) -> Piece:
        """The piece cut to ``position`` and ``end``, which lie inside it."""
        if position == self.position and end == self.end:
            return self
        data = self.data[position - self.position : end - self.position]
        return Piece(position, end, data, self.frame, self.ts_ns)


_NO_PIECES: Final[list[Piece]] = []
_NO_POSITIONS: Final[list[int]] = []


class OutOfOrderQueue:
    """The pieces that wait, in order and without overlap. ``cost`` is their size in bytes, overhead included."""

    __slots__ = ("_pieces", "_positions", "_queued", "cost")

    def __init__(self, queued: QueuedBytes) -> None:
        self._queued = queued
        # In most streams nothing ever waits: they share empty lists, which nobody changes.
        self._pieces: list[Piece] = _NO_PIECES
        self._positions: list[int] = _NO_POSITIONS
        self.cost = 0

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def first(self) -> Piece:
        """The piece with the lowest position. Raises IndexError if none waits."""
        return self._pieces[0]

    @property
    def end(self) -> int:
        """The position after the last piece. Raises IndexError if none waits."""
        return self._pieces[-1].end

    def add(self, position: int, data: bytes, missing: int, frame: int, ts_ns: int) -> bool:
        """Let ``data`` and the ``missing`` uncaptured bytes after it wait; True if it contradicts what waits."""
        end = position + len(data)
        differs = self._insert(Piece(position, end, data, frame, ts_ns)) if data else False
        if missing:
            self._insert(Piece(end, end + missing, b"", frame, ts_ns))
        return differs

    def take(self) -> Piece:
        """Remove and return the first piece. Raises IndexError if none waits."""
        piece = self._pieces.pop(0)
        del self._positions[0]
        self._count(-len(piece.data) - PIECE_COST)
        return piece

    def shift(self, by: int) -> None:
        """Move every piece by so many positions."""
        for piece in self._pieces:
            piece.position += by
            piece.end += by
        self._positions = [piece.position for piece in self._pieces]

    def clear(self) -> None:
        """Forget every piece."""
        self._pieces, self._positions = _NO_PIECES, _NO_POSITIONS
        self._count(-self.cost)

    def _count(self, change: int) -> None:
        self.cost += change
        self._queued.bytes += change

    def _insert(self, new: Piece) -> bool:
        # The pieces from ``low`` to ``high`` overlap the new one.
        low = bisect_right(self._positions, new.position)
        if low and self._pieces[low - 1].end > new.position:
            low -= 1
        high = bisect_left(self._positions, new.end, low)
        touched = self._pieces[low:high]
        # By far the most frequent: nothing of it is there yet.
        if not touched:
            if not self._pieces:
                self._pieces, self._positions = [], []
            self._pieces.insert(low, new)
            self._positions.insert(low, new.position)
            self._count(len(new.data) + PIECE_COST)
            return False
        fitted, differs = _fitted(touched, new)
        self._pieces[low:high] = fitted
        self._positions[low:high] = [piece.position for piece in fitted]
        self._count(
            sum(len(piece.data) for piece in fitted)
            - sum(len(piece.data) for piece in touched)
            + PIECE_COST * (len(fitted) - len(touched))
        )
        return differs


def _fitted(touched: list[Piece], new: Piece) -> tuple[list[Piece], bool]:
    """The pieces that ``new`` overlaps and ``new`` itself, cut so that nothing overlaps; and whether bytes differ."""
    fitted = []
    differs = False
    after = None
    # What of the new piece has not found its place begins here.
    at = new.position
    for old in touched:
        if new.data and not old.data:
            # Captured at last: only what the new bytes do not cover stays uncaptured.
            if old.position < new.position:
                fitted.append(old.part(old.position, new.position))
            if old.end > new.end:
                after = old.part(new.end, old.end)
            continue
        if new.data:
            low, high = max(old.position, new.position), min(old.end, new.end)
            mine = new.data[low - new.position : high - new.position]
            differs = differs or old.data[low - old.position : high - old.position] != mine
        # A gap between two old pieces is filled by the new one.
        if at < old.position:
            fitted.append(new.part(at, old.position))
        fitted.append(old)
        at = old.end
    if at < new.end:
        fitted.append(new.part(at, new.end))
    if after is not None:
        fitted.append(after)
    return fitted, differs
