"""Flows as Arrow: record batches of a few thousand rows, a table, a stream that others take directly, or a file.

Knows pyarrow, which is imported here and nowhere else, and the rows of flows; must not know captures. A batch is made
as soon as its rows are there, so that a stream holds one batch and not the flows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from tlseku.data_frames.arrow_arrays import array_of
from tlseku.data_frames.columns import BATCH_ROWS, TABLES, Column, Row, What
from tlseku.data_frames.rows import rows_of
from tlseku.errors import MissingLibrary
from tlseku.flow import Flow

if TYPE_CHECKING:
    import pyarrow

Form = Literal["arrow", "parquet"]

WARNINGS = b"warnings"
"""Key of the metadata of a table's schema under which warnings stand: a JSON array of texts."""

Batch: TypeAlias = "pyarrow.RecordBatch"

BatchOf: TypeAlias = "tuple[What, pyarrow.RecordBatch]"
"""Rows of a table."""


class Frames(NamedTuple):
    """Three tables of one reading, as Arrow tables: what there is once a flow, a certificate and a request."""

    flows: pyarrow.Table
    certificates: pyarrow.Table
    requests: pyarrow.Table


_FRAMES: tuple[What, ...] = ("flows", "certificates", "requests")
# Messages and findings are ten times as many rows; whoever wants them asks for the table.


def schema_of(what: What) -> pyarrow.Schema:
    """The Arrow schema of a table, with the meaning of each column in its metadata."""
    # Of a table that there is not, this tells which there are, where TABLES would only raise KeyError.
    rows_of(what)
    return schema_of_columns(TABLES[what])


def schema_of_columns(columns: Sequence[Column]) -> pyarrow.Schema:
    """The same for columns of any kind."""
    arrow = _pyarrow()
    types = {
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "text": arrow.string(),
        "serial": arrow.string(),
        "truth": arrow.bool_(),
        "packet_time": arrow.timestamp("ns", "UTC"),
        "certificate_time": arrow.timestamp("ms", "UTC"),
        "day": arrow.date32(),
        "texts": arrow.list_(arrow.string()),
        "integers": arrow.list_(arrow.int64()),
    }
    return arrow.schema(
        [
            arrow.field(
                column.name,
                types[column.kind],
                metadata={"meaning": column.meaning} if column.meaning else None,
            )
            for column in columns
        ]
    )


def batches_of(
    flows: Iterable[Flow], what: What, batch_rows: int = BATCH_ROWS
) -> Iterator[pyarrow.RecordBatch]:
    """The rows of flows as record batches, each of about ``batch_rows`` rows, as the flows come."""
    for _, batch in batches_of_several(flows, (what,), batch_rows):
        yield batch


@runtime_checkable
class MakesBatches(Protocol):
    """Flows that others read, who make their rows as well."""

    def batches(
        self, whats: Sequence[What], batch_rows: int
    ) -> Iterator[tuple[What, pyarrow.RecordBatch]] | None:
        """Their rows, as ``batches_of_several`` gives them; None if they are flows here by now."""
        ...


def batches_of_several(
    flows: Iterable[Flow], whats: Sequence[What], batch_rows: int = BATCH_ROWS
) -> Iterator[tuple[What, pyarrow.RecordBatch]]:
    """The rows of flows for several tables in one pass that keeps no flow; they fill at different paces."""
    schemas = {what: schema_of(what) for what in whats}
    made = flows.batches(whats, batch_rows) if isinstance(flows, MakesBatches) else None
    if made is not None:
        yield from made
        return
    rows_for = [(what, rows_of(what)) for what in whats]
    held: dict[What, list[Row]] = {what: [] for what in whats}
    # A flow is never torn: its rows are in one batch, which may thus be a little longer than asked for.
    for flow in flows:
        for what, rows in rows_for:
            held[what].extend(rows(flow))
            if len(held[what]) >= batch_rows:
                yield what, _batch(held[what], schemas[what])
                held[what] = []
    for what in whats:
        if held[what]:
            yield what, _batch(held[what], schemas[what])


