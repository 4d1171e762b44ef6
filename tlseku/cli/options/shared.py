"""The arguments and options that several commands share.

Knows click, and how an option is written and explained; must not know what its value means (``given``) or what commands
do with it. Options about captures are kept in ``Given``; the others are parameters of the command.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from ipaddress import ip_network
from typing import Protocol, TypeVar

import click

from tlseku.cli.options.given import keep, kept
from tlseku.cli.streams.standard_output import COLOURS, LEAST_WIDTH, choose_colours
from tlseku.output.reports.findings import CAPTURE_FINDINGS, FINDINGS
from tlseku.policy.rule_books import BUILT_IN, Mode

F = TypeVar("F", bound=Callable[..., object])

FAIL_ON = {**FINDINGS, **CAPTURE_FINDINGS}
"""Each word of --fail-on, and when it holds."""

UNSEEN = ("hidden", "unread")
"""The words of --fail-on for what was not seen."""

FORMATS = ("table", "json", "ndjson", "csv")


class Option(Protocol):
    """Adds an option, or several, to a command."""

    def __call__(self, command: F, /) -> F:
        """The same command with the option."""
        ...


def together(*options: Option) -> Option:
    """Several options as one, which stand in the help in this order."""

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _networks(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            problem = f"{value!r} is neither an IP address nor a network such as 10.0.0.0/8"
            raise click.BadParameter(problem, ctx, param) from None
    return values


def _kept_networks(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return keep(ctx, param, _networks(ctx, param, values))


def _mode(ctx: click.Context, param: click.Parameter, value: str) -> Mode:
    return keep(ctx, param, "on" if value == "on" else "off" if value == "off" else "unknown")


def _colours(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        choose_colours(ctx, value)


def complete_words(offered: Callable[[], Collection[str]]) -> Callable[..., list[str]]:
    """What completes the last of several words that commas part."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{word}" for word in offered() if word.startswith(last)]

    return complete


