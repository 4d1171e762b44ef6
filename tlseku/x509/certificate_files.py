"""What the bytes of a file of certificates hold.

Knows the forms of such files by ``pem``; must not know files. Whoever names one says so in the error.
"""

from __future__ import annotations

from tlseku.x509.certificate import Certificate
from tlseku.x509.pem import read_certificates as ders_in
from tlseku.x509.reading import read_certificate


def read_certificates(data: bytes) -> list[Certificate]:
    """Every certificate of a file's bytes, in its order: PEM with any text between the blocks, DER, or PKCS#7.

    Raises CertificateFileError for what is none of these. A certificate that breaks the rules is there all the same,
    with what is wrong in ``defects``.
    """
    return [read_certificate(der) for der in ders_in(data)]
