"""Every line of ``docs/migration.md`` runs, and where it says so tshark and tlseku find the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tlseku.registry.names import alert_name

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "migration.md").read_text(encoding="utf-8")

WITHOUT_A_RUN = {"live, from an interface"}
"""Rows that need an interface; tests/cli/test_streams.py has standard input."""

NO_FILTER = "(no filter can say)"


class Row(NamedTuple):
    """One line of the table."""

    title: str
    tshark: str
    tlseku: str
    same: str


def table() -> list[Row]:
    lines = PAGE.split("<!-- rows -->\n")[1].splitlines()[2:]
    found = []
    for line in lines[: lines.index("")]:
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        found.append(Row(cells[0], cells[1].strip("`"), cells[2].strip("`"), cells[3]))
    return found


ROWS = table()


def value(kind: str, text: str) -> int | str:
    """One thing that was found, however each program spells it."""
    if kind == "serials":
        return int(text.replace(":", ""), 16)
    if kind == "frames":
        return int(text)
    if kind == "codes":
        return alert_name(int(text)) if text.isdigit() else text
    return text


def found(kind: str, output: str) -> list[int | str]:
    """All that was found, each once."""
    return sorted({value(kind, text) for text in re.split(r"[,;\s]+", output) if text}, key=str)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "captures").symlink_to(PROJECT / "captures")
    return tmp_path


def run(line: str, desk: Path) -> str:
    program = f'tlseku() {{ "{sys.executable}" -m tlseku "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", program + line],
        cwd=desk,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_the_table_has_its_rows() -> None:
    assert len(ROWS) == 16
    assert len({row.title for row in ROWS}) == len(ROWS)
    assert sum(row.same != "" for row in ROWS) == 9
    assert {row.title for row in ROWS} >= WITHOUT_A_RUN


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.title not in WITHOUT_A_RUN], ids=lambda row: row.title
)
def test_tlseku_runs(row: Row, desk: Path) -> None:
    before = set(desk.iterdir())
    assert run(row.tlseku, desk) or set(desk.iterdir()) != before


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.title not in WITHOUT_A_RUN and row.tshark != NO_FILTER],
    ids=lambda row: row.title,
)
def test_tshark_runs(row: Row, desk: Path) -> None:
    before = set(desk.iterdir())
    assert run(row.tshark, desk) or set(desk.iterdir()) != before


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
@pytest.mark.parametrize("row", [row for row in ROWS if row.same], ids=lambda row: row.title)
def test_both_find_the_same(row: Row, desk: Path) -> None:
    ours = found(row.same, run(row.tlseku, desk).split("\n", 1)[1])  # the names of columns come first
    assert ours
    assert ours == found(row.same, run(row.tshark, desk))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("serials", "0x00ab", "ab"),
        ("serials", "46:df:00", "46df00"),
        ("codes", "43", "unsupported_certificate"),
        ("frames", "1; 2\n2", "2,1"),
    ],
)
def test_spellings_that_are_the_same(kind: str, one: str, other: str) -> None:
    assert found(kind, one) == found(kind, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("serials", "ab00", "ab"),
        ("codes", "42", "unsupported_certificate"),
        ("frames", "1,2", "1"),
        ("names", "a", "A"),
    ],
)
def test_what_is_not_the_same(kind: str, one: str, other: str) -> None:
    assert found(kind, one) != found(kind, other)
