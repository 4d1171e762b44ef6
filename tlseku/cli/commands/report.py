"""``tlseku report``: captures as one HTML file.

Knows the options of this command; reading, judging, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku._build import __version__
from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import write_document
from tlseku.cli.streams.tally import Tally
from tlseku.cli.streams.write_option import NEVER_WRITTEN, ending_of
from tlseku.output.reports.sunset_inventory import Terms
from tlseku.output.webpage.document import Material, Report
from tlseku.output.words.summary import summary_line
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.timeline import shipped_timeline
from tlseku.x509.root_stores import installed_roots


@click.command(
    "report",
    epilog="\b\nExamples:\n  tlseku report -o report.html capture.pcap\n"
    "  tlseku report -o refused.html -Y 'flow.outcome == refused' capture.pcap\n"
    "  tlseku report -o report.html --local 10.106.80.31 --merge eth0_00.pcap eth0_01.pcap",
)
@shared.captures
@choosing.display_filter
@shared.output_file("The HTML file to write, - for standard output.", required=True)
@shared.reading(judged_by="all that ship")
@shared.fail_on_unseen
@with_given
def command(
    given: Given,
    output: str,
    fail_on: frozenset[str],
) -> int:
    """Write a report of captures as one HTML file that loads nothing from anywhere: findings first, with what to do,
    then every flow in a table that sorts and filters (by words, or as -Y does), with its handshake and its chains as
    pictures, every certificate once, what renewals bring, what could not be seen, and the rules and dates that were
    used.

    FILE is a capture, as for tlseku flows.
    """
    if ending_of(output) in NEVER_WRITTEN:
        raise click.UsageError(f"-o {output}: a report is HTML")
    sources = given.sources()
    books = given.rule_books(None)
    captures = Input(sources, given.scan_options(books), given.wanted)
    terms = Terms(shipped_timeline(), PublicRoots(installed_roots()))
    tally, report = Tally(fail_on), Report(terms)
    for flow in tally.watch(captures.flows()):
        report.add(flow)
    material = Material(
        files=["standard input" if name == "-" else name for name in sources],
        summary=captures.summary,
        warnings=captures.warnings,
        rule_books=books,
        terms=terms,
        version=__version__,
        shown=None if given.wanted is None else tally.flows,
        hidden_left_out=captures.hidden_left_out,
    )
    write_document(report.page(material), output)
    complain(summary_line(captures.summary, tally.counts(), material.shown, captures.hidden_left_out))
    return tally.exit_code(captures.summary, failed=captures.failed)
