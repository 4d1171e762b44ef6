"""The manual pages are current, and man shows them without a complaint."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tlseku.cli.group import COMMANDS

man_pages = pytest.importorskip("tests.cli.man_pages", reason="there is no click-man", exc_type=ImportError)


# (what click-man makes use of will go with click 9)
@pytest.mark.filterwarnings("ignore:.*make_default_short_help:DeprecationWarning")
def test_they_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in man_pages.FOLDER.glob("*.1")}
    assert written == man_pages.pages(), "run python -m tests.cli.man_pages"


def test_there_is_one_for_each_command() -> None:
    names = {"tlseku.1", *(f"tlseku-{name}.1" for name in COMMANDS)}
    assert {path.name for path in man_pages.FOLDER.glob("*.1")} == names


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man")
@pytest.mark.parametrize("name", ["tlseku", "tlseku-flows", "tlseku-live", "tlseku-explain"])
def test_man_shows_them(name: str) -> None:
    done = subprocess.run(
        ["man", "--warnings=w", "-l", str(man_pages.FOLDER / f"{name}.1")],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    assert "EXAMPLES" in done.stdout
    assert "OPTIONS" in done.stdout
