"""The JSON Schemas that ship with the package.

Knows where they are; out come parsed documents of JSON Schema 2020-12. Each is complete in itself and strict: no key but
those that it names.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Literal

SchemaName = Literal[
    "flow",
    "full-flow",
    "certificate-row",
    "request-row",
    "message-row",
    "finding-row",
    "statement-row",
    "certificate",
    "request",
    "summary",
    "sunset",
    "sunset-roll-up",
    "cert",
    "rule-book",
    "product",
    "compare",
    "export",
]
ProfileSchemaName = Literal["bundle", "prediction", "stores", "log-event", "match", "signing-request"]

_FOLDERS = ("tlseku.output.json", "tlseku.profiles.expressway.reports")
_NUMBERED = {"flow": "flow-2", "full-flow": "flow-1"}


def schema(name: SchemaName | ProfileSchemaName = "flow") -> dict[str, object]:
    """The JSON Schema of one kind of output object: ``tlseku/flow/2``, ``tlseku/certificate/1``…

    ``flow`` is that of the line of a flow, ``full-flow`` that of all that is said of one (``--full``, under the name
    ``tlseku/flow/1``), and those in ``-row`` are of the rows of ``--rows``.
    """
    file = f"{_NUMBERED.get(name, f'{name}-1')}.schema.json"
    (found,) = (path for path in (files(folder) / file for folder in _FOLDERS) if path.is_file())
    document: dict[str, object] = json.loads(found.read_text(encoding="utf-8"))
    return document
