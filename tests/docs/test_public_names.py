"""Notebooks and the examples of pages take what is public, and nothing else, of tlseku."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import tlseku
from tests.conftest import PROJECT

PUBLIC = {
    "tlseku": {*tlseku.__all__, "__version__"},
    "tlseku.expressway": {*tlseku.expressway.__all__},
    "tlseku.filter": {*tlseku.filter.__all__},
}
"""The modules that ``docs/python.md`` documents, and their names."""

FENCE = re.compile(r"^```python\n(.*?)^```$", re.S | re.M)
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def programs() -> Iterator[tuple[str, str]]:
    """Every notebook as one program, and every example of a page."""
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield path.name, "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for page in PAGES:
        for number, text in enumerate(FENCE.findall(page.read_text(encoding="utf-8")), 1):
            yield f"{page.relative_to(PROJECT).as_posix()} {number}", text


PROGRAMS = dict(programs())


def private_names(program: str) -> list[str]:
    """What a program takes of tlseku that is not public, and private attributes of anything."""
    tree = ast.parse(program)
    modules = {"tlseku": "tlseku"}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name.partition(".")[0] == "tlseku":
                    modules[each.asname or "tlseku"] = each.name if each.asname else "tlseku"
                    found += [] if each.name in PUBLIC else [each.name]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "tlseku":
            names = PUBLIC.get(node.module or "", set())
            found += [f"{node.module}.{each.name}" for each in node.names if each.name not in names]
            for each in node.names:
                if f"{node.module}.{each.name}" in PUBLIC:
                    modules[each.asname or each.name] = f"{node.module}.{each.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            whose = dotted(node.value, modules)
            if whose in PUBLIC:
                found += [] if node.attr in PUBLIC[whose] else [f"{whose}.{node.attr}"]
            elif node.attr.startswith("_") and not node.attr.endswith("_"):
                found.append(node.attr)
    return found


def dotted(node: ast.expr, modules: dict[str, str]) -> str | None:
    """The module that an expression is, if it is one of tlseku's."""
    if isinstance(node, ast.Name):
        return modules.get(node.id)
    if isinstance(node, ast.Attribute):
        before = dotted(node.value, modules)
        return None if before is None else f"{before}.{node.attr}"
    return None


@pytest.mark.parametrize("name", PROGRAMS)
def test_only_public_names(name: str) -> None:
    assert private_names(PROGRAMS[name]) == []


@pytest.mark.parametrize(
    ("program", "private"),
    [
        ("import tlseku\ntlseku.read('a').to_pandas()\ntlseku.filter.compile('tls')", []),
        ("from tlseku import expressway as e\ne.examine('a').nodes", []),
        ("from tlseku.filter import compile, field_named", []),
        ("from tlseku.flow import Flow", ["tlseku.flow.Flow"]),
        ("from tlseku import Analizer", ["tlseku.Analizer"]),
        ("import tlseku.x509.reading", ["tlseku.x509.reading"]),
        ("import tlseku as t\nt.scanning.Scan", ["tlseku.scanning"]),
        ("from tlseku import expressway\nexpressway.make_pair", ["tlseku.expressway.make_pair"]),
        ("flow._view\nflows._repr_html_()", ["_view"]),
    ],
)
def test_what_is_private_is_found(program: str, private: list[str]) -> None:
    assert private_names(program) == private


def test_there_are_programs_of_every_kind() -> None:
    assert {Path(name.split()[0]).suffix for name in PROGRAMS} == {".md", ".ipynb"}
    assert len([name for name in PROGRAMS if name.endswith(".ipynb")]) == len(NOTEBOOKS) == 4


@pytest.mark.parametrize("module", PUBLIC)
def test_the_page_of_python_documents_every_public_name(module: str) -> None:
    page = (PROJECT / "docs" / "python.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\.\. auto\w+:: (tlseku[\w.]*)$", page, re.M))
    for name in PUBLIC[module] - {"__version__"}:
        # (of the two other modules the page has the whole)
        assert {f"{module}.{name}", module} & documented or f"{module}.{name}" in PUBLIC, name
    assert all(hasattr(import_module(module), name) for name in PUBLIC[module])
