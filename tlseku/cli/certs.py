"""``tlseku certs``: the distinct certificates of captures, and where each was seen.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli import options
from tlseku.cli.notices import complain
from tlseku.cli.output import page_for, write_lines, write_text
from tlseku.cli.reading import Input
from tlseku.cli.tally import Tally
from tlseku.report.certificates import (
    certificate_csv_lines,
    certificate_lines,
    seen_certificates,
    seen_to_dict,
)
from tlseku.report.flow_json import json_array, to_json
from tlseku.report.summary import summary_line
from tlseku.report.table import total_line
from tlseku.report.wording import counted


@click.command("certs", epilog="\b\nExample:\n  tlseku certs -T csv capture.pcap > certificates.csv")
@options.files
@options.output_format
@options.merge
@options.key_logs
@options.width
@click.help_option("-h", "--help")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    more_files: tuple[str, ...],
    form: str,
    merge: bool,
    key_log_files: tuple[str, ...],
    keylog_env: bool,
    width: int | None,
) -> None:
    """List every distinct certificate once: serial, subject, issuer, EKU, validity, key, SHA-256, and which
    host presented it in which role, in which flows and frames.

    FILE is a pcap or pcapng capture, plain or compressed with gzip or zstd; - is standard input.
    """
    secrets = options.secrets_from(key_log_files, keylog_env)
    captures = Input(options.sources(files, more_files), (), merge, secrets=secrets)
    tally = Tally()
    seen = seen_certificates(tally.watch(captures.flows()))
    total = f"{counted(len(seen), 'certificate')}; {summary_line(captures.summary, tally.counts())}"
    if form == "table":
        page = page_for(width)
        write_lines(certificate_lines(seen, page))
        write_lines(total_line(total, page, below=len(seen) > 0))
    else:
        if form == "csv":
            write_text(certificate_csv_lines(seen))
        elif form == "json":
            write_text(json_array(seen_to_dict(one) for one in seen))
        else:
            write_text(f"{to_json(seen_to_dict(one))}\n" for one in seen)
        complain(total)
    ctx.exit(2 if captures.failed else 0)
