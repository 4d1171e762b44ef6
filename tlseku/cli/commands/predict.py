"""``tlseku predict``: what two Expressways will do together.

Knows the options of this command; reading, predicting, wording and layout are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.options.store_files import pem, store_from, told_release, trusted_from
from tlseku.cli.streams.standard_error import warn
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import to_json
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.rule_books import Mode
from tlseku.profiles.expressway.reports.prediction_report import (
    basis_in,
    prediction_lines,
    prediction_to_dict,
)
from tlseku.profiles.expressway.rules.condition import Node, node_of
from tlseku.profiles.expressway.rules.predict import predict
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.store import Store
from tlseku.x509.certificate import Certificate
from tlseku.x509.root_stores import installed_roots

Stores: TypeAlias = "tuple[Store | None, Store | None]"
"""Client store and server store of a node."""

MODES: tuple[Mode, ...] = ("on", "off", "unknown")


F = TypeVar("F", bound=Callable[..., object])


def _node_release(name: str, node: str) -> Callable[[F], F]:
    """The release of one node, where it is not that of --release."""
    return click.option(
        name, metavar="RELEASE", callback=told_release, help=f"The release of the {node}. Default: --release."
    )


@click.command(
    "predict",
    epilog="\b\nExample:\n  tlseku predict --core-client core-client.pem --core-server core-server.pem \\\n"
    "      --edge-client edge-client.pem --edge-server edge-server.pem --edge-mode on",
)
@pem("--core-client", "Client store of the Core (Expressway-C).")
@pem("--core-server", "Server store of the Core.")
@pem("--edge-client", "Client store of the Edge (Expressway-E).")
@pem("--edge-server", "Server store of the Edge.")
@click.option(
    "--edge-mode",
    type=click.Choice(MODES),
    default="unknown",
    show_default=True,
    help="SIP TLS Certificate ExtendedKeyUsage Checking Mode of the Edge; unknown is taken to be on.",
)
@pem("--core-ca", "Trusted CAs (ca.pem) of the Core.")
@pem("--edge-ca", "Trusted CAs (ca.pem) of the Edge.")
@click.option(
    "--core-name", metavar="NAME", help="Name that the Edge expects in the Core's client certificate."
)
@click.option(
    "--edge-name", metavar="NAME", help="Name that the Core expects in the Edge's server certificate."
)
@store_files.release
@_node_release("--core-release", "Core")
@_node_release("--edge-release", "Edge")
@store_files.on_day
@store_files.form
@shared.width
def command(
    core_client: str | None,
    core_server: str | None,
    edge_client: str | None,
    edge_server: str | None,
    edge_mode: Mode,
    core_ca: str | None,
    edge_ca: str | None,
    core_name: str | None,
    edge_name: str | None,
    release: Release,
    core_release: Release | None,
    edge_release: Release | None,
    on: int | None,
    form: str,
    width: int | None,
) -> None:
    """Predict the services between a Core and an Edge of Cisco Expressway from their certificates: Unified
    Communications zone, SSH tunnels, MRA login, WebRTC proxy, and the Edge as client of a far end. Every outcome
    names its rules; what nobody states is undetermined.

    What is not named is not known. Before x15.5 a node has one store: its server certificate is enough.
    """
    files = (core_client, core_server, edge_client, edge_server)
    if all(file is None for file in files):
        raise click.UsageError("name a certificate, such as --core-client core-client.pem")
    if [*files, core_ca, edge_ca].count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    roots = PublicRoots(installed_roots())
    core_trust, edge_trust = trusted_from(core_ca), trusted_from(edge_ca)
    core = (store_from(core_client, roots, core_trust), store_from(core_server, roots, core_trust))
    edge = (store_from(edge_client, roots, edge_trust), store_from(edge_server, roots, edge_trust))
    of_core = release if core_release is None else core_release
    of_edge = release if edge_release is None else edge_release
    _check_one_store("core", core, of_core)
    _check_one_store("edge", edge, of_edge)
    if not of_edge.has_two_stores and edge_mode != "unknown":
        warn([f"{of_edge} has no checking mode, so that --edge-mode plays no part"])
    prediction = predict(
        _node(core, core_trust, edge_name),
        _node(edge, edge_trust, core_name),
        edge_mode,
        of_core,
        edge_release=of_edge,
        time=on,
    )
    basis = [*basis_in("core", *core, core_trust, on), *basis_in("edge", *edge, edge_trust, on)]
    if form == "json":
        write_text([to_json(prediction_to_dict(prediction, basis)), "\n"])
    else:
        write_lines(prediction_lines(prediction, basis, page_for(width)))


def _node(stores: Stores, trusted: tuple[Certificate, ...] | None, expects: str | None) -> Node:
    return node_of(*stores, trusted, () if expects is None else (expects,))


def _check_one_store(node: str, stores: Stores, release: Release) -> None:
    client, server = stores
    if release.has_two_stores:
        return
    if client is not None and server is not None and client.leaf.sha256 != server.leaf.sha256:
        problem = (
            f"--{node}-client and --{node}-server are different certificates, but {release} has one store"
        )
        raise click.UsageError(problem)
