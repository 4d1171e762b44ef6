"""The values that a page keeps for its filter are those that its flows have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import tlseku
from tlseku import Flow
from tlseku.correlation import correlate
from tlseku.filter import Subject
from tlseku.filter.language import KEPT_FLOW_FIELDS
from tlseku.output.webpage.filter_values import EXACT, GROUPS, PARTS, FilterValues


def numbers(column: Mapping[str, Any], subjects: Sequence[int]) -> list[int]:
    """Which of its values each subject of a column has."""
    if "of" in column:
        return [column["of"][subject] for subject in subjects]
    return list(subjects) if len(column["values"]) > 1 else [0] * len(subjects)


def kept(flows: Sequence[Flow]) -> dict[str, list[list[object]]]:
    """What a page has for each field and flow."""
    values = FilterValues()
    for flow in flows:
        values.add(flow, correlate(flow))
    said = json.loads("".join(values.pieces()))
    rows = range(len(flows))
    found = {
        name: [
            column["values"][number]
            for number in numbers(column, said["groups"][column["group"]] if "group" in column else rows)
        ]
        for name, column in said["flows"].items()
        if "parts" not in column
    }
    for name, (first, second) in PARTS.items():
        assert said["flows"][name] == {"parts": [first, second]}
        found[name] = [one + other for one, other in zip(found[first], found[second], strict=True)]
    return found


def asked(flows: Sequence[Flow]) -> dict[str, list[object]]:
    """What the fields themselves say."""
    return {
        name: [
            [
                str(one) if isinstance(one, int) and abs(one) >= EXACT else one
                for one in field.values(Subject(flow))
            ]
            for flow in flows
        ]
        for name, field in KEPT_FLOW_FIELDS.items()
    }


# Four of each: from the third on flows are those of a kind, where they can be.
CAPTURES = sorted((Path(__file__).resolve().parents[3] / "captures").rglob("*.pcap*"))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_every_flow_has_its_own_values(capture: Path) -> None:
    flows = list(tlseku.scan(*[capture] * 4))
    assert kept(flows) == asked(flows)
    # Another page of the same flows counts for itself.
    assert kept(flows[1:]) == asked(flows[1:])


def test_what_is_asked_once_of_a_group_is_the_same_for_all_of_it() -> None:
    repeated = dict.fromkeys(range(len(GROUPS)), 0)
    for capture in CAPTURES:
        values_of: dict[object, dict[str, tuple[str | int, ...]]] = {}
        for flow in list(tlseku.scan(*[capture] * 4)):
            for number, group in enumerate(GROUPS):
                key = group.key(flow)
                if key is None:
                    continue
                said = {name: tuple(KEPT_FLOW_FIELDS[name].values(Subject(flow))) for name in group.fields}
                assert values_of.setdefault((number, key), said) == said
                repeated[number] += values_of[number, key] is not said
    assert min(repeated.values()) >= 20


def test_every_field_is_in_at_most_one_group() -> None:
    grouped = [name for group in GROUPS for name in group.fields]
    assert len(grouped) == len(set(grouped))
    # Numbers, times and frames are each flow's own.
    assert sorted(set(KEPT_FLOW_FIELDS) - set(grouped) - set(PARTS)) == [
        "flow.end",
        "flow.number",
        "flow.start",
        "frame.number",
        "tcp.srcport",
        "tcp.stream",
        "tls.alert.frame",
        "tls.client.frame",
        "tls.frame",
        "tls.request.frame",
        "tls.server.frame",
    ]