def written_batch(batch: pyarrow.RecordBatch) -> bytes:
    """A batch for another process, without its schema."""
    return bytes(batch.serialize())


def read_batch(written: bytes, what: What) -> pyarrow.RecordBatch:
    """The batch of a table that ``written_batch`` wrote."""
    return _pyarrow().ipc.read_record_batch(_pyarrow().py_buffer(written), schema_of(what))


def counted_on(batch: pyarrow.RecordBatch, before: int) -> pyarrow.RecordBatch:
    """The batch, its flows numbered from ``before`` on."""
    arrow = _pyarrow()
    numbers = array_of([number + before for number in batch.column(0).to_pylist()], arrow.int64())
    return arrow.RecordBatch.from_arrays([numbers, *batch.columns[1:]], schema=batch.schema)


def last_flow(batch: pyarrow.RecordBatch) -> int:
    """The largest number of a flow in a batch that has rows."""
    number: int = max(batch.column(0).to_pylist())
    return number


def in_batches(
    batches: Iterable[tuple[What, pyarrow.RecordBatch]], whats: Sequence[What], batch_rows: int
) -> Iterator[tuple[What, pyarrow.RecordBatch]]:
    """The same rows in such batches as ``batches_of_several`` makes of the flows: no flow is torn, and but for the last
    of each table none has fewer than ``batch_rows``, nor a flow that it could do without."""
    held: dict[What, list[pyarrow.RecordBatch]] = {what: [] for what in whats}
    for what, batch in batches:
        held[what].append(batch)
        if sum(each.num_rows for each in held[what]) < batch_rows:
            continue
        rest = _joined(held[what])
        while rest.num_rows >= batch_rows:
            end = _end_of_flow(rest, batch_rows)
            yield what, rest.slice(0, end)
            rest = rest.slice(end)
        held[what] = [rest] if rest.num_rows else []
    for what in whats:
        if held[what]:
            yield what, _joined(held[what])


def stream_of(flows: Iterable[Flow], what: What, batch_rows: int = BATCH_ROWS) -> pyarrow.RecordBatchReader:
    """The same as a reader, which has ``__arrow_c_stream__``."""
    return _pyarrow().RecordBatchReader.from_batches(schema_of(what), batches_of(flows, what, batch_rows))


def table_of(flows: Iterable[Flow], what: What) -> pyarrow.Table:
    """The same as one table, with the warnings of what was read to get them."""
    table = _pyarrow().Table.from_batches(list(batches_of(flows, what)), schema_of(what))
    return with_warnings(table, warnings_of(flows))


def warnings_of(flows: Iterable[Flow]) -> Sequence[str]:
    """The warnings of the reading that gave the flows, if they know it, once they all have passed."""
    found: Sequence[str] = getattr(flows, "warnings", ())
    return found


def with_warnings(table: pyarrow.Table, warnings: Sequence[str]) -> pyarrow.Table:
    """The table that says in its metadata what its rows do not show."""
    if not warnings:
        return table
    return table.replace_schema_metadata({WARNINGS: json.dumps(list(warnings))})


