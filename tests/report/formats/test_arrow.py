"""Arrow and Parquet, read back by pyarrow and pandas."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.report.samples import DAMAGED, EVERY, EVIL, SCENARIO_1, flow
from tlseku.errors import TlsekuError
from tlseku.flow import Flow
from tlseku.report.flow_csv import flow_rows
from tlseku.report.formats import arrow


def table(*flows: Flow, form: str = "arrow") -> pa.Table:
    buffer = io.BytesIO()
    arrow.write(flows, form, buffer)
    data = pa.BufferReader(buffer.getvalue())
    return pa.ipc.open_stream(data).read_all() if form == "arrow" else parquet.read_table(data)


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_one_row_a_chain_as_in_the_csv(form: str) -> None:
    found = table(*EVERY, form=form)
    assert found.num_rows == sum(1 for each in EVERY for _ in flow_rows(each))
    assert found.schema.equals(arrow.schema())
    found.validate(full=True)


def test_the_client_chain_of_scenario_1() -> None:
    row = table(SCENARIO_1).to_pylist()[1]
    expected = {
        "file": "scenario-1.pcap.gz",
        "flow": 1,
        "client_ip": "10.106.80.31",
        "client_port": 25003,
        "resumed": False,
        "answers": ["presented"],
        "role": "client",
        "frame": 13718,
        "verdict": "ok",
        "broken_at": None,
        "serial": "2f0000004c869c77c8981becde00000000004c",
        "eku": ["serverAuth", "clientAuth"],
        "hidden": [],
    }
    assert {name: row[name] for name in expected} == expected
    assert row["start"].isoformat() == "2026-03-24T11:55:20.900000+00:00"
    assert row["not_after"].isoformat() == "2026-11-01T00:00:00+00:00"


def test_pandas_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "flows.parquet"
    with path.open("wb") as file:
        arrow.write(EVERY, "parquet", file)
    frame = pd.read_parquet(path)
    assert frame["verdict"].value_counts().to_dict()["ok"] == 5
    assert str(frame["start"].dtype) == "datetime64[ns, UTC]"


def test_absent_and_empty_differ() -> None:
    rows = table(*EVERY).to_pylist()
    assert {row["subject"]: row["eku"] for row in rows if row["verdict"] in ("empty", "unrestricted")} == {
        "": [],
        "CN=mail.example": None,
    }
    declined = next(row for row in rows if row["verdict"] == "declined")
    assert (declined["chain_sha256"], declined["serial"]) == ([], None)


def test_batches_are_made_as_flows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "ROWS_A_BATCH", 3)
    taken = []

    def watched() -> object:
        for each in EVERY:
            taken.append(each)
            yield each

    made = arrow.batches(watched())  # type: ignore[arg-type]
    assert next(made).num_rows == 3
    assert len(taken) == 2
    assert [batch.num_rows for batch in made] == [3, 3, 3, 1]
    buffer = io.BytesIO()
    arrow.write(EVERY, "parquet", buffer)
    assert parquet.ParquetFile(pa.BufferReader(buffer.getvalue())).num_row_groups == 5


def test_no_flows() -> None:
    assert table(form="parquet").num_rows == 0


def test_hostile_text_and_times_are_values() -> None:
    rows = table(EVIL, DAMAGED, flow(start=1 << 80, end=-(1 << 80))).to_pylist()
    assert rows[0]["sni"] == EVIL.sni.replace("\ud800", "\\ud800") if EVIL.sni else False
    assert rows[-1]["start"] is None
    assert rows[-1]["end"] is None


def test_without_pyarrow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TlsekuError, match=r"pip install 'tlseku\[arrow\]'"):
        arrow.schema()
