"""All certificates of some flows at once, which the product takes flow by flow."""

from __future__ import annotations

from collections.abc import Iterable

from tlseku.flow import Flow
from tlseku.output.reports.certificates import CertificatesSeen, SeenCertificate, Wanted


def seen_certificates(flows: Iterable[Flow], wanted: Wanted | None = None) -> list[SeenCertificate]:
    """``CertificatesSeen`` of all the flows."""
    seen = CertificatesSeen(wanted)
    for flow in flows:
        seen.take(flow)
    return list(seen)
