"""``tlseku explain``: one flow on a page of plain English, with what to do next.

Knows the options of this command; reading, judging, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli import options
from tlseku.cli.one_flow import SHOWN_BOOKS, flow_of
from tlseku.cli.output import page_for, write_lines
from tlseku.cli.reading import Input
from tlseku.policy.rule_books import Context, Mode
from tlseku.report.explanation import explanation_lines


@click.command(
    "explain",
    epilog="\b\nExamples:\n  tlseku explain capture.pcap 1\n"
    "  tlseku explain --rule-books openssl,go capture.pcap 12",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.argument("flow", metavar="FLOW", type=click.IntRange(min=1))
@options.vantage
@options.merge
@options.rule_books(", ".join(SHOWN_BOOKS))
@options.known_issuers
@options.key_logs
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
    ca_files: tuple[str, ...],
    key_log_files: tuple[str, ...],
    keylog_env: bool,
    width: int | None,
) -> None:
    """Explain one flow on a page: what each side presented and how long it was still valid then, what the
    rule-books say of it and by which rule, what the peer did, whether the two agree, and what to do next.

    A refusal is explained by everything in the chain that its alert can stand for, never by the EKU alone where
    another cause fits as well. FLOW is the number that tlseku flows shows for the same files and the same --merge.
    """
    books = options.chosen_books(book_names, book_files, SHOWN_BOOKS)
    captures = Input(
        options.sources(files, ()),
        local,
        merge,
        books,
        Context(expressway_mode),
        options.issuers_from(ca_files),
        options.secrets_from(key_log_files, keylog_env),
    )
    found = flow_of(captures, flow)
    if found is not None:
        write_lines(explanation_lines(found, page_for(width)))
    ctx.exit(0 if found is not None and not captures.failed else 2)
