"""``tlseku ladder`` and ``tlseku chain`` through the command line: text, SVG, files, errors."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Run

CAPTURE = str(Path(__file__).resolve().parents[2] / "captures" / "wrong-eku-refused.pcap")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ladder", "fatal alert unsupported_certificate (43)"),
        ("chain", "EKU serverAuth  ✗ does not list clientAuth"),
    ],
)
def test_as_text(name: str, line: str, run: Run) -> None:
    result = run(name, CAPTURE, "1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert line in result.stdout


@pytest.mark.parametrize("name", ["ladder", "chain"])
@pytest.mark.parametrize("options", [("--svg",), ("--svg", "-o", "-"), ("-o", "-")])
def test_as_svg(name: str, options: tuple[str, ...], run: Run) -> None:
    result = run(name, *options, CAPTURE, "1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert ET.fromstring(result.stdout).get("role") == "img"


@pytest.mark.parametrize("name", ["ladder", "chain"])
def test_to_a_file(name: str, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.svg"
    result = run(name, "-o", str(out), CAPTURE, "1")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert out.read_text(encoding="utf-8") == run(name, "--svg", CAPTURE, "1").stdout


@pytest.mark.parametrize("name", ["ladder", "chain"])
def test_a_file_that_cannot_be_written(name: str, run: Run, tmp_path: Path) -> None:
    out = str(tmp_path / "nowhere" / "out.svg")
    result = run(name, "-o", out, CAPTURE, "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"tlseku: {out}: cannot write it: No such file or directory\n"


def test_no_such_flow_writes_nothing(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.svg"
    assert run("ladder", "-o", str(out), CAPTURE, "9").exit_code == 2
    assert not out.exists()


def test_show_has_no_picture(run: Run) -> None:
    result = run("show", "--svg", CAPTURE, "1")
    assert result.exit_code == 2
    assert "No such option" in result.stderr
