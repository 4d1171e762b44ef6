"""``-w``: standard output into a file.

Knows click and files; must not know what is written. The file is opened after all usage was found right, never if it
is one of those to be read, and is in its place when the command has ended (``whole_file``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from typing import TypeVar

import click

from tlseku.cli.streams.whole_file import text_at_the_end

F = TypeVar("F", bound=Callable[..., object])


def write_to(command: F) -> F:
    """-w: ``target`` is its value, None without and for ``-``. ``to_file`` makes use of it."""

    def path(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        return None if value == "-" else value

    return click.option(
        "-w",
        "--write",
        "target",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        callback=path,
        help="Write the output to FILE, not to standard output.",
    )(command)


def to_file(ctx: click.Context, target: str | None, sources: Iterable[str]) -> None:
    """Send standard output to ``target`` until the command ends. Raises UsageError if it is one of ``sources``,
    OutputError if it cannot be written."""
    if target is None:
        return
    spare(ctx, target, sources)
    ctx.with_resource(redirect_stdout(text_at_the_end(target)))


def spare(ctx: click.Context, target: str, sources: Iterable[str]) -> None:
    """Raise UsageError if ``target`` is one of the files to be read."""
    for source in sources:
        if (
            source != "-"
            and os.path.exists(target)
            and os.path.exists(source)
            and os.path.samefile(source, target)
        ):
            raise click.UsageError(f"-w {target} would overwrite what is to be read", ctx)
