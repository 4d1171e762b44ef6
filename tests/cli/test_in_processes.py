"""``-j``: several files in several processes give what they give one after the other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from tlseku.cli import main
from tlseku.cli.commands.flows import ROWS
from tlseku.cli.streams.flow_formats import BINARY, COLUMN_FORMATS, DIRECTORIES, FORMATS, OF_OBJECTS

NAMES = (
    "test-case-1.pcap",
    "declined.pcap",
    "tls13.pcap",
    "test-case-2.pcap",
    "no-eku.pcap",
    "scenario1.pcap.gz",
)


def tlseku(place: Path, *args: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tlseku", "flows", *args],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


FIELDS = "flow.number,ip.src,flow.direction,tls.client.verdict,tls.client.x509.serial"

FORMS: tuple[tuple[str, ...], ...] = (
    (),
    ("--width", "80"),
    *(("-T", form) for form in FORMATS if form not in ("table", *DIRECTORIES, *BINARY)),
    *(("-T", form, "--full") for form in OF_OBJECTS),
    *(("-T", form, "--rows", what) for form in ("ndjson", "csv") for what in ROWS),
    ("-T", "json", "--rows", "messages"),
    ("-T", "tsv", "--rows", "requests"),
    *(("-T", form, "--summary") for form in COLUMN_FORMATS),
    *(("-T", form, "-e", FIELDS) for form in COLUMN_FORMATS),
)
"""All that is text."""

FORMS_WITH_CHOICES: tuple[tuple[str, ...], ...] = (
    ("-T", "ndjson"),
    ("-T", "csv"),
    ("--rows", "findings", "-T", "json"),
    ("--summary",),
    ("-e", FIELDS),
)

CHOICES: tuple[tuple[str, ...], ...] = (
    ("--local", "10.106.80.16"),
    ("--fail-on", "wrong"),
    ("-Y", "tls.client.verdict == wrong or flow.direction == outbound"),
    ("-Y", "flow.number > 2", "--local", "10.106.80.0/24", "--fail-on", "declined"),
)
"""What is chosen, and from where it is seen."""


def told(names: Sequence[str], *options: str) -> tuple[int, str, str]:
    """As ``tlseku``, without the start of a process for each."""
    done = CliRunner().invoke(main, ["flows", *options, *names], prog_name="tlseku")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("form", "choice"),
    [
        *((form, ()) for form in FORMS),
        *((form, choice) for form in FORMS_WITH_CHOICES for choice in CHOICES),
    ],
    ids=" ".join,
)
def test_the_same_output(own_captures: Path, form: tuple[str, ...], choice: tuple[str, ...]) -> None:
    paths = [str(own_captures / name) for name in NAMES]
    assert told(paths, "-j", "2", *form, *choice) == told(paths, *form, *choice)


@pytest.mark.parametrize("form", ["table", "ndjson", "csv"])
def test_a_file_that_is_named_twice_and_numbers_of_each_width(own_captures: Path, form: str) -> None:
    name = str(own_captures / "declined.pcap")
    paths = [*([name] * 2), *([str(own_captures / "test-case-1.pcap")] * 1100), name]
    alone = told(paths, "-T", form, "--width", "80")
    assert alone[1].count("\n") > 1100
    assert told(paths, "-j", "2", "-T", form, "--width", "80") == alone


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("choice", CHOICES[1:3], ids=" ".join)
def test_the_same_tables(own_captures: Path, tmp_path: Path, rows: str, choice: tuple[str, ...]) -> None:
    ipc = pytest.importorskip("pyarrow.ipc")
    paths = [str(own_captures / name) for name in NAMES]
    found: dict[tuple[str, str], Path] = {}
    for form in ("arrow", "parquet"):
        for jobs in ("1", "2"):
            target = found[form, jobs] = tmp_path / f"{form}-{jobs}"
            assert told(paths, "-j", jobs, "-T", form, "--rows", rows, *choice, "-w", str(target))[1] == ""
    assert found["parquet", "1"].read_bytes() == found["parquet", "2"].read_bytes()
    # The same batches; how many bytes a buffer has beyond its values is Arrow's.
    alone, those = [ipc.open_stream(str(found["arrow", jobs])).read_all() for jobs in ("1", "2")]
    assert alone.equals(those)
    assert [each.num_rows for each in alone.to_batches()] == [each.num_rows for each in those.to_batches()]


def test_forms_that_are_no_text_of_each_flow(own_captures: Path, tmp_path: Path) -> None:
    paths = [str(own_captures / name) for name in NAMES]
    for form in DIRECTORIES:
        logs: list[list[str]] = []
        for jobs in ("1", "2"):
            place = tmp_path / f"{form}-{jobs}"
            assert told(paths, "-j", jobs, "-T", form, "-w", str(place))[1] == ""
            lines = [line for log in sorted(place.iterdir()) for line in log.read_text().splitlines()]
            logs.append([line for line in lines if not line.startswith(("#open", "#close"))])
        assert logs[0] == logs[1]
    alone = tlseku(own_captures, "-T", "table", *NAMES)
    assert tlseku(own_captures, "-j", "2", "-T", "table", *NAMES) == alone


def test_a_vantage_that_only_all_files_show(own_captures: Path) -> None:
    names = ("test-case-1.pcap", "test-case-2.pcap", "test-case-3.pcap")
    one_by_one = tlseku(own_captures, "-T", "ndjson", *names)
    assert '"direction":"outbound"' in one_by_one[1]
    assert tlseku(own_captures, "-j", "3", "-T", "ndjson", *names) == one_by_one


def test_an_array_without_flows(own_captures: Path) -> None:
    names = ("not-here.pcap", "README.md")
    assert tlseku(own_captures, "-j", "2", "-T", "json", *names)[:2] == (2, "[]\n")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(own_captures: Path) -> None:
    code, out, err = tlseku(
        own_captures, "-j", "2", "-T", "ndjson", "not-here.pcap", "declined.pcap", "README.md"
    )
    assert (code, out.count("\n")) == (2, 1)
    assert [line.partition(": ")[2].partition(":")[0] for line in err.splitlines()[:2]] == [
        "not-here.pcap",
        "README.md",
    ]


@pytest.mark.parametrize("extra", [("--merge",), ("-c", "5")])
def test_what_reads_files_together_needs_one_process(own_captures: Path, extra: tuple[str, ...]) -> None:
    code, out, err = tlseku(own_captures, "-j", "2", *extra, *NAMES)
    assert (code, out) == (2, "")
    assert err == (
        "tlseku: -j reads files apart from each other: not with --merge, -c or - (see tlseku flows --help)\n"
    )
