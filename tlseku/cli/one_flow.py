"""The commands about one flow of captures, which a user names by its number.

Knows the arguments and options that they share, ``Input`` and standard error; must not know what is said of the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from tlseku.cli.options import shared
from tlseku.cli.options.given import Given, keep, with_given
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_document, write_lines
from tlseku.flow import Flow
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted

SHOWN_BOOKS = ("rfc5280", "openssl", "go", "java", "expressway-15.5")
"""The books that speak unless others are chosen: the text, three verifiers that disagree, and the product."""


def flow_of(captures: Input, number: int) -> Flow | None:
    """The flow with that number; None if there is none, which is then said on standard error."""
    found = None
    flows = 0
    for flow in captures.flows():
        flows += 1
        if flow.number == number:
            found = flow
    if found is None:
        there = f"the captures have {counted(flows, 'flow')}" if flows else "the captures have no TLS flow"
        complain(f"there is no flow {number}: {there}")
    return found


def command_about_one_flow(
    name: str,
    said: Callable[[Flow, Page], Iterable[Line]],
    text: str,
    epilog: str,
    drawn: Callable[[Flow], str] | None = None,
) -> click.Command:
    """The command ``name``, which prints what ``said`` makes of the flow; ``text`` and ``epilog`` are its help.

    ``drawn`` makes an SVG document of the flow: the command then has --svg and -o.
    """

    @click.command(name, help=text, epilog=epilog)
    @click.argument(
        "files",
        metavar="FILE...",
        nargs=-1,
        required=True,
        type=click.Path(allow_dash=True),
        expose_value=False,
        callback=keep,
    )
    @click.argument("flow", metavar="FLOW", type=click.IntRange(min=1))
    @shared.reading(judged_by=", ".join(SHOWN_BOOKS))
    @shared.width
    @shared.picture(drawn is not None)
    @click.help_option("-h", "--help")
    @with_given
    @click.pass_context
    def command(
        ctx: click.Context,
        given: Given,
        flow: int,
        width: int | None,
        svg: bool = False,
        output: str | None = None,
    ) -> None:
        books = given.rule_books(SHOWN_BOOKS)
        captures = Input(given.sources(), given.scan_options(books))
        found = flow_of(captures, flow)
        if found is not None:
            if drawn is not None and (svg or output is not None):
                write_document(drawn(found), output)
            else:
                write_lines(said(found, page_for(width)))
        ctx.exit(0 if found is not None and not captures.failed else 2)

    return command
