"""What is there and what is not, as of a given day."""

from __future__ import annotations

import json
import shutil
from datetime import date
from importlib.metadata import PackageNotFoundError

import pytest

from tests.cli.conftest import Run
from tlseku.cli.commands import doctor
from tlseku.cli.commands.doctor import OLD_DAYS, Checked, checks
from tlseku.policy.rule_books import BUILT_IN


def by_name(today: date) -> dict[str, Checked]:
    return {each.name: each for each in checks(today)}


def test_everything_is_listed(run: Run) -> None:
    done = run("doctor", "-T", "json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert {*BUILT_IN} <= {each["name"] for each in found if each["group"] == "rule-books"}
    assert [each["name"] for each in found if each["group"] == "programs"] == [
        "dumpcap",
        "tcpdump",
        "editcap",
        "tshark",
    ]
    assert {each["state"] for each in found} <= {"ok", "missing", "old"}


def test_the_table_fits(run: Run) -> None:
    lines = run("doctor", "--width", "80").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "build"


def test_what_is_missing_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", nothing)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = by_name(date(2026, 12, 1))
    assert found["pyarrow"][2:] == (
        "missing",
        "not installed",
        "for -T parquet and arrow: pip install 'tlseku[arrow]'",
    )
    assert found["tshark"][2:] == ("missing", "not on the PATH", "for tlseku wireshark")
    assert found["certifi"].state == "missing"


def test_data_grow_old() -> None:
    as_of = date.fromisoformat(by_name(date(2026, 12, 1))["go"].found[:10])
    later = date.fromordinal(as_of.toordinal() + OLD_DAYS)
    assert by_name(later)["go"].state == "ok"
    old = by_name(date.fromordinal(later.toordinal() + 1))["go"]
    assert (old.state, old.note.endswith("; a newer tlseku may have a newer one")) == ("old", True)
    # What a specification says does not change.
    assert by_name(date(2040, 1, 1))["rfc5280"].state == "ok"


def test_a_program_that_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/nonexistent/{name}")
    assert by_name(date(2026, 12, 1))["editcap"][2:4] == ("missing", "does not run")
