"""One flow, and one certificate, as a card.

Knows the nouns, the pages of ``report`` and the pictures; must not know Jupyter. A flow shows the ladder of its
handshake, and below it what ``tlseku flows`` prints of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.flow import Flow
from tlseku.output.notebook.markup import Html, code, facts, joined, lines, picture, strong, styled, text
from tlseku.output.pictures.ladder_svg import flow_ladder_svg
from tlseku.output.reports.flow_table import flow_lines
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Page
from tlseku.output.words.timestamps import rfc3339
from tlseku.x509.certificate import Certificate

CARD_WIDTH = 110
"""Columns of the card; a notebook's page has about 120."""

SHOWN_NAMES = 8
"""Alternative names shown; some certificates have hundreds."""


def flow_card(flow: Flow) -> Html:
    """A flow: its handshake drawn, its ends, what was presented and asked, how it ended, what could not be seen."""
    drawn = picture(flow_ladder_svg(flow))
    return joined((drawn, lines(flow_lines([flow], Page(width=CARD_WIDTH)))), "")


def certificate_card(certificate: Certificate) -> Html:
    """What a certificate says, as names and values."""
    return facts(_facts(certificate))


def _facts(certificate: Certificate) -> Iterator[tuple[str, Html]]:
    yield "subject", strong(wording.subject(certificate))
    issuer = wording.name_or_state(certificate.issuer)
    yield "issuer", text(f"{issuer}{wording.kind_of_issuer(certificate)}")
    yield "serial", code(wording.serial(certificate))
    yield "EKU", _eku(certificate)
    yield "valid", text(f"{_day(certificate.not_before)} to {_day(certificate.not_after)}")
    if certificate.san is not None:
        yield "names", text(_names(certificate.san))
    usage = certificate.key_usage
    yield "key usage", text("no extension" if usage is None else wording.listed(usage) or "none")
    yield "CA", text("yes" if certificate.is_ca else "no")
    yield "key", text(f"{certificate.key_algorithm}, signed with {certificate.signature_algorithm}")
    yield "SHA-256", code(certificate.sha256)
    if certificate.defects:
        yield "defects", joined((styled(each, "caution") for each in certificate.defects), "<br>")


def _eku(certificate: Certificate) -> Html:
    if certificate.readable and certificate.eku_readable and certificate.eku is None:
        return styled("no extension: any purpose", "caution")
    said = ", ".join(wording.purposes(certificate))
    return text(f"{said} (critical)" if certificate.eku_critical else said)


def _names(san: tuple[tuple[str, str], ...]) -> str:
    shown = ", ".join(f"{kind} {value}" for kind, value in san[:SHOWN_NAMES])
    more = len(san) - SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def _day(ns: int | None) -> str:
    found = None if ns is None else rfc3339(ns, digits=0)
    return "?" if found is None else found.partition("T")[0]
