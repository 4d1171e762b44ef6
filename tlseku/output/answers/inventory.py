"""Which certificates there are, and where each was seen.

Knows the certificates of flows and their reports; must not know layout, streams or options. Flows are taken one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.data_frames.answer_columns import INVENTORY
from tlseku.data_frames.columns import Column
from tlseku.data_frames.rows import certificate_time, eku_names
from tlseku.flow import Flow, Summary
from tlseku.output.answers.answer import AnswerRow, Listing, not_read, row_of, summary_of
from tlseku.output.reports import certificates as report
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, joined
from tlseku.output.words.summary import unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted


@dataclass(frozen=True, repr=False)
class CertificateInventory(Listing):
    """Every distinct certificate that was presented, and where: ``seen`` is iterated and has a length. ``read`` is what
    was read."""

    seen: report.CertificatesSeen
    read: Summary

    def to_dict(self) -> dict[str, object]:
        """``certificates`` are what ``tlseku certs -T json`` prints: objects of ``tlseku/certificate/1``."""
        return {
            "certificates": list(self.documents()),
            "not_seen": unseen_to_dict(self.read, 0),
        }

    def documents(self) -> Iterator[dict[str, object]]:
        """``tlseku/certificate/1``, one a certificate."""
        return map(report.seen_to_dict, self.seen)

    def csv_rows(self) -> Iterator[Sequence[Cell]]:
        """One for each certificate and place."""
        for one in self.seen:
            eku = joined(wording.purposes(one.certificate))
            yield from (self.csv_row(_row(one, place), eku=eku) for place in one.places)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return INVENTORY

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each certificate and place."""
        return (_row(one, place) for one in self.seen for place in one.places)

    def table_warnings(self) -> Sequence[str]:
        """What was seen and not read."""
        return not_read(self.read)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku certs`` prints them."""
        return report.certificate_lines(self.seen, page)

    def in_one_line(self) -> str:
        """How many there are, and what is left out."""
        return "; ".join((counted(len(self.seen), "certificate"), *self.seen.left_out))


def inventory(flows: Iterable[Flow], *, wanted: report.Wanted | None = None) -> CertificateInventory:
    """Every distinct certificate that the flows show: by whom it was presented, in which role, where.

    With ``wanted`` only those for which it holds, given the flow and the certificate:
    ``tlseku.filter.compile_for_certificates`` makes such functions.
    """
    seen = report.CertificatesSeen(wanted)
    for flow in flows:
        seen.take(flow)
    return CertificateInventory(seen, summary_of(flows))


def _row(seen: report.SeenCertificate, place: report.Place) -> AnswerRow:
    one = seen.certificate
    return row_of(
        INVENTORY,
        one.serial_hex,
        one.subject,
        one.issuer,
        certificate_time(one.not_before),
        certificate_time(one.not_after),
        eku_names(one),
        one.key_algorithm,
        one.signature_algorithm,
        one.is_ca,
        one.public_issuer,
        one.sha256,
        list(one.defects),
        place.ip,
        place.role,
        place.position,
        [sighting.flow for sighting in place.sightings],
        [sighting.frame for sighting in place.sightings],
        place.left_out,
    )
