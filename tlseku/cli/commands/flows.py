"""``tlseku flows``: who presented which certificate, in which role, flow by flow.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.flow_formats import (
    AS_THEY_END,
    BINARY,
    COLUMN_FORMATS,
    DIRECTORIES,
    FORMATS,
    OF_OBJECTS,
    OF_ROWS,
    OF_TABLES,
    TextForm,
    flow_text,
)
from tlseku.cli.streams.in_processes import InputInProcesses, InputInRanges
from tlseku.cli.streams.special_files import open_target, write_arrow, write_sqlite, write_zeek
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import (
    colours_welcome,
    page_for,
    write_lines,
    write_lines_of_bytes,
    write_text,
)
from tlseku.cli.streams.tally import Tally
from tlseku.cli.streams.write_option import form_for, write_to
from tlseku.flow import Flow
from tlseku.output.words.summary import summary_line
from tlseku.output.words.terminal_page import Page
from tlseku.policy.rule_books import RuleBook

if TYPE_CHECKING:
    from tlseku.data_frames.arrow import Form
    from tlseku.data_frames.columns import What
    from tlseku.filter import Field
    from tlseku.output.reports.flow_summary import FlowSummary
    from tlseku.parallel.made_in_order import Made, Maker

ROWS: tuple[What, ...] = ("flows", "certificates", "requests", "messages", "findings", "statements")
_FORMATS_HELP = (
    " ecs: Elastic Common Schema. eve: Suricata. zeek, zeek-json: ssl.log and x509.log in the directory of -w."
    " arrow, parquet: need tlseku[arrow]. sqlite: a database. sarif, junit: for CI. mermaid: sequence diagrams."
)
_FINDINGS_HELP = "\n".join(f"  {word:<12}  {meaning}" for word, meaning in shared.FAIL_ON.items())


def options(*, of_files: bool) -> shared.Option:
    """What is looked at, how it is read and what comes out; with ``of_files`` also what makes sense of files only."""
    return shared.together(
        choosing.packets,
        choosing.display_filter,
        shared.output_formats(*FORMATS, help=_FORMATS_HELP),
        choosing.fields,
        click.option(
            "--rows",
            "what",
            type=click.Choice(ROWS),
            help="What a row is with -T json, ndjson, csv, tsv, arrow and parquet (docs/tables.md). Default: flows;"
            " csv and tsv without it have a row for each chain.",
        ),
        click.option(
            "--full",
            is_flag=True,
            help="With -T json and ndjson: all that is said of a flow in one object, tlseku/flow/1 (docs/json.md).",
        ),
        click.option(
            "--summary",
            "rolled_up",
            is_flag=True,
            help="Counts instead of flows: by server, service, outcome, verdict and issuer. As table, JSON, CSV or"
            " TSV.",
        ),
        write_to,
        shared.reading(
            files=of_files,
            jobs=of_files,
            judged_by="all where their findings stand: JSON of flows, --rows findings, statements; none otherwise",
        ),
        shared.fail_on(shared.FAIL_ON, "one of these words holds (see above)"),
        shared.width,
    )


class Asked(NamedTuple):
    """What the options say that are no ``Given``, each under the name of its parameter."""

    form: str
    columns: tuple[Field, ...]
    what: What | None
    full: bool
    rolled_up: bool
    target: str | None
    fail_on: frozenset[str]
    width: int | None

    @classmethod
    def of(cls, parameters: Mapping[str, object]) -> Asked:
        """Made of the parameters of a command that has ``options``."""
        return cls(**parameters)  # type: ignore[arg-type]  # click has made them what they should be


@click.command(
    "flows",
    epilog="\b\nExamples:\n  tlseku flows capture.pcap\n"
    "  tlseku flows --local 10.106.80.31 --fail-on wrong,refused eth0*.pcap --merge\n"
    "  tlseku flows -Y 'tls.client.verdict == wrong' -T csv -w wrong.csv capture.pcap\n"
    "  tlseku flows -e ip.src,tls.client.x509.serial,tls.client.verdict capture.pcap\n"
    "  tlseku flows --summary capture.pcap\n"
    "  tlseku flows -T zeek -w logs capture.pcap\n"
    "  tlseku flows -T ndjson capture.pcap | jq 'select(.client_cert.verdict == \"wrong\")'\n"
    "  tlseku flows -T parquet --rows certificates -w certificates.parquet capture.pcap\n"
    "  tlseku flows -T sqlite -w flows.sqlite capture.pcap\n"
    "  tlseku flows -T sarif -w tlseku.sarif --fail-on wrong capture.pcap\n"
    "  tlseku flows -j 4 -T ndjson -w flows.ndjson *.pcap\n"
    "  tcpdump -i eth0 --immediate-mode -U -w - | tlseku flows -",
    help=f"""Show every TLS flow: who talks to whom, which certificate chains each side presented, whether
