"""``tlseku extcap``: an interface of Wireshark whose packets come with what tlseku says.

Knows Wireshark's extcap protocol (https://www.wireshark.org/docs/wsdg_html_chunked/ChCaptureExtcap.html) and the
options of this command; capturing and wording are done elsewhere. Wireshark asks, in runs of
their own, which interfaces there are, of which link type, what can be set, and then wants packets in a FIFO.
"""

from __future__ import annotations

import os
import sys

import click

from tlseku._build import __version__
from tlseku.analyzer import Analyzer
from tlseku.cli.streams.arriving import Arriving
from tlseku.cli.streams.capturing import Capturing, command_of, filter_problem, interfaces
from tlseku.cli.streams.stopping import stopped_by_signals
from tlseku.errors import CaptureError
from tlseku.handshake.vantage import VantageError
from tlseku.output.captures.annotate_live import annotated

NAME = "tlseku"
SHOWN = "tlseku live"


@click.command(
    "extcap",
    epilog="\b\nExamples:\n  tlseku extcap --extcap-interfaces\n"
    "  tlseku extcap --extcap-interface tlseku --extcap-config",
)
@click.option("--extcap-interfaces", "asked", flag_value="interfaces", help="Which interfaces there are.")
@click.option("--extcap-dlts", "asked", flag_value="dlts", help="Which link types the interface has.")
@click.option("--extcap-config", "asked", flag_value="config", help="What can be set.")
@click.option("--capture", "asked", flag_value="capture", help="Capture, into --fifo.")
@click.option("--extcap-version", metavar="VERSION", help="The version of Wireshark.")
@click.option("--extcap-interface", metavar="NAME", help=f"The interface: {NAME}.")
@click.option(
    "--extcap-capture-filter",
    metavar="BPF",
    help="A capture filter; without --capture it is only checked.",
)
@click.option("--fifo", metavar="FILE", type=click.Path(dir_okay=False), help="Where packets are to go.")
@click.option("--interface", metavar="IFACE", help="The interface to capture from, as for tlseku live -i.")
@click.option("--local", metavar="ADDRESS", help="Our side, addresses or networks, parted by commas.")
@click.option("--no-promiscuous-mode", is_flag=True, help="Only packets from and to this host.")
def command(
    asked: str | None,
    extcap_version: str | None,
    extcap_interface: str | None,
    extcap_capture_filter: str | None,
    fifo: str | None,
    interface: str | None,
    local: str | None,
    no_promiscuous_mode: bool,
) -> None:
    """Speak Wireshark's extcap protocol: tlseku wireshark install puts a program that calls this where Wireshark looks
    for it, and Wireshark then has an interface "tlseku live". Its packets are those of an interface of this machine,
    with comments: what a certificate list says in its role where it is complete, who asks for a certificate, what an
    alert refuses. The plugin shows the comments as fields and columns.

    A comment stands at the packet with which it became known, since packets are shown as they come.
    """
    if asked == "interfaces":
        click.echo(f"extcap {{version={__version__}}}{{display={SHOWN}}}")
        click.echo(f"interface {{value={NAME}}}{{display={SHOWN}}}")
        return
    if extcap_interface != NAME:
        raise click.UsageError(f"--extcap-interface: there is only {NAME}")
    if asked == "dlts":
        # The blocks of pcapng say of each interface what it has; this is what a window shows before.
        click.echo("dlt {number=1}{name=EN10MB}{display=Ethernet, or what the interface has}")
    elif asked == "config":
        _config()
    elif asked == "capture":
        if fifo is None:
            raise click.UsageError("--capture needs --fifo")
        words = [word for word in (local or "").replace(",", " ").split() if word]
        try:
            analyzer = Analyzer(local=words, rule_books=())
        except VantageError as error:
            raise click.UsageError(f"--local: {error}") from None
        chosen = [interface] if interface else []
        captured = command_of(chosen, extcap_capture_filter or "", promiscuous=not no_promiscuous_mode)
        _capture(captured, interface or SHOWN, fifo, analyzer)
    elif extcap_capture_filter is not None:
        _check(extcap_capture_filter)
    else:
        raise click.UsageError("nothing is asked for")


def _config() -> None:
    click.echo(
        "arg {number=0}{call=--interface}{display=Interface}{type=selector}{tooltip=Where packets are captured}"
    )
    for place, (name, said) in enumerate(interfaces()):
        default = "{default=true}" if place == 0 else ""
        click.echo(f"value {{arg=0}}{{value={_word(name)}}}{{display={_word(said)}}}{default}")
    click.echo(
        "arg {number=1}{call=--local}{display=Our side}{type=string}"
        "{tooltip=Addresses or networks, parted by commas: directions are told as seen from there}"
    )
    click.echo(
        "arg {number=2}{call=--no-promiscuous-mode}{display=Only packets from and to this host}{type=boolflag}"
        "{default=false}"
    )


def _word(text: str) -> str:
    """What may stand between the braces of the protocol."""
    return "".join("?" if one in "{}" or not one.isprintable() else one for one in text)


def _check(filter_: str) -> None:
    """Print what is wrong with a filter, which Wireshark takes for an answer; exit 2 says that nobody knows."""
    problem = filter_problem(filter_)
    if problem is None:
        raise click.exceptions.Exit(2)
    if problem:
        click.echo(problem)


def _capture(captured: list[str], name: str, fifo: str, analyzer: Analyzer) -> None:
    capturing = Capturing(captured)
    with stopped_by_signals() as stopping, open(fifo, "wb", buffering=0) as target:
        stopping.on_asked = capturing.stop
        with capturing.running(lambda: analyzer.summary.packets == 0) as process:
            descriptor = capturing.descriptor
            assert descriptor is not None, "it has a pipe"
            try:
                for block in annotated(Arriving(descriptor, name, stopping, lambda: None), analyzer):
                    target.write(block)
            except CaptureError:
                # Nothing came: what the program says tells more.
                if not stopping.asked and process.wait() == 0:
                    raise
            except BrokenPipeError:
                # Nobody watches any more. What is left in the pipe must not be tried again.
                os.dup2(os.open(os.devnull, os.O_WRONLY), target.fileno())
    if stopping.asked:
        # That is how Wireshark ends a capture.
        sys.exit(0)
