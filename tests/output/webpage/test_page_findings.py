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
from tlseku.flow import Endpoint, Flow
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
    assert (len(group.findings), group.left_out, group.count) == (SHOWN, 7, SHOWN + 7)
    (again,) = findings.groups()
    assert (len(again.findings), again.left_out) == (SHOWN, 7)


def test_the_largest_are_told_first_whenever_they_came() -> None:
    findings = Findings()
    for number in range(1, SHOWN + 11):
        # The last of them is seen five times.
        late = max(number - SHOWN - 6, 0)
        leaf = certificate(number - late, f"CN=client {number - late}", eku=None)
        findings.add(flow(number, presented=(presented("client", 5, (leaf,), "unrestricted", "no EKU"),)), ())
    (group,) = findings.groups()
    assert [(one.count, one.flows[0]) for one in group.findings][:3] == [(5, SHOWN + 6), (1, 1), (1, 2)]
    assert (len(group.findings), group.left_out) == (SHOWN, 6)


def test_groups_come_worst_first() -> None:
    findings = Findings()
    for value in EVERY:
        findings.add(value, correlate(value))
    order = [kind.word for kind in KINDS]
    words = [group.kind.word for group in findings.groups()]
    assert words == sorted(words, key=order.index)
    assert words[0] == "refused"


def test_a_certificate_of_many_hosts_is_one_finding() -> None:
    findings = Findings()
    chain = presented(
        "client", 5, (certificate(7, "CN=shared", eku=None),), "unrestricted", "no EKU extension"
    )
    for number in range(1, 12):
        value = flow(number, client=Endpoint(f"192.0.2.{(number + 1) // 2}", number), presented=(chain,))
        findings.add(value, ())
    (group,) = findings.groups()
    (one,) = group.findings
    assert one.text == (
        "192.0.2.1 (and 5 more hosts) presents CN=shared, serial 7, as TLS client: no EKU extension."
    )
    assert (one.count, one.flows) == (11, list(range(1, 12)))
    assert findings.named == {1, 2, 3, 4, 5, 6}


def test_a_server_that_refuses_many_clients_is_one_finding() -> None:
    findings = Findings()
    for number in (1, 2):
        value = replace(REFUSED, number=number, client=Endpoint(f"192.0.2.{number}", 1), presented=())
        findings.add(value, ())
    refused = findings.groups()[0]
    assert [one.text for one in refused.findings] == [
        "192.0.2.1 (and 1 more host) to 198.51.100.20:5061: refused by server, fatal alert unsupported_certificate"
        " after the client's Certificate."
    ]


def test_flows_and_hosts_of_a_finding_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.webpage.page_findings.LISTED", 3)
    monkeypatch.setattr("tlseku.output.webpage.page_findings.MOST_HOSTS", 2)
    findings = Findings()
    for number in range(1, 9):
        findings.add(flow(number, client=Endpoint(f"192.0.2.{number}", 1), outcome="aborted"), ())
    (group,) = findings.groups()
    (one,) = group.findings
    assert one.text.startswith("192.0.2.1 (and at least 2 more hosts) to 198.51.100.20:5061: aborted, ")
    assert (one.count, one.flows, group.count, group.flows) == (8, [1, 2, 3], 8, [1, 2, 3])


def test_findings_beyond_those_told_are_counted_once_each() -> None:
    findings = Findings()
    for number in (*range(1, SHOWN + 8), *range(SHOWN - 3, SHOWN + 8)):
        leaf = certificate(number, f"CN=client {number}", eku=None)
        findings.add(flow(number, presented=(presented("client", 5, (leaf,), "unrestricted", "no EKU"),)), ())
    assert findings.groups()[0].left_out == 7
