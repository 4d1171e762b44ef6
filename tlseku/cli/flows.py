"""``tlseku flows``: who presented which certificate, in which role, flow by flow.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from tlseku.cli import options
from tlseku.cli.findings import FINDINGS
from tlseku.cli.notices import complain
from tlseku.cli.output import page_for, write_lines, write_text
from tlseku.cli.reading import Input
from tlseku.cli.tally import Tally
from tlseku.flow import Flow
from tlseku.policy.rule_books import Context, Mode
from tlseku.report.flow_csv import flow_csv_lines
from tlseku.report.flow_json import flow_to_dict, json_array, to_json
from tlseku.report.summary import summary_line
from tlseku.report.table import flow_lines, total_line

_FINDINGS_HELP = "\n".join(f"  {word:<12}  {meaning}" for word, meaning in FINDINGS.items())


@click.command(
    "flows",
    epilog="\b\nExamples:\n  tlseku flows capture.pcap\n"
    "  tlseku flows --local 10.106.80.31 --fail-on wrong,refused eth0*.pcap --merge\n"
    "  tcpdump -i eth0 -w - | tlseku flows -T ndjson -",
    help=f"""Show every TLS flow: who talks to whom, which certificate chains each side presented, whether
the leaf's Extended Key Usage fits the role, which certificates were asked for, and how it ended.

FILE is a pcap or pcapng capture, plain or compressed with gzip or zstd; - is standard input. With -T ndjson,
flows from standard input, or with --local, are written as they end; otherwise in the order of their numbers.

\b
Words for --fail-on:
{_FINDINGS_HELP}""",
)
@options.files
@options.output_format
@options.vantage
@options.merge
@options.rule_books("all with -T json and ndjson, where their findings stand; none otherwise")
@options.known_issuers
@options.key_logs
@options.fail_on
@options.width
@click.help_option("-h", "--help")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    more_files: tuple[str, ...],
    form: str,
    local: tuple[str, ...],
    merge: bool,
    book_files: tuple[str, ...],
    book_names: tuple[str, ...],
    expressway_mode: Mode,
    ca_files: tuple[str, ...],
    key_log_files: tuple[str, ...],
    keylog_env: bool,
    fail_on: frozenset[str],
    width: int | None,
) -> None:
    """Run the command."""
    books = options.chosen_books(book_names, book_files, None if form in ("json", "ndjson") else ())
    captures = Input(
        options.sources(files, more_files),
        local,
        merge,
        books,
        Context(expressway_mode),
        options.issuers_from(ca_files),
        options.secrets_from(key_log_files, keylog_env),
    )
    tally = Tally(fail_on)
    if form == "ndjson" and not fail_on:
        write_text(tally.watch_briefs(captures.briefs()), flush_each=captures.streams)
        complain(summary_line(captures.summary, tally.counts()))
        ctx.exit(2 if captures.failed else 0)
    if form == "ndjson":
        flows: Iterable[Flow] = captures.flows_as_they_end()
    else:
        flows = captures.flows()
    watched = tally.watch(flows)
    if form == "table":
        page = page_for(width)
        write_lines(flow_lines(watched, page))
        write_lines(total_line(summary_line(captures.summary, tally.counts()), page, below=tally.flows > 0))
    else:
        if form == "csv":
            write_text(flow_csv_lines(watched))
        elif form == "json":
            write_text(json_array(flow_to_dict(flow) for flow in watched))
        else:
            write_text((f"{to_json(flow_to_dict(flow))}\n" for flow in watched), flush_each=captures.streams)
        complain(summary_line(captures.summary, tally.counts()))
    ctx.exit(2 if captures.failed else int(tally.found))
