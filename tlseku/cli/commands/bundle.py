"""``tlseku bundle``: what is wrong with an Expressway, from its diagnostic log bundle.

Knows the options of this command; reading, diagnosing, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.streams.standard_error import warn
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import to_json
from tlseku.policy.public_issuer import PublicRoots
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.findings.diagnosis import NodeRole
from tlseku.profiles.expressway.findings.examination import examine
from tlseku.profiles.expressway.node.node_record import NodeRecord, read_node
from tlseku.profiles.expressway.node.snapshot import Snapshot, take_stock
from tlseku.profiles.expressway.reports.bundle_json import bundle_to_dict
from tlseku.profiles.expressway.reports.bundle_report import bundle_lines
from tlseku.x509.root_stores import installed_roots


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
@click.help_option("-h", "--help")
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
    told = cast("NodeRole | None", role)
    roots = PublicRoots(installed_roots())
    found = [(name, *one) for name in (path, *peers) for one in _read(name, roots)]
    examined = examine(found, told, on, pairs_wanted=bool(peers))
    if form == "json":
        for node in examined.nodes:
            warn([f"{node.path}: {text}" for text in (*node.warnings, *node.record.notes)])
        write_text([to_json(bundle_to_dict(examined)), "\n"])
    else:
        write_lines(bundle_lines(examined, page_for(width)))


def _read(path: str, roots: PublicRoots) -> Iterator[tuple[NodeRecord, tuple[str, ...]]]:
    """The record of each host in a bundle, by its latest snapshot, with what to be warned of."""
    with Archive(path) as archive:
        by_host: dict[str | None, list[Snapshot]] = {}
        for snapshot in take_stock(archive):
            by_host.setdefault(snapshot.host, []).append(snapshot)
        warnings = archive.warnings
        for _, (latest, *others) in sorted(by_host.items(), key=lambda one: one[0] or ""):
            left = tuple(
                f"another snapshot in it is left out: {one.host}, {one.time}, {len(one.members)} files"
                for one in others
            )
            yield read_node(latest, roots), (*warnings, *left)
            warnings = ()
