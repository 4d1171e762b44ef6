"""``tlseku live``: the flows of an interface, while packets come.

Knows the options of this command; capturing, reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

import os

import click

from tlseku.cli.commands.flows import Asked, options, run
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.capturing import LiveInput, command_of


def _interfaces(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    try:
        names = ["any", *sorted(os.listdir("/sys/class/net"))]
    except OSError:
        return []
    return [name for name in names if name.startswith(incomplete)]


@click.command(
    "live",
    epilog="\b\nExamples:\n  tlseku live -i eth0\n  tlseku live -i eth0 'tcp port 5061 or tcp port 443'\n"
    "  tlseku live -i any -Y 'tls.client.verdict == wrong' -T ndjson\n"
    "  tlseku live -i eth0 -T csv -w flows.csv",
)
@click.argument("bpf", metavar="[BPF...]", nargs=-1)
@click.option(
    "-i",
    "--interface",
    "interfaces",
    metavar="IFACE",
    multiple=True,
    shell_complete=_interfaces,
    help="The interface to capture from, as tcpdump and Wireshark name it. Default: the first one that is no"
    " loopback. May be repeated where dumpcap captures.",
)
@click.option(
    "-p",
    "--no-promiscuous-mode",
    "narrow",
    is_flag=True,
    help="Only packets from and to this host.",
)
@options(of_files=False)
@with_given
def command(
    given: Given,
    /,
    interfaces: tuple[str, ...],
    bpf: tuple[str, ...],
    narrow: bool,
    **asked: object,
) -> int:
    """Show the TLS flows of an interface, each within a second after it ended, until Ctrl-C: then what is pending is
    written, and the summary.

    BPF is a capture filter, as tcpdump takes it. dumpcap captures (it comes with Wireshark), or tcpdump where that is
    not there; whoever may run it needs no other privilege. All options of tlseku flows hold but those about files; its
    help has the words of --fail-on.
    """
    captured = command_of(interfaces, " ".join(bpf), promiscuous=not narrow)
    name = ",".join(interfaces) or "live"
    return run(
        given,
        Asked.of(asked),
        lambda books: LiveInput(captured, name, given.scan_options(books), given.wanted),
        names=(),
    )
