"""A CertificateRequest in full, for the story of a flow and for the list of requests.

Knows requests and the width of a page; must not know where the lines go. Out come lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.flow import Request
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.registry import names

SHOWN_AUTHORITIES = 50
"""CA names shown of one request. Servers with a system trust store send about 150; JSON has them all."""

_FILTER_NAMES = {"2.5.29.37": "extendedKeyUsage", "2.5.29.15": "keyUsage"}


def request_lines(request: Request, page: Page, indent: int) -> Iterator[Line]:
    """What was asked for and what came."""
    for label, text in _facts(request):
        start: Line = (Segment(" " * indent), Segment(f"{label:<11}", "dim"))
        yield from fill(start, words(page.clean(text)), page.width, indent + 11)


def _facts(request: Request) -> Iterator[tuple[str, str]]:
    if request.certificate_types is not None:
        yield "types", _or_none([names.certificate_type_name(code) for code in request.certificate_types])
    if request.signature_algorithms is not None:
        yield (
            "algorithms",
            _or_none([names.signature_scheme_name(code) for code in request.signature_algorithms]),
        )
    for name in request.authority_names[:SHOWN_AUTHORITIES]:
        yield "CA", wording.name_or_state(name)
    if len(request.authority_names) > SHOWN_AUTHORITIES:
        yield "CA", f"and {len(request.authority_names) - SHOWN_AUTHORITIES} more"
    for oid, value in request.oid_filters:
        yield "OID filter", f"{_FILTER_NAMES.get(oid, oid)} = {value.hex()}"
    yield "answer", wording.answered(request)
    yield from _matches(request)


def _matches(request: Request) -> Iterator[tuple[str, str]]:
    open_points = [(name, match) for name, match in request.matches.items() if match.ok is not True]
    if request.matches and not open_points:
        yield "match", "the chain presented meets all that the request asks"
    for name, match in open_points:
        said = "mismatch" if match.ok is False else "match ?"
        yield said, f"{name.replace('_', ' ')}: {match.reason}"


def _or_none(items: list[str]) -> str:
    return ", ".join(items) if items else "none listed"
