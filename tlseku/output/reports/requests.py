"""Every CertificateRequest of many flows: who asks whom for what, and what came.

Knows flows and requests; must not know streams or colours. Out come lines, dictionaries
(``tlseku/request/1``) and CSV rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import starmap

from tlseku.flow import Flow, Request
from tlseku.output.json.flow_json import endpoint_to_dict, json_text, request_to_dict
from tlseku.output.reports.request_lines import request_lines
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_lines, joined
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.output.words.timestamps import clock, date, rfc3339
from tlseku.registry import names

REQUEST_SCHEMA = "tlseku/request/1"

COLUMNS: dict[str, str] = {
    "file": "whose frames are counted",
    "flow": "number, from 1 over all files of the run",
    "time": "RFC 3339 UTC",
    "frame": "that completes the CertificateRequest",
    "asked_by": "address of the side that asks",
    "asked": "address of the side that is asked",
    "role": "of the side that asks",
    "answer": "",
    "certificate_types": "",
    "signature_algorithms": "",
    "authorities": "RFC 4514 names",
    "oid_filters": "OID = DER in hex",
    "mismatches": "what the chain presented does not meet",
}
"""Name and meaning of each CSV column, in order."""


def requests_of(flows: Iterable[Flow]) -> Iterator[tuple[Flow, Request]]:
    """Every request with its flow, in the order of the flows."""
    return ((flow, request) for flow in flows for request in flow.requests)


def request_list_lines(flows: Iterable[Flow], page: Page) -> Iterator[Line]:
    """Each request with what it asks for, a blank line between two."""
    for index, (flow, request) in enumerate(requests_of(flows)):
        if index:
            yield ()
        asker, asked = _sides(flow, request)
        start: Line = (Segment(f"{flow.number:>3}", "link"), Segment("  "))
        text = (
            f"{asker} ({request.role}) {wording.asked(request).replace('asks for', f'asks {asked} for', 1)}"
            f" (frame {request.frame})"
        )
        yield from fill(start, words(page.clean(text), "strong"), page.width, 5)
        where = f"{_file(flow, request)}  {date(request.ts) or ''} {clock(request.ts) or 'time unknown'} UTC"
        yield (Segment(" " * 5), Segment(page.clipped(where, page.width - 5), "dim"))
        yield from request_lines(request, page, 5)


def request_document(flow: Flow, request: Request) -> dict[str, object]:
    """The object ``tlseku/request/1``, valid against its JSON Schema."""
    asker, asked = _sides(flow, request)
    return {
        "schema": REQUEST_SCHEMA,
        "flow": flow.number,
        "time": rfc3339(request.ts),
        "client": endpoint_to_dict(flow.client),
        "server": endpoint_to_dict(flow.server),
        "asked_by": asker,
        "asked": asked,
        **request_to_dict(request),
        "file": _file(flow, request),
    }


def request_text(form: str, flows: Iterable[Flow]) -> Iterator[str]:
    """Every request as ``json``, ``ndjson`` or ``csv``."""
    found = requests_of(flows)
    if form == "csv":
        return csv_lines(list(COLUMNS), starmap(_row, found))
    return json_text(form, starmap(request_document, found))


def _row(flow: Flow, request: Request) -> list[Cell]:
    asker, asked = _sides(flow, request)
    types, algorithms = request.certificate_types, request.signature_algorithms
    return [
        _file(flow, request),
        flow.number,
        rfc3339(request.ts),
        request.frame,
        asker,
        asked,
        request.role,
        request.answer,
        None if types is None else joined(names.certificate_type_name(code) for code in types),
        None if algorithms is None else joined(names.signature_scheme_name(code) for code in algorithms),
        joined(request.authority_names),
        joined(f"{oid} = {value.hex()}" for oid, value in request.oid_filters),
        joined(f"{name}: {match.reason}" for name, match in request.matches.items() if match.ok is False),
    ]


def _sides(flow: Flow, request: Request) -> tuple[str, str]:
    if request.role == "client":
        return flow.client.ip, flow.server.ip
    return flow.server.ip, flow.client.ip


def _file(flow: Flow, request: Request) -> str:
    return flow.file if request.file is None else request.file
