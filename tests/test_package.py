"""The package's public names: all there, each imported only when used."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tlseku


@pytest.mark.parametrize("name", tlseku.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(tlseku, name) is not None


def test_the_table_of_lazy_names_is_the_list_of_public_names() -> None:
    assert sorted([*tlseku._MODULE_OF, "expressway", "filter", "how_built"]) == tlseku.__all__


def test_completion_offers_the_public_names_and_nothing_else() -> None:
    code = "import tlseku; print(*dir(tlseku))"
    fresh = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert fresh.stdout.split() == sorted([*tlseku.__all__, "__version__"])
    assert [name for name in dir(tlseku) if not hasattr(tlseku, name)] == []


def _undocumented(name: str) -> list[str]:
    """The public name, and of a class the public members of its own, where nothing says what they are."""
    noun = getattr(tlseku, name)
    members = (
        []
        if not isinstance(noun, type)
        else [
            (f"{name}.{word}", member)
            for word, member in vars(noun).items()
            if word[0] != "_" and (callable(member) or isinstance(member, property))
        ]
    )
    return [
        where
        for where, each in [(name, noun), *members]
        # mypyc leaves none, or this for a NamedTuple; that of a dataclass is its signature.
        if not each.__doc__ or each.__doc__ == "mypyc filler docstring" or each.__doc__.startswith(f"{name}(")
    ]


def test_help_says_what_every_public_name_is_also_where_it_is_compiled() -> None:
    # The documentation of a union is that of all unions.
    assert [where for name in tlseku.__all__ if name != "Event" for where in _undocumented(name)] == []


def test_every_public_function_and_class_has_its_signature_also_where_it_is_compiled() -> None:
    without = []
    for name in tlseku.__all__:
        noun = getattr(tlseku, name)
        # An error that adds nothing has what its base in Python has.
        if not callable(noun) or (isinstance(noun, type) and issubclass(noun, Exception)):
            continue
        if any(
            parameter.annotation is inspect.Parameter.empty
            for parameter in inspect.signature(noun).parameters.values()
        ):
            without.append(name)
    assert without == []
    assert str(inspect.signature(tlseku.Analyzer.feed)).startswith(
        "(self, ts_ns: 'SupportsIndex', linktype: 'SupportsIndex', frame:"
    )
    assert (
        str(inspect.signature(tlseku.Analyzer.advance)) == "(self, ts_ns: 'SupportsIndex') -> 'list[Event]'"
    )


def test_the_analyzer_shows_what_is_promised_and_nothing_else() -> None:
    assert sorted(word for word in dir(tlseku.Analyzer) if word[0] != "_") == [
        "add_secrets",
        "advance",
        "close",
        "feed",
        "feed_stream",
        "summary",
    ]


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = tlseku.no_such_name  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "first", ["import tlseku.scanning", "import tlseku.analyzer", "from tlseku import scan", ""]
)
def test_scan_is_the_function_whatever_was_imported_before(first: str) -> None:
    code = f"{first}\nimport tlseku\nassert callable(tlseku.scan), tlseku.scan\nassert callable(tlseku.read)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_filter_is_at_hand() -> None:
    assert tlseku.filter.compile("flow.number == 1") is not None
    assert "filter" in tlseku.__all__


PROJECT = Path(__file__).resolve().parents[1]


def compiled_modules() -> list[str]:
    setup = (PROJECT / "setup.py").read_text(encoding="utf-8")
    start = setup.index("COMPILED = (")
    return re.findall(r'"([a-z0-9_/]+)"', setup[start : setup.index(")", start)])


@pytest.mark.skipif(
    not os.environ.get("TLSEKU_REQUIRE_COMPILED"), reason="the sources are tested as they are"
)
def test_what_shall_be_compiled_is() -> None:
    assert tlseku.how_built() == "compiled"
    for module in compiled_modules():
        name = f"tlseku.{module.replace('/', '.')}"
        assert not str(importlib.import_module(name).__file__).endswith(".py"), name


# These want all of it, or stop early in what is short.
CONSUMERS = (
    "all",
    "any",
    "dict",
    "frozenset",
    "join",
    "list",
    "max",
    "min",
    "next",
    "set",
    "sorted",
    "sum",
    "tuple",
)


def handed_on(source: str) -> list[int]:
    """Lines of generator expressions that somebody else is to go through."""
    tree = ast.parse(source)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.GeneratorExp):
            continue
        parent = parents[node]
        if isinstance(parent, ast.Call):
            word = parent.func
            name = word.attr if isinstance(word, ast.Attribute) else getattr(word, "id", "")
            if name in CONSUMERS:
                continue
        elif isinstance(parent, ast.Assign | ast.Starred):
            continue
        found.append(node.lineno)
    return found


def test_no_compiled_module_hands_on_a_generator_expression() -> None:
    # mypyc makes a list of it: where one streams, all of it would be in memory.
    sources = {
        name: (PROJECT / f"tlseku/{name}.py").read_text(encoding="utf-8") for name in compiled_modules()
    }
    assert {name: lines for name, source in sources.items() if (lines := handed_on(source))} == {}
    assert handed_on("def f(x):\n    return (y for y in x)\n") == [2]
    assert handed_on("def f(x):\n    return g(y for y in x) if x else iter(())\n") == [2]
    assert handed_on("def f(x):\n    return tuple(y for y in x), ','.join(y for y in x)\n") == []
