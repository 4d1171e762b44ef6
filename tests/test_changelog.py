"""CHANGELOG.md is for users: short bullets, under the headings of Keep a Changelog."""

from __future__ import annotations

import re
from pathlib import Path

import tlseku

CHANGELOG = (Path(__file__).resolve().parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")

MOST_WORDS = 15

KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def bullets(text: str) -> list[str]:
    """Each bullet on one line, without its dash."""
    found = re.findall(r"^- (.*(?:\n(?!- |#|\n).*)*)", text, re.MULTILINE)
    return [" ".join(bullet.split()) for bullet in found]


def test_what_counts_as_a_bullet() -> None:
    assert bullets("# A\n\n- one\n  more\n- two\n\ntext\n") == ["one more", "two"]


def test_a_bullet_has_at_most_fifteen_words() -> None:
    assert bullets(CHANGELOG)
    assert [bullet for bullet in bullets(CHANGELOG) if len(bullet.split()) > MOST_WORDS] == []


def test_headings_are_those_of_keep_a_changelog() -> None:
    assert set(re.findall(r"^### (.*)", CHANGELOG, re.MULTILINE)) <= set(KINDS)
    versions = re.findall(r"^## (.*)", CHANGELOG, re.MULTILINE)
    assert [
        each
        for each in versions
        if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - (Unreleased|\d{4}-\d\d-\d\d)", each)
    ] == []


def test_the_first_version_is_that_of_the_package() -> None:
    assert re.findall(r"^## \[(.*)\]", CHANGELOG, re.MULTILINE)[0] == tlseku.__version__
