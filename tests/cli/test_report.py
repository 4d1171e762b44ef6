"""``tlseku report`` through the command line: the file, the exit code, the errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.staged import WARNING, Stage

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
REFUSED = str(CAPTURES / "wrong-eku-refused.pcap")


def test_a_report(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = run("report", "-o", str(out), REFUSED)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "tlseku: 1 TLS flow in 1 TCP connection (1 ok, 1 wrong); 12 packets read\n"
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n")
    assert "Handshakes refused" in text
    assert run("report", "-o", "-", REFUSED).stdout == text


def test_it_is_read_as_it_is_told(run: Run, stage: Stage) -> None:
    result = run("report", "-o", "-", "--local", "10.0.0.1", "--merge", "--rule-books", "go", "a")
    assert result.exit_code == 0
    assert stage.calls == [("scan", ("a",), ("10.0.0.1",), True)]
    assert stage.books == ("go",)
    assert f"Warning: {WARNING}" in result.stdout


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("report", REFUSED), "Missing option '-o'"),
        (("report", "-o", "-"), "name a capture file, or - for standard input"),
        (("report", "-o", "-", "nowhere.pcap"), "nowhere.pcap: "),
        (("report", "-o", "/nowhere/at/all.html", REFUSED), "/nowhere/at/all.html: cannot write it"),
    ],
)
def test_it_goes_wrong(args: tuple[str, ...], problem: str, run: Run) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_one_bad_capture_does_not_hide_the_rest(run: Run, tmp_path: Path) -> None:
    result = run("report", "-o", "-", REFUSED, str(tmp_path / "none.pcap"))
    assert result.exit_code == 2
    assert "Handshakes refused" in result.stdout


def test_a_filter_chooses_what_is_reported(run: Run, stage: Stage) -> None:
    result = run("report", "-o", "-", "-Y", "tls.client.verdict == wrong", "a")
    assert result.exit_code == 0
    told = "1 of 7 TLS flows in 9 TCP connections (1 ok, 1 wrong);"
    assert told in result.stdout
    assert f"tlseku: {told}" in result.stderr
    assert "far.example" in result.stdout
    assert "l2sip-cfa-01.example.com" not in result.stdout
    assert "there is no field 'nix'" in run("report", "-o", "-", "-Y", "nix", "a").stderr
