"""``tlseku show``: one flow step by step.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli import options
from tlseku.cli.notices import complain
from tlseku.cli.output import page_for, write_lines
from tlseku.cli.reading import Input
from tlseku.policy.rule_books import Context, Mode
from tlseku.report.story import story_lines
from tlseku.report.wording import counted

SHOWN_BOOKS = ("rfc5280", "openssl", "go", "java", "expressway-15.5")
"""The books that speak unless others are chosen: the text, three verifiers that disagree, and the product."""


@click.command(
    "show",
    epilog="\b\nExamples:\n  tlseku show capture.pcap 1\n  tlseku show --merge eth0_00.pcap eth0_01.pcap 12",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.argument("flow", metavar="FLOW", type=click.IntRange(min=1))
@options.vantage
@options.merge
@options.rule_books(", ".join(SHOWN_BOOKS))
@options.width
@click.help_option("-h", "--help")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    flow: int,
    local: tuple[str, ...],
    merge: bool,
    book_files: tuple[str, ...],
    book_names: tuple[str, ...],
    expressway_mode: Mode,
    width: int | None,
) -> None:
    """Tell one flow step by step: each message with its frames, each certificate of each chain, what was asked
    for, what rule-books say of each chain, how it ended, and what could not be seen.

    FLOW is the number that tlseku flows shows for the same files and the same --merge.
    """
    books = options.chosen_books(book_names, book_files, SHOWN_BOOKS)
    captures = Input(options.sources(files, ()), local, merge, books, Context(expressway_mode))
    flows = captures.flows()
    found = [one for one in flows if one.number == flow]
    if found:
        write_lines(story_lines(found[0], page_for(width)))
    else:
        there = (
            f"the captures have {counted(len(flows), 'flow')}" if flows else "the captures have no TLS flow"
        )
        complain(f"there is no flow {flow}: {there}")
    ctx.exit(0 if found and not captures.failed else 2)
