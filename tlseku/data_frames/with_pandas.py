"""Arrow tables as pandas data frames, with dtypes that do not depend on the data.

Knows pandas, which is imported here and nowhere else. Integers are ``Int64``, truth values ``boolean`` and texts
``string``, so that a missing value is ``<NA>`` and never turns a column into floats; times are ``datetime64`` in UTC,
days the same without a zone.
Lists are tuples in a column of objects: those of Arrow come back from no Parquet file (pandas 2 does not know the dtype
that it wrote itself), and nothing can be grouped, merged or compared that holds lists. Dask takes objects for text, so
that there they are text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tlseku.data_frames.arrow import WARNINGS
from tlseku.data_frames.rows import as_text
from tlseku.errors import MissingLibrary

if TYPE_CHECKING:
    import pandas
    import pyarrow


def data_frame(table: pyarrow.Table, *, lists_as_text: bool = False) -> pandas.DataFrame:
    """The table as a data frame. Raises MissingLibrary without pandas."""
    library = _pandas()
    nullable = {
        "int64": library.Int64Dtype(),
        "double": library.Float64Dtype(),
        "bool": library.BooleanDtype(),
        "string": library.StringDtype(),
    }
    lists = [field.name for field in table.schema if str(field.type).startswith("list")]
    columns = {name: table.column(name).to_pylist() for name in lists}
    names = table.schema.names
    if lists:
        table = table.select([name for name in table.schema.names if name not in columns])
    frame = table.to_pandas(types_mapper=lambda kind: nullable.get(str(kind)), date_as_object=False)
    for name, cells in columns.items():
        # Their values, one by one: numpy would make a table of tuples that are equally long.
        if lists_as_text:
            texts = [as_text(cell) for cell in cells]
            frame[name] = library.array(texts, dtype="string")
        else:
            frame[name] = library.Series(
                [None if cell is None else tuple(cell) for cell in cells], dtype=object
            )
    frame = frame[names] if lists else frame
    warnings = (table.schema.metadata or {}).get(WARNINGS)
    if warnings is not None:
        frame.attrs["warnings"] = json.loads(warnings)
    return frame


def _pandas() -> pandas:
    try:
        import pandas
    except ImportError:
        raise MissingLibrary("pandas", "pandas") from None
    return pandas
