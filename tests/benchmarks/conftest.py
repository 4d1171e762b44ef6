"""The benchmark's modules are scripts beside each other; here they become importable, and captures are made once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

sys.path.append(str(BENCHMARKS))


@dataclass(frozen=True, slots=True)
class Made:
    """A generated capture, its truth line by line, and what the generator counted."""

    path: Path
    truth: list[dict]
    facts: dict


Make = Callable[[str], Made]


def run_generator(folder: Path, *arguments: str) -> None:
    command = [sys.executable, str(BENCHMARKS / "generate.py"), "--output", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True)


@pytest.fixture(scope="session")
def captures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """Every kind at a five-hundredth of its size, by kind."""
    folder = tmp_path_factory.mktemp("captures")
    run_generator(folder, "--size", "0.002")
    made = {}
    for path in folder.glob("*.pcap"):
        truth = [json.loads(line) for line in path.with_suffix(".truth.ndjson").read_text().splitlines()]
        facts = json.loads(path.with_suffix(".json").read_text())
        made[facts["kind"]] = Made(path, truth, facts)
    return made
