"""The database: every table as the data frames have it, read by SQLite, sqlite-utils and Datasette."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.output.records import real
from tests.output.samples import EVERY, EVIL
from tlseku.data_frames.columns import TABLES
from tlseku.data_frames.rows import rows_of
from tlseku.output.records.sqlite_file import VERSION, WRITTEN, write


def test_every_row_is_there(tmp_path: Path) -> None:
    path = str(tmp_path / "flows.sqlite")
    write(EVERY, path)
    database = sqlite3.connect(path)
    for what in WRITTEN:
        expected = sum(len(list(rows_of(what)(flow))) for flow in EVERY)
        assert database.execute(f"SELECT count(*) FROM {what}").fetchone() == (expected,)
        names = [row[1] for row in database.execute(f"PRAGMA table_info({what})")]
        assert names == [column.name for column in TABLES[what]]
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    database.close()


def test_values(tmp_path: Path) -> None:
    path = str(tmp_path / "flows.sqlite")
    flow = real.flow("wrong-eku-refused")
    write([flow], path)
    database = sqlite3.connect(path)
    row = database.execute(
        "SELECT start, client_ip, client_port, outcome, client_verdict, client_serial, client_eku, resumed FROM flows"
    ).fetchone()
    assert row == (
        "2026-04-01T08:20:00.100200Z",
        "192.0.2.10",
        51852,
        "refused",
        "wrong",
        "5a17c0de00000021",
        '["serverAuth"]',
        0,
    )
    leaf = database.execute(
        "SELECT not_after, typeof(not_after), is_ca, sha256 FROM certificates WHERE role = 'client' AND \"index\" = 0"
    ).fetchone()
    assert leaf[1:3] == ("text", 0)
    assert leaf[0].endswith("Z")
    joined = database.execute(
        "SELECT DISTINCT e.value FROM flows, json_each(flows.client_eku) AS e JOIN certificates USING (flow)"
    ).fetchall()
    assert joined == [("serverAuth",)]
    database.close()


def test_an_index_is_used(tmp_path: Path) -> None:
    path = str(tmp_path / "flows.sqlite")
    write([], path)
    database = sqlite3.connect(path)
    for what, column in (
        ("flows", "outcome"),
        ("certificates", "serial"),
        ("findings", "flow"),
        ("requests", "ip"),
    ):
        plan = database.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {what} WHERE {column} = 'x'").fetchall()
        assert f"{what}_{column}" in plan[0][3]
    database.close()


def test_hostile_text_is_a_value(tmp_path: Path) -> None:
    path = str(tmp_path / "flows.sqlite")
    write([EVIL], path)
    database = sqlite3.connect(path)
    for what in WRITTEN:
        for row in database.execute(f"SELECT * FROM {what}"):
            for cell in row:
                if isinstance(cell, str):
                    cell.encode()
                    if cell.startswith("["):
                        json.loads(cell)
    database.close()


def test_sqlite_utils_reads_it(tmp_path: Path) -> None:
    sqlite_utils = pytest.importorskip("sqlite_utils")
    path = str(tmp_path / "flows.sqlite")
    write(EVERY, path)
    database = sqlite_utils.Database(path)
    assert set(database.table_names()) == set(WRITTEN)
    assert database["flows"].pks == ["flow"]
    assert [key.other_table for key in database["certificates"].foreign_keys] == ["flows"]
    assert len(list(database["flows"].rows)) == len(EVERY)


def test_datasette_serves_it(tmp_path: Path) -> None:
    pytest.importorskip("datasette", reason="needs datasette, of the test extra")
    path = str(tmp_path / "flows.sqlite")
    write([*EVERY, replace(EVIL, number=99)], path)

    def got(address: str) -> Any:
        # Immutable, as whoever publishes it would: Datasette then counts and looks at all of it first.
        done = subprocess.run(
            [sys.executable, "-m", "datasette", "-i", path, "--get", address],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(done.stdout)

    tables = {each["name"]: each for each in got("/flows.json")["tables"]}
    assert set(tables) == set(WRITTEN)
    assert tables["flows"]["count"] == len(EVERY) + 1
    assert tables["flows"]["primary_keys"] == ["flow"]
    assert [key["other_table"] for key in tables["findings"]["foreign_keys"]["outgoing"]] == ["flows"]
    found = got(
        "/flows/flows.json?_facet=outcome&_facet_array=client_eku&client_verdict=wrong&_shape=objects"
    )
    assert [row["client_serial"] for row in found["rows"]] == ["9c"]
    facets = found["facet_results"]
    facets = facets.get("results", facets)
    assert [one["value"] for one in facets["outcome"]["results"]] == ["refused"]
    assert [one["value"] for one in facets["client_eku"]["results"]] == ["serverAuth"]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3")
def test_the_shell_of_sqlite_reads_it(tmp_path: Path) -> None:
    path = str(tmp_path / "flows.sqlite")
    write(EVERY, path)
    done = subprocess.run(
        ["sqlite3", "-csv", path, "SELECT count(*) FROM flows"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(len(EVERY))
