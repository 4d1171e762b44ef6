"""Certification requests (PKCS#10, RFC 2986): the certificate as somebody asks a CA for it.

Knows ``cryptography``'s reader and the PEM labels of requests (RFC 7468 section 7); must not know roles. Out comes a
``Certificate`` without issuer, dates and serial number: what it would be if the CA issues what is asked. CAs may leave
extensions out or put others in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import warnings

from tlseku.errors import CertificateFileError
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_text
from tlseku.x509.public_key import describe

_BEGIN = re.compile(rb"-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----")


def signing_requests(data: bytes) -> list[bytes]:
    """The certification requests of a file in PEM as DER, in its order; none where it has none.

    Raises ``CertificateFileError`` for a block that is not base64.
    """
    found: list[bytes] = []
    position = 0
    # Labels of which no block ends any more: to look again for each would take the square of the time.
    endless: set[bytes] = set()
    while (begin := _BEGIN.search(data, position)) is not None:
        position = begin.end()
        label = begin[1]
        end = -1 if label in endless else data.find(b"-----END " + label + b"-----", position)
        if end < 0:
            endless.add(label)
            continue
        try:
            found.append(base64.b64decode(b"".join(data[position:end].split()), validate=True))
        except binascii.Error as error:
            raise CertificateFileError(
                f"certificate request {len(found) + 1} is not base64: {error}"
            ) from error
        position = end
    return found


def as_asked(der: bytes) -> Certificate:
    """The certificate that a request asks for. Raises ``CertificateFileError`` for one that cannot be read."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            request = x509.load_der_x509_csr(der)
            subject = request.subject.public_bytes()
            extensions = list(request.extensions)
            spki = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise CertificateFileError(f"a certificate request that cannot be read: {said}") from error
    eku: tuple[str, ...] | None = None
    san: tuple[tuple[str, str], ...] | None = None
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.ExtendedKeyUsage):
            eku = tuple(purpose.dotted_string for purpose in value)
        elif isinstance(value, x509.SubjectAlternativeName):
            names = [("dns", name) for name in value.get_values_for_type(x509.DNSName)]
            names += [("ip", str(ip)) for ip in value.get_values_for_type(x509.IPAddress)]
            san = tuple(names)
    key = describe(spki)
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        subject=name_text(subject),
        subject_der=subject,
        eku=eku,
        san=san,
        key_algorithm=key.algorithm,
        key_type=key.family,
        spki_sha256=key.sha256,
    )
