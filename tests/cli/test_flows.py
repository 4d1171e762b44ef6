"""``tlseku flows``: formats, order, exit codes, and what goes to which stream."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import redirect_stdout

import pytest

from tests.cli.conftest import Run
from tests.cli.staged import WARNING, Stage
from tests.output.samples import DECLINED, EVERY, REFUSED, SCENARIO_1, TLS13, flow
from tlseku.cli import main
from tlseku.flow import Flow
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import flow_line, full_flow
from tlseku.output.reports.findings import FINDINGS
from tlseku.output.reports.flow_table import flow_lines
from tlseku.output.words.terminal_page import Page, plain

SUMMARY_LINE = (
    "7 TLS flows in 9 TCP connections (5 ok, 1 unrestricted, 1 any, 1 wrong, 1 empty, 1 declined, 1 incomplete,"
    " 1 unreadable, 2 hidden); 15,023 packets read from 2 files, skipped: 311 not TCP, 12 not IP;"
    " limits reached: 3 half-open handshakes"
)


def test_table(stage: Stage, run: Run) -> None:
    result = run("flows", "edge.pcap")
    table = "".join(f"{plain(line)}\n" for line in flow_lines(EVERY, Page(100)))
    assert result.exit_code == 0
    assert result.stdout.startswith(table + "\n7 TLS flows in 9 TCP connections (5 ok,")
    assert result.stderr == f"tlseku: warning: {WARNING}\n"
    assert "\x1b" not in result.output
    assert stage.calls == [("scan", ("edge.pcap",), (), False)]


@pytest.mark.parametrize("width", [80, 160])
def test_width(stage: Stage, run: Run, width: int) -> None:
    text = run("flows", "--width", str(width), "edge.pcap").stdout
    assert text.startswith("".join(f"{plain(line)}\n" for line in flow_lines(EVERY, Page(width))))
    assert max(map(len, text.splitlines())) <= width


def test_ndjson(stage: Stage, run: Run) -> None:
    result = run("flows", "-T", "ndjson", "edge.pcap")
    assert result.stdout == "".join(f"{to_json(flow_line(sample))}\n" for sample in EVERY)
    assert result.stderr == f"tlseku: warning: {WARNING}\ntlseku: {SUMMARY_LINE}\n"
    assert stage.calls[0][0] == "scan"


def test_json_is_one_array(stage: Stage, run: Run) -> None:
    result = run("flows", "--format", "json", "edge.pcap")
    assert json.loads(result.stdout) == [json.loads(to_json(flow_line(sample))) for sample in EVERY]


@pytest.mark.parametrize(
    "options", [(), ("-Y", "flow.number > 0"), ("--fail-on", "wrong"), ("--rows", "flows")]
)
def test_full_has_everything_in_one_object(stage: Stage, run: Run, options: tuple[str, ...]) -> None:
    expected = [json.loads(to_json(full_flow(sample))) for sample in EVERY]
    lines = run("flows", "-T", "ndjson", "--full", *options, "edge.pcap").stdout.splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert json.loads(run("flows", "-T", "json", "--full", *options, "edge.pcap").stdout) == expected
    assert [*json.loads(lines[0])] == [*expected[0]]


@pytest.mark.parametrize(
    "options", [(), ("-Y", "flow.number > 0"), ("--fail-on", "wrong"), ("--rows", "flows")]
)
def test_the_line_is_the_same_whatever_else_is_asked(
    stage: Stage, run: Run, options: tuple[str, ...]
) -> None:
    text = run("flows", "-T", "ndjson", *options, "edge.pcap").stdout
    assert text == "".join(f"{to_json(flow_line(sample))}\n" for sample in EVERY)


def test_csv(stage: Stage, run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("flows", "-T", "csv", "edge.pcap").stdout)))
    assert [row["flow"] for row in rows] == [
        str(sample.number) for sample in EVERY for _ in sample.presented or (None,)
    ]


@pytest.mark.parametrize(
    ("args", "at_once"),
    [
        (("-T", "ndjson", "-"), True),
        (("-T", "ndjson", "--local", "10.0.0.0/8", "a.pcap"), False),
        (("-T", "ndjson", "a.pcap"), False),
        (("-T", "ndjson", "--fail-on", "wrong", "a.pcap"), False),
        (("-T", "csv", "-"), True),
        (("-T", "tsv", "-"), True),
        (("-T", "csv", "a.pcap"), False),
        (("-T", "json", "-"), False),
        (("-T", "json", "--local", "::1", "-"), False),
        (("-",), True),
        (("a.pcap",), False),
        (("-e", "flow.number", "-"), False),
        (("-T", "csv", "-e", "flow.number", "-"), True),
    ],
)
def test_flows_of_standard_input_are_written_as_they_end_others_as_they_began(
    stage: Stage, run: Run, args: tuple[str, ...], at_once: bool
) -> None:
    ending = [REFUSED, SCENARIO_1]
    assert [flow.number for flow in ending] == [2, 1]
    stage.flows = ending
    result = run("flows", *args)
    numbers = re.findall(
        r'^ *(\d+)(?=  \d|$)|"flow":(\d+)|^[^,\t]+[,\t](\d+)[,\t]2026', result.stdout, re.MULTILINE
    )
    assert list(dict.fromkeys("".join(each) for each in numbers)) == (["2", "1"] if at_once else ["1", "2"])
    assert result.exit_code == ("--fail-on" in args)


def test_what_is_told_behind_later_flows_is_counted(
    stage: Stage, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlseku.handshake.begin_order.MAX_HELD_BYTES", 0)
    stage.flows = [REFUSED, SCENARIO_1]
    result = run("flows", "-T", "tsv", "-e", "flow.number", "a.pcap")
    assert result.stdout == "flow.number\n2\n1\n"
    assert result.stderr.splitlines()[1] == (
        "tlseku: warning: 1 flow went on for longer than others can be held back: told behind flows that began later"
    )


def test_sources_and_options_reach_the_library(stage: Stage, run: Run) -> None:
    args = ("a.pcap", "-r", "b.pcap", "--local", "10.1.2.3", "--local", "2001:db8::/32", "-r", "c.pcap")
    assert run("flows", *args).exit_code == 0
    assert stage.calls == [("scan", ("a.pcap", "b.pcap", "c.pcap"), ("10.1.2.3", "2001:db8::/32"), False)]


ENDINGS = ("refused_inside", "closed_after", "aborted")
"""Outcomes that no sample has."""


@pytest.mark.parametrize(
    ("word", "sample", "code"),
    [
        *((word, EVERY, 1) for word in FINDINGS if word not in ENDINGS),
        *((word, EVERY, 0) for word in ENDINGS),
        *((word, (flow(outcome=word),), 1) for word in ENDINGS),
        *((word, (SCENARIO_1,), 0) for word in FINDINGS),
        ("wrong", (TLS13, DECLINED), 0),
        ("hidden", (TLS13,), 1),
        ("wrong,refused", (REFUSED,), 1),
        ("any, declined", (DECLINED,), 1),
        ("any,empty", (DECLINED,), 0),
    ],
)
@pytest.mark.parametrize("form", ["table", "ndjson"])
def test_fail_on(stage: Stage, run: Run, word: str, sample: tuple[Flow, ...], code: int, form: str) -> None:
    stage.flows = sample
    assert run("flows", "--fail-on", word, "-T", form, "edge.pcap").exit_code == code


def test_fail_on_adds_up(stage: Stage, run: Run) -> None:
    stage.flows = (DECLINED,)
    assert run("flows", "--fail-on", "any", "--fail-on", "declined", "x").exit_code == 1
    assert run("flows", "x").exit_code == 0


def test_an_unreadable_file_does_not_hide_the_others(stage: Stage, run: Run) -> None:
    result = run("flows", "--fail-on", "wrong", "good.pcap", "bad.pcap", "other.pcap")
    assert result.exit_code == 2
    assert result.stderr.startswith("tlseku: bad.pcap: offset 24: not a capture\n")
    assert "refused by server" in result.stdout


def test_the_only_file_is_unreadable(stage: Stage, run: Run) -> None:
    result = run("flows", "bad.pcap")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tlseku: bad.pcap: offset 24: not a capture\n"


def test_no_flow_at_all(stage: Stage, run: Run) -> None:
    stage.flows = ()
    assert run("flows", "x").stdout.startswith("7 TLS flows in 9 TCP connections; 15,023 packets read")
    assert run("flows", "-T", "json", "x").stdout == "[]\n"
    assert run("flows", "-T", "ndjson", "x").stdout == ""
    assert run("flows", "-T", "csv", "x").stdout.count("\n") == 1


def test_ndjson_where_standard_output_has_no_bytes_beneath(stage: Stage) -> None:
    with redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit) as left:
        main(["flows", "-T", "ndjson", "edge.pcap"], prog_name="tlseku")
    assert left.value.code == 0
    assert out.getvalue() == "".join(f"{to_json(flow_line(sample))}\n" for sample in EVERY)


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "tsv", "table"])
def test_a_summary_has_the_flows_that_are_wanted(stage: Stage, run: Run, form: str) -> None:
    result = run(
        "flows", "--summary", "-Y", "flow.outcome == refused", "-T", form, "--fail-on", "wrong", "a.pcap"
    )
    assert result.exit_code == 1
    assert "198.51.100.20:5061" in result.stdout
    assert "163.129.37.32" not in result.stdout
    total = result.stdout if form == "table" else result.stderr
    assert "1 of 7 TLS flows in 9 TCP connections (1 ok, 1 wrong)" in total
    assert stage.books == ()


@pytest.mark.parametrize(
    "args",
    [("-e", "tls.sni"), ("-T", "ecs"), ("-T", "parquet", "--rows", "requests"), ("-T", "json", "--full")],
)
def test_a_summary_has_no_columns_of_flows(run: Run, args: tuple[str, ...]) -> None:
    result = run("flows", "--summary", *args, "a.pcap")
    assert result.exit_code == 2
    assert (
        "--summary counts flows: with -T table, json, ndjson, csv, tsv, no -e, no --rows, no --full"
        in result.stderr
    )