def table_of_rows(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> pyarrow.Table:
    """Rows that are no flows' as one table."""
    schema = schema_of_columns(columns)
    return _pyarrow().Table.from_batches([_batch(list(rows), schema)], schema)


def write_batches(batches: Iterable[pyarrow.RecordBatch], what: What, form: Form, target: IO[bytes]) -> None:
    """Write a table to a binary file, batch after batch: an Arrow IPC stream, or Parquet with a row group a batch."""
    _write(batches, schema_of(what), form, target)


def write_rows(
    columns: Sequence[Column], rows: Iterable[Sequence[object]], form: Form, target: IO[bytes]
) -> None:
    """The same of rows that are no flows'."""
    schema, left = schema_of_columns(columns), iter(rows)
    batches = (_batch(some, schema) for some in iter(lambda: list(islice(left, BATCH_ROWS)), []))
    _write(batches, schema, form, target)


def _write(
    batches: Iterable[pyarrow.RecordBatch], schema: pyarrow.Schema, form: Form, target: IO[bytes]
) -> None:
    arrow = _pyarrow()
    if form == "parquet":
        from pyarrow import parquet

        with parquet.ParquetWriter(target, schema, compression="zstd") as file:
            for batch in batches:
                file.write_batch(batch)
    else:
        with arrow.ipc.new_stream(target, schema) as stream:
            for batch in batches:
                stream.write_batch(batch)


class ParquetFile:
    """A Parquet file at ``path`` whose rows come some at a time, each time a row group."""

    def __init__(self, columns: Sequence[Column], path: str) -> None:
        from pyarrow import parquet

        self._schema = schema_of_columns(columns)
        self._file = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[object]]) -> None:
        """Append rows."""
        self._file.write_batch(_batch(rows, self._schema))

    def close(self) -> None:
        """All is written; once more is no matter."""
        self._file.close()


def rows_of_parquet(file: IO[bytes], columns: Sequence[Column]) -> Iterator[tuple[object, ...]]:
    """Rows of some columns of a Parquet file, group after group. Raises ValueError for what is none."""
    _pyarrow()
    from pyarrow import parquet

    for batch in parquet.ParquetFile(file).iter_batches(columns=[each.name for each in columns]):
        yield from zip(*(batch.column(each.name).to_pylist() for each in columns), strict=True)


class Stream:
    """A table that is made while it is read: nothing but the Arrow PyCapsule interface."""

    __slots__ = ("_flows", "_what")

    def __init__(self, flows: Iterable[Flow], what: What) -> None:
        # A wrong name shall be told where it was written, not where the stream is read.
        rows_of(what)
        self._flows = flows
        self._what = what

    def __repr__(self) -> str:
        return f"<Stream of {self._what}>"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The capsule. The rows are cast to ``requested_schema`` if one is given."""
        return stream_of(self._flows, self._what).__arrow_c_stream__(requested_schema)


def frames_of(flows: Iterable[Flow], batch_rows: int = BATCH_ROWS) -> Frames:
    """The tables of ``Frames`` in one pass over flows, of which none is kept."""
    table = _pyarrow().Table
    done: dict[What, list[pyarrow.RecordBatch]] = {what: [] for what in _FRAMES}
    for what, batch in batches_of_several(flows, _FRAMES, batch_rows):
        done[what].append(batch)
    warnings = warnings_of(flows)
    return Frames(
        **{what: with_warnings(table.from_batches(done[what], schema_of(what)), warnings) for what in _FRAMES}
    )


def _end_of_flow(batch: pyarrow.RecordBatch, row: int) -> int:
    """The first row behind the flow to which the one in front of ``row`` belongs."""
    flows = batch.column(0)
    last = flows[row - 1]
    while row < batch.num_rows and flows[row] == last:
        row += 1
    return row


def _joined(batches: list[pyarrow.RecordBatch]) -> pyarrow.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (joined,) = _pyarrow().Table.from_batches(batches).combine_chunks().to_batches()
    return joined


def _batch(rows: Sequence[Sequence[object]], schema: pyarrow.Schema) -> pyarrow.RecordBatch:
    arrow = _pyarrow()
    # With the type of each column given: guessed from the rows, a column without values would have another one.
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [array_of(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return arrow.RecordBatch.from_arrays(arrays, schema=schema)


def is_there() -> None:
    """Raises MissingLibrary without pyarrow."""
    _pyarrow()


def _pyarrow() -> pyarrow:
    try:
        import pyarrow
    except ImportError:
        raise MissingLibrary("pyarrow", "arrow") from None
    return pyarrow
