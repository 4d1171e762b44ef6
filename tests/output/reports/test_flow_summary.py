"""Flows rolled up: exact counts of every kind of group, and what is beyond the limit."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from tests.output.samples import DECLINED, EVERY, EVIL, REFUSED, SCENARIO_1, TLS13, renumbered
from tests.schemas import schema
from tlseku.flow import Endpoint, Flow
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.flow_summary import (
    COLUMNS,
    TITLES,
    By,
    FlowSummary,
    group_to_dict,
    summary_lines,
    summary_text,
)
from tlseku.output.words.terminal_page import Page, plain, width_of

FLOWS = (SCENARIO_1, renumbered(SCENARIO_1, 8), REFUSED, TLS13, DECLINED)


def summary_of(*flows: Flow) -> FlowSummary:
    summary = FlowSummary()
    for flow in flows:
        summary.take(flow)
    return summary


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (
            "server",
            [
                ("163.129.37.32:5061", 2),
                ("198.51.100.20:5061", 2),
                ("[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443", 1),
            ],
        ),
        ("service", [("sip-tls", 3), (None, 1), ("https", 1)]),
        ("outcome", [("completed", 4), ("refused", 1)]),
        ("client_verdict", [("ok", 2), ("declined", 1), ("hidden", 1), ("wrong", 1)]),
        ("server_verdict", [("ok", 3), ("hidden", 1), ("unrestricted", 1)]),
    ],
)
def test_groups(by: By, groups: list[tuple[str | None, int]]) -> None:
    assert [(group.value, group.flows) for group in summary_of(*FLOWS).groups(by)] == groups


def test_what_is_counted_of_a_group() -> None:
    first, second, third = summary_of(*FLOWS).groups("server")
    assert (first.outcomes, first.verdicts) == ({"completed": 2}, {"ok": 4})
    assert (second.outcomes, second.verdicts) == (
        {"refused": 1, "completed": 1},
        {"ok": 1, "wrong": 1, "unrestricted": 1, "declined": 1},
    )
    assert (third.outcomes, third.verdicts) == ({"completed": 1}, {"hidden": 1})


def test_issuers_are_those_of_leaves() -> None:
    summary = summary_of(*FLOWS)
    for by, role in (("client_issuer", "client"), ("server_issuer", "server")):
        leaves = [
            presented.chain[0].issuer
            for flow in FLOWS
            for presented in flow.presented
            if presented.role == role and presented.chain
        ]
        found = {group.value: group.flows for group in summary.groups(by)}  # type: ignore[arg-type]
        assert found == {issuer: leaves.count(issuer) for issuer in leaves}


@pytest.mark.parametrize("most", [1, 2, 3])
def test_flows_are_told_apart_however_many_wait(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    once = summary_of(*EVERY, *EVERY)
    monkeypatch.setattr("tlseku.output.reports.flow_summary._MOST_WAITING", most)
    now_and_then = summary_of(*EVERY, *EVERY)
    assert list(now_and_then.all_groups()) == list(once.all_groups())
    assert now_and_then.told() == once.told()
    assert now_and_then.verdicts == Counter(word for flow in (*EVERY, *EVERY) for word in flow.verdicts)


def test_no_flows() -> None:
    assert list(summary_of().all_groups()) == []
    assert list(summary_lines(summary_of(), Page(100))) == []


def test_beyond_the_limit_flows_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.reports.flow_summary.MOST_GROUPS", 1)
    flows = [replace(SCENARIO_1, server=Endpoint("192.0.2.1", port)) for port in (1, 2, 3, 1)]
    groups = summary_of(*flows).groups("server")
    assert [(group.value, group.beyond_limit, group.flows) for group in groups] == [
        ("192.0.2.1:1", False, 2),
        (None, True, 2),
    ]
    assert [group.verdicts["ok"] for group in groups] == [4, 4]
    (line,) = [
        plain(line) for line in summary_lines(summary_of(*flows), Page(100)) if "others" in plain(line)
    ]
    assert line == "        2  (others)                        2 completed; 4 ok"


def test_json_is_valid_and_counts_each_flow_in_each_kind() -> None:
    validator = Draft202012Validator(schema("summary"))
    documents = [json.loads(to_json(group_to_dict(group))) for group in summary_of(*EVERY).all_groups()]
    for document in documents:
        validator.validate(document)
        assert sum(document["outcomes"].values()) == document["flows"]
    for by in TITLES:
        flows = sum(document["flows"] for document in documents if document["by"] == by)
        assert flows == len(EVERY) or by.endswith("issuer")


def test_csv_and_tsv() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(summary_text("csv", summary_of(*FLOWS))))))
    assert list(rows[0]) == list(COLUMNS)
    assert [
        rows[0][name] for name in ("by", "value", "flows", "outcome_completed", "verdict_ok", "hidden")
    ] == [
        "server",
        "163.129.37.32:5061",
        "2",
        "2",
        "4",
        "0",
    ]
    assert "".join(summary_text("tsv", summary_of())) == "\t".join(COLUMNS) + "\n"


PAGE = """\
servers (3)
        2  163.129.37.32:5061              2 completed; 4 ok
        2  198.51.100.20:5061
             1 completed, 1 refused; 1 ok, 1 unrestricted, 1 wrong, 1 declined
        1  [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443  1 completed; 1 hidden

services, by the server's port (3)
        3  sip-tls                         2 completed, 1 refused; 5 ok, 1 wrong
        1  (no usual service)
             1 completed; 1 unrestricted, 1 declined
        1  https                           1 completed; 1 hidden

outcomes (2)
        4  completed
             4 ok, 1 unrestricted, 1 declined, 1 hidden
        1  refused                         1 ok, 1 wrong
"""


def test_page() -> None:
    text = "".join(f"{plain(line)}\n" for line in summary_lines(summary_of(*FLOWS), Page(80)))
    assert text.startswith(PAGE)


def test_many_groups_are_counted() -> None:
    flows = [replace(SCENARIO_1, server=Endpoint("192.0.2.1", port)) for port in range(1, 1024)]
    lines = [plain(line) for line in summary_lines(summary_of(*flows), Page(100))]
    assert lines[0] == "servers (1,023)"
    assert lines[21] == "  … and 1,003 more, 1,003 flows"


@pytest.mark.parametrize("width", [80, 100, 160])
def test_hostile_names_fit_the_page_and_steer_nothing(width: int) -> None:
    lines = list(summary_lines(summary_of(*EVERY, EVIL), Page(width)))
    assert all(width_of(line) <= width for line in lines)
    assert all(plain(line).isprintable() for line in lines)
