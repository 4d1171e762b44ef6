"""Profiles by name, and tables in a form that is none."""

from __future__ import annotations

from importlib.resources import files

import pytest

from tlseku.errors import TableError
from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.findings import FINDING_LEVELS, ProfileFinding
from tlseku.profiles.profile import load_profile, profile_names, read_profile
from tlseku.scanning import read

TABLE = (
    files("tlseku.profiles").joinpath("data").joinpath("generic-mtls-server.toml").read_text(encoding="utf-8")
)
BOOK = load_rule_books(("openssl",))[0]


def nothing(flows: object, book: object) -> list[ProfileFinding]:
    return []


def backwards(flows: object, book: object) -> list[ProfileFinding]:
    return [ProfileFinding(level, (), "x", "", None, ()) for level in reversed(list(FINDING_LEVELS))]


def test_the_profiles_that_ship() -> None:
    assert "generic-mtls-server" in profile_names()
    for name in profile_names():
        profile = load_profile(name)
        assert profile.name == name
        assert load_rule_books((profile.rule_book,))[0].name == profile.rule_book
        assert profile.run(read("captures/test-case-1.pcap", rule_books=()), BOOK) is not None


def test_findings_come_worst_first() -> None:
    found = read_profile(TABLE, "x", backwards).run((), BOOK)
    assert [one.level for one in found] == ["wrong", "caution", "open", "fine"]


def test_no_such_profile() -> None:
    with pytest.raises(TableError, match="no profile 'other'; there are "):
        load_profile("other")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('schema = "tlseku/profile/1"', 'schema = "tlseku/profile/2"', "schema: must be"),
        ('rule_book = "openssl"', "", "rule_book: must be one line of text"),
        ('rule_book = "openssl"', "rule_book = 7", "rule_book: must be one line of text"),
        ('title = "', 'titel = "', "unknown key 'titel'"),
        ('title = "', 'title = "" # ', "title: must be one line of text"),
        ("[statements]", "[other]", "unknown key 'other'"),
        ('GM1 = "', "GM1 = 1 # ", "GM1: must be one line of text"),
        ("[statements]", "[statements", "not TOML"),
    ],
)
def test_tables_in_another_form(old: str, new: str, problem: str) -> None:
    assert old in TABLE
    with pytest.raises(TableError, match=problem):
        read_profile(TABLE.replace(old, new), "x", nothing)


def test_a_table_without_statements() -> None:
    with pytest.raises(TableError, match="statements: must be a table of texts"):
        read_profile(TABLE.partition("[statements]")[0], "x", nothing)
