"""The site builds without a warning and without a network, and nothing of the program is missing from it."""

from __future__ import annotations

import os
import re
import shutil
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


PHONE = 390
"""Pixels of a page on a phone."""

LOADED = re.compile(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)\"|<link[^>]* href=\"([^\"]+)\"")


def built(place: Path) -> Path:
    """The site, built as strictly as Sphinx can."""
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


def loaded_from_elsewhere(page: Path) -> list[str]:
    found = [each[1] or each[2] for each in LOADED.finditer(page.read_text(encoding="utf-8"))]
    return [address for address in found if re.match(r"https?:|//", address)]


def test_the_site(tmp_path: Path) -> None:
    """One test, so that the site is built once and not once a worker."""
    site = built(tmp_path)
    for page in PAGES:
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file()
    for notebook in (PROJECT / "notebooks").glob("*.ipynb"):
        assert (site / "notebooks" / f"{notebook.stem}.html").is_file()
    # myst-nb adds MathJax and the like for what a notebook may hold.
    written = [page for page in site.rglob("*.html") if "notebooks" not in page.parts]
    assert len(written) > len(PAGES)
    assert {page.name: found for page in written if (found := loaded_from_elsewhere(page))} == {}
    described = set(re.findall(r'id="tlseku\.(\w+)', (site / "python.html").read_text(encoding="utf-8")))
    assert described == set(tlseku.__all__)
    shown = [site / page.relative_to(DOCS).with_suffix(".html") for page in PAGES]
    assert wider_than_a_phone(site, [*shown, *(site / "notebooks").glob("*.html")]) == {}


def wider_than_a_phone(site: Path, pages: list[Path]) -> dict[str, int]:
    """Pages that have to be moved sideways on a phone, with their width in pixels. Without Chromium none is looked at."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        assert not os.environ.get("TLSEKU_REQUIRE_BROWSER"), "chromium is required and not installed"
        return {}
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shown = browser.new_page(viewport={"width": PHONE, "height": 800})
        for page in pages:
            shown.goto(page.as_uri())
            width = shown.evaluate("document.documentElement.scrollWidth")
            if width > PHONE:
                found[page.relative_to(site).as_posix()] = width
        browser.close()
    return found


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<script src="_static/a.js">', []),
        ('<link rel="stylesheet" href="_static/a.css">', []),
        ('<a href="https://example.org/">', []),
        ('<script async src="https://example.org/a.js">', ["https://example.org/a.js"]),
        ('<link rel="stylesheet" href="//example.org/a.css">', ["//example.org/a.css"]),
    ],
)
def test_what_counts_as_loaded(tmp_path: Path, html: str, found: list[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(html, encoding="utf-8")
    assert loaded_from_elsewhere(page) == found


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
