"""Arrow tables as pandas data frames, with dtypes that do not depend on the data.

Knows pandas, which is imported here and nowhere else. Integers are ``Int64``, truth values ``boolean`` and texts
``string``, so that a missing value is ``<NA>`` and never turns a column into floats; times are ``datetime64`` in UTC.
Lists stay Arrow lists, with the accessor ``.list``: as Python objects, Dask would take them for text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tlseku.errors import MissingLibrary

if TYPE_CHECKING:
    import pandas
    import pyarrow


def data_frame(table: pyarrow.Table) -> pandas.DataFrame:
    """The table as a data frame. Raises MissingLibrary without pandas."""
    library = _pandas()
    nullable = {
        "int64": library.Int64Dtype(),
        "bool": library.BooleanDtype(),
        "string": library.StringDtype(),
    }
    # pandas has no dtype for lists of its own.
    lists = {field.type for field in table.schema if str(field.type).startswith("list")}
    return table.to_pandas(
        types_mapper=lambda kind: library.ArrowDtype(kind) if kind in lists else nullable.get(str(kind))
    )


def frame_of_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> pandas.DataFrame:
    """Rows of texts, numbers, truth values and None as a data frame. Raises MissingLibrary without pandas."""
    return _pandas().DataFrame.from_records(list(rows), columns=list(columns)).convert_dtypes()


def _pandas() -> pandas:
    try:
        import pandas
    except ImportError:
        raise MissingLibrary("pandas", "pandas") from None
    return pandas
