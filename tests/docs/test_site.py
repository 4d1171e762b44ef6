"""The site builds without a warning and without a network, and nothing of the program is missing from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tlseku
from tlseku.cli.group import COMMANDS

pytest.importorskip("sphinx", reason="needs sphinx, of the test extra")
pytest.importorskip("myst_nb", reason="needs myst-nb, of the test extra")
pytest.importorskip("furo", reason="needs furo, of the test extra")

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "notebooks" not in path.parts)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-j", "2"]
    done = subprocess.run(
        [*build, "-d", place / "doctrees", DOCS, place / "html"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return place / "html"


def test_every_page_is_there(site: Path) -> None:
    for page in PAGES:
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file()
    for notebook in (PROJECT / "notebooks").glob("*.ipynb"):
        assert (site / "notebooks" / f"{notebook.stem}.html").is_file()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)\"|<link[^>]* href=\"([^\"]+)\"")
    for page in site.rglob("*.html"):
        if "notebooks" in page.parts:
            continue  # myst-nb adds require.js and MathJax for widgets that a notebook may hold
        for found in loaded.finditer(page.read_text(encoding="utf-8")):
            assert not re.match(r"https?:|//", found[1] or found[2]), (page.name, found[0])


def test_every_public_name_is_described(site: Path) -> None:
    page = (site / "python.html").read_text(encoding="utf-8")
    missing = [name for name in tlseku.__all__ if f'id="tlseku.{name}"' not in page]
    assert missing == ["filter"]
    assert 'id="tlseku.filter.compile"' in page


def test_no_other_name_is_described(site: Path) -> None:
    page = (site / "python.html").read_text(encoding="utf-8")
    described = set(re.findall(r'id="tlseku\.(\w+)"', page))
    assert described <= set(tlseku.__all__)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described_and_used_in_a_page(command: str) -> None:
    assert f"\n## tlseku {command}\n" in (DOCS / "commands.md").read_text(encoding="utf-8")
    written = [page for page in PAGES if page.name != "commands.md"]
    assert any(f"tlseku {command}" in page.read_text(encoding="utf-8") for page in written)


def test_no_command_is_described_that_is_none() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"(?:^\$ |`)tlseku ([a-z]+)", text, re.MULTILINE)) <= set(COMMANDS), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_is_in_the_contents(page: Path) -> None:
    name = page.relative_to(DOCS).with_suffix("").as_posix()
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert name == "index" or index.count(f"\n{name}\n") == 1
