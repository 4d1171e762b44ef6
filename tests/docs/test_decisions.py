"""Records of decisions: four parts each, figures among them, and a row in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"
RECORDS = sorted(path for path in DECISIONS.glob("*.md") if path.name != "index.md")
PARTS = ["Context.", "Decision.", "Figures.", "Consequences."]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_its_four_parts(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert re.findall(r"^\*\*([A-Z]\w+\.)\*\*", text, re.MULTILINE) == PARTS
    assert len(text.split()) < 400


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_the_modules_that_a_record_names_exist(record: Path) -> None:
    project = DECISIONS.parents[1]
    named = re.findall(r"`([a-z0-9_]+/[a-z0-9_/]+(?:\.py)?)`", record.read_text(encoding="utf-8"))
    missing = [
        name for name in named if not ((project / "tlseku" / name).exists() or (project / name).exists())
    ]
    assert missing == []


def test_the_index_lists_each_once() -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (DECISIONS / "index.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [path.name for path in RECORDS]
    assert len(RECORDS) == 9
