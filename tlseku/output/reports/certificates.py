"""The distinct certificates of many flows, and where each was seen.

Knows flows and certificates; must not know streams or colours. Out come ``SeenCertificate`` values in the order
of first sight, and from those lines, dictionaries (``tlseku/certificate/1``) and CSV rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tlseku.flow import Flow, Role
from tlseku.output.json.flow_json import certificate_to_dict
from tlseku.output.reports.chain_lines import fact_lines
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_lines, csv_serial, joined, tsv_lines
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.output.words.timestamps import rfc3339
from tlseku.policy.verdict import FINGERPRINT
from tlseku.x509.certificate import Certificate

CERTIFICATE_SCHEMA = "tlseku/certificate/1"

SHOWN_SIGHTINGS = 5
"""Flows named for one place in the table; the rest is counted, JSON has them all."""

COLUMNS: dict[str, str] = {
    "serial": "0x and lower-case hex",
    "subject": "",
    "issuer": "",
    "not_before": "",
    "not_after": "",
    "eku": "names; none: no extension; empty: nothing listed",
    "key_algorithm": "",
    "signature_algorithm": "",
    "is_ca": "",
    "public_issuer": "empty: unknown",
    "sha256": "",
    "defects": "",
    "ip": "of the side that presented it",
    "role": "of that side",
    "position": "leaf or issuer",
    "flows": "numbers of the flows",
    "frames": "that complete the Certificate messages, flow by flow",
}
"""Name and meaning of each CSV column, in order. One row a certificate and place."""


class Sighting(NamedTuple):
    """One Certificate message that held the certificate."""

    flow: int
    file: str
    frame: int


@dataclass(frozen=True, slots=True)
class Place:
    """Who presented a certificate in which role: ``ip`` of the sender, ``position`` ``leaf`` or ``issuer``."""

    ip: str
    role: Role
    position: str
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class SeenCertificate:
    """A certificate and everywhere it was seen."""

    certificate: Certificate
    places: tuple[Place, ...]
    first: Flow
    """The flow in which it was seen first."""


def seen_certificates(
    flows: Iterable[Flow], wanted: Callable[[Flow, Certificate], bool] | None = None
) -> list[SeenCertificate]:
    """Every distinct certificate (by its bytes) in the order of first sight.

    With ``wanted`` only those certificates, and only sightings of them, for which it holds. WebRTC's certificates,
    which are made for one call, are left out.
    """
    found: dict[str, tuple[Certificate, dict[tuple[str, Role, str], list[Sighting]], Flow]] = {}
    for flow in flows:
        for presented in flow.presented:
            if presented.verdict == FINGERPRINT:
                continue
            ip = flow.server.ip if presented.role == "server" else flow.client.ip
            for index, certificate in enumerate(presented.chain):
                if wanted is not None and not wanted(flow, certificate):
                    continue
                places = found.setdefault(certificate.sha256, (certificate, {}, flow))[1]
                position = "leaf" if index == 0 else "issuer"
                file = flow.file if presented.file is None else presented.file
                sighting = Sighting(flow.number, file, presented.frame)
                places.setdefault((ip, presented.role, position), []).append(sighting)
    return [
        SeenCertificate(
            certificate, tuple(Place(*where, tuple(sightings)) for where, sightings in places.items()), first
        )
        for certificate, places, first in found.values()
    ]


def certificate_lines(seen: Iterable[SeenCertificate], page: Page) -> Iterator[Line]:
    """Each certificate with its facts and where it was seen, a blank line between two."""
    for index, one in enumerate(seen):
        if index:
            yield ()
        subject = page.clean(wording.subject(one.certificate))
        yield from fill((), words(subject, "strong"), page.width, 2)
        yield from fact_lines(one.certificate, page, 2)
        start: Line = (Segment("  "), Segment(f"{'SHA-256':<10}", "dim"))
        yield from fill(start, words(one.certificate.sha256), page.width, 12)
        for place in one.places:
            start = (Segment("  "), Segment(f"{'seen':<10}", "dim"))
            yield from fill(start, words(page.clean(_place(place))), page.width, 12)


def seen_to_dict(seen: SeenCertificate) -> dict[str, object]:
    """The object ``tlseku/certificate/1``, valid against its JSON Schema."""
    return {
        "schema": CERTIFICATE_SCHEMA,
        **certificate_to_dict(seen.certificate),
        "places": [
            {
                "ip": place.ip,
                "role": place.role,
                "position": place.position,
                "sightings": [sighting._asdict() for sighting in place.sightings],
            }
            for place in seen.places
        ],
    }


def certificate_csv_lines(seen: Iterable[SeenCertificate]) -> Iterator[str]:
    """Header and rows, a line each."""
    return csv_lines(list(COLUMNS), (row for one in seen for row in _rows(one)))


def certificate_tsv_lines(seen: Iterable[SeenCertificate]) -> Iterator[str]:
    """The same with tabs."""
    return tsv_lines(list(COLUMNS), (row for one in seen for row in _rows(one)))


def _rows(seen: SeenCertificate) -> Iterator[list[Cell]]:
    one = seen.certificate
    for place in seen.places:
        yield [
            csv_serial(one.serial_hex),
            one.subject,
            one.issuer,
            None if one.not_before is None else rfc3339(one.not_before, digits=0),
            None if one.not_after is None else rfc3339(one.not_after, digits=0),
            joined(wording.purposes(one)),
            one.key_algorithm,
            one.signature_algorithm,
            one.is_ca,
            one.public_issuer,
            one.sha256,
            joined(one.defects),
            place.ip,
            place.role,
            place.position,
            joined(str(sighting.flow) for sighting in place.sightings),
            joined(str(sighting.frame) for sighting in place.sightings),
        ]


def _place(place: Place) -> str:
    shown = [f"flow {one.flow} (frame {one.frame})" for one in place.sightings[:SHOWN_SIGHTINGS]]
    if len(place.sightings) > SHOWN_SIGHTINGS:
        shown.append(f"{len(place.sightings) - SHOWN_SIGHTINGS:,} more")
    role = "in an unknown role" if place.role == "unknown" else f"as TLS {place.role}"
    return f"{place.ip} {role}, {place.position}: {', '.join(shown)}"
