"""``-w``: standard output into a file.

Knows click and files; must not know what is written. The file is opened after all usage was found right, never if it
is one of those to be read, and is in its place when the command has ended (``whole_file``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from contextlib import redirect_stdout
from typing import TypeVar

import click
from click.core import ParameterSource

from tlseku.cli.streams.whole_file import COMPRESSED, text_at_the_end

F = TypeVar("F", bound=Callable[..., object])


def write_to(command: F) -> F:
    """-w: ``target`` is its value, None without and for ``-``. ``to_file`` makes use of it."""

    def path(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        return None if value == "-" else value

    return click.option(
        "-w",
        "--write",
        "-o",
        "--output",
        "target",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        callback=path,
        help="Write the output to FILE, not to standard output; compressed if its name ends with .gz.",
    )(command)


IMPLIED_BY = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".sarif": "sarif",
    ".mmd": "mermaid",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
"""The format that the end of a file's name asks for."""

NEVER_WRITTEN = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".pdf",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ods",
        ".odt",
        ".ppt",
        ".pptx",
    }
)
"""Ends of names of what nothing here writes."""


def ending_of(name: str) -> str:
    """The end of a file's name that says what is in it, in small letters: ``.csv`` also of ``flows.CSV.gz``."""
    return os.path.splitext(name.removesuffix(COMPRESSED))[1].lower()


def form_for(form: str, target: str | None, offered: Collection[str]) -> str:
    """The format of -T, or without -T that for which the name of the file asks. Raises UsageError if it asks for what
    cannot be ``offered``."""
    if target is None or (os.path.exists(target) and not os.path.isfile(target)):
        return form
    ending = ending_of(target)
    if ending in NEVER_WRITTEN:
        raise click.UsageError(f"-w {target}: nothing here writes {ending}")
    implied = IMPLIED_BY.get(ending)
    if (
        implied is None
        or click.get_current_context().get_parameter_source("form") is not ParameterSource.DEFAULT
    ):
        return form
    if implied not in offered:
        raise click.UsageError(f"-w {target}: this command has no format {implied}; -T says another one")
    return implied


def to_file(target: str | None, sources: Iterable[str]) -> None:
    """Send standard output to ``target`` until the command ends. Raises UsageError if it is one of ``sources``,
    OutputError if it cannot be written."""
    if target is None:
        return
    spare(target, sources)
    click.get_current_context().with_resource(redirect_stdout(text_at_the_end(target)))


def spare(target: str, sources: Iterable[str]) -> None:
    """Raise UsageError if ``target`` is one of the files to be read."""
    for source in sources:
        if (
            source != "-"
            and os.path.exists(target)
            and os.path.exists(source)
            and os.path.samefile(source, target)
        ):
            raise click.UsageError(f"-w {target} would overwrite what is to be read")
