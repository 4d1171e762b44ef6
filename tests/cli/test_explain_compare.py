"""``tlseku explain`` and ``tlseku compare`` through the command line: output, exit codes, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.staged import Stage
from tlseku.cli.one_flow import SHOWN_BOOKS
from tlseku.policy.rule_books import Context

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
WORKS, FAILS = str(CAPTURES / "no-eku.pcap"), str(CAPTURES / "wrong-eku-refused.pcap")


def test_explain(run: Run) -> None:
    result = run("explain", FAILS, "1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Refused by server: fatal alert unsupported_certificate (43)." in result.stdout
    assert "  Yes: rfc5280, openssl, go, java and expressway-15.5 predict the refusal.\n" in result.stdout


def test_explain_with_chosen_books(run: Run) -> None:
    result = run("explain", "--rule-books", "gnutls", FAILS, "1")
    assert "  No: gnutls predicts the opposite.\n" in result.stdout
    # The book of what the server likely is speaks beside those chosen; no other does.
    assert "Its rule-book, openssl, on the client's chain" in result.stdout
    assert "java/leaf-eku" not in result.stdout
    assert run("explain", "--rule-books", "none", FAILS, "1").exit_code == 0


def test_explain_reads_as_it_is_told(run: Run, stage: Stage) -> None:
    result = run("explain", "--local", "10.0.0.1", "--expressway-mode", "off", "a", "b", "2")
    assert result.exit_code == 0
    assert stage.calls == [("scan", ("a", "b"), ("10.0.0.1",), False)]
    assert stage.books == SHOWN_BOOKS
    assert stage.context == Context("off")
    assert result.stdout.startswith("Flow 2 of edge.pcap: ")


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((FAILS, "2"), "tlseku: there is no flow 2: the captures have 1 flow\n"),
        ((FAILS, "0"), "0 is no number of a flow: they count from 1"),
        ((), "name a capture file, or - for standard input"),
        (("nowhere.pcap", "1"), "tlseku: nowhere.pcap: "),
        (("--rule-books", "nobody", FAILS, "1"), "there is no rule-book 'nobody'"),
    ],
)
def test_explain_goes_wrong(args: tuple[str, ...], problem: str, run: Run) -> None:
    result = run("explain", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.startswith("tlseku: ")
    assert result.stderr.count("\n") == 1


def test_compare(run: Run) -> None:
    result = run("compare", WORKS, FAILS)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[2] == "   paired by client, server, port and SNI"
    assert "   outcome               A  completed" in lines
    assert "                         B  refused by server with unsupported_certificate (43)" in lines
    assert lines[-2:] == ["", "1 pair, 1 different"]


def test_compare_what_is_the_same(run: Run) -> None:
    assert run("compare", FAILS, FAILS).stdout == "1 pair, 0 different\n"
    everything = run("compare", "--all", FAILS, FAILS).stdout
    assert "   no difference\n" in everything
    assert "   outcome               =  refused by server with unsupported_certificate (43)\n" in everything


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((WORKS, FAILS), 0),
        (("--fail-on", "different", WORKS, FAILS), 1),
        (("--fail-on", "different", FAILS, FAILS), 0),
        (("--fail-on", "different", "-T", "json", WORKS, FAILS), 1),
    ],
)
def test_compare_exit_code(args: tuple[str, ...], code: int, run: Run) -> None:
    assert run("compare", *args).exit_code == code


def test_compare_as_json(run: Run) -> None:
    result = run("compare", "-T", "json", WORKS, FAILS)
    document = json.loads(result.stdout)
    assert (document["schema"], document["different"], len(document["pairs"])) == (
        "tlseku/compare/1",
        True,
        1,
    )
    assert result.stderr == "tlseku: 1 pair, 1 different\n"
    assert all(not each["same"] for each in document["pairs"][0]["aspects"])
    everything = json.loads(run("compare", "-T", "json", "--all", WORKS, FAILS).stdout)
    assert {each["same"] for each in everything["pairs"][0]["aspects"]} == {True, False}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((WORKS,), "Missing argument 'B'."),
        ((WORKS, FAILS, FAILS), "Got unexpected extra argument"),
        (("-", "-"), "standard input (-) can be read only once"),
        ((WORKS, "nowhere.pcap"), "nowhere.pcap: "),
        (("nowhere.pcap", FAILS), "nowhere.pcap: "),
        (("--fail-on", "same", WORKS, FAILS), "'same' is not one of different, hidden, unread"),
        (("-T", "csv", WORKS, FAILS), "'csv' is not one of 'table', 'json'."),
    ],
)
def test_compare_goes_wrong(args: tuple[str, ...], problem: str, run: Run) -> None:
    result = run("compare", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.startswith("tlseku: ")
    assert result.stderr.count("\n") == 1
