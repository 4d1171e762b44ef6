"""The distinct certificates of many flows, and where each was seen.

Knows flows and certificates; must not know streams or colours. Out come ``SeenCertificate`` values in the order
of first sight, and from those lines, dictionaries (``tlseku/certificate/1``) and CSV rows. No flow is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, cast

from tlseku._objects import frozen, short
from tlseku.flow import Flow, Presented, Role
from tlseku.output.json.flow_json import certificate_to_dict, named
from tlseku.output.reports.certificate_store import CertificateStore
from tlseku.output.reports.chain_lines import fact_lines
from tlseku.output.reports.sightings import Sighting, SightingBudget, Sightings
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, fill_words
from tlseku.output.words.wording import counted
from tlseku.policy.verdict import FINGERPRINT
from tlseku.x509.certificate import Certificate

Wanted: TypeAlias = Callable[[Flow, Certificate], bool]

CERTIFICATE_SCHEMA = "tlseku/certificate/1"

SHOWN_SIGHTINGS = 5
"""Flows named for one place in the table; the rest is counted, JSON has them all."""

MOST_CERTIFICATES = 50_000
"""Distinct certificates that are kept. A capture with more is one of somebody who scans the Internet."""

MOST_PLACES = 60_000
"""Places that are kept, over all certificates, each of which has one in any case."""

MOST_DIGESTS = 200_000
"""Digests of certificates that are remembered where nothing else is."""


@short
@frozen
class Place:
    """Who presented a certificate in which role: ``ip`` of the sender, ``position`` ``leaf`` or ``issuer``. Of the
    ``sightings``, ``left_out`` more are only counted."""

    ip: str
    role: Role
    position: str
    sightings: tuple[Sighting, ...]
    left_out: int = 0


@short
@frozen
class SeenCertificate:
    """A certificate and everywhere it was seen."""

    certificate: Certificate
    places: tuple[Place, ...]


_Places = dict[tuple[str, Role, str], Sightings]

_KEPT = "places"


class _OfChain(NamedTuple):
    """The ``places`` of the certificates of a chain, among those of all that was ``seen``."""

    seen: dict[bytes, _Places]
    places: Sequence[_Places | None]


class CertificatesSeen:
    """Every distinct certificate (by its bytes) of flows that are taken one by one, in the order of first sight.

    With ``wanted`` only those certificates, and only sightings of them, for which it holds. WebRTC's certificates,
    which are made for one call, are left out. Memory is bounded by ``MOST_CERTIFICATES``, ``MOST_PLACES`` and
    ``sightings.MOST_KEPT``; ``left_out`` says what was beyond.
    """

    def __init__(self, wanted: Wanted | None = None) -> None:
        self._wanted = wanted
        self._store = CertificateStore()
        self._places: dict[bytes, _Places] = {}
        self._number_of_places = 0
        self._budget = SightingBudget()
        self._certificates_left_out = 0
        self._places_left_out = 0

    def watch(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """The same flows, each taken as it passes."""
        for flow in flows:
            self.take(flow)
            yield flow

    def take(self, flow: Flow) -> None:
        """Take what a flow shows."""
        told = flow.asked_once
        for at, judged in enumerate(told.judged):
            if judged.verdict == FINGERPRINT:
                continue
            ip = told.server.ip if judged.role == "server" else told.client.ip
            file, frame = flow.sighting(at)
            where = ip, judged.role, "leaf"
            for places in self._places_of(flow, at, judged):
                sightings = None if places is None else self._at(places, where)
                if sightings is not None:
                    sightings.add(told.number, file, frame)
                where = ip, judged.role, "issuer"

    def _places_of(self, flow: Flow, at: int, judged: Presented) -> Sequence[_Places | None]:
        """The places of each certificate of a chain; None of one that is not wanted or beyond what is kept."""
        if self._wanted is not None:
            wanted = self._wanted
            return [self._places_at(one) if wanted(flow, one) else None for one in judged.chain]
        kept = flow.kept_with_chain(at)
        if kept is None:
            return [self._places_at(one) for one in judged.chain]
        known = cast("_OfChain | None", kept.get(_KEPT))
        if known is not None and known.seen is self._places:
            return known.places
        places = [self._places_at(one) for one in judged.chain]
        # What is left out is counted each time.
        if None not in places:
            kept[_KEPT] = _OfChain(self._places, places)
        return places

    def _places_at(self, certificate: Certificate) -> _Places | None:
        key = bytes.fromhex(certificate.sha256)
        places = self._places.get(key)
        if places is None:
            if len(self._places) == MOST_CERTIFICATES:
                self._certificates_left_out += 1
                return None
            places = self._places[key] = {}
            self._store.add(certificate)
        return places

    def _at(self, places: _Places, where: tuple[str, Role, str]) -> Sightings | None:
        sightings = places.get(where)
        if sightings is None:
            if places and self._number_of_places >= MOST_PLACES:
                self._places_left_out += 1
                return None
            self._number_of_places += 1
            sightings = places[where] = Sightings(self._budget)
        return sightings

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"<CertificatesSeen: {len(self)}>"

    def __iter__(self) -> Iterator[SeenCertificate]:
        for certificate, places in zip(self._store, self._places.values(), strict=True):
            yield SeenCertificate(
                certificate,
                tuple(Place(*where, tuple(seen), seen.left_out) for where, seen in places.items()),
            )

    @property
    def left_out(self) -> list[str]:
        """What was seen and is only counted, a phrase each."""
        said = []
        if self._certificates_left_out:
            said.append(
                f"left out: {counted(self._certificates_left_out, 'sighting')} of certificates beyond"
            )
            said[-1] += f" the first {MOST_CERTIFICATES:,}"
        number = self._places_left_out + self._budget.left_out
        if number:
            said.append(f"{counted(number, 'sighting')} of certificates counted, not listed")
        return said


def first_sights(flows: Iterable[Flow], wanted: Wanted | None = None) -> Iterator[tuple[Flow, Certificate]]:
    """Every distinct certificate with the flow in which it was seen first, as the flows come. Beyond
    ``MOST_DIGESTS`` some may come again."""
    seen: set[bytes] = set()
    for flow in flows:
        for judged in flow.judged:
            for certificate in judged.chain:
                if wanted is None or wanted(flow, certificate):
                    digest = bytes.fromhex(certificate.sha256)
                    if digest not in seen:
                        if len(seen) == MOST_DIGESTS:
                            seen.clear()
                        seen.add(digest)
                        yield flow, certificate


def certificate_lines(seen: Iterable[SeenCertificate], page: Page) -> Iterator[Line]:
    """Each certificate with its facts and where it was seen, a blank line between two."""
    for index, one in enumerate(seen):
        if index:
            yield ()
        subject = page.clean(wording.subject(one.certificate))
        yield from fill_words((), subject, "strong", page.width, 2)
        yield from fact_lines(one.certificate, page, 2)
        yield from fill_words(_start("SHA-256"), one.certificate.sha256, "", page.width, 12)
        start = _start("seen")
        for place in one.places:
            yield from fill_words(start, page.clean(_place(place)), "", page.width, 12)


def _start(label: str) -> Line:
    return (Segment("  "), Segment(f"{label:<10}", "dim"))


def seen_to_dict(seen: SeenCertificate) -> dict[str, object]:
    """The object ``tlseku/certificate/1``, valid against its JSON Schema."""
    return {
        "schema": CERTIFICATE_SCHEMA,
        **certificate_to_dict(seen.certificate),
        "places": [
            {
                **named(place, "ip", "role", "position"),
                "sightings": [sighting._asdict() for sighting in place.sightings],
                "more_sightings": place.left_out,
            }
            for place in seen.places
        ],
    }


def _place(place: Place) -> str:
    shown = [f"flow {one.flow} (frame {one.frame})" for one in place.sightings[:SHOWN_SIGHTINGS]]
    more = len(place.sightings) - len(shown) + place.left_out
    if more:
        shown.append(f"{more:,} more")
    role = "in an unknown role" if place.role == "unknown" else f"as TLS {place.role}"
    return f"{place.ip} {role}, {place.position}: {', '.join(shown)}"
