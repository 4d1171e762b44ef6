"""The tables through what other libraries do with them: files, joins, groups, and lists among the columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas
import polars
import pytest

import tlseku
from tests.output.samples import EVERY
from tlseku.data_frames.columns import LISTS, TABLES, What

FLOWS = tlseku.Flows(EVERY, tlseku.Summary(), ())


def lists(frame: pandas.DataFrame) -> pandas.DataFrame:
    """The same with a tuple for whatever a library has made of one."""
    kept = frame.copy()
    for name in frame.columns:
        if frame[name].dtype == object:
            cells = [None if cell is None else tuple(cell) for cell in frame[name]]
            kept[name] = pandas.Series(cells, dtype=object, index=frame.index)
    return kept


@pytest.mark.parametrize("what", TABLES)
def test_pandas(what: What, tmp_path: Path) -> None:
    frame = FLOWS.to_pandas(what)
    path = tmp_path / "table.parquet"
    frame.to_parquet(path)
    pandas.testing.assert_frame_equal(
        lists(pandas.read_parquet(path, dtype_backend="numpy_nullable")),
        frame,
        check_dtype=False,
    )
    twice = pandas.concat([frame, frame])
    assert len(twice.drop_duplicates()) == len(frame.drop_duplicates()) > 0
    merged = frame.merge(FLOWS.to_pandas()[["flow", "hidden"]], on="flow", suffixes=("", "_of_flow"))
    assert len(merged) == len(frame)
    for column in TABLES[what]:
        if column.kind in LISTS:
            assert all(cell is None or type(cell) is tuple for cell in frame[column.name])
            assert frame.groupby(column.name).size().sum() == frame[column.name].notna().sum()
            assert f"{column.name}_text" in frame or column.name in ("eku", "eku_names")


@pytest.mark.parametrize("what", TABLES)
def test_polars(what: What, tmp_path: Path) -> None:
    frame = FLOWS.to_polars(what)
    path = tmp_path / "table.parquet"
    frame.write_parquet(path)
    assert polars.read_parquet(path).equals(frame)
    assert polars.concat([frame, frame]).unique().height == frame.unique().height > 0
    assert frame.join(FLOWS.to_polars().select("flow", "hidden"), on="flow").height == frame.height
    for column in TABLES[what]:
        if column.kind in LISTS:
            assert frame.group_by(column.name).len()["len"].sum() == frame.height


@pytest.mark.parametrize("what", TABLES)
def test_duckdb(what: What, tmp_path: Path) -> None:
    table = FLOWS.to_arrow(what)
    connection = duckdb.connect()
    connection.register("given", table)
    path = tmp_path / "table.parquet"
    connection.execute(f"copy given to '{path}' (format parquet)")
    here, there = (connection.sql(f"select * from {source}").fetchall() for source in ("given", f"'{path}'"))
    assert here == there
    assert len(here) == table.num_rows
    distinct = connection.sql("select count(*) from (select distinct * from given)").fetchall()
    assert distinct == [(len({repr(row) for row in here}),)]
    for column in TABLES[what]:
        if column.kind in LISTS:
            counted = connection.sql(f'select count(*) from given group by "{column.name}"').fetchall()
            assert sum(count for (count,) in counted) == table.num_rows
    # The frame of pandas and the stream of the library are tables to it as well.
    frame = FLOWS.to_pandas(what)
    stream = FLOWS.table(what)
    assert len(connection.sql("select * from frame").fetchall()) == len(frame)
    assert stream is not None
