"""``tlseku stores``: the certificate stores of one Expressway, checked against the rules.

Knows the options of this command; reading, checking, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.options.store_files import pem, store_from, trusted_from
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import to_json
from tlseku.policy.public_issuer import PublicRoots
from tlseku.profiles.expressway.reports.stores_report import stores_lines, stores_to_dict
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.store_check import check_stores
from tlseku.x509.root_stores import installed_roots


@click.command(
    "stores",
    epilog="\b\nExample:\n  tlseku stores --server server.pem --client client.pem --ca ca.pem",
)
@pem("--server", "The server store (server.pem); before x15.5 the only one.")
@pem("--client", "The client store (client.pem).")
@pem("--ca", "The trusted CAs (ca.pem).")
@store_files.release
@store_files.on_day
@store_files.form
@shared.width
def command(
    server: str | None,
    client: str | None,
    ca: str | None,
    release: Release,
    on: int | None,
    form: str,
    width: int | None,
) -> None:
    """Check the certificate stores of one Cisco Expressway: whether each leaf fits its role, whether an upload of
    it is refused, whether the trusted CAs have both issuers, and whether both stores hold the same certificate.
    """
    if server is None and client is None:
        raise click.UsageError("name a certificate, such as --server server.pem")
    if [server, client, ca].count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    roots, trusted = PublicRoots(installed_roots()), trusted_from(ca)
    in_server, in_client = store_from(server, roots, trusted), store_from(client, roots, trusted)
    remarks = check_stores(in_server, in_client, trusted, release, on)
    if form == "json":
        write_text([to_json(stores_to_dict(in_server, in_client, release, remarks)), "\n"])
    else:
        write_lines(stores_lines(in_server, in_client, release, remarks, page_for(width)))
