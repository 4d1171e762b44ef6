"""The schemas that ship: well-formed, strict everywhere, described, and agreeing with each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from tests.schemas import SchemaName, schema
from tlseku import flow
from tlseku.correlation import ABOUT, ClientCertificateState
from tlseku.output.words.verdict_style import VERDICTS
from tlseku.policy.causes import CauseName

NAMES: tuple[SchemaName, ...] = get_args(SchemaName)


def objects(node: object) -> Iterator[dict[str, object]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema(name: SchemaName) -> None:
    document = schema(name)
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    kind, number = {"flow": ("flow", 2), "full-flow": ("flow", 1)}.get(name, (name, 1))
    assert document["$id"] == f"urn:tlseku:{kind}:{number}"
    assert document["properties"]["schema"] == {"const": f"tlseku/{kind}/{number}"}  # type: ignore[index]


@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_closed_and_every_key_is_always_there(name: SchemaName) -> None:
    for node in objects(schema(name)):
        if "properties" in node:
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])  # type: ignore[call-overload]
        else:
            assert isinstance(node["additionalProperties"], dict)


def test_shared_definitions_are_the_same() -> None:
    documents = [schema(name).get("$defs", {}) for name in NAMES]
    for one in documents:
        for other in documents:
            assert isinstance(one, dict)
            assert isinstance(other, dict)
            assert all(one[name] == other[name] for name in one.keys() & other.keys())


def test_words_are_those_of_the_nouns() -> None:
    document = schema("full-flow")
    properties, definitions = document["properties"], document["$defs"]
    assert isinstance(properties, dict)
    assert isinstance(definitions, dict)
    assert properties["outcome"]["enum"] == list(get_args(flow.Outcome))
    assert properties["client_certificate"]["enum"] == list(get_args(ClientCertificateState))
    statement = properties["statements"]["items"]["properties"]
    assert statement["about"]["enum"] == list(ABOUT)
    assert statement["causes"]["items"]["enum"] == list(get_args(CauseName))
    assert properties["role_evidence"]["enum"] == list(get_args(flow.RoleEvidence))
    assert definitions["direction"]["enum"] == list(get_args(flow.Direction))
    assert definitions["role"]["enum"] == list(get_args(flow.Role))
    assert definitions["verdict"]["enum"] == list(VERDICTS)
