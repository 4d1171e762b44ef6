"""The chains that a file of certificates holds.

Knows issuer and subject names; must not know files or purposes. A file may hold one certificate, a chain in either
order, several chains, or the roots of a whole store: every certificate that issued none of the others is a leaf, and
its chain is what the file has above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlseku.policy.issuing_path import issuing_path
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import folded_name, names_nobody


class FileChain(NamedTuple):
    """One chain of a file: ``chain`` leaf first in issuing order, ``places`` the place of each of its certificates in
    the file (0 is the first), ``ends_in_root`` whether the last one is self-issued."""

    chain: tuple[Certificate, ...]
    places: tuple[int, ...]
    ends_in_root: bool

    @property
    def in_order(self) -> bool:
        """Whether the certificates follow each other in the file as TLS sends them (RFC 5246 section 7.4.2)."""
        return self.places == tuple(range(self.places[0], self.places[0] + len(self.places)))


def chains_in(certificates: Sequence[Certificate]) -> list[FileChain]:
    """The chains of a file, in the order of their leaves. Duplicates count once. Never raises."""
    places: dict[bytes, int] = {}
    for place, certificate in enumerate(certificates):
        places.setdefault(certificate.der, place)
    distinct = [certificates[place] for place in places.values()]
    leaves, issuers = _parted(distinct)
    found = []
    for leaf in leaves:
        offered = (leaf, *issuers)
        chain = tuple(offered[index] for index in issuing_path(offered).indexes)
        found.append(FileChain(chain, tuple(places[one.der] for one in chain), chain[-1].self_issued))
    return found


def _parted(certificates: Sequence[Certificate]) -> tuple[list[Certificate], list[Certificate]]:
    issuing = {
        folded_name(certificate.issuer_der)
        for certificate in certificates
        if not certificate.self_issued and not names_nobody(certificate.issuer_der)
    }
    leaves: list[Certificate] = []
    issuers: list[Certificate] = []
    for certificate in certificates:
        has_issued = (
            not names_nobody(certificate.subject_der) and folded_name(certificate.subject_der) in issuing
        )
        (issuers if has_issued else leaves).append(certificate)
    if not leaves:
        # They issued each other in a circle: the first stands for the leaf, as it would in TLS.
        return issuers[:1], issuers[1:]
    return leaves, issuers
