"""Findings of many flows: alike ones together, worst first, and none where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.output.samples import (
    DAMAGED,
    DECLINED,
    EVERY,
    EVIL,
    ODD_PURPOSES,
    REFUSED,
    SCENARIO_1,
    TLS13,
    certificate,
    day,
    flow,
    presented,
    renumbered,
)
from tlseku.correlation import correlate
from tlseku.flow import Flow
from tlseku.output.webpage.page_findings import KINDS, SHOWN, Findings


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (REFUSED, ["refused", "wrong"]),
        (DECLINED, ["declined", "unrestricted"]),
        (DAMAGED, ["unreadable", "incomplete"]),
        (ODD_PURPOSES, ["empty", "broken", "any"]),
        (flow(outcome="aborted"), ["aborted"]),
        (SCENARIO_1, []),
        (TLS13, []),
        (EVIL, []),
        (flow(), []),
        (flow(outcome="incomplete"), []),
        (flow(outcome="unknown"), []),
    ],
)
def test_kinds_of_a_flow(value: Flow, words: list[str]) -> None:
    assert Findings().add(value, correlate(value)) == words


@pytest.mark.parametrize(
    ("at", "found"),
    [("2025-10-31", True), ("2025-11-01", False), ("2026-11-01", False), ("2026-11-03", True)],
)
def test_dates_are_those_of_the_packet(at: str, found: bool) -> None:
    one = replace(presented("client", 5, (certificate(),)), ts=day(at))
    value = flow(presented=(one,))
    assert ("dates" in Findings().add(value, correlate(value))) is found


def test_what_is_said() -> None:
    findings = Findings()
    findings.add(REFUSED, correlate(REFUSED))
    findings.add(ODD_PURPOSES, correlate(ODD_PURPOSES))
    said = {group.kind.word: [one.text for one in group.findings] for group in findings.groups()}
    assert said["refused"] == [
        "192.0.2.10 to 198.51.100.20:5061: refused by server, fatal alert unsupported_certificate after the client's"
        " Certificate; the refusal fits the EKU and nothing else in the chain."
    ]
    assert said["wrong"] == [
        "192.0.2.10 presents CN=edge.example, serial 9c, as TLS client: a TLS client needs clientAuth; the leaf lists"
        " serverAuth."
    ]
    assert said["broken"] == [
        "192.0.2.10 presents CN=fits, serial 8, as TLS client: issuer #1, CN=S-only CA, lists only serverAuth."
    ]
    assert all(one.advice for group in findings.groups() for one in group.findings)


def test_alike_ones_are_one_finding_with_all_flows() -> None:
    findings = Findings()
    for number in range(1, 51):
        value = renumbered(REFUSED, number)
        findings.add(value, correlate(value))
    refused = findings.groups()[0]
    assert [(len(one.flows), one.flows[0], one.flows[-1]) for one in refused.findings] == [(50, 1, 50)]
    assert refused.flows == list(range(1, 51))


def test_too_many_are_counted() -> None:
    findings = Findings()
    for number in range(1, SHOWN + 8):
        leaf = certificate(number, f"CN=client {number}", eku=None)
        value = flow(number, presented=(presented("client", 5, (leaf,), "unrestricted", "no EKU"),))
        findings.add(value, ())
    (group,) = findings.groups()
    assert (len(group.findings), group.left_out, len(group.flows)) == (SHOWN, 7, SHOWN + 7)


def test_groups_come_worst_first() -> None:
    findings = Findings()
    for value in EVERY:
        findings.add(value, correlate(value))
    order = [kind.word for kind in KINDS]
    words = [group.kind.word for group in findings.groups()]
    assert words == sorted(words, key=order.index)
    assert words[0] == "refused"
