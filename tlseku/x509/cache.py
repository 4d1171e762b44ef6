"""Each distinct certificate is read once.

Knows that the same bytes give the same facts; must not know how they are read. Servers present the same chain
again and again, so that most certificates of a capture are answered from here.

Limits: the sum of the certificates' footprints stays within ``limit``; reaching it gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

CACHE_LIMIT = 2 * 1024 * 1024
"""Bytes that a cache holds unless told otherwise: some five hundred certificates."""

FACTS = 2048
"""Bytes for the facts of one certificate beside its DER; names and key identifiers included."""

FACT = 160
"""Bytes for one purpose, alternative name or defect: a string and the tuple that holds it."""


class CertificateCache:
    """Reads certificates and keeps them, keyed by their bytes; the oldest goes first when ``limit`` is reached.

    ``limit`` is in bytes and bounds the sum of ``footprint`` of all kept certificates. Not safe for several
    threads at once. ``read`` may be replaced by another function from DER to ``Certificate``.
    """

    __slots__ = ("_kept", "_limit", "_read", "_size")

    def __init__(
        self, limit: int = CACHE_LIMIT, read: Callable[[bytes], Certificate] = read_certificate
    ) -> None:
        self._limit = limit
        self._read = read
        self._kept: dict[bytes, Certificate] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes held, by ``footprint``; at most the limit."""
        return self._size

    def read(self, der: bytes) -> Certificate:
        """Give the facts of ``der``: the same object as last time while it is kept. Never raises."""
        kept = self._kept.get(der)
        if kept is not None:
            return kept
        certificate = self._read(der)
        size = footprint(certificate)
        if size > self._limit:
            return certificate
        while self._size + size > self._limit:
            oldest = next(iter(self._kept))
            self._size -= footprint(self._kept.pop(oldest))
        self._kept[der] = certificate
        self._size += size
        return certificate


def footprint(certificate: Certificate) -> int:
    """Estimate the memory that a certificate keeps alive, in bytes, never less than its DER."""
    several = len(certificate.eku or ()) + len(certificate.san or ()) + len(certificate.defects)
    # Names appear three times more: encoded, and as text of up to four bytes a character.
    names = 5 * (len(certificate.subject_der) + len(certificate.issuer_der))
    return len(certificate.der) + FACTS + FACT * several + names
