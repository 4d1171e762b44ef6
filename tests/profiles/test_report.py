"""``tlseku diagnose`` from the outside: text, JSON against its schema, exit codes."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tests.output.json.test_schemas import objects
from tlseku.cli import main

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SCHEMA = json.loads(
    files("tlseku.profiles").joinpath("profile-findings-1.schema.json").read_text(encoding="utf-8")
)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["diagnose", *args], prog_name="tlseku")


def capture(name: str) -> str:
    return str(CAPTURES / name)


def test_the_schema_is_strict() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:tlseku:profile-findings:1"
    for node in objects(SCHEMA):
        if "properties" in node:
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["test-case-2.pcap", "declined.pcap", "tls13.pcap", "no-eku.pcap"])
def test_json(name: str) -> None:
    done = run("-T", "json", capture(name))
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    cited = {rule for one in found["findings"] for rule in one["rules"]}
    assert set(found["rules"]) == cited
    assert (found["profile"], found["rule_book"]) == ("generic-mtls-server", "openssl")


def test_text() -> None:
    done = run("--rule-book", "go", "--width", "200", capture("test-case-1.pcap"), capture("no-eku.pcap"))
    lines = done.stdout.splitlines()
    assert lines[0] == "generic-mtls-server: A server that requires client certificates, judged by go"
    assert lines[1].startswith(
        "wrong    client 10.106.80.16 of 10.106.80.31:7001: serial 40019d11c07b52e8936a"
    )
    assert lines[-1] == "1 wrong, 1 fine"
    assert "GM1      A server that applies the rule-book" in done.stdout


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("--profile", "other", "x.pcap"), "'other' is not"),
        (("--rule-book", "other", "x.pcap"), "other"),
        (("no-such-file",), "cannot open it"),
        ((), "name a capture file"),
    ],
)
def test_wrong_usage(args: tuple[str, ...], problem: str) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert problem in done.stderr


def test_one_bad_file_hides_no_other() -> None:
    done = run("no-such-file", capture("test-case-1.pcap"))
    assert done.exit_code == 2
    assert "1 wrong" in done.stdout
