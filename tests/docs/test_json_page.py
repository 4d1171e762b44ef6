"""``docs/json.md`` is what the schemas say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.docs.json_page import PATH, kind, page, rows, schemas


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run python -m tests.docs.json_page"


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_every_schema_has_its_keys(path: Any) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    top = {key for key, _, _ in rows(schema, schema) if not set(key) & set(".[")}
    assert top == set(schema["properties"])


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"enum": ["a", None, "b"]}, "`a`, `b` or null"),
        ({"const": "x/1"}, '`"x/1"`'),
        ({"oneOf": [{"type": "null"}, {"$ref": "#/$defs/n"}]}, "integer or null"),
        ({"$ref": "#/$defs/n", "description": "beside"}, "integer"),
        ({}, "any"),
    ],
)
def test_a_type_in_words(schema: dict[str, Any], words: str) -> None:
    assert kind(schema, {"$defs": {"n": {"type": "integer"}}}) == words


def test_paths() -> None:
    leaf = {"type": "string", "description": "d"}
    schema = {
        "properties": {
            "a": {"type": "array", "items": {"properties": {"b": leaf}}},
            "c": {"additionalProperties": {"properties": {"d": leaf}}},
        }
    }
    assert [key for key, _, _ in rows(schema, schema)] == ["a", "a[].b", "c", "c.*.d"]


def test_a_schema_that_holds_itself_ends() -> None:
    schema: dict[str, Any] = {"properties": {"child": {"$ref": "#"}}}
    schema["$defs"] = {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}
    schema["properties"]["child"] = {"$ref": "#/$defs/node"}
    assert [key for key, _, _ in rows(schema, schema)] == ["child", "child.next"]
