"""Certificates of CAs that the user has at hand, to complete the paths of presented chains.

Knows issuer and subject names and files of certificates; must not know who presented what. Out come, for one chain,
the certificates that go on where its path ends, each with the file that it is from. They complete what is judged and
are never taken as presented. Signatures are not checked: a name and, where both have one, a key identifier tell who
issued whom (RFC 5280 sections 6.1, 4.2.1.1).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tlseku.errors import CertificateFileError
from tlseku.policy.issuing_path import LONGEST_PATH, folded, issuing_path
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import names_nobody
from tlseku.x509.pem import LARGEST_FILE, read_certificates
from tlseku.x509.reading import read_certificate

MOST_CERTIFICATES = 20_000
"""Certificates of all files together; the largest stores of roots have a thousand."""


class KnownIssuer(NamedTuple):
    """A CA certificate and the ``file`` that it is from, as the caller named it. A self-issued one is an anchor."""

    certificate: Certificate
    file: str


class KnownIssuers:
    """CA certificates, found by the name that they have issued under. Of duplicates the first counts."""

    __slots__ = ("_by_subject",)

    def __init__(self, issuers: Iterable[KnownIssuer] = ()) -> None:
        self._by_subject: dict[str, list[KnownIssuer]] = {}
        seen: set[bytes] = set()
        for issuer in issuers:
            certificate = issuer.certificate
            if certificate.der not in seen and not names_nobody(certificate.subject_der):
                seen.add(certificate.der)
                self._by_subject.setdefault(folded(certificate.subject), []).append(issuer)

    def __iter__(self) -> Iterator[KnownIssuer]:
        """All of them."""
        return (each for several in self._by_subject.values() for each in several)

    def completing(self, chain: Sequence[Certificate]) -> tuple[KnownIssuer, ...]:
        """Those that the issuing path of a presented chain (leaf first) runs through, the lowest first. Never raises.

        They are what ``issuing_path`` takes as ``more``. A certificate that was itself presented is not among them.
        """
        candidates = self._candidates(chain) if self._by_subject else []
        if not candidates:
            return ()
        path = issuing_path(chain, [each.certificate for each in candidates])
        return tuple(candidates[index - len(chain)] for index in path.indexes if index >= len(chain))

    def _candidates(self, chain: Sequence[Certificate]) -> list[KnownIssuer]:
        """All that may stand above one of the chain, so that a path need not be looked for among a whole store."""
        presented = {certificate.der for certificate in chain}
        found: list[KnownIssuer] = []
        asked: set[str] = set()
        wanted = [folded(certificate.issuer) for certificate in chain]
        for _ in range(LONGEST_PATH):
            fresh = [name for name in dict.fromkeys(wanted) if name not in asked]
            asked.update(fresh)
            level = [issuer for name in fresh for issuer in self._by_subject.get(name, ())]
            found += [issuer for issuer in level if issuer.certificate.der not in presented]
            wanted = [folded(issuer.certificate.issuer) for issuer in level]
            if not wanted:
                break
        return found


def load_known_issuers(files: Sequence[str | os.PathLike[str]]) -> KnownIssuers:
    """Read CA certificates from files: PEM bundles with any text between the blocks, DER, PKCS#7.

    Raises ``CertificateFileError``, which names the file, for one that does not open, holds something else, or has a
    certificate that cannot be read.
    """
    issuers: list[KnownIssuer] = []
    for path in files:
        file = os.fspath(path)
        try:
            ders = read_certificates(_content(file))
            if len(issuers) + len(ders) > MOST_CERTIFICATES:
                raise CertificateFileError(f"more than {MOST_CERTIFICATES:,} certificates are not read")
            issuers += [KnownIssuer(_readable(der, number), file) for number, der in enumerate(ders, 1)]
        except CertificateFileError as error:
            raise CertificateFileError(f"{file}: {error}") from error
    return KnownIssuers(issuers)


def _readable(der: bytes, number: int) -> Certificate:
    certificate = read_certificate(der)
    if not certificate.readable:
        raise CertificateFileError(f"certificate {number} cannot be read")
    return certificate


def _content(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CertificateFileError(f"cannot open it: {error.strerror or error}") from error
    except ValueError as error:
        raise CertificateFileError(f"cannot open it: {error}") from error
