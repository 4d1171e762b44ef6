"""Whoever checks the types of a program that uses tlseku has its names, and no others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

import tlseku

PROJECT = Path(__file__).resolve().parents[1]

PROGRAM = """
import tlseku
from tlseku import Analizer
from tlseku import Analyzer, Dataset, ingest

reveal_type(tlseku.read("a.pcap")[0].presented[0].chain[0].serial)
reveal_type(ingest("a.pcap", "dataset").captures[0].error)
reveal_type(tlseku.sunset(tlseku.read("a.pcap")).inventory.hosts[0].as_client[0].renewal.on)
reveal_type(tlseku.expressway.examine("core", "edge").pairs[0].told_by)
tlseku.Analyser
Analyzer(locall=[])
"""


def test_a_wrong_name_is_found(tmp_path: Path) -> None:
    # mypy tells what it remembers of a module by its name, path included.
    program = tmp_path / f"program_{uuid4().hex}.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(program)],
        capture_output=True,
        check=False,
        text=True,
        cwd=PROJECT,
    )
    said = done.stdout.replace(str(program), "").splitlines()
    assert [line for line in said if "defined in" not in line] == [
        ':3: error: Module "tlseku" has no attribute "Analizer"; maybe "Analyzer"?  [attr-defined]',
        ':6: note: Revealed type is "int | None"',
        ':7: note: Revealed type is "str | None"',
        ':8: note: Revealed type is "datetime.date | None"',
        ':9: note: Revealed type is "str"',
        ':10: error: Module has no attribute "Analyser"; maybe "Analyzer"?  [attr-defined]',
        ':11: error: Unexpected keyword argument "locall" for "Analyzer"; did you mean "local"?  [call-arg]',
    ]


def test_pyright_finds_the_same(tmp_path: Path) -> None:
    checker = shutil.which("basedpyright", path=Path(sys.executable).parent)
    if checker is None:
        pytest.skip("needs basedpyright, of the test extra")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [checker, "--outputjson", "--pythonpath", sys.executable, str(program)],
        capture_output=True,
        check=False,
        text=True,
        cwd=PROJECT,
    )
    said = [
        (each["range"]["start"]["line"] + 1, each["message"].splitlines()[0])
        for each in json.loads(done.stdout)["generalDiagnostics"]
        if each["severity"] in ("error", "information")
    ]
    assert sorted(said) == [
        (3, '"Analizer" is unknown import symbol'),
        (6, 'Type of "tlseku.read("a.pcap")[0].presented[0].chain[0].serial" is "int | None"'),
        (7, 'Type of "ingest("a.pcap", "dataset").captures[0].error" is "str | None"'),
        (
            8,
            'Type of "tlseku.sunset(tlseku.read("a.pcap")).inventory.hosts[0].as_client[0].renewal.on" is "date | None"',
        ),
        (9, 'Type of "tlseku.expressway.examine("core", "edge").pairs[0].told_by" is "str"'),
        (10, '"Analyser" is not a known attribute of module "tlseku"'),
        (11, 'No parameter named "locall"'),
    ]


def test_completion_offers_the_public_names() -> None:
    assert sorted(dir(tlseku)) == sorted([*tlseku.__all__, "__version__"])
    assert all(hasattr(tlseku, name) for name in dir(tlseku))
    assert (PROJECT / "tlseku" / "py.typed").is_file()
