"""``tlseku flows -T …`` and ``tlseku certs --export``: which format goes where."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.cli.conftest import Run
from tests.cli.staged import Stage
from tests.output.samples import EVERY
from tlseku import __version__
from tlseku.cli.streams.flow_formats import COLUMN_FORMATS, FORMATS, OF_OBJECTS, OF_OTHER_TOOLS, OF_ROWS
from tlseku.data_frames.columns import TABLES
from tlseku.output.records import ecs, eve, junit, mermaid, sarif

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("ecs", "".join(map(ecs.writer(), EVERY))),
        ("eve", "".join(map(eve.writer(), EVERY))),
        ("junit", "".join(junit.lines(EVERY))),
        ("mermaid", "".join(map(mermaid.writer(), EVERY))),
        ("sarif", "".join(sarif.whole(map(sarif.results_of, EVERY), __version__))),
    ],
)
def test_text_goes_to_standard_output(stage: Stage, run: Run, form: str, text: str) -> None:
    result = run("flows", "-T", form, "x")
    assert (result.exit_code, result.stdout) == (0, text)
    assert "7 TLS flows" in result.stderr


def test_sarif_gates(stage: Stage, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "tlseku.sarif"
    result = run("flows", "-T", "sarif", "-w", str(target), "--fail-on", "wrong", "x")
    assert result.exit_code == 1
    assert json.loads(target.read_text(encoding="ascii"))["version"] == "2.1.0"


@pytest.mark.parametrize("form", ["zeek", "zeek-json"])
def test_zeek_logs_go_to_a_directory(run: Run, tmp_path: Path, form: str) -> None:
    result = run(
        "flows", "-T", form, "-w", str(tmp_path / "new" / "logs"), str(CAPTURES / "scenario2.pcap.gz")
    )
    assert (result.exit_code, result.stdout) == (0, "")
    ssl, x509 = (
        (tmp_path / "new" / "logs" / name).read_text(encoding="ascii") for name in ("ssl.log", "x509.log")
    )
    if form == "zeek":
        assert ssl.startswith("#separator \\x09\n")
        assert "\n#open\t2026-03-26-07-31-12\n" in ssl
        assert x509.splitlines()[-1] == "#close\t2026-03-26-07-31-12"
        assert len(ssl.splitlines()) == 10
    else:
        assert [json.loads(line)["id.resp_p"] for line in ssl.splitlines()] == [5061]
        assert len(x509.splitlines()) == 3


def test_zeek_logs_without_flows_have_a_header(run: Run, tmp_path: Path) -> None:
    args = (
        "flows",
        "-T",
        "zeek",
        "-w",
        str(tmp_path),
        "-Y",
        "flow.number == 2",
        str(CAPTURES / "no-eku.pcap"),
    )
    assert run(*args).exit_code == 0
    assert len((tmp_path / "ssl.log").read_text(encoding="ascii").splitlines()) == 9


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ((), 7),
        (("--rows", "flows"), 7),
        (("--rows", "certificates"), 13),
        (("--rows", "requests"), 3),
        (("--rows", "messages"), 26),
        (("--rows", "findings"), 7),
        (("--rows", "statements"), 5),
    ],
)
@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_binary_goes_to_a_file_or_a_pipe(
    stage: Stage, run: Run, tmp_path: Path, form: str, rows: tuple[str, ...], number: int
) -> None:
    target = tmp_path / "flows"
    args = ("flows", "-T", form, *rows)
    assert run(*args, "-w", str(target), "x").exit_code == 0
    for data in (target.read_bytes(), run(*args, "x").stdout_bytes):
        table = (
            parquet.read_table(pa.BufferReader(data))
            if form == "parquet"
            else pa.ipc.open_stream(io.BytesIO(data)).read_all()
        )
        assert table.num_rows == number
        names = [column.name for column in TABLES[rows[1] if rows else "flows"]]  # type: ignore[index]
        assert table.column_names == names


def test_without_pyarrow_nothing_is_made(
    stage: Stage, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("flows", "-T", "parquet", "-w", str(tmp_path / "flows"), "x")
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "needs pyarrow, which is not installed: pip install 'tlseku[arrow]'" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("-T", "zeek"), "-T zeek writes several files: name a directory with -w"),
        (("-T", "zeek-json", "-w", "-"), "-T zeek-json writes several files: name a directory with -w"),
        *((("-T", form, "--rows", "flows"), "--rows is for -T json, ndjson, csv, tsv, arrow and parquet") for form in FORMATS if form not in OF_ROWS),
        *((("-T", form, "--full"), "--full is for -T json and ndjson") for form in FORMATS if form not in OF_OBJECTS),
        (("-T", "json", "--full", "-e", "tls.sni"), "-e has columns of its own: not with --full"),
        (("-T", "csv", "--rows", "flows", "-e", "tls.sni"), "-e has columns of its own: not with --rows"),
        (("-T", "json", "--full", "--rows", "messages"), "--full is all that is said of a flow: not with --rows messages"),
        *((("-T", form, "-e", "tls.sni"), f"-e prints columns, which -T {form} has not") for form in FORMATS if form not in COLUMN_FORMATS),
    ],
)  # fmt: skip
def test_wrong_usage(stage: Stage, run: Run, args: tuple[str, ...], said: str) -> None:
    result = run("flows", *args, "x")
    assert (result.exit_code, result.stdout, stage.calls) == (2, "", [])
    assert said in result.stderr


@pytest.mark.parametrize("form", ["zeek", "parquet"])
def test_what_cannot_be_written_is_told(stage: Stage, run: Run, tmp_path: Path, form: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="ascii")
    result = run("flows", "-T", form, "-w", str(blocked / "below"), "x")
    assert result.exit_code == 2
    assert "below: cannot write it: Not a directory" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_capture_is_not_overwritten_by_a_parquet_file(run: Run, tmp_path: Path) -> None:
    capture = tmp_path / "capture.pcap"
    capture.write_bytes((CAPTURES / "no-eku.pcap").read_bytes())
    assert run("flows", "-T", "parquet", "-w", str(capture), str(capture)).exit_code == 2
    assert capture.read_bytes() == (CAPTURES / "no-eku.pcap").read_bytes()


def test_every_text_format_is_offered() -> None:
    assert set(OF_OTHER_TOOLS) < set(FORMATS)


def test_export(run: Run, tmp_path: Path) -> None:
    plain = run("certs", str(CAPTURES / "scenario2.pcap.gz"))
    result = run("certs", "--export", str(tmp_path / "out"), str(CAPTURES / "scenario2.pcap.gz"))
    assert (result.exit_code, result.stdout) == (0, plain.stdout)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="ascii"))
    for entry in manifest["chains"]:
        assert (tmp_path / "out" / entry["pem"]).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----\n")
        assert all((tmp_path / "out" / one["der"]).is_file() for one in entry["certificates"])


def test_export_of_chosen_certificates(run: Run, tmp_path: Path) -> None:
    args = ("-Y", "x509.serial == 46df76aa000000000017", str(CAPTURES / "scenario2.pcap.gz"))
    assert run("certs", "--export", str(tmp_path), *args).exit_code == 0
    assert len(list((tmp_path / "chains").iterdir())) == 1


@pytest.mark.parametrize("document", ["README.md", "docs/formats.md"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_documented(form: str, document: str) -> None:
    assert f"`{form}`" in (CAPTURES.parent / document).read_text(encoding="utf-8")
