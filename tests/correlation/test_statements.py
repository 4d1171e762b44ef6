"""Everything together: words that are known, order, and captures and mutations that never raise."""

from __future__ import annotations

import random
from pathlib import Path
from typing import get_args

import pytest

import tlseku
from tests.correlation.handshakes import EXPIRED, ROOT, WRONG, WRONG_AND_EXPIRED, S, alerts, presenting
from tests.dialogues import flow_of, flows_of
from tlseku import Flow, correlate
from tlseku.correlation import ABOUT
from tlseku.policy.causes import CauseName


def check(flow: Flow) -> None:
    frames = {message.frame for message in flow.messages} | {each.frame for each in flow.presented}
    frames |= {each.frame for each in flow.requests} | {each.frame for each in flow.alerts}
    for statement in correlate(flow):
        assert statement.about in ABOUT
        assert set(statement.causes) <= set(get_args(CauseName))
        assert statement.text == statement.text.strip()
        assert not statement.text.endswith(".")
        assert set(statement.frames) <= frames
        silences = ("ended_after_certificate", "closed_after")
        assert statement.hint is (statement.about.startswith("hint_") or statement.about in silences)
        assert not set(statement.agree) & set(statement.disagree)
        if flow.outcome not in ("refused", "refused_inside"):
            assert not statement.about.startswith("refused")
        if flow.outcome != "completed":
            assert not statement.about.startswith("accepted")


def test_what_decides_comes_first() -> None:
    flow = flow_of(*presenting(WRONG_AND_EXPIRED, ROOT), alerts(S, 43))
    assert [each.about for each in correlate(flow)] == ["refused_for_eku", "expired"]


def test_dates_of_what_is_in_the_path_only() -> None:
    flow = flow_of(*presenting(WRONG, ROOT, EXPIRED), alerts(S, 43))
    assert [each.about for each in correlate(flow)] == ["refused_for_eku"]


OWN = {
    "scenario1.pcap.gz": [],
    "scenario2.pcap.gz": [],
    "test-case-1.pcap": ["refused_for_eku"],
    "test-case-2.pcap": ["acceptance_unknown"],
    "test-case-3.pcap": [],
    "no-eku.pcap": [],
    "any-eku.pcap": ["refused_for_eku"],
    "wrong-eku-refused.pcap": ["refused_for_eku"],
    "declined.pcap": ["declined"],
    "tls13.pcap": ["hint_client_certificate"],
}


@pytest.mark.parametrize("name", OWN)
def test_own_captures(name: str, own_captures: Path) -> None:
    (flow,) = tlseku.read(own_captures / name)
    assert [each.about for each in correlate(flow)] == OWN[name]
    check(flow)


def test_captures_of_others(shared_captures: Path) -> None:
    count = 0
    for path in sorted(shared_captures.glob("*.pcap*")):
        for flow in tlseku.read(path):
            check(flow)
            count += 1
    assert count > 80


def test_mutated_dialogues(seeded: random.Random) -> None:
    turns = [*presenting(WRONG_AND_EXPIRED, ROOT), alerts(S, 43)]
    for _ in range(300):
        mutated = []
        for side, data in turns:
            changed = bytearray(data)
            for _ in range(seeded.choice([0, 0, 0, 1, 3])):
                changed[seeded.randrange(len(changed))] = seeded.randrange(256)
            mutated.append((side, bytes(changed)))
        for flow in flows_of(mutated, end=seeded.random() < 0.5):
            check(flow)