def _words_of(
    offered: Collection[str],
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], frozenset[str]]:
    def words(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
        found = {word.strip() for value in values for word in value.split(",")}
        for word in sorted(found):
            if word not in offered:
                raise click.BadParameter(f"{word!r} is not one of {', '.join(offered)}", ctx, param)
        return frozenset(found)

    return words


# Which captures.

more_captures = kept(
    "-r",
    "--read",
    "more_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(allow_dash=True),
    help="Another capture to read; the same as FILE. May be repeated.",
)
"""-r FILE, in ``Given.sources``."""

captures = together(
    click.argument(
        "files",
        metavar="FILE...",
        nargs=-1,
        type=click.Path(allow_dash=True),
        expose_value=False,
        callback=keep,
    ),
    more_captures,
)
"""FILE... and -r FILE, both in ``Given.sources``."""

# How they are read and by what they are judged.

merge = kept(
    "--merge",
    is_flag=True,
    help="Read the files as one capture in the order of time, so that flows run on across files.",
)
"""--merge."""

key_logs = together(
    kept(
        "--keylog",
        "key_log_files",
        metavar="FILE",
        multiple=True,
        type=click.Path(),
        help="A key log (SSLKEYLOGFILE format), or a pcapng capture with secrets in it, whose secrets open what is"
        " encrypted. May be repeated. Secrets in the capture itself are taken anyway; of a compressed one only those"
        " before the packets, unless it is named here, too.",
    ),
    kept(
        "--keylog-env",
        is_flag=True,
        help="Take the key log that the environment variable SSLKEYLOGFILE names, too.",
    ),
)
"""--keylog and --keylog-env, both in ``Given.secrets``."""

rules_files = kept(
    "--rules",
    "book_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="A rule-book of your own (TOML, see docs/rule-books.md), which then judges too. May be repeated.",
)
"""--rules."""

known_issuers = kept(
    "--ca",
    "ca_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="CA certificates, anchors and intermediates (PEM bundle or DER), that complete the issuing path where the"
    " chain lacks them. They are judged, never listed as presented. May be repeated.",
)
"""--ca, for ``Given.known_issuers``."""

_vantage = kept(
    "--local",
    metavar="ADDR|NET",
    multiple=True,
    callback=_kept_networks,
    help="A host or network on our side: directions are seen from it. May be repeated. Without it the"
    " host that takes part in every flow is taken, if there is just one.",
)
_processes = click.option(
    "-j",
    "--jobs",
    "processes",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Read several files, or the parts of a large one, in N processes; what comes out is the same.",
)


def _software(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        from tlseku.policy.peer_software.recognition import UnknownSoftware, told  # reads tables

        try:
            told(value)
        except UnknownSoftware as error:
            raise click.BadParameter(str(error), ctx, param) from None
    return keep(ctx, param, value)


peer_software = kept(
    "--peer-software",
    metavar="NAME",
    callback=_software,
    help="The product or TLS library that judges client certificates, where you know it: a name that tlseku rules"
    " --products lists. Without it the server's request is looked at.",
)
"""--peer-software, for ``Given.context``."""


def rule_books(shown: str) -> Option:
    """--rules, --rule-books and --expressway-mode, for ``Given.rule_books``; ``shown`` says what is chosen without."""
    return together(
        rules_files,
        kept(
            "--rule-books",
            "book_names",
            metavar="NAME[,NAME...]",
            multiple=True,
            shell_complete=complete_words(lambda: (*BUILT_IN, "all", "none")),
            help=f"The rule-books that judge each chain; all or none. May be repeated. Default: {shown}.",
        ),
        kept(
            "--expressway-mode",
            type=click.Choice(["on", "off", "unknown"]),
            default="unknown",
            show_default=True,
            callback=_mode,
            help="Extended Key Usage checking mode of the Expressway that judges, for the book expressway-15.5.",
        ),
    )


def reading(
    *,
    vantage: bool = True,
    files: bool = True,
    jobs: bool = False,
    judged_by: str | None = None,
) -> Option:
    """How captures are read, for ``Given.scan_options``: --local unless without ``vantage``, --merge with ``files``, -j
    with ``jobs``, --rules, --peer-software and --ca with ``judged_by`` (the books that judge unless others are chosen),
    and --keylog."""
    options: list[Option] = [_vantage] if vantage else []
    if files:
        options.append(merge)
    if jobs:
        options.append(_processes)
    if judged_by is not None:
        options += [rule_books(judged_by), peer_software, known_issuers]
    return together(*options, key_logs)


# What is looked at, and what comes out.

only_hosts = click.option(
    "--local",
    metavar="ADDR|NET",
    multiple=True,
    callback=_networks,
    help="List only these hosts. May be repeated.",
)
"""--local, for a list of hosts."""


def format_option(*forms: str, help: str = "") -> Option:
    """-T with these formats, as tshark has it; ``help`` says more of them."""
    return click.option(
        "-T",
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help=f"Output format.{help}",
    )


def output_formats(*forms: str, help: str = "") -> Option:
    """-T with these formats, for a result of several objects; ``help`` says more of them."""
    return format_option(*forms, help=f" json is one array, ndjson one object a line.{help}")


output_format = output_formats(*FORMATS)
"""-T with the formats that most commands have."""

width = together(
    click.option(
        "--width",
        type=click.IntRange(min=LEAST_WIDTH),
        metavar="N",
        help="Columns of the table. Default: those of the terminal; 100 where there is none.",
    ),
    click.option(
        "--color",
        "--colour",
        "colour",
        type=click.Choice(COLOURS),
        expose_value=False,
        callback=_colours,
        help="When to colour. Default: auto, on a terminal; NO_COLOR and FORCE_COLOR are heeded.",
    ),
)
"""--width and --color."""


def fail_on(offered: Collection[str], meaning: str) -> Option:
    """--fail-on with the words ``offered``, of which ``meaning`` says when they hold."""
    return click.option(
        "--fail-on",
        metavar="WORD[,WORD...]",
        multiple=True,
        callback=_words_of(offered),
        shell_complete=complete_words(lambda: offered),
        help=f"Exit with 1 if {meaning}; with 2 if a capture is damaged or a key log cannot be opened. May be"
        " repeated.",
    )


fail_on_unseen = fail_on(
    UNSEEN, "a flow hides what is asked for (hidden) or something was seen and not read (unread)"
)
"""--fail-on, for commands whose findings have no words: hidden and unread."""


def output_file(meaning: str, *, required: bool = False) -> Option:
    """-o FILE, the same as -w."""
    return click.option(
        "-o",
        "--output",
        "-w",
        "--write",
        "output",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        required=required,
        help=meaning,
    )


def picture(offered: bool) -> Option:
    """--svg, for commands that can draw; nothing where it is not ``offered``."""
    if not offered:
        return together()
    return click.option("--svg", is_flag=True, help="Draw an SVG picture in place of text.")


write_capture = click.option(
    "-w",
    "--write",
    "-o",
    "--output",
    "output",
    metavar="FILE",
    required=True,
    type=click.Path(allow_dash=True),
    help="The pcapng file to write; - is standard output.",
)
"""-w, for ``capture_output``."""

drop_secrets = click.option(
    "--drop-secrets",
    is_flag=True,
    help="Leave out the session secrets that a pcapng file carries.",
)
"""--drop-secrets."""
