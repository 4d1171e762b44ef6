"""``tlseku flows``: who presented which certificate, in which role, flow by flow.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.flow_formats import (
    AS_THEY_END,
    BINARY,
    COLUMN_FORMATS,
    DIRECTORIES,
    FORMATS,
    column_text,
    flow_text,
)
from tlseku.cli.streams.in_processes import InputInProcesses
from tlseku.cli.streams.special_files import needs_target, write_arrow, write_zeek
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_lines_of_bytes, write_text
from tlseku.cli.streams.tally import Tally
from tlseku.cli.streams.write_option import to_file, write_to
from tlseku.flow import Flow
from tlseku.output.reports.findings import FINDINGS
from tlseku.output.reports.flow_table import flow_lines, total_line
from tlseku.output.words.summary import summary_line
from tlseku.output.words.terminal_page import Page
from tlseku.policy.rule_books import Context, Mode

if TYPE_CHECKING:
    from tlseku.data_frames.columns import What
    from tlseku.filter import Field

ROWS: tuple[What, ...] = ("flows", "certificates", "requests")
_FORMATS_HELP = (
    " ecs: Elastic Common Schema. eve: Suricata. zeek, zeek-json: ssl.log and x509.log in the directory of -w."
    " arrow, parquet: need tlseku[arrow]. sarif, junit: for CI. mermaid: sequence diagrams."
)
_FINDINGS_HELP = "\n".join(f"  {word:<12}  {meaning}" for word, meaning in FINDINGS.items())


@click.command(
    "flows",
    epilog="\b\nExamples:\n  tlseku flows capture.pcap\n"
    "  tlseku flows --local 10.106.80.31 --fail-on wrong,refused eth0*.pcap --merge\n"
    "  tlseku flows -Y 'tls.client.verdict == wrong' -T csv -w wrong.csv capture.pcap\n"
    "  tlseku flows -e ip.src,tls.client.x509.serial,tls.client.verdict capture.pcap\n"
    "  tlseku flows -T zeek -w logs capture.pcap\n"
    "  tlseku flows -T parquet --rows certificates -w certificates.parquet capture.pcap\n"
    "  tlseku flows -T sarif -w tlseku.sarif --fail-on wrong capture.pcap\n"
    "  tlseku flows -j 4 -T ndjson -w flows.ndjson *.pcap\n"
    "  tcpdump -i eth0 -U -w - | tlseku flows -",
    help=f"""Show every TLS flow: who talks to whom, which certificate chains each side presented, whether
the leaf's Extended Key Usage fits the role, which certificates were asked for, and how it ended.

FILE is a pcap or pcapng capture, plain or compressed with gzip or zstd; - is standard input, whose flows are
written as they end (two seconds after the connection is closed), as are all with -T ndjson; otherwise flows
come in the order of their numbers.

\b
Words for --fail-on:
{_FINDINGS_HELP}""",
)
@shared.files
@choosing.packets
@choosing.display_filter
@shared.output_formats(*FORMATS, help=_FORMATS_HELP)
@choosing.fields
@click.option(
    "--rows",
    "what",
    type=click.Choice(ROWS),
    help="What a row is with -T arrow and parquet (docs/tables.md). Default: flows.",
)
@write_to
@shared.vantage
@shared.merge
@shared.processes
@shared.rule_books("all with -T json and ndjson, where their findings stand; none otherwise")
@shared.known_issuers
@shared.key_logs
@shared.fail_on
@shared.width
@click.help_option("-h", "--help")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    more_files: tuple[str, ...],
    max_packets: int | None,
    wanted: choosing.Wanted | None,
    form: str,
    columns: tuple[Field, ...],
    what: What | None,
    target: str | None,
    local: tuple[str, ...],
    merge: bool,
    processes: int,
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
    if columns and form not in COLUMN_FORMATS:
        raise click.UsageError(f"-e prints columns, which -T {form} has not", ctx)
    if what is not None and form not in BINARY:
        raise click.UsageError("--rows is for -T arrow and parquet", ctx)
    books = shared.chosen_books(
        book_names, book_files, None if form in ("json", "ndjson") and not columns else ()
    )
    names = shared.sources(files, more_files)
    side_by_side = processes > 1 and len(names) > 1
    if side_by_side and (merge or max_packets is not None or "-" in names):
        raise click.UsageError("-j reads files apart from each other: not with --merge, -c or -", ctx)
    captures = (InputInProcesses if side_by_side else Input)(
        names,
        local,
        merge,
        books,
        Context(expressway_mode),
        shared.issuers_from(ca_files),
        shared.secrets_from(key_log_files, keylog_env),
        wanted,
        max_packets,
    )
    if isinstance(captures, InputInProcesses):
        captures.processes = min(processes, len(names))
    if form in DIRECTORIES or form in BINARY:
        needs_target(ctx, form, target, names)
    else:
        to_file(ctx, target, names)
    tally = Tally(fail_on)
    at_once = captures.streams and form in AS_THEY_END and not (columns and form == "table")
    as_they_end = at_once or form == "ndjson"
    if form == "ndjson" and not columns and not fail_on and wanted is None:
        write_lines_of_bytes(tally.watch_briefs(captures.briefs()), flush_each=at_once)
        complain(summary_line(captures.summary, tally.counts()))
        ctx.exit(2 if captures.failed else 0)
    flows: Iterable[Flow] = captures.flows_as_they_end() if as_they_end else captures.flows()
    watched = tally.watch(flows)
    if form in DIRECTORIES:
        write_zeek(ctx, watched, form, str(target))
    elif form in BINARY:
        write_arrow(watched, what or "flows", "parquet" if form == "parquet" else "arrow", target)
    else:
        _write(watched, form, columns, page_for(width), flush=at_once)
    total = summary_line(captures.summary, tally.counts(), None if wanted is None else tally.flows)
    if form == "table" and not columns:
        write_lines(total_line(total, page_for(width), below=tally.flows > 0))
    else:
        complain(total)
    ctx.exit(2 if captures.failed else int(tally.found))


def _write(flows: Iterator[Flow], form: str, columns: tuple[Field, ...], page: Page, *, flush: bool) -> None:
    if columns:
        _write_columns(flows, form, columns, page, flush=flush)
    elif form == "table":
        write_lines(flow_lines(flows, page), flush_each=flush)
    else:
        write_text(flow_text(form, flows), flush_each=flush)


def _write_columns(
    flows: Iterator[Flow], form: str, columns: tuple[Field, ...], page: Page, *, flush: bool
) -> None:
    from tlseku.filter import Subject
    from tlseku.output.records.columns import column_lines

    subjects = map(Subject, flows)
    if form == "table":
        write_lines(column_lines(columns, subjects, page))
    else:
        write_text(column_text(form, columns, subjects), flush_each=flush)
