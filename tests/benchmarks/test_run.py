"""The runner end to end on a small capture, and what ``measure`` says of a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.conftest import BENCHMARKS, Made

from outcome import NOT_THERE  # isort: skip
from outputs import OUTPUTS  # isort: skip

PROJECT = BENCHMARKS.parent


def measured(*command: str, timeout: str = "30", output: str = "/dev/null") -> dict:
    argv = [
        sys.executable,
        "-I",
        "-S",
        str(BENCHMARKS / "measure.py"),
        timeout,
        output,
        "/dev/null",
        *command,
    ]
    return json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def test_cpu_memory_and_exit_code_are_those_of_the_command() -> None:
    busy = "x = bytearray(b'1') * 50_000_000\nfor _ in range(3_000_000): pass\nraise SystemExit(3)"
    run = measured(sys.executable, "-c", busy)
    assert (run["exit"], run["timed_out"]) == (3, False)
    assert 0.02 < run["cpu"] <= run["wall"] * 1.5
    assert 50_000_000 < run["peak_kib"] * 1024 < 80_000_000


def test_memory_of_the_runner_is_not_counted() -> None:
    assert measured("true")["peak_kib"] < 16_000


def test_a_command_that_takes_too_long_is_ended_with_its_children() -> None:
    run = measured("sh", "-c", "sleep 30 & wait", timeout="0.3")
    assert (run["timed_out"], run["exit"]) == (True, -9)
    assert run["wall"] < 5


def test_output_goes_where_it_should(tmp_path: Path) -> None:
    measured("echo", "some words", output=str(tmp_path / "output"))
    assert (tmp_path / "output").read_text() == "some words\n"


def test_table_json_and_targets(captures: dict[str, Made], tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    command = [sys.executable, str(BENCHMARKS / "run.py"), str(captures["handshake"].path), "--rounds", "1"]
    command += ["--start-rounds", "1"]
    command += [
        "--tlseku",
        f"{sys.executable}@{PROJECT}",
        "--only",
        "tlseku,cat",
        "--targets",
        "--json",
        str(result),
    ]
    command += ["--date", "2026-03-02", "--machine", "a loom"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(result.read_text())
    (capture,) = figures["captures"]
    ours = next(one for one in capture["outcomes"].values() if one["kind"].startswith("tlseku"))
    assert ours["agreement"] == {
        "right": captures["handshake"].facts["certificates"],
        "missing": 0,
        "extra": 0,
    }
    assert len(ours["runs"]) == 1
    assert ours["median"]["cpu"] > 0
    assert capture["outcomes"]["cat"]["agreement"] is None
    assert done.stdout.startswith("Measured on 2026-03-02, a loom, ")
    for part in (
        "### handshake-0.002: 880 packets",
        "| cat |",
        "### Start",
        "### Targets",
        "all, none extra",
    ):
        assert part in done.stdout


def test_every_output_is_timed_against_the_build_before(captures: dict[str, Made], tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    here = f"{sys.executable}@{PROJECT}"
    command = [sys.executable, str(BENCHMARKS / "run.py"), str(captures["diverse"].path), "--rounds", "0"]
    command += [
        "--start-rounds",
        "0",
        "--outputs",
        "--tlseku",
        here,
        "--before",
        here,
        "--only",
        "tlseku,before",
        "--json",
        str(result),
    ]
    subprocess.run([*command, "--targets"], check=True, capture_output=True, text=True)
    (capture,) = json.loads(result.read_text())["captures"]
    before, ours = (
        next(one for one in capture["outcomes"].values() if one["kind"].startswith(kind))
        for kind in ("before", "tlseku")
    )
    assert before["agreement"] == ours["agreement"]
    assert ours["agreement"] == {"right": capture["certificates"], "missing": 0, "extra": 0}
    timed = {
        name.partition(": ")[2]: one for name, one in capture["outcomes"].items() if one["kind"] == "output"
    }
    assert sorted(timed) == sorted(output.name for output in OUTPUTS)
    # Whatever a build does not have says so; nothing else goes wrong.
    assert {one["problem"] for one in timed.values()} <= {None, NOT_THERE}
    assert {name for name, one in timed.items() if one["problem"]} <= {"ndjson --full", "--summary"}


def test_an_interpreter_without_tlseku_is_refused(captures: dict[str, Made]) -> None:
    command = [
        sys.executable,
        str(BENCHMARKS / "run.py"),
        str(captures["handshake"].path),
        "--tlseku",
        "/bin/false",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "/bin/false: tlseku does not run there" in done.stderr
