"""``tlseku cert``: certificate files judged without a capture.

Knows the options of this command; reading, judging, wording and layout are done elsewhere.
"""

from __future__ import annotations

from itertools import chain
from typing import Literal, TypeAlias

import click

from tlseku.cli.one_flow import SHOWN_BOOKS
from tlseku.cli.options import shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.certificate_files import certificates_in, requests_in
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.errors import CertificateFileError
from tlseku.flow import Presented
from tlseku.output.json.flow_json import json_text
from tlseku.output.reports.cert_files import JudgedChain, cert_csv_lines, cert_lines, cert_to_dict
from tlseku.policy.bundle import FileChain, chains_in
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import RuleBookSet
from tlseku.policy.verdict import judge
from tlseku.profiles.expressway.reports.request_report import request_lines, request_to_dict
from tlseku.x509.certificate import Certificate

KnownRole: TypeAlias = Literal["client", "server"]

ROLES: tuple[KnownRole, ...] = ("client", "server")


@click.command(
    "cert",
    epilog="\b\nExamples:\n  tlseku cert --role client fullchain.pem\n"
    "  openssl s_client -connect far.example:5061 -showcerts </dev/null | tlseku cert -",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--role",
    type=click.Choice(ROLES),
    help="Judge for this TLS role only. Default: for both.",
)
@shared.output_format
@shared.rule_books(f"all with -T json and ndjson, {', '.join(SHOWN_BOOKS)} in the table, none with -T csv")
@shared.known_issuers
@shared.width
@with_given
def command(
    given: Given,
    files: tuple[str, ...],
    role: KnownRole | None,
    form: str,
    width: int | None,
) -> int:
    """Show what certificates say, whether their Extended Key Usage fits a TLS role, whether the chain is in order and
    complete, and what rule-books say of it.

    FILE is PEM (with any text between the blocks), DER or PKCS#7; - is standard input. A file may hold one
    certificate, a chain in any order, or several chains: each certificate that issued no other is judged as a
    leaf, under what the file has above it. Private keys are stepped over.
    A certificate request (PEM) is judged as what it asks for: whether an Expressway would take it into its stores.
    """
    if files.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    shown = SHOWN_BOOKS if form == "table" else () if form == "csv" else None
    books = RuleBookSet(given.rule_books(shown), given.context)
    known = given.known_issuers()
    chains: list[JudgedChain] = []
    asked: list[tuple[str, Certificate]] = []
    failed = False
    for name in files:
        try:
            requests = requests_in(name)
            if requests:
                asked += ((name, request) for request in requests)
                continue
            found = chains_in(certificates_in(name))
        except CertificateFileError as error:
            complain(str(error))
            failed = True
            continue
        chains += [_judged(name, one, ROLES if role is None else (role,), books, known) for one in found]
    _write(chains, asked, form, width)
    return 2 if failed else 0


def _write(
    chains: list[JudgedChain], asked: list[tuple[str, Certificate]], form: str, width: int | None
) -> None:
    if form == "table":
        page = page_for(width)
        write_lines(cert_lines(chains, page))
        write_lines(line for file, request in asked for line in request_lines(file, request, page))
        return
    if form == "csv":
        for file, _ in asked:
            complain(f"{file}: a certificate request has no row in CSV; use -T json")
        write_text(cert_csv_lines(chains))
        return
    documents = chain(
        (cert_to_dict(one) for one in chains), (request_to_dict(file, request) for file, request in asked)
    )
    write_text(json_text(form, documents))


def _judged(
    file: str, found: FileChain, roles: tuple[KnownRole, ...], books: RuleBookSet, known: KnownIssuers | None
) -> JudgedChain:
    """All that the policy says of a chain in each role."""
    completed = None if known is None else known.completing(found.chain)
    more = tuple(each.certificate for each in completed or ())
    judged = []
    for role in roles:
        verdict = judge(found.chain, role, more=more)
        judged.append(
            Presented(
                role=role,
                direction="unknown",
                frame=0,
                frames=(),
                chain=found.chain,
                verdict=verdict.verdict,
                reason=verdict.reason,
                effective_eku=verdict.effective_eku,
                broken_at=verdict.broken_at,
                rule_books=books.judge(found.chain, role, more=more),
                completed_with=completed,
            )
        )
    return JudgedChain(file, found, tuple(judged), completed)
