"""The tables as pandas, polars and Arrow see them."""

from __future__ import annotations

import builtins
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas
import polars
import pyarrow
import pytest

import tlseku
from tests.output.samples import EVERY, EVIL, HOSTILE
from tlseku.data_frames.arrow import batches_of, frames_of, schema_of
from tlseku.data_frames.columns import TABLES, Kind, What

CAPTURES = ("wrong-eku-refused.pcap", "declined.pcap", "tls13.pcap", "no-eku.pcap")
ARROW: dict[Kind, str] = {
    "integer": "int64",
    "text": "string",
    "serial": "string",
    "truth": "bool",
    "packet_time": "timestamp[ns, tz=UTC]",
    "certificate_time": "timestamp[ms, tz=UTC]",
    "texts": "list<item: string>",
    "day": "date32[day]",
    "integers": "list<item: int64>",
}
PANDAS: dict[Kind, str] = {
    "integer": "Int64",
    "text": "string",
    "serial": "string",
    "truth": "boolean",
    "packet_time": "datetime64[ns, UTC]",
    "certificate_time": "datetime64[ms, UTC]",
    "texts": "object",
    "day": "datetime64[ms]",
    "integers": "object",
}


@pytest.fixture(scope="module")
def flows(own_captures: Path) -> tlseku.Flows:
    return tlseku.read(*(own_captures / name for name in CAPTURES))


@pytest.fixture(scope="module")
def nothing() -> tlseku.Flows:
    return tlseku.Flows((), tlseku.Summary(), ())


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("some", [True, False])
def test_types_do_not_depend_on_the_data(
    flows: tlseku.Flows, nothing: tlseku.Flows, what: What, some: bool
) -> None:
    source = flows if some else nothing
    columns = TABLES[what]
    table, frame, lazy = source.to_arrow(what), source.to_pandas(what), source.to_polars(what)
    assert [(field.name, str(field.type)) for field in table.schema] == [
        (c.name, ARROW[c.kind]) for c in columns
    ]
    assert [(name, str(kind)) for name, kind in frame.dtypes.items()] == [
        (c.name, PANDAS[c.kind]) for c in columns
    ]
    assert lazy.schema == polars.DataFrame(pyarrow.table(table)).schema
    assert len(frame) == lazy.height == table.num_rows
    assert (len(frame) > 0) is some


def test_meanings_stand_in_the_schema() -> None:
    assert schema_of("flows").field("resumed").metadata == {b"meaning": b"null: nobody can tell"}


def test_pandas(flows: tlseku.Flows) -> None:
    frame = flows.to_pandas("certificates")
    wrong = frame[(frame.verdict == "wrong") & (frame["index"] == 0)]
    assert list(wrong.serial) == ["5a17c0de00000021"]
    assert wrong.time.iloc[0] == pandas.Timestamp("2026-04-01T08:20:00.122850Z")
    assert frame.not_after.max().tzinfo is not None


def test_polars(flows: tlseku.Flows) -> None:
    frame = flows.to_polars()
    assert frame.filter(polars.col("client_verdict") == "unrestricted")["sni"].to_list() == ["server.example"]
    assert frame["hidden"].list.len().to_list() == [0, 0, 3, 0]


def _from_arrow(source: object) -> pandas.DataFrame:
    if not hasattr(pandas.DataFrame, "from_arrow"):
        pytest.skip("pandas takes Arrow streams from version 3 on")
    return pandas.DataFrame.from_arrow(source)


def test_others_take_it_directly(flows: tlseku.Flows) -> None:
    table = flows.to_arrow()
    assert pyarrow.table(flows) == table
    assert _from_arrow(flows).shape == (4, len(TABLES["flows"]))
    for what in TABLES:
        assert polars.DataFrame(flows.table(what)).equals(flows.to_polars(what))
        assert _from_arrow(flows.table(what)).shape == flows.to_pandas(what).shape


def test_a_scan_streams(own_captures: Path, flows: tlseku.Flows) -> None:
    scan = tlseku.scan(*(own_captures / name for name in CAPTURES))
    assert pyarrow.table(scan) == flows.to_arrow()
    assert scan.summary.flows == 4
    with pytest.raises(tlseku.AlreadyRead):
        list(scan)
    again = polars.DataFrame(tlseku.scan(own_captures / CAPTURES[0]))
    assert again["client_verdict"].to_list() == ["wrong"]


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
def test_batches_of_any_size_are_the_same_table(flows: tlseku.Flows, what: What, rows: int) -> None:
    batches = list(flows.to_arrow_batches(what, rows))
    assert pyarrow.Table.from_batches(batches) == flows.to_arrow(what)
    assert all(batch.num_rows >= rows for batch in batches[:-1])


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_all_tables_in_one_pass(flows: tlseku.Flows, rows: int) -> None:
    found = frames_of(iter(flows), rows)
    whats: tuple[What, ...] = ("flows", "certificates", "requests")
    assert found._fields == whats
    assert [*found] == [flows.to_arrow(what) for what in whats]
    assert flows.to_frames() == found


def test_batches_come_as_the_flows_do(flows: tlseku.Flows) -> None:
    taken = 0

    def counted() -> object:
        nonlocal taken
        for flow in flows:
            taken += 1
            yield flow

    batches = batches_of(counted(), "flows", 1)  # type: ignore[arg-type]
    next(batches)
    assert taken == 1


def test_hostile_text_is_data_and_no_trouble() -> None:
    flows = tlseku.Flows([EVIL, *EVERY], tlseku.Summary(), ())
    frame = flows.to_pandas()
    assert frame.sni[0] == HOSTILE.replace("\ud800", "\\ud800")
    for what in TABLES:
        assert flows.to_polars(what).height == len(flows.to_pandas(what))


def test_a_year_9999_fits() -> None:
    presented = EVERY[0].presented[0]
    leaf = replace(presented.chain[0], not_after=253402300799 * 10**9)
    flow = replace(EVERY[0], presented=(replace(presented, chain=(leaf,)),))
    frame = tlseku.Flows([flow], tlseku.Summary(), ()).to_pandas("certificates")
    assert str(frame.not_after[0]) == "9999-12-31 23:59:59+00:00"


@pytest.mark.parametrize(
    ("library", "extra", "call"),
    [("pyarrow", "arrow", "to_arrow"), ("pandas", "pandas", "to_pandas"), ("polars", "polars", "to_polars")],
)
def test_what_is_not_installed_is_said(
    monkeypatch: pytest.MonkeyPatch, flows: tlseku.Flows, library: str, extra: str, call: str
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(tlseku.MissingLibrary) as caught:
        getattr(flows, call)()
    assert str(caught.value) == f"this needs {library}, which is not installed: pip install 'tlseku[{extra}]'"


def test_reading_imports_none_of_them(own_captures: Path) -> None:
    program = (
        "import sys, tlseku; list(tlseku.scan(sys.argv[1])); tlseku.read(sys.argv[1])._repr_html_()\n"
        "print(*sorted({'pyarrow', 'pandas', 'polars', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(own_captures / "declined.pcap")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\n"
