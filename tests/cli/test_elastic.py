"""``tlseku elastic`` prints the files that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.output.records.kibana import PATH


@pytest.mark.parametrize(
    ("what", "file"), [("template", "ecs-index-template.json"), ("dashboard", "kibana-dashboard.ndjson")]
)
def test_the_command_prints_the_files(what: str, file: str, run: Run, tmp_path: Path) -> None:
    text = PATH.with_name(file).read_text("utf-8")
    assert run("elastic", what).stdout == text
    target = tmp_path / "out"
    assert run("elastic", what, "-w", str(target)).exit_code == 0
    assert target.read_text("utf-8") == text
