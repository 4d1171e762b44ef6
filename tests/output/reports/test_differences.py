"""A comparison as a page and as JSON: exact text, and the schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import tlseku
from tests.output.samples import EVERY
from tests.schemas import schema
from tlseku.correlation.two_captures import Comparison, compare
from tlseku.flow import Endpoint, Flow, Summary
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.differences import comparison_lines, comparison_summary, comparison_to_dict
from tlseku.output.words.terminal_page import Page, plain, width_of

ALL_SEEN = (Summary(), 0), (Summary(), 0)

PAGE = """\
A  1  10.106.80.16:25108 → 10.106.80.31:7001 of test-case-1.pcap
B  1  10.106.80.16:25131 → 10.106.80.31:7001 of test-case-2.pcap
   paired by client, server, port and SNI
   outcome               A  refused by server with unsupported_certificate (43)
                         B  completed
   adds up to            A  refused_for_eku
                         B  acceptance_unknown
"""

ALL = """\
A  1  10.106.80.16:25108 → 10.106.80.31:7001 of test-case-1.pcap
B  1  10.106.80.16:25131 → 10.106.80.31:7001 of test-case-2.pcap
   paired by client, server, port and SNI
   client                =  10.106.80.16
   server                =  10.106.80.31 port 7001
   SNI                   =  smartslave.ricky200.example
   version               =  TLS 1.2
"""


def page_of(found: Comparison, width: int = 100, *, everything: bool = False) -> str:
    return "".join(f"{plain(line)}\n" for line in comparison_lines(found, Page(width), everything=everything))


@pytest.fixture
def found(own_captures: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    monkeypatch.chdir(own_captures)
    return compare(tlseku.read("test-case-1.pcap"), tlseku.read("test-case-2.pcap"))


def test_differences_only(found: Comparison) -> None:
    assert page_of(found) == PAGE
    assert comparison_summary(found, ALL_SEEN) == "1 pair, 1 different"


def test_everything(found: Comparison) -> None:
    page = page_of(found, everything=True)
    assert page.startswith(ALL)
    assert page.endswith(PAGE.partition("SNI\n")[2])
    assert page.count("\n   ") > 15


def moved(flow: Flow, number: int) -> Flow:
    return replace(flow, number=number, server=Endpoint("203.0.113.9", 9), client=Endpoint("203.0.113.8", 8))


def test_what_has_no_partner_is_listed() -> None:
    found = compare(EVERY[:1], [EVERY[0], moved(EVERY[1], 2), moved(EVERY[2], 3)])
    assert page_of(found, 80) == (
        "Only in B:\n"
        "   2  203.0.113.8:8 → 203.0.113.9:9, refused by server, SNI far.example\n"
        "   3  203.0.113.8:8 → 203.0.113.9:9, completed, SNI www.example.org\n"
    )
    assert comparison_summary(found, ALL_SEEN) == "1 pair, 0 different; 2 flows only in B"


def test_a_long_list_is_counted() -> None:
    found = compare([], [replace(EVERY[0], number=number) for number in range(1, 26)])
    page = page_of(found)
    assert page.count("\n   ") == 21
    assert page.endswith("   … and 5 more flows\n")


def test_nothing_to_show() -> None:
    found = compare(EVERY, EVERY)
    assert page_of(found) == ""
    assert comparison_summary(found, ALL_SEEN) == "7 pairs, 0 different"
    assert page_of(found, everything=True).count("   no difference\n") == 7


def test_json(found: Comparison) -> None:
    document = comparison_to_dict(found, ALL_SEEN)
    Draft202012Validator(schema("compare")).validate(document)
    assert document == {
        "schema": "tlseku/compare/1",
        "different": True,
        "pairs": [
            {
                "a": {
                    "flow": 1,
                    "file": "test-case-1.pcap",
                    "client": {"ip": "10.106.80.16", "port": 25108},
                    "server": {"ip": "10.106.80.31", "port": 7001},
                    "sni": "smartslave.ricky200.example",
                    "outcome": "refused",
                },
                "b": {
                    "flow": 1,
                    "file": "test-case-2.pcap",
                    "client": {"ip": "10.106.80.16", "port": 25131},
                    "server": {"ip": "10.106.80.31", "port": 7001},
                    "sni": "smartslave.ricky200.example",
                    "outcome": "completed",
                },
                "matched_by": "client, server, port and SNI",
                "different": True,
                "aspects": [
                    {
                        "name": "outcome",
                        "same": False,
                        "a": "refused by server with unsupported_certificate (43)",
                        "b": "completed",
                    },
                    {
                        "name": "adds up to",
                        "same": False,
                        "a": "refused_for_eku",
                        "b": "acceptance_unknown",
                    },
                ],
            }
        ],
        "not_seen": {
            side: {"hidden_flows": 0, "skipped": {}, "limits": {}, "damage": []} for side in ("a", "b")
        },
        "only_a": [],
        "only_b": [],
    }


@pytest.mark.parametrize("everything", [False, True])
def test_every_sample_against_every_other(everything: bool) -> None:
    validator = Draft202012Validator(schema("compare"))
    for a in EVERY:
        for b in EVERY:
            found = compare([a], [b])
            document = comparison_to_dict(found, ALL_SEEN, everything=everything)
            validator.validate(json.loads(to_json(document)))
            for width in (80, 120):
                lines = list(comparison_lines(found, Page(width), everything=everything))
                assert all(width_of(line) <= width for line in lines)
                assert all(character.isprintable() for line in lines for character in plain(line))


def test_what_was_not_seen_stands_beside_what_is_the_same() -> None:
    found = compare(EVERY[:1], EVERY[:1])
    read = (Summary(skipped={"QUIC": 2, "not TCP": 9}), 3), (Summary(damage=("a damaged or cut capture",)), 0)
    assert comparison_summary(found, read) == (
        "1 pair, 0 different; in A not seen: 3 flows hide something; 2 packets: QUIC;"
        " in B not seen: a damaged or cut capture"
    )
    document = comparison_to_dict(found, read)
    assert document["not_seen"] == {
        "a": {"hidden_flows": 3, "skipped": {"QUIC": 2}, "limits": {}, "damage": []},
        "b": {"hidden_flows": 0, "skipped": {}, "limits": {}, "damage": ["a damaged or cut capture"]},
    }
    Draft202012Validator(schema("compare")).validate(document)
