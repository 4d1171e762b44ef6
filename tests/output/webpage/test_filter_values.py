"""The values that a page keeps for its filter are those that its flows have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import tlseku
from tlseku import Flow
from tlseku.correlation import correlate
from tlseku.filter import Subject
from tlseku.filter.language import KEPT_FLOW_FIELDS
from tlseku.output.webpage.filter_values import EXACT, OF_KIND, FilterValues


def kept(flows: Sequence[Flow]) -> dict[str, list[object]]:
    """What a page has for each field and flow."""
    values = FilterValues()
    for flow in flows:
        values.add(flow, correlate(flow))
    said = json.loads("".join(values.pieces()))["flows"]
    return {
        name: [column["values"][number] for number in column.get("of", [0] * len(flows))]
        for name, column in said.items()
    }


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


def test_what_is_asked_once_of_a_kind_is_the_same_for_all_of_it() -> None:
    of_kind = 0
    for capture in CAPTURES:
        values_of: dict[int, dict[str, tuple[str | int, ...]]] = {}
        flows = list(tlseku.scan(*[capture] * 4))
        for flow in flows:
            if flow.kept_with_kind is None:
                continue
            of_kind += 1
            said = {name: tuple(KEPT_FLOW_FIELDS[name].values(Subject(flow))) for name in OF_KIND}
            assert said == values_of.setdefault(id(flow.kept_with_kind), said)
    assert of_kind >= 30
    assert set(OF_KIND) < set(KEPT_FLOW_FIELDS)
