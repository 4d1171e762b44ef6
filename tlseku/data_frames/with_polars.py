"""Arrow tables as polars data frames.

Knows polars, which is imported here and nowhere else; dtypes are those of the Arrow schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlseku.errors import MissingLibrary

if TYPE_CHECKING:
    import polars
    import pyarrow


def data_frame(table: pyarrow.Table) -> polars.DataFrame:
    """The table as a data frame. Raises MissingLibrary without polars."""
    try:
        import polars
    except ImportError:
        raise MissingLibrary("polars", "polars") from None
    frame = polars.from_arrow(table)
    assert isinstance(frame, polars.DataFrame), "a table has columns, so it is no Series"
    return frame
