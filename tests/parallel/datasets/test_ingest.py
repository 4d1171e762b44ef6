"""Captures into a dataset: what is in it, what a second run reads, and what is left when a run is broken off."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import duckdb
import polars
import pyarrow
import pytest
from click.testing import CliRunner

import tlseku
from tlseku.cli import main
from tlseku.data_frames.columns import TABLES
from tlseku.parallel.datasets.layout import capture_id, day_of, name_of, read_name

pytestmark = pytest.mark.filterwarnings("ignore")  # what the libraries of storages warn of is not ours
PROJECT = Path(__file__).resolve().parents[3]
CAPTURES = PROJECT / "captures"
NAMES = ("declined.pcap", "no-eku.pcap", "scenario1.pcap.gz", "test-case-2.pcap", "wrong-eku-refused.pcap")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with captures, which a test may change."""
    for name in NAMES:
        shutil.copy(CAPTURES / name, tmp_path)
    return tmp_path


def rows(dataset: Path | str, what: str = "flows") -> list[tuple[object, ...]]:
    """A table, as DuckDB reads it, ordered by capture and flow."""
    found = (
        duckdb.connect()
        .execute(
            f"select * exclude (day, capture) from read_parquet('{dataset}/{what}/**/*.parquet', hive_partitioning=true)"
        )
        .fetchall()
    )
    return sorted(found, key=repr)


def of_flows(dataset: Path) -> list[tuple[str, int]]:
    return sorted((Path(str(row[1])).name, int(str(row[0]))) for row in rows(dataset))


