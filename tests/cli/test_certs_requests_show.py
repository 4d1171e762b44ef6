"""``tlseku certs``, ``requests`` and ``show``: formats, streams and exit codes."""

from __future__ import annotations

import csv
import io
import json
from typing import Literal

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Run
from tests.cli.staged import WARNING, Stage
from tests.output.samples import EVERY, SCENARIO_1
from tests.output.seen import seen_certificates
from tests.schemas import schema
from tlseku.output.reports.certificates import certificate_lines
from tlseku.output.reports.requests import request_list_lines
from tlseku.output.reports.story import story_lines
from tlseku.output.words.terminal_page import Page, plain

LISTS: list[tuple[str, Literal["certificate", "request"], int]] = [
    ("certs", "certificate", 12),
    ("requests", "request", 3),
]


@pytest.mark.parametrize(("command", "name", "number"), LISTS)
def test_json_and_ndjson(
    stage: Stage, run: Run, command: str, name: Literal["certificate", "request"], number: int
) -> None:
    validator = Draft202012Validator(schema(name))
    array = json.loads(run(command, "-T", "json", "x").stdout)
    lines = run(command, "-T", "ndjson", "x")
    assert [json.loads(line) for line in lines.stdout.splitlines()] == array
    assert len(array) == number
    for document in array:
        validator.validate(document)
    assert lines.stderr.splitlines()[1].startswith(f"tlseku: {number} {name}s; 7 TLS flows")


@pytest.mark.parametrize(("command", "name", "number"), LISTS)
def test_csv(stage: Stage, run: Run, command: str, name: str, number: int) -> None:
    result = run(command, "-T", "csv", "x")
    assert len(list(csv.DictReader(io.StringIO(result.stdout)))) >= number
    assert result.exit_code == 0


def test_certs_table(stage: Stage, run: Run) -> None:
    result = run("certs", "x", "--width", "120")
    page = "".join(f"{plain(line)}\n" for line in certificate_lines(seen_certificates(EVERY), Page(120)))
    assert result.stdout.startswith(page + "\n12 certificates; 7 TLS flows in 9 TCP connections")
    assert result.stderr == f"tlseku: warning: {WARNING}\n"


def test_requests_table(stage: Stage, run: Run) -> None:
    page = "".join(f"{plain(line)}\n" for line in request_list_lines(EVERY, Page(100)))
    assert run("requests", "x").stdout.startswith(page + "\n3 requests; 7 TLS flows")


@pytest.mark.parametrize("command", ["certs", "requests"])
def test_nothing_to_list(stage: Stage, run: Run, command: str) -> None:
    stage.flows = ()
    assert run(command, "x").stdout.startswith(
        {"certs": "0 certificates; ", "requests": "0 requests; "}[command]
    )
    assert run(command, "-T", "json", "x").stdout == "[]\n"


@pytest.mark.parametrize("command", ["certs", "requests"])
def test_an_unreadable_file_among_others(stage: Stage, run: Run, command: str) -> None:
    result = run(command, "x", "bad.pcap")
    assert result.exit_code == 2
    assert "tlseku: bad.pcap: offset 24: not a capture\n" in result.stderr
    assert "46df76aa000000000029" in result.stdout or "CN=CA One" in result.stdout


def test_show(stage: Stage, run: Run) -> None:
    result = run("show", "--merge", "--local", "10.106.80.31", "x", "1")
    assert result.exit_code == 0
    assert result.stdout == "".join(f"{plain(line)}\n" for line in story_lines(SCENARIO_1, Page(100)))
    assert stage.calls == [("scan", ("x",), ("10.106.80.31",), True)]


@pytest.mark.parametrize("number", [8, 10**20])
def test_show_a_flow_that_is_not_there(stage: Stage, run: Run, number: int) -> None:
    result = run("show", "x", "y", str(number))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(f"tlseku: there is no flow {number}: the captures have 7 flows\n")


def test_show_where_there_is_none(stage: Stage, run: Run) -> None:
    stage.flows = ()
    assert run("show", "x", "1").stderr.endswith(
        "tlseku: there is no flow 1: the captures have no TLS flow\n"
    )
