"""The JSON Schemas that ship with the package.

Knows the files beside this module; must not know flows. Out come parsed documents of JSON Schema 2020-12.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Literal

SchemaName = Literal[
    "flow",
    "certificate",
    "request",
    "summary",
    "sunset",
    "sunset-roll-up",
    "cert",
    "rule-book",
    "compare",
    "export",
]


def schema(name: SchemaName = "flow") -> dict[str, object]:
    """The JSON Schema of one kind of output object: ``tlseku/flow/1``, ``tlseku/certificate/1``…

    Each is complete in itself and strict: no key but those that it names.
    """
    text = files("tlseku.output.json").joinpath(f"{name}-1.schema.json").read_text(encoding="utf-8")
    document: dict[str, object] = json.loads(text)
    return document
