"""What every collection of flows can do for data scientists: become a table.

Knows that flows can be iterated; must not know where they come from. pyarrow, pandas and polars are imported when asked
for, and so are the modules here that know them, since most who read flows ask for no table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku.data_frames.columns import BATCH_ROWS, Column, What
from tlseku.flow import Flow

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from tlseku.data_frames.arrow import Frames, Stream


class Tabular:
    """A mixin for what iterates over flows. ``what`` names a table of ``columns.TABLES``, such as ``flows``.

    Raises ValueError for another table, and MissingLibrary (a ``TlsekuError``) where an extra is not installed.
    """

    def __iter__(self) -> Iterator[Flow]:
        """The flows."""
        raise NotImplementedError

    def to_arrow(self, what: What = "flows") -> pyarrow.Table:
        """The flows as an Arrow table (``tlseku[arrow]``). Warnings of the reading are in the metadata of its schema,
        a JSON array under ``warnings``."""
        from tlseku.data_frames import arrow

        return arrow.table_of(self, what)

    def to_arrow_batches(
        self, what: What = "flows", batch_rows: int = BATCH_ROWS
    ) -> Iterator[pyarrow.RecordBatch]:
        """The flows as record batches, as they come: memory is one batch."""
        from tlseku.data_frames import arrow

        return arrow.batches_of(self, what, batch_rows)

    def to_frames(self) -> Frames:
        """Flows, certificates and requests as Arrow, in one pass that keeps no flow: for a scan of a large capture."""
        from tlseku.data_frames import arrow

        return arrow.frames_of(self)

    def to_pandas(self, what: What = "flows") -> pandas.DataFrame:
        """The flows as a pandas data frame (``tlseku[pandas]``). Warnings of the reading are in its ``attrs`` under
        ``warnings``."""
        from tlseku.data_frames import arrow, with_pandas

        return with_pandas.data_frame(arrow.table_of(self, what))

    def to_polars(self, what: What = "flows") -> polars.DataFrame:
        """The flows as a polars data frame (``tlseku[polars]``)."""
        from tlseku.data_frames import arrow, with_polars

        return with_polars.data_frame(arrow.table_of(self, what))

    def table(self, what: What = "flows") -> Stream:
        """A table in the Arrow PyCapsule interface, which polars, pandas, DuckDB and others take directly.

        ``polars.DataFrame(flows.table("certificates"))``. Rows are made as they are taken.
        """
        from tlseku.data_frames.arrow import Stream

        return Stream(self, what)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table of flows in the same interface."""
        return self.table().__arrow_c_stream__(requested_schema)


class TabularRows(ABC):
    """A mixin for what is one table, with columns that stay. Raises MissingLibrary where an extra is not installed."""

    __slots__ = ()

    @abstractmethod
    def table_columns(self) -> Sequence[Column]:
        """The columns, with their types."""

    @abstractmethod
    def table_rows(self) -> Iterable[Sequence[object]]:
        """The rows, each with a value for every column."""

    def table_warnings(self) -> Sequence[str]:
        """What the rows do not show, a line each."""
        return ()

    def to_arrow(self) -> pyarrow.Table:
        """An Arrow table (``tlseku[arrow]``); its metadata has warnings as those of tables of flows have."""
        from tlseku.data_frames import arrow

        table = arrow.table_of_rows(self.table_columns(), self.table_rows())
        return arrow.with_warnings(table, self.table_warnings())

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame (``tlseku[pandas]``), whose types do not depend on the data."""
        from tlseku.data_frames import with_pandas

        return with_pandas.data_frame(self.to_arrow())

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame (``tlseku[polars]``)."""
        from tlseku.data_frames import with_polars

        return with_polars.data_frame(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table in the Arrow PyCapsule interface, which polars, pandas, DuckDB and others take directly."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)
