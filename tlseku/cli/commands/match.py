"""``tlseku match``: where a certificate was presented or is stored, by its serial number.

Knows the options and exit codes of this command; searching, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.answers_out import write_answer
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.profiles.expressway.answers.serials import match
from tlseku.x509.serial import Serial, read_serial

FOUND = 0
NOT_FOUND = 1
FAILED = 2


def _serial(ctx: click.Context, param: click.Parameter, value: str) -> Serial:
    found = read_serial(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a serial number in hexadecimal", ctx, param)
    return found


@click.command(
    "match",
    epilog="\b\nExit codes, as grep has them:\n  0  found\n  1  not found; near misses count as not found\n"
    "  2  wrong usage, or a file that cannot be read\n"
    "\n\b\nExample:\n  tlseku match --serial 46:df:76:aa:00:00:00:00:00:29 capture.pcap server.pem bundle.tar.gz",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--serial",
    metavar="HEX",
    required=True,
    callback=_serial,
    help="The serial number in hexadecimal, in any spelling: 0x, colons, dashes, blanks, case and leading zeros play"
    " no part.",
)
@store_files.form
@shared.key_logs
@shared.width
@with_given
def command(given: Given, files: tuple[str, ...], serial: Serial, form: str, width: int | None) -> int:
    """Say where the certificate with a serial number was presented, as whose certificate and in which role, and in
    which stores and log lines it is.

    FILE is a capture, a file of certificates, an Expressway log, or a diagnostic log bundle (directory, tar.gz, zip).
    Serial numbers match if they are equal as integers. Where none does, those that nearly agree are shown as hints,
    which are no matches.
    Certificates in TLS 1.3 are encrypted and are found only with --keylog; in how many flows some were hidden is said.
    What a client sends in SSH is encrypted, too, and cannot be found in a capture.
    """
    found = match(serial, *files, secrets=given.secrets())
    if found.warning is not None:
        complain(f"warning: --serial: {found.warning}")
    warn(found.found.notes)
    for problem in found.problems:
        complain(problem)
    write_answer(found, form, width=width)
    return FAILED if found.problems else FOUND if found.matches else NOT_FOUND
