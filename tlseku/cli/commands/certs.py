"""``tlseku certs``: the distinct certificates of captures, and where each was seen.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.answers_out import write_answer
from tlseku.cli.streams.captures_in import FlowsRead, Input
from tlseku.cli.streams.flow_formats import COLUMN_FORMATS, OF_TABLES
from tlseku.cli.streams.special_files import open_target, write_files
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.cli.streams.tally import Passed, Tally
from tlseku.cli.streams.write_option import form_for, write_to
from tlseku.output.answers.inventory import inventory
from tlseku.output.reports.certificates import first_sights
from tlseku.output.words.summary import summary_line
from tlseku.output.words.wording import counted

if TYPE_CHECKING:
    from tlseku.filter import Field
    from tlseku.flow import Flow, Summary
    from tlseku.output.words.terminal_page import Page
    from tlseku.x509.certificate import Certificate

FORMATS = (*COLUMN_FORMATS, *OF_TABLES)


@click.command(
    "certs",
    epilog="\b\nExamples:\n  tlseku certs -T csv -w certificates.csv capture.pcap\n"
    "  tlseku certs -Y 'x509.eku == clientAuth' -e x509.serial,x509.subject,x509.not_after capture.pcap\n"
    "  tlseku certs --export chains capture.pcap",
)
@shared.captures
@choosing.packets
@choosing.certificate_filter
@shared.output_formats(*FORMATS, help=" arrow, parquet: need tlseku[arrow] (docs/tables.md).")
@choosing.fields
@write_to
@click.option(
    "--export",
    "directory",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write the presented chains (PEM), every certificate (DER) and manifest.json into DIR, too.",
)
@shared.reading(vantage=False)
@shared.width
@with_given
def command(
    given: Given,
    wanted: choosing.WantedCertificate | None,
    form: str,
    columns: tuple[Field, ...],
    target: str | None,
    directory: str | None,
    width: int | None,
) -> int:
    """List every distinct certificate once: serial, subject, issuer, EKU, validity, key, SHA-256, and which
    host presented it in which role, in which flows and frames.

    FILE is a pcap or pcapng capture, plain or compressed with gzip, zstd or lz4; - is standard input. Columns chosen
    with -e that are about a flow tell of the one in which a certificate was seen first.
    """
    options = given.scan_options()
    names = given.sources()
    captures = Input(names, options)
    form = form_for(form, target, FORMATS)
    if columns and form in OF_TABLES:
        raise click.UsageError(f"-e prints columns, which -T {form} has not")
    open_target(form, target, names)
    tally = Tally()
    flows = tally.watch(captures.flows())
    if directory is not None:
        flows = _exporting(flows, directory, wanted)
    if columns:
        sights = Passed(first_sights(flows, wanted))
        _write_columns(sights, form, columns, page_for(width))
        complain(_total(counted(sights.number, "certificate"), captures.summary, tally))
    else:
        found = inventory(FlowsRead(flows, captures), wanted=wanted)
        write_answer(
            found, form, width=width, total=_total(found.in_one_line(), found.read, tally), target=target
        )
    return 2 if captures.failed else 0


def _total(found: str, read: Summary, tally: Tally) -> str:
    return f"{found}; {summary_line(read, tally.counts())}"


def _exporting(
    flows: Iterable[Flow], directory: str, wanted: choosing.WantedCertificate | None
) -> Iterator[Flow]:
    """The same flows, whose chains are written on their way."""
    from tlseku.output.records.certificate_export import Export

    export = Export(wanted)
    for flow in flows:
        write_files(directory, export.files_of(flow))
        yield flow
    write_files(directory, [export.manifest()])


def _write_columns(
    sights: Iterable[tuple[Flow, Certificate]], form: str, columns: tuple[Field, ...], page: Page
) -> None:
    from tlseku.filter import Subject
    from tlseku.output.records.columns import column_lines, column_text

    subjects = (Subject(flow, certificate) for flow, certificate in sights)
    if form == "table":
        write_lines(column_lines(columns, subjects, page))
    else:
        write_text(column_text(form, columns, subjects))
