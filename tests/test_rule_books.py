"""Rule-books on their way from ``read``, ``scan`` and ``Analyzer`` to the flows."""

from __future__ import annotations

from pathlib import Path

import pytest

import tlseku
from tlseku.capture import packets
from tlseku.events import FlowEnded
from tlseku.policy.rule_books import BUILT_IN, Context, load_rule_books

GO = load_rule_books(["go"])
EXPRESSWAY = load_rule_books(["expressway-15.5"])


@pytest.fixture
def capture(own_captures: Path) -> str:
    """A client that presents a certificate for servers only."""
    return str(own_captures / "test-case-1.pcap")


def test_all_judge_unless_others_are_chosen(capture: str) -> None:
    (flow,) = tlseku.read(capture)
    assert [each.role for each in flow.presented] == ["server", "client"]
    assert all([*each.rule_books] == list(BUILT_IN) for each in flow.presented)
    (flow,) = tlseku.read(capture, rule_books=GO)
    assert [each.rule_books["go"].outcome for each in flow.presented] == ["accept", "refuse"]
    (flow,) = tlseku.scan(capture, rule_books=())
    assert [each.rule_books for each in flow.presented] == [{}, {}]


@pytest.mark.parametrize(
    ("context", "rule"), [(None, "CM7"), (Context("on"), "CM2"), (Context("off"), "CM3")]
)
def test_the_context_reaches_the_book(capture: str, context: Context | None, rule: str) -> None:
    (flow,) = tlseku.read(capture, rule_books=EXPRESSWAY, context=context)
    assert flow.presented[1].rule_books["expressway-15.5"].rule == rule


def test_an_analyzer_takes_books(capture: str) -> None:
    analyzer = tlseku.Analyzer(only_ends=True, rule_books=EXPRESSWAY, context=Context("off"))
    events = [
        event
        for packet in packets(capture)
        for event in analyzer.feed(packet.ts_ns, packet.linktype, packet.data)
    ]
    events += analyzer.close()
    (ended,) = (event for event in events if isinstance(event, FlowEnded))
    assert ended.flow.presented[1].rule_books["expressway-15.5"].rule == "CM3"


def test_a_chain_that_repeats_is_judged_once(capture: str) -> None:
    first, second = tlseku.scan(capture, capture, rule_books=GO)
    assert first.presented[0].rule_books is second.presented[0].rule_books
