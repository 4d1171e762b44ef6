"""The arguments and options that several commands share, and how their values are read.

Knows click and what a valid value looks like; must not know what commands do with it.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import TypeVar

import click

from tlseku.cli.findings import FINDINGS
from tlseku.cli.output import LEAST_WIDTH

F = TypeVar("F", bound=Callable[..., object])

FORMATS = ("table", "json", "ndjson", "csv")


def _networks(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            problem = f"{value!r} is neither an IP address nor a network such as 10.0.0.0/8"
            raise click.BadParameter(problem, ctx, param) from None
    return values


def _words(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    words = {word.strip() for value in values for word in value.split(",")}
    for word in sorted(words):
        if word not in FINDINGS:
            raise click.BadParameter(f"{word!r} is not one of {', '.join(FINDINGS)}", ctx, param)
    return frozenset(words)


def files(command: F) -> F:
    """FILE... and -r FILE, joined by ``sources``."""
    command = click.option(
        "-r",
        "--read",
        "more_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(allow_dash=True),
        help="Another capture to read; the same as FILE. May be repeated.",
    )(command)
    return click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(allow_dash=True))(command)


def output_format(command: F) -> F:
    """-T, as tshark has it."""
    return click.option(
        "-T",
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Output format. json is one array, ndjson one object a line.",
    )(command)


def vantage(command: F) -> F:
    """--local."""
    return click.option(
        "--local",
        metavar="ADDR|NET",
        multiple=True,
        callback=_networks,
        help="A host or network on our side: directions are seen from it. May be repeated. Without it the"
        " host that takes part in every flow is taken, if there is just one.",
    )(command)


def merge(command: F) -> F:
    """--merge."""
    return click.option(
        "--merge",
        is_flag=True,
        help="Read the files as one capture in the order of time, so that flows run on across files.",
    )(command)


def width(command: F) -> F:
    """--width."""
    return click.option(
        "--width",
        type=click.IntRange(min=LEAST_WIDTH),
        metavar="N",
        help="Columns of the table. Default: 100, or the terminal's if fewer.",
    )(command)


def fail_on(command: F) -> F:
    """--fail-on."""
    return click.option(
        "--fail-on",
        metavar="WORD[,WORD...]",
        multiple=True,
        callback=_words,
        help="Exit with 1 if a flow has one of these findings. May be repeated.",
    )(command)


def sources(files: tuple[str, ...], more_files: tuple[str, ...]) -> tuple[str, ...]:
    """All captures named, in the order FILE..., then -r. Raises a usage error if there are none."""
    together = (*files, *more_files)
    if not together:
        raise click.UsageError("name a capture file, or - for standard input", click.get_current_context())
    if together.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once", click.get_current_context())
    return together
