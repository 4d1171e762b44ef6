"""Captures that editcap converts: streamed, told, ended in time; and files that are left alone."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import tlseku
from tlseku.capture import open_capture
from tlseku.cli import main
from tlseku.errors import CaptureError
from tlseku.parallel.through_editcap import Converted, through_editcap
from tlseku.parallel.urls import opened

CAPTURE = Path(__file__).resolve().parents[2] / "captures" / "test-case-1.pcap"

FORMATS = {
    "snoop": "a snoop capture, read through editcap",
    "5views": "a 5View capture, read through editcap",
    "netmon1": "a Network Monitor 1 capture, read through editcap",
    "netmon2": "a Network Monitor 2 capture, read through editcap",
    "ngsniffer": "a Sniffer capture, read through editcap",
    "ngwsniffer_1_1": "a NetXRay or Sniffer capture, read through editcap",
    "ngwsniffer_2_0": "a NetXRay or Sniffer capture, read through editcap",
    "lanalyzer": "a LANalyzer capture, read through editcap",
    "visual": "a Visual Networks capture, read through editcap",
    "nettl": "an HP-UX nettl trace, read through editcap, as Ethernet",
    "k12text": "a K12 text capture, read through editcap, as Ethernet",
    "commview-ncf": "a CommView capture, read through editcap, as Ethernet",
}


def _chains(*sources: str) -> list[tuple[str, ...]]:
    return [
        tuple(each.sha256 for chain in flow.presented for each in chain.chain)
        for flow in tlseku.read(*sources)
    ]


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The capture in every format that editcap writes."""
    if shutil.which("editcap") is None:
        if os.environ.get("TLSEKU_REQUIRE_TSHARK") == "1":
            pytest.fail("not installed: editcap")
        pytest.skip("not installed: editcap")
    place = tmp_path_factory.mktemp("formats")
    made = {}
    for name in FORMATS:
        made[name] = place / f"capture.{name}"
        subprocess.run(["editcap", "-F", name, CAPTURE, made[name]], check=True)
    return made


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_of_others(foreign: dict[str, Path], name: str) -> None:
    path = str(foreign[name])
    with opened(path) as source, open_capture(source) as capture:
        assert isinstance(source, Converted)
        found = [batch.packet(at) for batch in capture.batches() for at in range(len(batch.starts))]
        assert [str(warning) for warning in capture.warnings] == [f"{path}: {FORMATS[name]}"]
    with open_capture(str(CAPTURE)) as capture:
        expected = [batch.packet(at) for batch in capture.batches() for at in range(len(batch.starts))]
    assert [packet.data for packet in found] == [packet.data for packet in expected]


def test_on_the_command_line(foreign: dict[str, Path]) -> None:
    path = str(foreign["snoop"])
    plain = CliRunner().invoke(main, ["certs", "-T", "csv", str(CAPTURE)])
    told = CliRunner().invoke(main, ["certs", "-T", "csv", path])
    assert told.exit_code == plain.exit_code == 0
    assert told.stdout.replace(path, str(CAPTURE)) == plain.stdout
    assert f"tlseku: warning: {path}: a snoop capture, read through editcap\n" in told.stderr
    assert "editcap" not in plain.stderr


def test_several_at_once_and_merged(foreign: dict[str, Path]) -> None:
    paths = [str(foreign["snoop"]), str(CAPTURE), str(foreign["netmon2"])]
    for options in (["-j", "2"], ["--merge"]):
        told = CliRunner().invoke(main, ["flows", "-T", "ndjson", *options, *paths])
        assert told.exit_code == 0
        assert told.stderr.count("read through editcap") == 2
        assert told.stdout.count('"client_cert":{"state":"presented"') > 0


def test_many_of_the_library_are_converted_and_one_is_not(foreign: dict[str, Path]) -> None:
    path = str(foreign["snoop"])
    many = tlseku.read_many([path], processes=0)
    assert [flow.number for flow in many] == [1]
    assert many.warnings == (f"{path}: a snoop capture, read through editcap",)
    with pytest.raises(CaptureError) as caught:
        _chains(path)
    assert caught.value.problem == (
        f"looks like a snoop capture; to convert it: editcap -F pcapng {path} {path}.pcapng"
    )


def test_compressed(foreign: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "capture.snoop.gz"
    path.write_bytes(gzip.compress(foreign["snoop"].read_bytes()))
    assert [flow.number for flow in tlseku.read_many([str(path)], processes=0)] == [1]


def test_a_name_that_looks_like_an_option(
    foreign: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(foreign["snoop"], "-F")
    with opened("-F") as source, open_capture(source) as capture:
        assert sum(len(batch.starts) for batch in capture.batches()) > 10


def test_a_capture_that_breaks_off_gives_what_was_before(foreign: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.snoop"
    path.write_bytes(foreign["snoop"].read_bytes()[:-30])
    with opened(str(path)) as source, open_capture(source) as capture:
        count = sum(len(batch.starts) for batch in capture.batches())
        told = [warning.problem for warning in capture.warnings]
    with open_capture(str(CAPTURE)) as capture:
        assert count == sum(len(batch.starts) for batch in capture.batches()) - 1
    assert told[0] == "a snoop capture, read through editcap"
    assert told[1].startswith("cannot read on: editcap: The file ")
    assert "cut short" in told[1]


def test_a_reading_that_ends_early_ends_the_program(foreign: dict[str, Path]) -> None:
    converted = through_editcap(str(foreign["snoop"]))
    assert converted is not None
    with converted:
        assert converted.read(4) == b"\x0a\x0d\x0d\x0a"
        process = converted._process
        assert process is not None
    assert process.poll() is not None


def test_what_is_no_capture_is_told_as_without_editcap(tmp_path: Path) -> None:
    for data in (b"a line of text\n" * 40, b"\xff\xfe\xfd\xfc" * 40):
        path = tmp_path / "file"
        path.write_bytes(data)
        problems = set()
        for read in (tlseku.read, lambda name: tlseku.read_many([name], processes=0)):
            with pytest.raises(CaptureError) as caught:
                read(str(path))
            problems.add(str(caught.value))
        assert len(problems) == 1


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(60), b"%PDF-1.7", b"-----BEGIN X509"])
def test_nothing_is_started_for_what_surely_is_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert through_editcap(str(path)) is None


def test_captures_pipes_and_names_of_nothing_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (str(CAPTURE), "-", str(tmp_path / "pipe"), str(tmp_path / "none"), str(tmp_path)):
        assert through_editcap(path) is None


def test_without_editcap_the_error_has_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "x.snoop"
    path.write_bytes(b"snoop\0\0\0\0\0\0\2\0\0\0\4")
    told = CliRunner().invoke(main, ["flows", str(path)])
    assert told.exit_code == 2
    assert told.stderr == (
        f"tlseku: {path}: offset 0: looks like a snoop capture; to convert it: editcap -F pcapng {path} {path}.pcapng\n"
    )


def test_a_program_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "editcap"
    program.write_text("#!/bin/sh\nexit 3\n", encoding="ascii")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "x.snoop"
    path.write_bytes(b"snoop\0\0\0\0\0\0\2\0\0\0\4")
    with pytest.raises(CaptureError, match=r"looks like a snoop capture; editcap: ended with 3$"):
        list(tlseku.scan_many([str(path)], processes=0))
