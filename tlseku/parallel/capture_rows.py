"""What became of captures as a table: one row each.

Knows the columns (``data_frames.columns.CAPTURES``); must not know who read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

from tlseku._objects import in_short
from tlseku.data_frames.columns import CAPTURES, Column
from tlseku.data_frames.rows import as_text
from tlseku.data_frames.tabular import TabularRows
from tlseku.parallel.one_capture import CaptureRead
from tlseku.scanning import warned


def capture_row(read: CaptureRead) -> Sequence[object]:
    """The row of a capture."""
    skipped = [f"{reason}: {count}" for reason, count in read.summary.skipped.items()]
    warnings = [*read.warnings]
    return (
        read.name,
        read.summary.bytes,
        read.summary.packets,
        read.summary.flows,
        skipped,
        warnings,
        read.error,
        read.seconds,
        as_text(skipped),
        as_text(warnings),
    )


class CapturesRead(Sequence[CaptureRead], TabularRows):
    """What became of captures, in their order; a table of one row each, too (``docs/tables.md``)."""

    def __init__(self, captures: Iterable[CaptureRead] = ()) -> None:
        self._captures = list(captures)

    @overload
    def __getitem__(self, index: int) -> CaptureRead: ...
    @overload
    def __getitem__(self, index: slice) -> CapturesRead: ...
    def __getitem__(self, index: int | slice) -> CaptureRead | CapturesRead:
        if isinstance(index, slice):
            return CapturesRead(self._captures[index])
        return self._captures[index]

    def __len__(self) -> int:
        return len(self._captures)

    def __repr__(self) -> str:
        failed = sum(each.error is not None for each in self)
        told = f"{len(self)}, of which {failed} could not be read{warned(self._warnings())}"
        return in_short(f"<CapturesRead: {told}>")

    def _repr_html_(self) -> str:
        # Whoever wants it has a notebook.
        from tlseku.output.notebook.capture_table import Told, capture_table

        told = [
            Told(each.name, each.summary.bytes, each.summary.packets, each.summary.flows, each.error)
            for each in self
        ]
        return capture_table(told, self._warnings())

    def _warnings(self) -> list[str]:
        return [warning for each in self for warning in each.warnings]

    def take(self, read: CaptureRead) -> None:
        """One more.

        :meta private:
        """
        self._captures.append(read)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return CAPTURES

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One a capture."""
        return map(capture_row, self)
