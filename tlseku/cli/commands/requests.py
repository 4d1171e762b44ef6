"""``tlseku requests``: every CertificateRequest of captures, and what came.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.cli.streams.tally import Tally
from tlseku.cli.streams.write_option import form_for, to_file, write_to
from tlseku.flow import Flow
from tlseku.output.reports.flow_table import total_line
from tlseku.output.reports.requests import request_list_lines, request_text
from tlseku.output.words.summary import summary_line
from tlseku.output.words.wording import counted


class _Asked:
    """Counts the requests of flows as they pass."""

    def __init__(self) -> None:
        self.requests = 0

    def watch(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """The same flows."""
        for flow in flows:
            self.requests += len(flow.requests)
            yield flow


@click.command(
    "requests",
    epilog="\b\nExamples:\n  tlseku requests capture.pcap\n"
    "  tlseku requests -Y 'tls.request.answer == empty' capture.pcap",
)
@shared.captures
@choosing.packets
@choosing.display_filter
@shared.output_format
@write_to
@shared.reading(vantage=False)
@shared.width
@with_given
def command(
    given: Given,
    form: str,
    target: str | None,
    width: int | None,
) -> int:
    """List every CertificateRequest: who asks whom, in which frame, for which certificate types, signature
    algorithms, CAs and OID filters, and whether a chain, an empty list or nothing came. In TLS 1.3 requests
    are encrypted and are listed only with the session's secrets (--keylog); tlseku flows says where that is so.

    FILE is a pcap or pcapng capture, plain or compressed with gzip, zstd or lz4; - is standard input.
    """
    options = given.scan_options()
    names = given.sources()
    captures = Input(names, options, given.wanted)
    form = form_for(form, target, shared.FORMATS)
    to_file(target, names)
    tally = Tally()
    asked = _Asked()
    flows = asked.watch(tally.watch(captures.flows()))
    page = page_for(width)
    if form == "table":
        write_lines(request_list_lines(flows, page))
    else:
        write_text(request_text(form, flows))
    shown = None if given.wanted is None else tally.flows
    total = f"{counted(asked.requests, 'request')}; {summary_line(captures.summary, tally.counts(), shown)}"
    if form == "table":
        write_lines(total_line(total, page, below=asked.requests > 0))
    else:
        complain(total)
    return 2 if captures.failed else 0
