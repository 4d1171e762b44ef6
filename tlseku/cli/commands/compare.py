"""``tlseku compare``: a working and a failing capture, flow against flow.

Knows the options of this command; reading, comparing and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.answers_out import write_answer
from tlseku.cli.streams.captures_in import FlowsRead, Input
from tlseku.cli.streams.tally import exit_code
from tlseku.output.answers.comparison import compare


@click.command(
    "compare",
    epilog="\b\nExamples:\n  tlseku compare working.pcap failing.pcap\n"
    "  tlseku compare --all -T json before.pcap after.pcap",
)
@click.argument("a", metavar="A", type=click.Path(allow_dash=True))
@click.argument("b", metavar="B", type=click.Path(allow_dash=True))
@shared.format_option("table", "json", help=" json is one object, tlseku/compare/1.")
@click.option("--all", "everything", is_flag=True, help="Show what is the same, too.")
@shared.fail_on(
    ("different", *shared.UNSEEN),
    "a pair differs or a flow has no partner (different), a flow hides something (hidden) or something was seen and"
    " not read (unread)",
)
@shared.key_logs
@shared.width
@with_given
def command(
    given: Given,
    a: str,
    b: str,
    form: str,
    everything: bool,
    fail_on: frozenset[str],
    width: int | None,
) -> int:
    """Compare two captures, for instance one that works with one that fails: which certificates each side presented,
    their EKUs, what was asked for, and how it ended.

    Flows are paired by what they have in common of client, server address, server port and SNI, most first: all of
    them; server, port and SNI; client, server and port; server and port; SNI and port; client and port; port alone;
    at last the only flows left. Within a level they are paired in their order. Flows without a partner are listed.
    What is hidden on a side is shown as hidden, never as none; --keylog opens both captures.
    """
    if a == b == "-":
        raise click.UsageError("standard input (-) can be read only once")
    options = given.scan_options()
    of_a, of_b = Input((a,), options), Input((b,), options)
    found = compare(FlowsRead(of_a.flows(), of_a), FlowsRead(of_b.flows(), of_b), everything=everything)
    write_answer(found, form, width=width, total=found.in_one_line())
    holds = {"different"} if found.different else set()
    if any(hidden for _, hidden in found.read):
        holds.add("hidden")
    return exit_code(fail_on, holds, [summary for summary, _ in found.read])
