"""A headless Chromium for the tests of pages: Debian's, driven by playwright, which must not find one of its own.

Without Chromium the tests are skipped, unless TLSEKU_REQUIRE_BROWSER is set: then they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE = 20_000
"""Milliseconds that anything may take. It takes a few, but a busy machine starts a browser's threads late."""

expect.set_options(timeout=PATIENCE)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("TLSEKU_REQUIRE_BROWSER"):
            pytest.fail("chromium is required and not installed")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """A function that opens a document; at the end nothing may have been complained of or asked for elsewhere."""
    problems: list[str] = []
    asked: list[str] = []
    contexts = []
    files: list[str] = []

    def open_(
        document: str,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: str = "light",
        may_complain: bool = False,
    ) -> Page:
        file = tmp_path / f"report-{len(files)}.html"
        file.write_text(document, encoding="utf-8")
        files.append(file.as_uri())
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if not may_complain:
            page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []
    assert [url.partition("#")[0] for url in asked if not url.startswith("data:,")] == files
