"""Whatever a page shows as an example was run: its output stands there, or another test runs it."""

from __future__ import annotations

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
    ("embedding.md", "python"): 5,  # test_embedding.py
    ("embedding.md", "text"): 3,
    ("filters.md", "text"): 1,  # the grammar, made from the code
    ("formats.md", "sh"): 1,  # tests/cli/test_completion.py
    ("rule-books.md", "toml"): 1,  # tests/verifiers/test_rule_book_page.py
    ("scale-out.md", "python"): 2,  # these two need a cluster or a bucket: tests/scale_out
    ("tables.md", "python"): 1,  # tests/data_frames
    ("tutorial.md", "sh"): 1,  # how to install it, as README.md has it
}
"""Examples that have no output below them, and how many."""


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if "```console\n" in text])
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
