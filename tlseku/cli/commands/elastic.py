"""``tlseku elastic``: what Elasticsearch and Kibana need to know of ``flows -T ecs``.

Knows the two files that ship with this program; what is in them is made elsewhere.
"""

from __future__ import annotations

from importlib import resources

import click

from tlseku.cli.options import shared
from tlseku.cli.streams.standard_output import write_document

FILES = {"template": "ecs-index-template.json", "dashboard": "kibana-dashboard.ndjson"}


@click.command(
    "elastic",
    epilog="\b\nExamples:\n  tlseku elastic template -o template.json\n  tlseku elastic dashboard -o tlseku.ndjson",
)
@click.argument("what", type=click.Choice([*FILES]))
@shared.output_file("The file to write. Default: standard output.")
def command(what: str, output: str | None) -> None:
    """Print what Elasticsearch and Kibana need for the documents of tlseku flows -T ecs, in indexes called tlseku-*.

    \b
    template   an index template: a type for each field (Elasticsearch 7.8 and later)
    dashboard  a data view, visualisations and a dashboard (Kibana 8.11 and later): saved objects to import
    """
    file = resources.files("tlseku.output.records") / FILES[what]
    write_document((file.read_text(encoding="utf-8"),), output or "-")
