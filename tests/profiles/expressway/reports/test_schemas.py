"""The schemas of this profile: well-formed, strict everywhere, every key always there."""

from __future__ import annotations

from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from tests.output.json.test_schemas import objects
from tests.schemas import ProfileSchemaName, schema


@pytest.mark.parametrize("name", get_args(ProfileSchemaName))
def test_is_a_strict_schema(name: ProfileSchemaName) -> None:
    document = schema(name)
    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"urn:tlseku:{name}:1"
    assert document["properties"]["schema"] == {"const": f"tlseku/{name}/1"}  # type: ignore[index]
    for node in objects(document):
        if "properties" in node:
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])  # type: ignore[call-overload]
        else:
            assert isinstance(node["additionalProperties"], dict)
