"""``tlseku bundle``: what is wrong with an Expressway, from its diagnostic log bundle.

Knows the options of this command; reading, diagnosing, wording and layout are done elsewhere.
"""

from __future__ import annotations

from typing import cast

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.streams.answers_out import write_answer
from tlseku.cli.streams.standard_error import warn
from tlseku.profiles.expressway.answers.bundles import examine
from tlseku.profiles.expressway.findings.diagnosis import NodeRole


@click.command(
    "bundle",
    epilog="\b\nExamples:\n  tlseku bundle diagnostic_log_edge.tar.gz\n"
    "  tlseku bundle core.tar.gz --peer edge.tar.gz\n"
    "  tlseku bundle core.tar.gz --peer edge.tar.gz --peer diagnostic_log_edge.tar.gz",
)
@click.argument("path", metavar="PATH", type=click.Path())
@click.option(
    "--peer",
    "peers",
    metavar="BUNDLE",
    multiple=True,
    type=click.Path(),
    help="The bundle of a node on the other side of the pair Core (Expressway-C) and Edge (Expressway-E). May be"
    " repeated for a cluster, or hold the bundles of several peers.",
)
@click.option(
    "--role",
    type=click.Choice(("core", "edge")),
    help="What the node of PATH is. Default: what its zones, captures or log say.",
)
@store_files.on_day
@store_files.form
@shared.width
def command(
    path: str, peers: tuple[str, ...], role: str | None, on: int | None, form: str, width: int | None
) -> None:
    """Read the diagnostic log bundle of a Cisco Expressway and say what is wrong, worst first, each with its rules,
    frames, log lines and what to do: stores, what the node presented and from which store, refusals, log events and
    the flows that they belong to.

    PATH is a directory, a .tar.gz, .tar or .zip, also with such archives inside; every file in it is optional. With
    --peer the services between Core and Edge are predicted from both, and confirmed or contradicted by what both
    captured and logged. Of several snapshots of a host the latest counts. Dates are judged on the bundle's own day.
    """
    found = examine(path, *peers, role=cast("NodeRole | None", role), time=on)
    if form == "json":
        for node in found.nodes:
            warn([f"{node.path}: {text}" for text in (*node.warnings, *node.record.notes)])
    write_answer(found, form, width=width)
