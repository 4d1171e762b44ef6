"""Certificates put aside, to be had again in the order in which they came, with bounded memory.

Knows certificates and a temporary file; must not know where they were seen. The first are kept as they are; of the
others the encoding goes to a file without a name, and who wants them reads it again: the facts of a certificate follow
from its bytes, but for whether its issuer is public, which is kept beside them.
"""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

KEPT_BYTES = 1 << 18
"""Encodings of certificates that are kept as they are; their facts take about three times as much again."""

_PUBLIC = (None, False, True)


class CertificateStore:
    """Takes certificates and gives them back, in their order."""

    def __init__(self, kept_bytes: int | None = None) -> None:
        self._left = KEPT_BYTES if kept_bytes is None else kept_bytes
        self._kept: list[Certificate] = []
        self._file: IO[bytes] | None = None
        self._lengths = array("Q")
        self._public = bytearray()

    def add(self, certificate: Certificate) -> None:
        """Put one aside."""
        if self._file is None and len(certificate.der) <= self._left:
            self._left -= len(certificate.der)
            self._kept.append(certificate)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="tlseku-")  # noqa: SIM115  closed below
            weakref.finalize(self, self._file.close)
        self._file.write(certificate.der)
        self._lengths.append(len(certificate.der))
        self._public.append(_PUBLIC.index(certificate.public_issuer))

    def __len__(self) -> int:
        return len(self._kept) + len(self._lengths)

    def __iter__(self) -> Iterator[Certificate]:
        yield from self._kept
        if self._file is None:
            return
        at = 0
        for length, public in zip(self._lengths, self._public, strict=True):
            self._file.seek(at)
            certificate = read_certificate(self._file.read(length))
            at += length
            issuer = _PUBLIC[public]
            yield certificate if issuer is None else replace(certificate, public_issuer=issuer)