def files(dataset: Path) -> dict[str, int]:
    return {
        path.relative_to(dataset).as_posix(): path.stat().st_mtime_ns
        for path in dataset.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("processes", [0, 2])
def test_the_tables_are_those_of_the_library(place: Path, processes: int) -> None:
    dataset = place / "dataset"
    done = tlseku.ingest(f"{place}/*.pcap*", str(dataset), processes=processes)
    assert repr(done) == "<Ingested: 5 captures read, 0 unchanged, 0 failed>"
    paths = sorted(str(place / name) for name in NAMES)
    for what in ("flows", "certificates", "requests", "statements"):
        expected = [tlseku.scan(path).to_arrow(what) for path in paths]  # type: ignore[arg-type]
        found = polars.read_parquet(f"{dataset}/{what}/**/*.parquet", hive_partitioning=False)
        assert sorted(map(repr, found.rows())) == sorted(
            map(repr, polars.DataFrame(pyarrow.concat_tables(expected)).rows())
        )
        assert found.columns == [column.name for column in TABLES[what]]  # type: ignore[index]
    days = (
        duckdb.connect()
        .execute(
            f"select day, count(*) from read_parquet('{dataset}/flows/**/*.parquet', hive_partitioning=true)"
            " group by day order by day"
        )
        .fetchall()
    )
    assert [(str(day), count) for day, count in days] == [
        ("2026-03-24", 1),
        ("2026-03-27", 1),
        ("2026-04-01", 3),
    ]
    told = {Path(str(row[0])).name: row[3] for row in rows(dataset, "captures")}
    assert told == dict.fromkeys(NAMES, 1)


def test_a_second_run_reads_what_is_new_or_changed(place: Path) -> None:
    dataset = place / "dataset"
    urls = f"{place}/*.pcap*"
    tlseku.ingest(urls, str(dataset), processes=0)
    before, all_rows = files(dataset), rows(dataset)
    again = tlseku.ingest(urls, str(dataset), processes=0)
    assert (len(again.captures), again.unchanged, files(dataset)) == (0, 5, before)
    shutil.copy(CAPTURES / "tls13.pcap", place / "new.pcap")
    shutil.copy(CAPTURES / "scenario2.pcap.gz", place / "scenario1.pcap.gz")
    third = tlseku.ingest(urls, str(dataset), processes=0)
    assert [Path(each.name).name for each in third.captures] == ["new.pcap", "scenario1.pcap.gz"]
    assert third.unchanged == 4
    assert of_flows(dataset) == sorted([(name, 1) for name in (*NAMES, "new.pcap")])
    assert rows(dataset) != all_rows
    # Read with other options it says other things.
    fourth = tlseku.ingest(urls, str(dataset), processes=0, local=["192.0.2.0/24"])
    assert (len(fourth.captures), fourth.unchanged) == (6, 0)
    assert of_flows(dataset) == sorted([(name, 1) for name in (*NAMES, "new.pcap")])


def test_what_cannot_be_read_is_told_and_tried_again(place: Path) -> None:
    dataset = place / "dataset"
    (place / "bad.pcap").write_bytes(b"nothing")
    errors: list[tlseku.CaptureError] = []
    urls = [f"{place}/*.pcap", f"{place}/no-such/*.pcap"]
    done = tlseku.ingest(urls, str(dataset), processes=2, on_error=errors.append)
    assert (len(done.captures), done.failed) == (5, 1)
    assert [Path(error.file).name for error in errors] == ["*.pcap", "bad.pcap"]
    told = {Path(str(row[0])).name: row[6] for row in rows(dataset, "captures")}
    assert str(told.pop("bad.pcap")).startswith(f"{place}/bad.pcap: ")
    assert set(told.values()) == {None}
    # Another run that does not name it leaves that as it is.
    tlseku.ingest(f"{place}/declined.pcap", str(dataset), processes=0)
    assert len(rows(dataset, "captures")) == 5
    shutil.copy(CAPTURES / "tls13.pcap", place / "bad.pcap")
    mended = tlseku.ingest(f"{place}/*.pcap", str(dataset), processes=0)
    assert ([Path(each.name).name for each in mended.captures], mended.unchanged) == (["bad.pcap"], 4)
    assert [row[6] for row in rows(dataset, "captures")] == [None] * 5
    with pytest.raises(tlseku.CaptureError, match="no-such"):
        tlseku.ingest(f"{place}/no-such.pcap", str(dataset), processes=0)


KILLING = r"""
import os, signal, sys, tlseku
from tlseku.parallel.folders import Folder
write, killed = Folder.write, sys.argv[3]
def writing(folder, name, made):
    # The first tables of a capture are there, its row is not.
    if name.startswith("requests/") and "wrong" in open(made, "rb").read().decode("latin-1") and not os.path.exists(killed):
        open(killed, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    write(folder, name, made)
Folder.write = writing
errors = []
done = tlseku.ingest(sys.argv[1], sys.argv[2], processes=2, on_error=errors.append)
print(done)
print(*errors, sep="\n")
"""


def test_a_worker_that_is_killed_leaves_nothing_twice(place: Path) -> None:
    dataset, clean = place / "dataset", place / "clean"
    urls = f"{place}/*.pcap*"
    run = subprocess.run(
        [sys.executable, "-c", KILLING, urls, str(dataset), str(place / "killed")],
        capture_output=True,
        check=True,
        text=True,
        cwd=PROJECT,
    )
    lines = run.stdout.splitlines()
    assert lines[0] == "<Ingested: 4 captures read, 0 unchanged, 1 failed>"
    assert lines[1].endswith(
        "wrong-eku-refused.pcap: the process that read it was killed (exit code -9); perhaps memory ran out"
    )
    assert ("wrong-eku-refused.pcap", 1) in of_flows(dataset)
    again = tlseku.ingest(urls, str(dataset), processes=2)
    assert repr(again) == "<Ingested: 1 captures read, 4 unchanged, 0 failed>"
    tlseku.ingest(urls, str(clean), processes=0)
    for what in ("flows", "certificates", "requests", "statements"):
        assert rows(dataset, what) == rows(clean, what)
    assert set(files(dataset)) == set(files(clean))


def test_what_an_interrupted_run_left_is_removed(place: Path) -> None:
    dataset = place / "dataset"
    tlseku.ingest(f"{place}/*.pcap", str(dataset), processes=0)
    whole = set(files(dataset))
    left = dataset / name_of("flows", "2026-04-01", capture_id("interrupted.pcap"), "0" * 16)
    left.parent.mkdir(parents=True)
    shutil.copy(next(dataset.glob("flows/*/*/*.parquet")), left)
    (left.parent / ".unfinished-1-x.parquet").write_bytes(b"half")
    (dataset / "notes.txt").write_text("mine")
    tlseku.ingest(f"{place}/*.pcap", str(dataset), processes=0)
    assert set(files(dataset)) == {*whole, "notes.txt"}
    assert not left.parent.exists()


def test_a_dataset_is_a_source_of_flows(place: Path) -> None:
    dataset = str(place / "dataset")
    cut = place / "cut.pcap"
    cut.write_bytes((place / "declined.pcap").read_bytes()[:-10])
    tlseku.ingest(f"{place}/*.pcap*", dataset, processes=0)
    source = tlseku.Dataset(dataset)
    found = tlseku.read(source)
    expected = {
        flow.file: flow
        for path in place.glob("*.pcap*")
        for flow in tlseku.read(str(path), local=["192.0.2.255"])
    }
    assert [flow.number for flow in found] == [1, 2, 3, 4, 5, 6]
    for flow in found:
        there = expected[flow.file]
        assert (flow.presented, flow.requests, flow.messages, flow.hidden, flow.defects, flow.outcome) == (
            there.presented,
            there.requests,
            there.messages,
            there.hidden,
            there.defects,
            there.outcome,
        )
    assert (found.summary.files, found.summary.flows, found.summary.damage) == (
        6,
        6,
        ("a damaged or cut capture",),
    )
    assert [warning for warning in found.warnings if "cut.pcap" in warning]
    assert {each.name for each in source.captures} == {str(path) for path in place.glob("*.pcap*")}
    seen = tlseku.read(source, str(place / "no-eku.pcap"), local=["192.0.2.0/24"])
    assert seen[-1].number == 7
    assert {flow.direction for flow in seen if flow.client.ip.startswith("192.0.2.")} == {"outbound"}
    assert tlseku.sunset(tlseku.scan(source)).to_dict()["certificates"] > 0  # type: ignore[operator]
    with pytest.raises(ValueError, match="cannot be merged"):
        tlseku.read(source, source, merge=True)


def printed(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout


def test_every_command_takes_a_dataset_for_a_capture(place: Path) -> None:
    dataset = str(place / "dataset")
    result = CliRunner().invoke(
        main, ["ingest", "-j", "2", f"{place}/*.pcap*", str(CAPTURES / "README.md"), "-o", dataset]
    )
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"tlseku: {CAPTURES}/README.md: offset 0: looks like text, not a capture",
        "tlseku: 5 captures read, 5 flows, 0 unchanged, 1 failed",
    ]
    chosen = printed(
        "flows",
        dataset,
        "-Y",
        "tls.client.verdict == wrong",
        "-e",
        "ip.src,tls.client.verdict",
        "-T",
        "csv",
    )
    assert chosen.splitlines()[1:] == ["10.106.80.16,wrong", "192.0.2.10,wrong"]
    lines = printed("flows", dataset, "-T", "ndjson").splitlines()
    assert len(lines) == 5
    paths = sorted(str(place / name) for name in NAMES)
    there, here = printed("sunset", dataset, "-T", "csv"), printed("sunset", *paths, "-T", "csv")
    assert {line.split(",")[0] for line in there.splitlines()} == {
        line.split(",")[0] for line in here.splitlines()
    }
    assert len(there.splitlines()) == len(here.splitlines()) > 2
    assert printed("certs", dataset, "-T", "csv").count("\n") == printed("certs", *paths, "-T", "csv").count(
        "\n"
    )
    assert printed("flows", str(place), code=2) == ""


def test_of_another_version_it_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = str(place / "dataset")
    monkeypatch.setattr("tlseku.parallel.datasets.writing.schema", lambda: "another")
    tlseku.ingest(f"{place}/declined.pcap", dataset, processes=0)
    with pytest.raises(
        tlseku.CaptureError, match=r"was taken in by tlseku .*, with other columns: ingest it again"
    ):
        tlseku.read(tlseku.Dataset(dataset))
    monkeypatch.undo()


def test_damage_is_told_with_the_file(place: Path) -> None:
    dataset = place / "dataset"
    tlseku.ingest(f"{place}/declined.pcap", str(dataset), processes=0)
    for path in dataset.glob("_flows/*/*.parquet"):
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(tlseku.CaptureError, match=r"_flows/capture=\w+/\w+\.parquet: "):
        tlseku.read(tlseku.Dataset(str(dataset)))
    errors: list[tlseku.CaptureError] = []
    assert len(tlseku.read(tlseku.Dataset(str(dataset)), on_error=errors.append)) == 0
    assert len(errors) == 1


def test_captures_and_dataset_in_an_object_store(bucket: dict[str, object]) -> None:
    urls = ["s3://captures/2026/*.pcap", "s3://captures/2026/scenario1.pcap.gz"]
    target = "s3://captures/dataset"
    for unchanged in (0, 3):
        done = tlseku.ingest(urls, target, processes=0, storage=bucket, dataset_storage=bucket)
        assert (len(done.captures), done.unchanged, done.failed) == (3 - unchanged, unchanged, 0)
    expected = [
        "s3://captures/2026/declined.pcap",
        "s3://captures/2026/no-eku.pcap",
        "s3://captures/2026/scenario1.pcap.gz",
    ]
    found = tlseku.read(tlseku.Dataset(target, bucket))
    assert sorted(flow.file for flow in found) == expected
    # Another content has another etag, whatever its size.
    system = pytest.importorskip("s3fs").S3FileSystem(**bucket)
    content = system.cat("captures/2026/declined.pcap")
    system.pipe("captures/2026/declined.pcap", content[:-1] + b"x")
    try:
        done = tlseku.ingest(urls, target, processes=0, storage=bucket, dataset_storage=bucket)
        assert (len(done.captures), done.unchanged, done.failed) == (1, 2, 0)
        found = tlseku.read(tlseku.Dataset(target, bucket))
        assert sorted(flow.file for flow in found) == expected
    finally:
        system.pipe("captures/2026/declined.pcap", content)


def test_captures_in_archives(place: Path) -> None:
    with zipfile.ZipFile(place / "a.zip", "w") as archive:
        archive.write(CAPTURES / NAMES[0], f"in/{NAMES[0]}")
    with tarfile.open(place / "a.tar", "w") as archive:
        archive.add(CAPTURES / NAMES[1], f"in/{NAMES[1]}")
    urls = [f"zip://in/*.pcap::file://{place}/a.zip", f"tar://in/*.pcap::file://{place}/a.tar"]
    for unchanged in (0, 2):
        done = tlseku.ingest(urls, str(place / "dataset"), processes=0)
        assert (len(done.captures), done.unchanged, done.failed) == (2 - unchanged, unchanged, 0)
    assert of_flows(place / "dataset") == [("a.tar", 1), ("a.zip", 1)]


def test_a_place_that_cannot_be_written_is_an_error(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(tlseku.TlsekuError, match="file: "):
        tlseku.ingest(f"{place}/declined.pcap", str(place / "file"), processes=0)
    with pytest.raises(tlseku.TlsekuError, match="file"):
        tlseku.ingest(f"{place}/declined.pcap", str(place / "file"), processes=2)


@pytest.mark.parametrize(
    ("ns", "day"),
    [
        (0, "1970-01-01"),
        (1_775_001_599_999_999_999, "2026-03-31"),
        (1_775_001_600_000_000_000, "2026-04-01"),
        (-1, "1969-12-31"),
        (1 << 80, "__HIVE_DEFAULT_PARTITION__"),
        (-(1 << 80), "__HIVE_DEFAULT_PARTITION__"),
    ],
)
def test_days(ns: int, day: str) -> None:
    assert day_of(ns) == day


def test_names_say_what_is_in_a_file() -> None:
    for further, failed in ((0, False), (3, False), (0, True)):
        name = name_of("flows", "2026-04-01", "a" * 16, "b" * 16, further=further, failed=failed)
        assert read_name(name) == ("flows", "a" * 16, "b" * 16, failed)
    assert read_name(name_of("_flows", None, "a" * 16, "b" * 16)) == ("_flows", "a" * 16, "b" * 16, False)
    for other in ("_tlseku.json", "flows/day=x/part.parquet", "notes.txt", "flows/a/b/capture=aa/b.parquet"):
        assert read_name(other) is None
