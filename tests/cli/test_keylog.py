"""--keylog and --keylog-env, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Run
from tests.schemas import schema

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
CAPTURE = str(CAPTURES / "tls13.pcap")
KEYS = str(CAPTURES / "tls13.keys")


def test_flows_opens_what_is_encrypted(run: Run) -> None:
    result = run("flows", "-T", "ndjson", "--full", "--keylog", KEYS, CAPTURE)
    assert result.exit_code == 0
    flow = json.loads(result.stdout)
    Draft202012Validator(schema("full-flow")).validate(flow)
    assert [presented["role"] for presented in flow["presented"]] == ["server", "client"]
    assert [message["type"] for message in flow["messages"] if message["decrypted"]].count("finished") == 2
    assert "; secrets for 1 flow; " in result.stderr


def test_without_secrets_none_are_spoken_of(run: Run) -> None:
    result = run("flows", "-T", "ndjson", "--full", CAPTURE)
    assert json.loads(result.stdout)["presented"] == []
    assert "secrets" not in result.stderr


@pytest.mark.parametrize("command", [("show",), ("explain",), ("certs",), ("requests",)])
def test_the_other_commands(run: Run, command: tuple[str, ...]) -> None:
    number = ("1",) if command[0] in ("show", "explain") else ()
    shut = run(*command, CAPTURE, *number)
    opened = run(*command, "--keylog", KEYS, CAPTURE, *number)
    assert (shut.exit_code, opened.exit_code) == (0, 0)
    assert "clientAuth" not in shut.stdout
    word = "presented" if command[0] == "requests" else "clientAuth"
    assert word in opened.stdout


def test_the_environment_only_if_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", KEYS)
    assert json.loads(run("flows", "-T", "ndjson", "--full", CAPTURE).stdout)["presented"] == []
    asked = json.loads(run("flows", "-T", "ndjson", "--full", "--keylog-env", CAPTURE).stdout)
    assert len(asked["presented"]) == 2
    monkeypatch.delenv("SSLKEYLOGFILE")
    result = run("flows", "--keylog-env", CAPTURE)
    assert result.exit_code == 2
    assert "SSLKEYLOGFILE is not set" in result.stderr


def test_a_log_that_cannot_be_read_is_a_warning(run: Run, tmp_path: Path) -> None:
    result = run("flows", "--keylog", str(tmp_path / "none"), CAPTURE)
    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert "cannot read the key log" in result.stderr
