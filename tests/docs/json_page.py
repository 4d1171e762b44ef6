"""``docs/json.md``: every JSON object that tlseku writes, key by key, made from the JSON Schemas in the package.

``python -m tests.docs.json_page`` writes the file anew; ``test_json_page`` checks that it is current.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PATH = PROJECT / "docs" / "json.md"

Schema = dict[str, Any]

INTRODUCTION = """\
# JSON

What `-T json` and `-T ndjson` write: one object a flow, a certificate, a request and so on; `json` is one array of them,
`ndjson` one object a line. Every object follows a JSON Schema that ships in the package. A change of meaning is a
new number. This file is made from the schemas by `python -m tests.docs.json_page`, and a test checks that it is current.

`tlseku flows` writes `tlseku/flow/2`, one small line a flow in which each fact stands once, to be read with filters such
as `jq 'select(.client_cert.verdict == "wrong") | [.tcp_stream, .client.ip, .client_cert.serial]'`.
`client_cert` and `server_cert` have a `state`; only where that is `presented` is there a `verdict`, a `serial` and so on.
What was never visible is in `hidden`. With `--rows certificates`, `requests`, `messages`, `findings` or `statements` the
details are rows of their own (`tlseku/certificate-row/1`…, the columns of [the tables](tables.md)). With `--full` everything is in
one object, `tlseku/flow/1`: all keys that it ever had, with their meaning, and those of the line beside them under the
same names (where both have a key, such as `defects` or `schema`, it is that of `tlseku/flow/1`). Other commands write
objects of their own, which hold neither.

`a.b` is the key `b` of the object `a`, `a[]` what is in the array `a`, and `a.*` what stands under keys that the data
chooses. *or null* says that null is a value of its own: unknown, or absent.
"""


def schemas() -> list[Path]:
    """The schemas in the package, that of the line of a flow first, then that of all that is said of one."""
    first = ("flow-2.schema.json", "flow-1.schema.json")
    found = {path.name: path for path in (PROJECT / "tlseku").rglob("*.schema.json")}
    return [found[name] for name in (*first, *sorted(found.keys() - first))]


def followed(schema: Schema, root: Schema) -> Schema:
    """``schema`` with what it refers to, under what it says itself."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Schema = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return {**followed(found, root), **{key: value for key, value in schema.items() if key != "$ref"}}


def alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """What a value may be, null left in."""
    schema = followed(schema, root)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return [each for part in schema[word] for each in alternatives(part, root)]
    return [schema]


def kind(schema: Schema, root: Schema) -> str:
    """The type of a value in words."""
    said = []
    for each in alternatives(schema, root):
        if "const" in each:
            said.append(f"`{json.dumps(each['const'])}`")
        elif "enum" in each:
            said += [f"`{value}`" if value is not None else "null" for value in each["enum"]]
        else:
            types = each.get("type", "any")
            said += [types] if isinstance(types, str) else types
    words = list(dict.fromkeys(word for word in said if word != "null"))
    return ", ".join(words) + (" or null" if "null" in said else "")


def rows(
    schema: Schema, root: Schema, path: str = "", inside: tuple[int, ...] = ()
) -> Iterator[tuple[str, str, str]]:
    """Path, type and description of every key below ``schema``."""
    for each in alternatives(schema, root):
        if id(each.get("properties")) in inside:
            continue
        below = (*inside, id(each["properties"])) if "properties" in each else inside
        for name, value in each.get("properties", {}).items():
            whole = followed(value, root)
            here = f"{path}.{name}" if path else name
            yield here, kind(value, root), whole.get("description", "")
            yield from rows(value, root, here, below)
        for word, mark in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(each.get(word), dict):
                yield from rows(each[word], root, path + mark, below)


def cell(text: str) -> str:
    """Text that stays within its cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def section(path: Path) -> str:
    """One schema."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    name = schema["$id"].removeprefix("urn:").replace(":", "/")
    title = schema["title"] if schema["title"] != name else schema.get("description", "")
    title = title.removesuffix(f", {name}")
    lines = [f"## {name}", "", f"{title.rstrip('.')}. `{path.relative_to(PROJECT).as_posix()}`", ""]
    lines += ["| key | type | |", "|---|---|---|"]
    seen = dict.fromkeys(rows(schema, schema))
    lines += [f"| `{key}` | {cell(what)} | {cell(text)} |" for key, what, text in seen]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole file."""
    return INTRODUCTION + "".join(f"\n{section(path)}" for path in schemas())


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
