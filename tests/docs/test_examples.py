"""Whatever a page shows as an example was run: its output stands there, or another test runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
PAGES = {
    path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))
}
FENCE = re.compile(r"^```(\S+)\n(.*?)^```$", re.S | re.M)

ELSEWHERE = {
    ("architecture.md", "text"): 1,  # the layout; test_layering.py has it as a dict
    ("embedding.md", "python"): 10,  # test_embedding.py
    ("embedding.md", "bash"): 1,  # test_mitmproxy.py
    ("embedding.md", "text"): 7,
    ("filters.md", "text"): 1,  # the grammar, made from the code
    ("how-to/for-wireshark.md", "sh"): 3,  # tests/cli/test_wireshark.py, test_extcap.py
    ("how-to/live.md", "sh"): 2,  # tests/cli/test_live.py
    ("formats.md", "sh"): 2,  # tests/cli/test_completion.py; Elasticsearch and Kibana, which no test has
    ("rule-books.md", "toml"): 1,  # tests/verifiers/test_rule_book_page.py
    ("scale-out.md", "python"): 3,  # below, with files for the bucket and a cluster of this process
    ("tables.md", "python"): 1,  # below
    ("tutorial.md", "sh"): 1,  # how to install it, as README.md has it
}
"""Examples that have no output below them, and how many."""


HERE = {
    '"s3://captures/2026/*.pcap.gz"': '"file://PLACE/bucket/*.pcap.gz"',
    '"https://host/today.pcap"': '"today.pcap"',
    'storage={"anon": True}': "storage=None",
    '"scheduler:8786"': "processes=False, dashboard_address=None",
}
"""What an example names on other machines, and what stands in for it."""

ENDINGS = {
    "tables.md": ["print(len(flows), len(tables.flows), len(tables.requests), batch.num_rows)"],
    "scale-out.md": ["", "print(len(frame.compute()))\nclient.close()", ""],
}
"""What is put behind each Python example that prints nothing itself."""

PRINTED = {
    ("tables.md", 0): ["1 1 1 1"],
    ("scale-out.md", 0): ["client_verdict", "ok          2", "wrong       1", "declined    1"],
    ("scale-out.md", 1): ["8"],
    ("scale-out.md", 2): ["<Ingested: 3 captures read, 0 unchanged, 0 failed>"],
}


@pytest.mark.parametrize(("name", "number"), PRINTED, ids=str)
def test_a_program_of_a_page_runs(tmp_path: Path, name: str, number: int) -> None:
    for library in ("pandas", "pyarrow", "dask", "distributed", "duckdb", "fsspec"):
        pytest.importorskip(library, reason=f"needs {library}, of the test extra")
    captures = PROJECT / "captures"
    (tmp_path / "bucket").mkdir()
    for scenario in ("scenario1.pcap.gz", "scenario2.pcap.gz"):
        shutil.copy(captures / scenario, tmp_path / "bucket")
    for stand_in in ("capture.pcap", "big.pcap", "today.pcap"):
        shutil.copy(captures / "wrong-eku-refused.pcap", tmp_path / stand_in)
    shutil.copy(captures / "declined.pcap", tmp_path / "here.pcap")
    program = [text for language, text in FENCE.findall(PAGES[name]) if language == "python"][number]
    for there, here in HERE.items():
        program = program.replace(there, here.replace("PLACE", tmp_path.as_posix()))
    script = tmp_path / "example.py"
    script.write_text(program + ENDINGS[name][number], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = [
        line for line in done.stdout.splitlines() if not line.startswith("Name: ")
    ]  # pandas' own, of a type
    # What DuckDB draws and a report says changes with their versions.
    shown = len(PRINTED[name, number]) if (name, number) == ("scale-out.md", 2) else None
    assert lines[:shown] == PRINTED[name, number]
    assert shown is None or "client_verdict" in done.stdout


def test_every_stand_in_is_needed() -> None:
    text = PAGES["scale-out.md"]
    assert [there for there in HERE if there not in text] == []


@pytest.mark.parametrize(
    "name", [name for name, text in PAGES.items() if "```console\n" in text or "<!-- output of" in text]
)
def test_samples_are_what_the_program_prints(name: str) -> None:
    if "$ tshark " in PAGES[name] and shutil.which("tshark") is None:
        pytest.skip("needs tshark")
    check = subprocess.run(
        [sys.executable, "docs/refresh_samples.py", "--check", f"docs/{name}"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_every_example_is_run_by_some_test() -> None:
    found: dict[tuple[str, str], int] = {}
    for name, text in PAGES.items():
        if name == "commands.md":
            continue  # tests/cli/test_help.py and test_examples.py
        for language, _ in FENCE.findall(text):
            if language not in ("console", "{toctree}", "{eval-rst}"):
                found[name, language] = found.get((name, language), 0) + 1
    assert found == ELSEWHERE


def test_every_fence_has_a_language() -> None:
    for name, text in PAGES.items():
        assert text.count("```") == 2 * len(FENCE.findall(text)), name


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if "```console\n" in text])
def test_every_command_of_a_console_prints_something(name: str) -> None:
    for language, block in FENCE.findall(PAGES[name]):
        if language == "console":
            assert block.startswith("$ ")
            assert not re.search(r"^\$ [^\n]*\n(?=\$ |\Z)", block, re.M), block
            assert "Traceback" not in block
