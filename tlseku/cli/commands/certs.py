"""``tlseku certs``: the distinct certificates of captures, and where each was seen.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.flow_formats import COLUMN_FORMATS, column_text
from tlseku.cli.streams.special_files import write_files
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.cli.streams.tally import Tally
from tlseku.cli.streams.write_option import to_file, write_to
from tlseku.output.json.flow_json import json_array, to_json
from tlseku.output.reports.certificates import (
    SeenCertificate,
    certificate_csv_lines,
    certificate_lines,
    certificate_tsv_lines,
    seen_certificates,
    seen_to_dict,
)
from tlseku.output.reports.flow_table import total_line
from tlseku.output.words.summary import summary_line
from tlseku.output.words.wording import counted

if TYPE_CHECKING:
    from tlseku.filter import Field
    from tlseku.output.words.terminal_page import Page


@click.command(
    "certs",
    epilog="\b\nExamples:\n  tlseku certs -T csv -w certificates.csv capture.pcap\n"
    "  tlseku certs -Y 'x509.eku == clientAuth' -e x509.serial,x509.subject,x509.not_after capture.pcap\n"
    "  tlseku certs --export chains capture.pcap",
)
@shared.captures
@choosing.packets
@choosing.certificate_filter
@shared.output_formats(*COLUMN_FORMATS)
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
@click.help_option("-h", "--help")
@with_given
@click.pass_context
def command(
    ctx: click.Context,
    given: Given,
    wanted: choosing.WantedCertificate | None,
    form: str,
    columns: tuple[Field, ...],
    target: str | None,
    directory: str | None,
    width: int | None,
) -> None:
    """List every distinct certificate once: serial, subject, issuer, EKU, validity, key, SHA-256, and which
    host presented it in which role, in which flows and frames.

    FILE is a pcap or pcapng capture, plain or compressed with gzip or zstd; - is standard input. Columns chosen
    with -e that are about a flow tell of the one in which a certificate was seen first.
    """
    options = given.scan_options()
    names = given.sources()
    captures = Input(names, options)
    to_file(ctx, target, names)
    tally = Tally()
    flows = list(tally.watch(captures.flows()))
    if directory is not None:
        from tlseku.output.records.certificate_export import exported

        write_files(directory, exported(flows, wanted))
    seen = seen_certificates(flows, wanted)
    total = f"{counted(len(seen), 'certificate')}; {summary_line(captures.summary, tally.counts())}"
    page = page_for(width)
    if columns:
        _write_columns(seen, form, columns, page)
    elif form == "table":
        write_lines(certificate_lines(seen, page))
        write_lines(total_line(total, page, below=len(seen) > 0))
    else:
        write_text(_text(seen, form))
    if columns or form != "table":
        complain(total)
    ctx.exit(2 if captures.failed else 0)


def _write_columns(
    seen: Sequence[SeenCertificate], form: str, columns: tuple[Field, ...], page: Page
) -> None:
    from tlseku.filter import Subject
    from tlseku.output.records.columns import column_lines

    subjects = [Subject(one.first, one.certificate) for one in seen]
    if form == "table":
        write_lines(column_lines(columns, subjects, page))
    else:
        write_text(column_text(form, columns, subjects))


def _text(seen: Sequence[SeenCertificate], form: str) -> Iterator[str]:
    if form == "csv":
        return certificate_csv_lines(seen)
    if form == "tsv":
        return certificate_tsv_lines(seen)
    documents = (seen_to_dict(one) for one in seen)
    return json_array(documents) if form == "json" else (f"{to_json(each)}\n" for each in documents)
