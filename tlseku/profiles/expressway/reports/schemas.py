"""The JSON Schemas of this profile's outputs.

Knows the files beside this module; must not know what they describe. Out come parsed documents of JSON Schema
2020-12.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Literal

SchemaName = Literal["bundle", "prediction", "stores", "log-event", "match", "signing-request"]


def schema(name: SchemaName) -> dict[str, object]:
    """The JSON Schema of one kind of output object: ``tlseku/prediction/1``, ``tlseku/stores/1``…

    Each is complete in itself and strict: no key but those that it names.
    """
    text = (
        files("tlseku.profiles.expressway.reports")
        .joinpath(f"{name}-1.schema.json")
        .read_text(encoding="utf-8")
    )
    document: dict[str, object] = json.loads(text)
    return document
