"""The dashboard for Kibana: its insides are JSON, its references lead somewhere, its fields are ours and can be counted.

No Kibana runs here: the form is that of its exports.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.output.records import kibana
from tests.output.records.test_ecs import _types

OBJECTS = [json.loads(line) for line in kibana.PATH.read_text("utf-8").splitlines()]
BY_NAME = {(each["type"], each["id"]): each for each in OBJECTS}
DRAWN = [each for each in OBJECTS if each["type"] == "visualization"]
COUNTED = {"keyword", "ip", "boolean", "long", "date"}
"""Types that can be grouped by; text cannot."""


def state(each: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(each["attributes"]["visState"])
    assert isinstance(found, dict)
    return found


def test_the_file_is_current() -> None:
    assert kibana.PATH.read_text("utf-8") == kibana.lines(), "run python -m tests.output.records.kibana"


def test_ids_are_there_once_and_references_lead_to_objects() -> None:
    assert len(BY_NAME) == len(OBJECTS)
    assert [each["type"] for each in OBJECTS] == [
        "index-pattern",
        *["visualization"] * len(kibana.PANELS),
        "dashboard",
    ]
    for each in OBJECTS:
        assert each["type"] == "index-pattern" or each["references"]
        for reference in each["references"]:
            assert (reference["type"], reference["id"]) in BY_NAME
        assert set(each) == {
            "attributes",
            "coreMigrationVersion",
            "id",
            "managed",
            "references",
            "type",
            "typeMigrationVersion",
        }


def test_the_view_is_of_the_indexes_of_the_template() -> None:
    view = BY_NAME["index-pattern", kibana.VIEW]["attributes"]
    assert view["title"] == "tlseku-*"
    assert _types()[view["timeFieldName"]] == "date"


@pytest.mark.parametrize("each", DRAWN, ids=lambda each: each["id"])
def test_what_is_drawn_names_fields_of_our_documents(each: dict[str, Any]) -> None:
    types, drawn = _types(), state(each)
    aggs = drawn["aggs"]
    assert [agg["id"] for agg in aggs] == [str(number) for number in range(1, len(aggs) + 1)]
    assert drawn["type"] in ("table", "pie", "histogram")
    fields = [agg["params"]["field"] for agg in aggs if agg["type"] != "count"]
    assert fields
    assert {types.get(field) for field in fields} <= COUNTED, fields
    for agg in aggs:
        if agg["type"] == "terms":
            assert agg["params"]["orderBy"] == aggs[0]["id"]
    source = json.loads(each["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["indexRefName"] == each["references"][0]["name"]
    named = re.findall(r"([a-z_.]+) :", source["query"]["query"])
    assert set(named) <= set(types)
    assert bool(named) == bool(source["query"]["query"])


def test_the_dashboard_holds_all_of_it_and_nothing_overlaps() -> None:
    dashboard = OBJECTS[-1]
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    json.loads(dashboard["attributes"]["optionsJSON"])
    names = {reference["name"]: reference["id"] for reference in dashboard["references"]}
    shown = [names[f"{panel['panelIndex']}:{panel['panelRefName']}"] for panel in panels]
    assert sorted(shown) == sorted(each["id"] for each in DRAWN)
    places: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridData"]
        assert grid["i"] == panel["panelIndex"]
        assert grid["x"] + grid["w"] <= 48
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & places
        places |= cells
