"""Flows as Arrow: record batches of a few thousand rows, a table, a stream that others take directly, or a file.

Knows pyarrow, which is imported here and nowhere else, and the rows of flows; must not know captures. A batch is made
as soon as its rows are there, so that a stream holds one batch and not the flows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Literal, NamedTuple

from tlseku.data_frames.columns import BATCH_ROWS, TABLES, Row, What
from tlseku.data_frames.rows import rows_of
from tlseku.errors import MissingLibrary
from tlseku.flow import Flow

if TYPE_CHECKING:
    import pyarrow

Form = Literal["arrow", "parquet"]


class Frames(NamedTuple):
    """Three tables of one reading, as Arrow tables: what there is once a flow, a certificate and a request."""

    flows: pyarrow.Table
    certificates: pyarrow.Table
    requests: pyarrow.Table


_FRAMES: tuple[What, ...] = ("flows", "certificates", "requests")
# Messages and findings are ten times as many rows; whoever wants them asks for the table.


def schema_of(what: What) -> pyarrow.Schema:
    """The Arrow schema of a table, with the meaning of each column in its metadata."""
    arrow = _pyarrow()
    types = {
        "integer": arrow.int64(),
        "text": arrow.string(),
        "serial": arrow.string(),
        "truth": arrow.bool_(),
        "packet_time": arrow.timestamp("ns", "UTC"),
        "certificate_time": arrow.timestamp("ms", "UTC"),
        "texts": arrow.list_(arrow.string()),
    }
    # Of a table that there is not, this tells which there are, where TABLES would only raise KeyError.
    rows_of(what)
    return arrow.schema(
        [
            arrow.field(
                column.name,
                types[column.kind],
                metadata={"meaning": column.meaning} if column.meaning else None,
            )
            for column in TABLES[what]
        ]
    )


def batches_of(
    flows: Iterable[Flow], what: What, batch_rows: int = BATCH_ROWS
) -> Iterator[pyarrow.RecordBatch]:
    """The rows of flows as record batches, each of about ``batch_rows`` rows, as the flows come."""
    schema = schema_of(what)
    rows = rows_of(what)
    held: list[Row] = []
    # A flow is never torn: its rows are in one batch, which may thus be a little longer than asked for.
    for flow in flows:
        held += rows(flow)
        if len(held) >= batch_rows:
            yield _batch(held, schema)
            held = []
    if held:
        yield _batch(held, schema)


def stream_of(flows: Iterable[Flow], what: What, batch_rows: int = BATCH_ROWS) -> pyarrow.RecordBatchReader:
    """The same as a reader, which has ``__arrow_c_stream__``."""
    return _pyarrow().RecordBatchReader.from_batches(schema_of(what), batches_of(flows, what, batch_rows))


def table_of(flows: Iterable[Flow], what: What) -> pyarrow.Table:
    """The same as one table."""
    return _pyarrow().Table.from_batches(list(batches_of(flows, what)), schema_of(what))


def write(flows: Iterable[Flow], what: What, form: Form, target: IO[bytes]) -> None:
    """Write a table to a binary file, batch after batch: an Arrow IPC stream, or Parquet with a row group a batch."""
    arrow, schema = _pyarrow(), schema_of(what)
    batches = batches_of(flows, what)
    if form == "parquet":
        from pyarrow import parquet

        with parquet.ParquetWriter(target, schema, compression="zstd") as file:
            for batch in batches:
                file.write_batch(batch)
    else:
        with arrow.ipc.new_stream(target, schema) as stream:
            for batch in batches:
                stream.write_batch(batch)


class Stream:
    """A table that is made while it is read: nothing but the Arrow PyCapsule interface."""

    __slots__ = ("_flows", "_what")

    def __init__(self, flows: Iterable[Flow], what: What) -> None:
        # A wrong name shall be told where it was written, not where the stream is read.
        rows_of(what)
        self._flows = flows
        self._what = what

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The capsule. The rows are cast to ``requested_schema`` if one is given."""
        return stream_of(self._flows, self._what).__arrow_c_stream__(requested_schema)


def frames_of(flows: Iterable[Flow], batch_rows: int = BATCH_ROWS) -> Frames:
    """The tables of ``Frames`` in one pass over flows, of which none is kept."""
    table = _pyarrow().Table
    # They fill at different paces, each with its own batches.
    held: dict[What, list[Row]] = {what: [] for what in _FRAMES}
    done: dict[What, list[pyarrow.RecordBatch]] = {what: [] for what in _FRAMES}
    for flow in flows:
        for what, rows in held.items():
            rows.extend(rows_of(what)(flow))
            if len(rows) >= batch_rows:
                done[what].append(_batch(rows, schema_of(what)))
                rows.clear()
    for what, rows in held.items():
        if rows:
            done[what].append(_batch(rows, schema_of(what)))
    return Frames(**{what: table.from_batches(done[what], schema_of(what)) for what in _FRAMES})


def _batch(rows: list[Row], schema: pyarrow.Schema) -> pyarrow.RecordBatch:
    arrow = _pyarrow()
    # With the type of each column given: guessed from the rows, a column without values would have another one.
    columns = zip(*rows, strict=True)
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return arrow.RecordBatch.from_arrays(arrays, schema=schema)


def _pyarrow() -> pyarrow:
    try:
        import pyarrow
    except ImportError:
        raise MissingLibrary("pyarrow", "arrow") from None
    return pyarrow
