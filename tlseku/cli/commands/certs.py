"""``tlseku certs``: the distinct certificates of captures, and where each was seen.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from tlseku.cli.streams.write_option import form_for, to_file, write_to
from tlseku.output.json.flow_json import json_array, to_json
from tlseku.output.reports.certificates import (
    CertificatesSeen,
    SeenCertificate,
    certificate_csv_lines,
    certificate_lines,
    certificate_tsv_lines,
    first_sights,
    seen_to_dict,
)
from tlseku.output.reports.flow_table import total_line
from tlseku.output.words.summary import summary_line
from tlseku.output.words.wording import counted

if TYPE_CHECKING:
    from tlseku.filter import Field
    from tlseku.flow import Flow
    from tlseku.output.words.terminal_page import Page
    from tlseku.x509.certificate import Certificate


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

    FILE is a pcap or pcapng capture, plain or compressed with gzip, zstd or lz4; - is standard input. Columns chosen
    with -e that are about a flow tell of the one in which a certificate was seen first.
    """
    options = given.scan_options()
    names = given.sources()
    captures = Input(names, options)
    form = form_for(ctx, form, target, COLUMN_FORMATS)
    to_file(ctx, target, names)
    tally = Tally()
    flows = tally.watch(captures.flows())
    if directory is not None:
        flows = _exporting(flows, directory, wanted)
    page = page_for(width)
    if columns:
        sights = _Counted(first_sights(flows, wanted))
        _write_columns(sights, form, columns, page)
        number, left_out = sights.number, list[str]()
    else:
        seen = CertificatesSeen(wanted)
        for flow in flows:
            seen.take(flow)
        number, left_out = len(seen), seen.left_out
        if form == "table":
            write_lines(certificate_lines(seen, page))
        else:
            write_text(_text(seen, form))
    total = "; ".join(
        (counted(number, "certificate"), *left_out, summary_line(captures.summary, tally.counts()))
    )
    if columns or form != "table":
        complain(total)
    else:
        write_lines(total_line(total, page, below=number > 0))
    ctx.exit(2 if captures.failed else 0)


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


class _Counted:
    """Counts what passes."""

    def __init__(self, sights: Iterable[tuple[Flow, Certificate]]) -> None:
        self.number = 0
        self._sights = sights

    def __iter__(self) -> Iterator[tuple[Flow, Certificate]]:
        for each in self._sights:
            self.number += 1
            yield each


def _write_columns(
    sights: Iterable[tuple[Flow, Certificate]], form: str, columns: tuple[Field, ...], page: Page
) -> None:
    from tlseku.filter import Subject
    from tlseku.output.records.columns import column_lines

    subjects = (Subject(flow, certificate) for flow, certificate in sights)
    if form == "table":
        write_lines(column_lines(columns, subjects, page))
    else:
        write_text(column_text(form, columns, subjects))


def _text(seen: Iterable[SeenCertificate], form: str) -> Iterator[str]:
    if form == "csv":
        return certificate_csv_lines(seen)
    if form == "tsv":
        return certificate_tsv_lines(seen)
    documents = (seen_to_dict(one) for one in seen)
    return json_array(documents) if form == "json" else (f"{to_json(each)}\n" for each in documents)
