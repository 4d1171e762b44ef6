"""The options that choose what is looked at: ``-Y``, ``-c``, ``-n``, ``-e``.

Knows click and the language of filters; must not know what commands do with what was chosen. The language is imported
when it is used: most runs have no filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tlseku.cli.options.given import keep, kept
from tlseku.cli.options.shared import complete_words, together
from tlseku.errors import FilterError
from tlseku.flow import Flow
from tlseku.x509.certificate import Certificate

if TYPE_CHECKING:
    from tlseku.filter import Field

Wanted = Callable[[Flow], bool]
WantedCertificate = Callable[[Flow, Certificate], bool]


def _flows(ctx: click.Context, param: click.Parameter, value: str | None) -> Wanted | None:
    if value is None or ctx.resilient_parsing:
        return None
    from tlseku.filter import compile

    return keep(ctx, param, compile(value))


def _certificates(ctx: click.Context, param: click.Parameter, value: str | None) -> WantedCertificate | None:
    if value is None or ctx.resilient_parsing:
        return None
    from tlseku.filter import compile_for_certificates

    return compile_for_certificates(value)


def _fields(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[Field, ...]:
    if not values or ctx.resilient_parsing:
        return ()
    from tlseku.filter import field_named

    found = []
    for name in (name.strip() for value in values for name in value.split(",")):
        try:
            found.append(field_named(name))
        except FilterError as error:
            raise click.BadParameter(error.problem, ctx, param) from None
    return tuple(found)


def _fields_and_names() -> tuple[str, ...]:
    from tlseku.filter.fields import NAMES

    return NAMES


def _complete_filter(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The field that the expression ends with."""
    begin = re.search(r"[\w.]*$", incomplete)
    place = len(incomplete) if begin is None else begin.start()
    before, last = incomplete[:place], incomplete[place:]
    return [f"{before}{name}" for name in _fields_and_names() if last and name.startswith(last)]


display_filter = kept(
    "-Y",
    "--display-filter",
    "wanted",
    metavar="EXPR",
    callback=_flows,
    shell_complete=_complete_filter,
    help="Only flows that fit, such as 'tls.client.verdict == wrong and ip.addr == 10.0.0.0/8'"
    " (docs/filters.md).",
)
"""-Y for flows: ``Given.wanted`` is a function, None without."""

certificate_filter = click.option(
    "-Y",
    "--display-filter",
    "wanted",
    metavar="EXPR",
    callback=_certificates,
    shell_complete=_complete_filter,
    help="Only certificates that fit, such as 'x509.eku == clientAuth and tls.sni'; x509.… is about the"
    " certificate, everything else about a flow that has it (docs/filters.md).",
)
"""-Y for certificates: ``wanted`` is a function, None without."""

fields = click.option(
    "-e",
    "--field",
    "columns",
    metavar="FIELD[,FIELD...]",
    multiple=True,
    callback=_fields,
    shell_complete=complete_words(_fields_and_names),
    help="Print these fields, a column each, in place of everything: tcp.dstport, tls.client.x509.serial…"
    " (docs/filters.md). With -T table, csv, tsv, json or ndjson. May be repeated.",
)
"""-e: ``columns`` are fields, in the order named."""

packets = together(
    kept(
        "-c",
        "--packets",
        "max_packets",
        metavar="N",
        type=click.IntRange(min=1),
        help="Stop after N packets, over all captures.",
    ),
    click.option(
        "-n",
        is_flag=True,
        expose_value=False,
        help="Changes nothing: names are never looked up. Accepted out of habit.",
    ),
)
"""-c, in ``Given.max_packets``, and -n."""
