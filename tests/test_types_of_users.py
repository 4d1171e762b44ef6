"""Whoever checks the types of a program that uses tlseku has its names, and no others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import tlseku

PROJECT = Path(__file__).resolve().parents[1]

PROGRAM = """
import tlseku
from tlseku import Analizer
from tlseku import Analyzer, Dataset, ingest

reveal_type(tlseku.read("a.pcap")[0].presented[0].chain[0].serial)
reveal_type(ingest("a.pcap", "dataset").captures[0].error)
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
        ':8: error: Module has no attribute "Analyser"; maybe "Analyzer"?  [attr-defined]',
        ':9: error: Unexpected keyword argument "locall" for "Analyzer"; did you mean "local"?  [call-arg]',
    ]


def test_completion_offers_the_public_names() -> None:
    assert sorted(dir(tlseku)) == sorted([*tlseku.__all__, "__version__"])
    assert all(hasattr(tlseku, name) for name in dir(tlseku))
    assert (PROJECT / "tlseku" / "py.typed").is_file()