the leaf's Extended Key Usage fits the role, which certificates were asked for, and how it ended.

FILE is a pcap or pcapng capture, plain or compressed with gzip, zstd or lz4; - is standard input, whose flows are
written as they end, within a second; Ctrl-C ends the reading, and what is pending is written. Of a file they come in
the order in which they began, as far as those that wait for an earlier one fit into 2 MB; a warning says how many came
later.

\b
Words for --fail-on:
{_FINDINGS_HELP}""",
)
@shared.captures
@options(of_files=True)
@with_given
def command(given: Given, /, processes: int, **asked: object) -> int:
    """Run the command."""
    return run(given, Asked.of(asked), lambda books: _captures(given, given.sources(), books, processes))


def run(
    given: Given,
    asked: Asked,
    opened: Callable[[tuple[RuleBook, ...]], Input],
    names: Sequence[str] | None = None,
) -> int:
    """Write the flows of what ``opened`` gives for the books that judge; ``names`` are the files that are read."""
    asked = asked._replace(form=form_for(asked.form, asked.target, FORMATS))
    form, columns = asked.form, asked.columns
    _refuse_what_does_not_fit(asked)
    if asked.rolled_up:
        _refuse_what_no_summary_has(asked)
    books = given.rule_books(None if _has_findings(asked) and not asked.rolled_up else ())
    captures = opened(books)
    open_target(form, asked.target, given.sources() if names is None else names)
    # Whoever watches standard input wants each flow at once; a table of chosen columns needs them all for its widths.
    at_once = captures.streams and form in AS_THEY_END and not (columns and form == "table")
    output = _Output(asked, page_for(asked.width), at_once)
    tally = Tally(asked.fail_on)
    if isinstance(captures, InputInProcesses) and captures.may_make and _is_made_elsewhere(asked):
        _write_made(captures, tally, output)
    elif isinstance(captures, InputInRanges) and captures.has_lines and _is_of_lines(asked):
        # Lines are less to hand on from one process to another than flows.
        lines = tally.watch_lines(captures.lines())
        if form == "ndjson":
            write_lines_of_bytes(lines)
        else:
            write_text(TextForm(form).whole(map(bytes.decode, lines)))
    else:
        flows = captures.flows_as_they_end() if at_once and not asked.rolled_up else captures.flows()
        (_write_summary if asked.rolled_up else _write)(tally.watch(flows), output)
    _write_total(captures, tally, output, chosen=given.wanted is not None)
    return tally.exit_code(captures.summary, failed=captures.failed)


class _Output(NamedTuple):
    """How flows are written: as ``asked``, on ``page``, and with ``flush`` each as it comes."""

    asked: Asked
    page: Page
    flush: bool


def _is_of_lines(asked: Asked) -> bool:
    """Whether each flow is its line of JSON, and nothing else is asked of it."""
    return (
        asked.form in OF_OBJECTS
        and not (asked.columns or asked.full or asked.rolled_up or asked.fail_on)
        and asked.what in (None, "flows")
    )


def _is_made_elsewhere(asked: Asked) -> bool:
    """Whether processes that read flows can make what is written of them: not of a page with colours, nor of what is no
    text of each flow by itself."""
    form = asked.form
    if asked.rolled_up or form in OF_TABLES:
        return True
    if form in (*DIRECTORIES, "sqlite", "junit"):
        return False
    return form != "table" or not colours_welcome()


def _write_made(captures: InputInProcesses, tally: Tally, output: _Output) -> None:
    """Text is less to hand on from one process to another than flows."""
    from tlseku.cli.streams import made_elsewhere as made

    asked = output.asked

    def those(making: Callable[[], Maker]) -> Iterator[Made]:
        return tally.watch_made(captures.made(making, asked.fail_on))

    if asked.rolled_up:
        _write_counts(made.summary_of(those(made.SummaryOf())), output)
    elif asked.form in OF_TABLES:
        what = asked.what or "flows"
        batches = made.batches_of(what, those(made.BatchOf(what)))
        write_arrow(batches, what, _table_form(asked), asked.target)
    else:
        columns = tuple([field.name for field in asked.columns])
        form = TextForm(asked.form, columns, asked.what, asked.full, output.page)
        found = those(made.TextOf(form))
        if form.is_lines:
            write_lines_of_bytes(made.lines_of(found))
        else:
            write_text(made.text_of(form, found))


def _refuse_what_does_not_fit(asked: Asked) -> None:
    form, columns, what, full = asked.form, asked.columns, asked.what, asked.full
    if columns and form not in COLUMN_FORMATS:
        raise click.UsageError(f"-e prints columns, which -T {form} has not")
    if what is not None and form not in OF_ROWS:
        raise click.UsageError(f"--rows is for -T {', '.join(OF_ROWS[:-1])} and {OF_ROWS[-1]}")
    if full and form not in OF_OBJECTS:
        raise click.UsageError("--full is for -T json and ndjson")
    if columns and (what is not None or full):
        raise click.UsageError(f"-e has columns of its own: not with {'--full' if full else '--rows'}")
    if full and what not in (None, "flows"):
        raise click.UsageError(f"--full is all that is said of a flow: not with --rows {what}")


def _refuse_what_no_summary_has(asked: Asked) -> None:
    if asked.columns or asked.full or asked.what is not None or asked.form not in COLUMN_FORMATS:
        raise click.UsageError(
            f"--summary counts flows: with -T {', '.join(COLUMN_FORMATS)}, no -e, no --rows, no --full"
        )


def _has_findings(asked: Asked) -> bool:
    """Whether what is written holds findings of rule-books."""
    return (
        asked.what in ("findings", "statements")
        or asked.form == "sqlite"
        or (asked.form in OF_OBJECTS and not asked.columns and asked.what in (None, "flows"))
    )


def _captures(given: Given, names: tuple[str, ...], books: tuple[RuleBook, ...], processes: int) -> Input:
    """The captures, side by side if there are several and -j says so, or one in parts."""
    if processes < 2:
        return Input(names, given.scan_options(books), given.wanted)
    if len(names) == 1:
        return InputInRanges(names, given.scan_options(books), given.wanted, processes=processes)
    if given.merge or given.max_packets is not None or "-" in names:
        raise click.UsageError("-j reads files apart from each other: not with --merge, -c or -")
    return InputInProcesses(names, given.scan_options(books), given.wanted, processes=processes)


def _write(flows: Iterator[Flow], output: _Output) -> None:
    asked = output.asked
    form, target, what = asked.form, asked.target, asked.what
    if form in DIRECTORIES:
        write_zeek(flows, form, str(target))
    elif form == "sqlite":
        write_sqlite(flows, str(target))
    elif form in BINARY:
        from tlseku.data_frames import arrow

        write_arrow(arrow.batches_of(flows, what or "flows"), what or "flows", _table_form(asked), target)
    elif asked.columns:
        _write_columns(flows, output)
    elif form == "table":
        _write_table(flows, output)
    else:
        write_text(flow_text(form, flows, what=what, full=asked.full), flush_each=output.flush)


def _table_form(asked: Asked) -> Form:
    return "parquet" if asked.form == "parquet" else "arrow"


def _write_table(flows: Iterator[Flow], output: _Output) -> None:
    from tlseku.output.reports.flow_table import flow_lines, plain_flows

    if colours_welcome():
        write_lines(flow_lines(flows, output.page), flush_each=output.flush)
    else:
        write_text(plain_flows(flows, output.page), flush_each=output.flush)


def _write_summary(flows: Iterator[Flow], output: _Output) -> None:
    from tlseku.output.reports import flow_summary

    summary = flow_summary.FlowSummary()
    for flow in flows:
        summary.take(flow)
    _write_counts(summary, output)


def _write_counts(summary: FlowSummary, output: _Output) -> None:
    from tlseku.output.reports import flow_summary

    if output.asked.form == "table":
        write_lines(flow_summary.summary_lines(summary, output.page))
    else:
        write_text(flow_summary.summary_text(output.asked.form, summary))


def _write_columns(flows: Iterator[Flow], output: _Output) -> None:
    from tlseku.filter import Subject
    from tlseku.output.records.columns import column_lines, column_text

    subjects = map(Subject, flows)
    if output.asked.form == "table":
        write_lines(column_lines(output.asked.columns, subjects, output.page))
    else:
        write_text(column_text(output.asked.form, output.asked.columns, subjects), flush_each=output.flush)


def _write_total(captures: Input, tally: Tally, output: _Output, *, chosen: bool) -> None:
    """The last line, below the table of flows or on standard error; how many flows fit where some were ``chosen``."""
    total = summary_line(
        captures.summary, tally.counts(), tally.flows if chosen else None, captures.hidden_left_out
    )
    if output.asked.form == "table" and not output.asked.columns:
        from tlseku.output.reports.flow_table import total_line

        write_lines(total_line(total, output.page, below=tally.flows > 0))
    else:
        complain(total)
