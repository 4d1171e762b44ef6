"""The JSON Schemas of the rows of tables, made from the columns: ``certificate-row-1.schema.json`` and others.

``python -m tests.data_frames.row_schemas`` writes the files anew; ``test_row_schemas`` checks that they are current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.schemas import schema
from tlseku.data_frames.columns import TABLES, Column, Kind, What
from tlseku.output.records.table_rows import SCHEMAS

FOLDER = Path(__file__).resolve().parents[2] / "tlseku" / "output" / "json"

TITLES: dict[What, str] = {
    "certificates": "One certificate of a presented chain",
    "requests": "One CertificateRequest",
    "messages": "One message of a handshake",
    "findings": "What one rule-book says of a chain, or one statement about a flow",
    "statements": "One statement about a flow",
}

TYPES: dict[Kind, dict[str, Any]] = {
    "integer": {"type": ["integer", "null"]},
    "text": {"type": ["string", "null"]},
    "serial": {"type": ["string", "null"], "pattern": "^(0|-?[1-9a-f][0-9a-f]*)$"},
    "truth": {"type": ["boolean", "null"]},
    "packet_time": {"$ref": "#/$defs/time"},
    "certificate_time": {"$ref": "#/$defs/certificate_time"},
    "texts": {"type": ["array", "null"], "items": {"type": "string"}},
    "integers": {"type": ["array", "null"], "items": {"type": "integer"}},
}


def path_of(what: What) -> Path:
    """Where the schema of a table's rows ships."""
    name, number = SCHEMAS[what].removeprefix("tlseku/").split("/")
    return FOLDER / f"{name}-{number}.schema.json"


def row_schema(what: What) -> dict[str, Any]:
    """The schema of the rows of a table."""
    columns = TABLES[what]
    properties = {
        "schema": {"const": SCHEMAS[what]},
        **{column.name: _property(column) for column in columns},
    }
    times = [kind for kind in ("packet_time", "certificate_time") if kind in {each.kind for each in columns}]
    shared: Any = schema("full-flow")["$defs"]
    names = [TYPES[kind]["$ref"].rpartition("/")[2] for kind in times]  # type: ignore[index]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:" + SCHEMAS[what].replace("/", ":"),
        "title": f"{TITLES[what]}, {SCHEMAS[what]}",
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
        "$defs": {name: shared[name] for name in names},
    }


def _property(column: Column) -> dict[str, Any]:
    described = {"description": f"{column.meaning[0].upper()}{column.meaning[1:]}."} if column.meaning else {}
    return {**described, **TYPES[column.kind]}


def text_of(what: What) -> str:
    """The file."""
    return json.dumps(row_schema(what), indent=2) + "\n"


if __name__ == "__main__":
    for each in SCHEMAS:
        path_of(each).write_text(text_of(each), encoding="utf-8")
