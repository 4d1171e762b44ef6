"""``tlseku extract``: the packets of chosen handshakes as a capture.

Knows the options of this command; choosing, copying and replacing addresses are done elsewhere.
"""

from __future__ import annotations

import os
from typing import BinaryIO

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.capture_output import capture_output
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.flow import Flow
from tlseku.output.captures.extract import extract
from tlseku.output.captures.pseudonyms import Pseudonyms
from tlseku.output.words.wording import counted, listed

SHORTEST_KEY = 16
"""Bytes. A shorter key can be guessed, and with it every address."""


class _Choice:
    """The flows with the numbers of --flow that fit -Y, all without; remembers which numbers were there."""

    def __init__(self, numbers: tuple[int, ...], wanted: choosing.Wanted | None) -> None:
        self.missing = set(numbers)
        self._numbers = frozenset(numbers)
        self._wanted = wanted

    def __call__(self, flow: Flow) -> bool:
        self.missing.discard(flow.number)
        if self._numbers and flow.number not in self._numbers:
            return False
        return self._wanted is None or self._wanted(flow)


@click.command(
    "extract",
    epilog="\b\nExamples:\n  tlseku extract capture.pcap --flow 1 -w handshake.pcapng\n"
    "  tlseku extract -Y 'tls.client.verdict == wrong' capture.pcap -w wrong.pcapng\n"
    "  tlseku extract --anonymise --drop-secrets capture.pcapng -w to-send.pcapng\n"
    "  tlseku extract big.pcap.gz -w - | wireshark -k -i -",
)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@shared.write_capture
@choosing.display_filter
@click.option(
    "--flow",
    "numbers",
    metavar="N",
    multiple=True,
    type=click.IntRange(min=1),
    help="Only this flow, by the number that tlseku flows shows. May be repeated. With -Y it must fit, too."
    " Default: all.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="The whole connections, not only their handshakes.",
)
@click.option(
    "--anonymise",
    is_flag=True,
    help="Replace IP and link addresses, with a key that is drawn for this run and forgotten.",
)
@click.option(
    "--anonymise-key",
    "key_file",
    metavar="FILE",
    type=click.File("rb"),
    help=f"The same, with the bytes of FILE (at least {SHORTEST_KEY}) as key: another capture then gets the same"
    " addresses.",
)
@shared.drop_secrets
@shared.key_logs
@with_given
def command(
    given: Given,
    file: str,
    output: str,
    numbers: tuple[int, ...],
    whole: bool,
    anonymise: bool,
    key_file: BinaryIO | None,
    drop_secrets: bool,
) -> None:
    """Write just the packets of TLS handshakes to a pcapng file, from the first packet of a connection to the end of
    its handshake, with alerts, later handshakes that can be seen, and what closes it.

    FILE is read twice, so it cannot be standard input. Interfaces, times to the nanosecond and the secrets in a pcapng
    file are kept; other packets, names of hosts and statistics are not. Frames get new numbers.

    --anonymise replaces addresses in all headers, also within tunnels, the same one always by the same, and adjusts
    checksums. Payload is NOT anonymised: certificates (with the addresses in them), server names and clear text before
    TLS stay as they are. Packets in which an address may hide elsewhere, such as source routes, are left out and
    counted.
    """
    choice = _Choice(numbers, given.wanted)
    with capture_output(output, file) as target:
        done = extract(
            file,
            target,
            wanted=choice,
            whole=whole,
            pseudonyms=_pseudonyms(anonymise, key_file),
            secrets=given.secrets(),
            keep_secrets=not drop_secrets,
        )
        if choice.missing:
            lacking = listed([str(number) for number in sorted(choice.missing)])
            flows = counted(done.summary.flows, "flow")
            raise click.ClickException(
                f"there is no flow {lacking}: the capture has {flows}; nothing is written"
            )
    warn(done.warnings)
    left = f"; {counted(done.left_out, 'packet')} left out" if done.left_out else ""
    complain(f"{counted(done.flows, 'flow')}, {counted(done.packets, 'packet')} written{left}")


def _pseudonyms(anonymise: bool, key_file: BinaryIO | None) -> Pseudonyms | None:
    if key_file is not None:
        key = key_file.read()
        if len(key) < SHORTEST_KEY:
            problem = f"--anonymise-key: {len(key)} bytes; a key has at least {SHORTEST_KEY}"
            raise click.UsageError(problem)
        return Pseudonyms(key)
    return Pseudonyms(os.urandom(32)) if anonymise else None
