"""The arguments and options that several commands share, and how their values are read.

Knows click and what a valid value looks like; must not know what commands do with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import TypeVar

import click

from tlseku.cli.streams.standard_output import LEAST_WIDTH
from tlseku.output.reports.findings import FINDINGS
from tlseku.policy.known_issuers import KnownIssuers, load_known_issuers
from tlseku.policy.rule_books import BUILT_IN, Mode, RuleBook, load_rule_books

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
    return output_formats(*FORMATS)(command)


def output_formats(*forms: str, help: str = "") -> Callable[[F], F]:
    """-T with these formats; ``help`` says more of them."""
    return click.option(
        "-T",
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help=f"Output format. json is one array, ndjson one object a line.{help}",
    )


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


def only_hosts(command: F) -> F:
    """--local, for a list of hosts."""
    return click.option(
        "--local",
        metavar="ADDR|NET",
        multiple=True,
        callback=_networks,
        help="List only these hosts. May be repeated.",
    )(command)


def merge(command: F) -> F:
    """--merge."""
    return click.option(
        "--merge",
        is_flag=True,
        help="Read the files as one capture in the order of time, so that flows run on across files.",
    )(command)


def processes(command: F) -> F:
    """-j."""
    return click.option(
        "-j",
        "--jobs",
        "processes",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Read several files in N processes; what comes out is the same.",
    )(command)


def width(command: F) -> F:
    """--width."""
    return click.option(
        "--width",
        type=click.IntRange(min=LEAST_WIDTH),
        metavar="N",
        help="Columns of the table. Default: 100, or the terminal's if fewer.",
    )(command)


def picture(offered: bool) -> Callable[[F], F]:
    """--svg and -o, for commands that can draw; nothing where it is not ``offered``."""

    def add(command: F) -> F:
        if not offered:
            return command
        command = click.option("--svg", is_flag=True, help="Draw an SVG picture in place of text.")(command)
        return output_file("Write an SVG picture to this file, - for standard output.")(command)

    return add


def output_file(meaning: str, *, required: bool = False) -> Callable[[F], F]:
    """-o FILE."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        required=required,
        help=meaning,
    )


def fail_on(command: F) -> F:
    """--fail-on."""
    return click.option(
        "--fail-on",
        metavar="WORD[,WORD...]",
        multiple=True,
        callback=_words,
        help="Exit with 1 if a flow has one of these findings. May be repeated.",
    )(command)


def _mode(ctx: click.Context, param: click.Parameter, value: str) -> Mode:
    return "on" if value == "on" else "off" if value == "off" else "unknown"


def rule_books(shown: str) -> Callable[[F], F]:
    """--rules, --rule-books and --expressway-mode, for ``chosen_books``; ``shown`` tells what is chosen without."""

    def add(command: F) -> F:
        command = click.option(
            "--expressway-mode",
            type=click.Choice(["on", "off", "unknown"]),
            default="unknown",
            show_default=True,
            callback=_mode,
            help="Extended Key Usage checking mode of the Expressway that judges, for the book expressway-15.5.",
        )(command)
        command = click.option(
            "--rule-books",
            "book_names",
            metavar="NAME[,NAME...]",
            multiple=True,
            help=f"The rule-books that judge each chain; all or none. May be repeated. Default: {shown}.",
        )(command)
        return rules_files(command)

    return add


def rules_files(command: F) -> F:
    """--rules."""
    return click.option(
        "--rules",
        "book_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="A rule-book of your own (TOML, see docs/rule-books.md), which then judges too. May be repeated.",
    )(command)


def known_issuers(command: F) -> F:
    """--ca, for ``load_known_issuers``."""
    return click.option(
        "--ca",
        "ca_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="CA certificates, anchors and intermediates (PEM bundle or DER), that complete the issuing path where the"
        " chain lacks them. They are judged, never listed as presented. May be repeated.",
    )(command)


def issuers_from(files: tuple[str, ...]) -> KnownIssuers | None:
    """The certificates of --ca, ``None`` without. Raises CertificateFileError, which names the file."""
    return load_known_issuers(files) if files else None


def key_logs(command: F) -> F:
    """--keylog and --keylog-env, joined by ``secrets_from``."""
    command = click.option(
        "--keylog-env",
        is_flag=True,
        help="Take the key log that the environment variable SSLKEYLOGFILE names, too.",
    )(command)
    return click.option(
        "--keylog",
        "key_log_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="A key log (SSLKEYLOGFILE format), or a pcapng capture with secrets in it, whose secrets open what is"
        " encrypted. May be repeated. Secrets in the capture itself are taken anyway; of a compressed one only those"
        " before the packets, unless it is named here, too.",
    )(command)


def write_capture(command: F) -> F:
    """-w, for ``capture_output``."""
    return click.option(
        "-w",
        "--write",
        "output",
        metavar="FILE",
        required=True,
        type=click.Path(allow_dash=True),
        help="The pcapng file to write; - is standard output.",
    )(command)


def drop_secrets(command: F) -> F:
    """--drop-secrets."""
    return click.option(
        "--drop-secrets",
        is_flag=True,
        help="Leave out the session secrets that a pcapng file carries.",
    )(command)


def secrets_from(files: tuple[str, ...], from_environment: bool) -> tuple[str, ...]:
    """The key logs of --keylog and --keylog-env. Raises a usage error if the variable is asked for and not set."""
    if not from_environment:
        return files
    named = os.environ.get("SSLKEYLOGFILE")
    if not named:
        raise click.UsageError(
            "--keylog-env: SSLKEYLOGFILE is not set in the environment", click.get_current_context()
        )
    return (*files, named)


def chosen_books(
    names: tuple[str, ...], files: tuple[str, ...], default: Sequence[str] | None
) -> tuple[RuleBook, ...]:
    """The books of --rule-books, else those of ``default`` (None: all that ship) and of --rules.

    Raises RuleBookError for a name that no book has and a file that is none.
    """
    words = [word.strip() for value in names for word in value.split(",")]
    if not words:
        own = load_rule_books(None, files)[len(BUILT_IN) :]
        return (*load_rule_books(default), *own)
    if "all" in words:
        return load_rule_books(None, files)
    return load_rule_books([word for word in words if word != "none"], files)


def sources(files: tuple[str, ...], more_files: tuple[str, ...]) -> tuple[str, ...]:
    """All captures named, in the order FILE..., then -r. Raises a usage error if there are none."""
    together = (*files, *more_files)
    if not together:
        raise click.UsageError("name a capture file, or - for standard input", click.get_current_context())
    if together.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once", click.get_current_context())
    return together
