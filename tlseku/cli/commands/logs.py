"""``tlseku logs``: an Expressway log as events.

Knows the options of this command; reading, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from tlseku.cli.options import shared
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import colours_welcome, page_for, write_lines, write_text
from tlseku.cli.streams.text_files import opened
from tlseku.output.json.flow_json import array_of
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.logs.log_event import KINDS, LogEvent
from tlseku.profiles.expressway.reports.log_json import EventJson
from tlseku.profiles.expressway.reports.log_report import (
    Counted,
    EventTexts,
    event_lines,
    log_summary,
)


@click.command(
    "logs",
    epilog="\b\nKinds of events:\n"
    + "".join(f"  {kind:<14}{meaning}\n" for kind, meaning in KINDS.items())
    + "\n\b\nExample:\n  tlseku logs --kind tls_error --kind ssl loggingsnapshot_edge_2026-03-24_11_57_01.txt",
)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(tuple(KINDS)),
    multiple=True,
    help="Only events of this kind. May be repeated. Default: all.",
)
@shared.output_formats("table", "json", "ndjson")
@shared.width
def command(file: str, kinds: tuple[str, ...], form: str, width: int | None) -> None:
    """Show the events of a Cisco Expressway event and diagnostic log with their times in UTC: TLS negotiation
    errors, messages of the TLS library, SSH tunnels, SIP messages sent and received, and who talked to whom.

    FILE is read as a stream; - is standard input. Details are shown as the product words them; one that says that a
    certificate's purpose does not fit is marked as a refusal for the EKU.
    """
    with opened(file) as stream:
        reader = LogReader(stream, file)
        counted = Counted(_chosen(reader, kinds))
        _write(counted, file, form, width)
        total = log_summary(counted.kinds, counted.refusals, reader.lines, reader.skipped_lines)
    if form == "table":
        write_text([f"{total}\n"])
    else:
        complain(total)


def _chosen(reader: LogReader, kinds: tuple[str, ...]) -> Iterator[list[LogEvent]]:
    for events in reader.batches():
        yield [event for event in events if event.kind in kinds] if kinds else events


def _write(batches: Iterable[list[LogEvent]], file: str, form: str, width: int | None) -> None:
    """Write what comes together at once, and nothing later than that."""
    if form == "table":
        page = page_for(width)
        if colours_welcome():
            write_lines(line for events in batches for event in events for line in event_lines(event, page))
        else:
            texts = EventTexts(page)
            write_text("".join([texts.text(event) for event in events]) for events in batches)
        return
    objects = EventJson(file)
    lines = ("".join([f"{objects.text(event)}\n" for event in events]) for events in batches)
    write_text(array_of(lines) if form == "json" else lines)
