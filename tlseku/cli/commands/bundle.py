"""``tlseku bundle``: what is wrong with an Expressway, from its diagnostic log bundle.

Knows the options of this command; reading, diagnosing, wording and layout are done elsewhere.
"""

from __future__ import annotations

from typing import cast

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.streams.standard_error import warn
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import to_json
from tlseku.policy.public_issuer import PublicRoots
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.findings.diagnose import NodeRole, diagnose
from tlseku.profiles.expressway.findings.pair import make_pair, role_of
from tlseku.profiles.expressway.node.node_record import NodeRecord, read_node
from tlseku.profiles.expressway.node.snapshot import take_stock
from tlseku.profiles.expressway.reports.bundle_json import Examined, bundle_to_dict
from tlseku.profiles.expressway.reports.bundle_report import bundle_lines
from tlseku.x509.root_stores import installed_roots


@click.command(
    "bundle",
    epilog="\b\nExamples:\n  tlseku bundle diagnostic_log_edge.tar.gz\n"
    "  tlseku bundle core.tar.gz --peer edge.tar.gz",
)
@click.argument("path", metavar="PATH", type=click.Path())
@click.option(
    "--peer",
    metavar="BUNDLE",
    type=click.Path(),
    help="The bundle of the other node of the pair Core (Expressway-C) and Edge (Expressway-E).",
)
@click.option(
    "--role",
    type=click.Choice(("core", "edge")),
    help="What the node of PATH is. Default: whoever begins connections to 7001 or 2222 is the Core.",
)
@store_files.form
@shared.width
@click.help_option("-h", "--help")
def command(path: str, peer: str | None, role: str | None, form: str, width: int | None) -> None:
    """Read the diagnostic log bundle of a Cisco Expressway and say what is wrong, worst first, each with its rules,
    frames, log lines and what to do: stores, what the node presented and from which store, refusals, log events and
    the flows that they belong to.

    PATH is a directory, a .tar.gz, .tar or .zip; every file in it is optional. With --peer the services between Core
    and Edge are predicted from both, and confirmed or contradicted by what both captured and logged. Of several
    snapshots in a bundle the latest counts.
    """
    told = cast("NodeRole | None", role)
    roots = PublicRoots(installed_roots())
    first, warnings = _read(path, roots)
    if peer is None:
        found, why = (told, "as told") if told is not None else role_of(first)
        nodes = [Examined(path, first, found, why, diagnose(first, found), warnings)]
        pair = None
    else:
        second, more = _read(peer, roots)
        pair = make_pair(first, second, told)
        nodes = []
        for name, record, about in ((path, first, warnings), (peer, second, more)):
            found = "core" if record is pair.core else "edge"
            nodes.append(
                Examined(
                    name, record, found, pair.told_by, diagnose(record, found, pair.edge.snapshot.mode), about
                )
            )
    if form == "json":
        for node in nodes:
            warn([f"{node.path}: {text}" for text in (*node.warnings, *node.record.notes)])
        write_text([to_json(bundle_to_dict(nodes, pair)), "\n"])
    else:
        write_lines(bundle_lines(nodes, pair, page_for(width)))


def _read(path: str, roots: PublicRoots) -> tuple[NodeRecord, tuple[str, ...]]:
    with Archive(path) as archive:
        latest, *others = take_stock(archive)
        record = read_node(latest, roots)
        left = tuple(
            f"another snapshot in it is left out: {one.host}, {one.time}, {len(one.members)} files"
            for one in others
        )
        return record, (*archive.warnings, *left)
