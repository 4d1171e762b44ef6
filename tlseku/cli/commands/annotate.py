"""``tlseku annotate``: the capture with comments on its packets, for Wireshark.

Knows the options of this command; what is said and how it is written are told elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.capture_output import capture_output
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.output.captures.annotate import annotate
from tlseku.output.words.wording import counted


@click.command(
    "annotate",
    epilog="\b\nExamples:\n  tlseku annotate capture.pcap -w commented.pcapng\n"
    "  tlseku annotate -Y 'flow.outcome == refused' capture.pcap -w refused.pcapng\n"
    "  tlseku annotate --keylog session.keys capture.pcapng -w - | wireshark -k -i -\n"
    "  tlseku annotate capture.pcap -w - | tshark -r - -Y frame.comment -T fields -e frame.number -e frame.comment",
)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@shared.write_capture
@choosing.display_filter
@shared.drop_secrets
@shared.key_logs
@with_given
def command(
    given: Given,
    file: str,
    output: str,
    drop_secrets: bool,
) -> None:
    """Copy a capture to a pcapng file with comments on its packets: at the frame that completes it, each certificate
    that was presented, with role, serial number, EKU and verdict; each CertificateRequest and what answered it; each
    alert; and how a flow ended at its first message. Wireshark shows them, and finds them with the filter
    frame.comment contains "tlseku".

    FILE is read twice, so it cannot be standard input. Every packet is copied as it is, under the same number, with
    the comments that it had; so are interfaces, times, names and secrets. With -Y only the packets of the flows that
    fit get new comments; all are copied.
    """
    with capture_output(output, file) as target:
        done = annotate(
            file,
            target,
            wanted=given.wanted,
            secrets=given.secrets(),
            keep_secrets=not drop_secrets,
        )
    warn(done.warnings)
    if done.without_room:
        complain(f"warning: {counted(done.without_room, 'comment')} on packets that have no room for one")
    if done.left_out:
        complain(f"warning: {counted(done.left_out, 'comment')} left out: there are too many")
    flows, comments, packets = (
        counted(number, noun)
        for number, noun in ((done.flows, "flow"), (done.comments, "comment"), (done.packets, "packet"))
    )
    complain(f"{flows}, {comments}; {packets} copied")
