"""README.md keeps its promises: its samples are what the program prints, its commands and verdicts exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_samples_are_what_the_program_prints() -> None:
    """Those of other pages are the business of ``tests/docs``."""
    assert README.count("<!-- output of") == 2
    check = subprocess.run(
        [sys.executable, "docs/refresh_samples.py", "--check", "README.md"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_the_table_fits_100_columns() -> None:
    samples = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert all(samples)
    assert max(len(line) for sample in samples for line in sample.splitlines()) <= 100


@pytest.mark.parametrize("command", re.findall(r"^\| `tlseku (\w+) ", README, re.MULTILINE))
def test_every_command_exists(command: str) -> None:
    subprocess.run([sys.executable, "-m", "tlseku", command, "--help"], capture_output=True, check=True)


def test_every_command_is_listed() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tlseku", "--help"], capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^  (\w+) ", run.stdout[run.stdout.index("Commands:") :], re.MULTILINE)
    assert sorted(commands) == sorted(re.findall(r"^\| `tlseku (\w+) ", README, re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    text = (PROJECT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (PROJECT / target).exists(), target


@pytest.mark.parametrize("command", ["tests/run", ".ci/run"])
def test_the_scripts_can_be_run(command: str) -> None:
    assert (PROJECT / command).stat().st_mode & 0o111 == 0o111
    subprocess.run(["bash", "-n", command], cwd=PROJECT, check=True)
