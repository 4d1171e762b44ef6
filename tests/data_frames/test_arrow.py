"""Tables as files: Arrow streams and Parquet, read back by pyarrow and pandas."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import tlseku
from tests.output.samples import DAMAGED, EVERY, EVIL, SCENARIO_1, flow
from tlseku.data_frames import arrow
from tlseku.data_frames.arrow import Form
from tlseku.data_frames.columns import TABLES, What
from tlseku.data_frames.rows import rows_of
from tlseku.flow import Flow

FORMS: tuple[Form, ...] = ("arrow", "parquet")


def write(flows: Iterable[Flow], what: What, form: Form, target: IO[bytes]) -> None:
    arrow.write_batches(arrow.batches_of(flows, what), what, form, target)


def table(*flows: Flow, what: What = "flows", form: Form = "arrow") -> pa.Table:
    buffer = io.BytesIO()
    write(flows, what, form, buffer)
    data = pa.BufferReader(buffer.getvalue())
    return pa.ipc.open_stream(data).read_all() if form == "arrow" else parquet.read_table(data)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", TABLES)
def test_a_file_holds_the_table_that_the_library_gives(what: What, form: Form) -> None:
    found = table(*EVERY, what=what, form=form)
    found.validate(full=True)
    assert found == tlseku.Flows(EVERY, tlseku.Summary(), ()).to_arrow(what)
    assert found.num_rows == sum(1 for each in EVERY for _ in rows_of(what)(each)) > 0
    meanings = [(field.metadata or {}).get(b"meaning", b"").decode() for field in found.schema]
    assert meanings == [column.meaning for column in TABLES[what]]


@pytest.mark.parametrize("form", FORMS)
def test_scenario_1(form: Form) -> None:
    (row,) = table(SCENARIO_1, form=form).to_pylist()
    expected = {
        "file": "scenario-1.pcap.gz",
        "flow": 1,
        "client_ip": "10.106.80.31",
        "client_port": 25003,
        "resumed": False,
        "requests": 1,
        "client_verdict": "ok",
        "client_serial": "2f0000004c869c77c8981becde00000000004c",
        "client_eku": ["serverAuth", "clientAuth"],
        "hidden": [],
        "alpn": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["start"].isoformat() == "2026-03-24T11:55:20.900000+00:00"
    leaf = table(SCENARIO_1, what="certificates", form=form).to_pylist()[-1]
    assert leaf["not_after"].year >= 2026


def test_pandas_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "certificates.parquet"
    with path.open("wb") as file:
        write(EVERY, "certificates", "parquet", file)
    frame = pd.read_parquet(path)
    assert list(frame.columns) == [column.name for column in TABLES["certificates"]]
    assert str(frame["time"].dtype) == "datetime64[ns, UTC]"


def test_absent_and_empty_differ() -> None:
    rows = table(*EVERY, what="certificates", form="parquet").to_pylist()
    leaves = [row for row in rows if row["index"] == 0]
    assert {row["subject"]: row["eku"] for row in leaves if row["verdict"] in ("empty", "unrestricted")} == {
        "": [],
        "CN=mail.example": None,
    }


def test_batches_are_written_as_flows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow.batches_of, "__defaults__", (3,))
    taken: list[object] = []

    class Target(io.BytesIO):
        def write(self, data: object) -> int:  # type: ignore[override]
            written.append(len(taken))
            return super().write(data)  # type: ignore[arg-type]

    def watched() -> object:
        for each in EVERY:
            taken.append(each)
            yield each

    for form in FORMS:
        taken.clear()
        written: list[int] = []
        target = Target()
        write(watched(), "flows", form, target)  # type: ignore[arg-type]
        assert 3 in written
        assert len(taken) == len(EVERY) == 7
        if form == "parquet":
            assert parquet.ParquetFile(pa.BufferReader(target.getvalue())).num_row_groups == 3


@pytest.mark.parametrize("form", FORMS)
def test_no_flows(form: Form) -> None:
    assert table(form=form).num_rows == 0


def test_hostile_text_and_times_are_values() -> None:
    assert EVIL.sni is not None
    rows = table(EVIL, DAMAGED, flow(start=1 << 80, end=-(1 << 80)), form="parquet").to_pylist()
    assert rows[0]["sni"] == EVIL.sni.replace("\ud800", "\\ud800")
    assert rows[-1]["start"] is None
    assert rows[-1]["end"] is None


@pytest.mark.parametrize("what", ["flows", "certificates", "messages"])
@pytest.mark.parametrize("batch_rows", [1, 2, 5, 1000])
@pytest.mark.parametrize("several", [1, 2, 3, 100])
def test_batches_of_parts_are_those_of_all_flows(what: What, batch_rows: int, several: int) -> None:
    parts = [EVERY[place : place + several] for place in range(0, len(EVERY), several)]
    made = [(what, batch) for part in parts for batch in arrow.batches_of(part, what, 1 << 60)]
    expected = [*arrow.batches_of(EVERY, what, batch_rows)]
    assert [batch for _, batch in arrow.in_batches(made, (what,), batch_rows)] == expected
