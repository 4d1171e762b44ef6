"""Files of certificates: PEM bundles with text between, DER, several DER after each other, PKCS#7.

Knows textual encodings (RFC 7468), OpenSSL's ``TRUSTED CERTIFICATE`` and the outside of PKCS#7 (RFC 2315); must
not know what stands in a certificate. Out come the DER bytes of each, in the order of the file. Private keys are
stepped over, never decoded.

The PEM loaders of the libraries drop what they do not like or refuse certificates that we want to report on, so
the armour is taken off here.
"""

from __future__ import annotations

import base64
import binascii
import re

from tlseku.errors import CertificateFileError, Malformed
from tlseku.x509.der import OBJECT_IDENTIFIER, SEQUENCE, enter, header
from tlseku.x509.reading import read_certificate

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file of certificates; the largest trust stores are a few megabytes."""

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,64})-----")
_CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")
_PKCS7_LABELS = (b"PKCS7", b"CMS", b"PKCS #7 SIGNED DATA")
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_CERTIFICATES = 0xA0


def read_certificates(data: bytes) -> list[bytes]:
    """Find the certificates of a file and return each as DER, in file order, duplicates included.

    Takes PEM with any text between the blocks, one or several concatenated DER certificates, and PKCS#7 in either
    form. The certificates of a PEM block are not read here: also a damaged one is returned. Raises
    ``CertificateFileError`` for anything else, and where there is no certificate at all (RFC 7468 sections 5, 8).
    """
    if len(data) > LARGEST_FILE:
        raise CertificateFileError(f"{len(data)} bytes are too many for a file of certificates")
    if b"-----BEGIN " in data:
        return _from_pem(data)
    if data[:1] == b"\x30":
        return _from_der(data)
    if not data.strip():
        raise CertificateFileError("the file is empty")
    raise CertificateFileError("neither PEM nor DER: no BEGIN line and no DER sequence at its start")


def _from_pem(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    others: list[str] = []
    position = 0
    while (begin := _BEGIN.search(data, position)) is not None:
        label = begin[1]
        number = len(found) + 1
        end_line = b"-----END " + label + b"-----"
        end = data.find(end_line, begin.end())
        if end < 0:
            raise CertificateFileError(f"{label.decode()} block {number} has no END line")
        position = end + len(end_line)
        if label in _CERTIFICATE_LABELS:
            der = _decode(data[begin.end() : end], number)
            found.append(_without_trust(der, number) if label == b"TRUSTED CERTIFICATE" else der)
        elif label in _PKCS7_LABELS:
            found.extend(_from_pkcs7(_decode(data[begin.end() : end], number)))
        else:
            others.append(label.decode())
    if not found:
        what = ", ".join(sorted(set(others))[:5]) or "no complete block"
        raise CertificateFileError(f"no certificate in it, only: {what}")
    return found


def _decode(armoured: bytes, number: int) -> bytes:
    try:
        der = base64.b64decode(b"".join(armoured.split()), validate=True)
    except binascii.Error as error:
        raise CertificateFileError(f"certificate {number} is not base64: {error}") from error
    if not der:
        raise CertificateFileError(f"certificate {number} is empty")
    return der


def _without_trust(der: bytes, number: int) -> bytes:
    try:
        _, stop = enter(der, 0, len(der), SEQUENCE)
    except Malformed as error:
        raise CertificateFileError(f"trusted certificate {number} is not DER: {error}") from error
    return der[:stop]


def _from_der(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    offset = 0
    while offset < len(data):
        try:
            start, stop = enter(data, offset, len(data), SEQUENCE)
            tag, oid_start, oid_end = header(data, start, stop)
        except Malformed as error:
            raise CertificateFileError(f"not a certificate at byte {offset}: {error}") from error
        whole = data[offset:stop]
        if tag == OBJECT_IDENTIFIER and data[oid_start:oid_end] == _SIGNED_DATA:
            found.extend(_from_pkcs7(whole))
        elif read_certificate(whole).subject_der != b"":
            found.append(whole)
        else:
            raise CertificateFileError(f"the DER value at byte {offset} is not a certificate")
        offset = stop
    return found


def _from_pkcs7(der: bytes) -> list[bytes]:
    try:
        found = _certificates_of_signed_data(der)
    except Malformed as error:
        raise CertificateFileError(f"PKCS#7 data that cannot be read: {error}") from error
    if not found:
        raise CertificateFileError("PKCS#7 data without a certificate")
    return found


def _certificates_of_signed_data(der: bytes) -> list[bytes]:
    start, stop = enter(der, 0, len(der), SEQUENCE)
    oid_start, oid_end = enter(der, start, stop, OBJECT_IDENTIFIER)
    if der[oid_start:oid_end] != _SIGNED_DATA:
        raise Malformed(oid_start, "the content type signedData")
    start, stop = enter(der, oid_end, stop, 0xA0)
    start, stop = enter(der, start, stop, SEQUENCE)
    found: list[bytes] = []
    while start < stop:
        tag, value, after = header(der, start, stop)
        # version, digestAlgorithms and contentInfo come before, revocation lists and signatures after.
        while tag == _CERTIFICATES and value < after:
            certificate = value
            kind, _, value = header(der, value, after)
            # Attribute certificates and other formats have tags of their own (RFC 5652 section 10.2.2).
            if kind == SEQUENCE:
                found.append(der[certificate:value])
        start = after
    return found
