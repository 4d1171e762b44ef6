"""``tlseku profiles``: what ships, and on what it rests."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from tlseku.cli import main
from tlseku.profiles.profile import profile_names


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["profiles", *args], prog_name="tlseku")


def test_all_are_listed() -> None:
    lines = run().stdout.splitlines()
    assert [line.partition(":")[0] for line in lines if line[0] != " "] == list(profile_names())
    assert all(len(line) <= 100 for line in lines)


def test_one_in_json() -> None:
    (found,) = json.loads(run("cisco-cube", "-T", "json").stdout)
    assert (found["name"], found["source"], found["as_of"]) == (
        "cisco-cube",
        "Cisco FN74350 r2.0",
        "2026-06-23",
    )
    assert found["connections"][0]["checks"] == "depends"
    assert set(found["connections"][0]["statements"]) <= set(found["statements"])


def test_no_such_profile() -> None:
    result = run("cisco-other")
    assert result.exit_code == 2
    assert "no profile 'cisco-other'" in result.stderr
