"""DER in, a ``Certificate`` out, whatever the bytes are.

Knows the order in which readers are asked: the one for ordinary certificates, cryptography for all others, asn1crypto
where that refuses, the strict walk where both do. Must not know what a certificate is for. What is odd becomes a defect
in plain words, and the rest is kept.
"""

from __future__ import annotations

import gc
import hashlib
from dataclasses import replace

from tlseku.errors import Malformed
from tlseku.x509.algorithms import signature_algorithm_name
from tlseku.x509.certificate import Certificate
from tlseku.x509.der import SEQUENCE, enter
from tlseku.x509.distinguished_name import name_text
from tlseku.x509.ordinary import read_ordinary
from tlseku.x509.public_key import describe
from tlseku.x509.refusal import Refused
from tlseku.x509.walk import walk

LONGEST_SERIAL = 20
"""Octets of a serial number (RFC 5280 section 4.1.2.2)."""

_EKU_IDENTIFIER = bytes.fromhex("0603551d25")

LARGE = 64 * 1024
"""Bytes of a certificate whose copies must not wait long for the collector; ordinary ones have one or two thousand."""

MOST_DEFECTS = 20
"""Defects that are kept of one certificate; a hostile one could have thousands."""


def read_certificate(der: bytes) -> Certificate:
    """Read one certificate; never raises, for any bytes.

    ``defects`` of the result says what is odd, ``readable`` is False where nothing could be read, and
    ``eku_readable`` is False where nobody can say what the extended key usage is. Serial and EKU come out where
    the bytes allow, also of certificates that cryptography refuses (RFC 5280 sections 4.1 and 4.2).
    """
    ordinary = read_ordinary(der)
    if ordinary is not None:
        return ordinary
    from tlseku.x509.pyca import read_with_cryptography

    try:
        certificate = read_with_cryptography(der)
    except Refused as refused:
        certificate = _read_what_cryptography_refuses(der, str(refused))
        if len(der) >= LARGE:
            # asn1crypto leaves its copies of what it refuses in cycles, and whoever reads captures looks for these
            # seldom (``cli.group``): hundreds of megabytes would gather.
            gc.collect(0)
    defects = _bounded((*_oddities(certificate), *certificate.defects))
    return replace(certificate, defects=defects) if defects else certificate


def _read_what_cryptography_refuses(der: bytes, reason: str) -> Certificate:
    from tlseku.x509.tolerant import read_with_asn1crypto

    refusal = f"cryptography refuses it: {reason}"
    try:
        certificate = read_with_asn1crypto(der)
    except Refused as refused:
        certificate = read_by_walking(der)
        return replace(
            certificate, defects=(refusal, f"asn1crypto refuses it: {refused}", *certificate.defects)
        )
    certificate = replace(certificate, defects=(refusal, *certificate.defects))
    in_doubt = certificate.eku is None and (not certificate.eku_readable or _EKU_IDENTIFIER in der)
    return _with_walked_eku(certificate) if in_doubt else certificate


def read_by_walking(der: bytes) -> Certificate:
    """Read one certificate by the strict walk alone; never raises.

    Key usage, alternative names and the issuer's key identifier stay ``None``: the walk steps over them.
    """
    found = walk(der)
    sha256 = hashlib.sha256(der).hexdigest()
    defects = () if found.problem is None else (str(found.problem),)
    if found.serial is None:
        return Certificate(der=der, sha256=sha256, defects=defects, readable=False, eku_readable=False)
    key = describe(found.spki)
    return Certificate(
        der=der,
        sha256=sha256,
        version=found.version,
        serial=found.serial,
        subject=name_text(found.subject) if found.subject != b"" else None,
        issuer=name_text(found.issuer) if found.issuer != b"" else None,
        subject_der=found.subject,
        issuer_der=found.issuer,
        not_before=found.not_before,
        not_after=found.not_after,
        eku=found.eku,
        eku_critical=found.eku_critical,
        basic_ca=found.basic_ca,
        path_len=found.path_len,
        key_algorithm=key.algorithm,
        key_type=key.family,
        signature_algorithm="unknown"
        if found.signature_oid is None
        else signature_algorithm_name(found.signature_oid),
        spki_sha256=key.sha256,
        subject_key_id=found.subject_key_id,
        self_issued=found.subject != b"" and found.subject == found.issuer,
        defects=defects,
        eku_readable=found.eku_read,
        eku_duplicate=found.eku_count > 1,
    )


def _with_walked_eku(certificate: Certificate) -> Certificate:
    # Damage behind the EKU extension hides all extensions from asn1crypto, but not from the walk. And asn1crypto
    # steps over fields that it does not know: an EKU in one of them must not pass for a certificate without.
    found = walk(certificate.der)
    if not found.eku_read:
        why = f"extended key usage cannot be read: {found.problem}"
        return replace(certificate, eku_readable=False, defects=(*certificate.defects, why))
    return replace(
        certificate,
        eku=found.eku,
        eku_critical=found.eku_critical,
        eku_readable=True,
        eku_duplicate=found.eku_count > 1,
    )


def _oddities(certificate: Certificate) -> tuple[str, ...]:
    odd: list[str] = []
    if _has_trailing_bytes(certificate.der):
        odd.append("trailing bytes after the certificate")
    if certificate.serial is not None:
        if certificate.serial < 0:
            odd.append("serial number is negative")
        elif certificate.serial == 0:
            odd.append("serial number is zero")
        # One bit more than the number itself needs, for the sign.
        if certificate.serial.bit_length() // 8 + 1 > LONGEST_SERIAL:
            odd.append(f"serial number longer than {LONGEST_SERIAL} octets")
    if certificate.eku_duplicate:
        odd.append("extended key usage appears twice")
    if certificate.eku == ():
        odd.append("extended key usage is present and empty")
    return tuple(odd)


def _bounded(defects: tuple[str, ...]) -> tuple[str, ...]:
    different = tuple(dict.fromkeys(defects))
    if len(different) <= MOST_DEFECTS:
        return different
    return (*different[: MOST_DEFECTS - 1], f"{len(different) - MOST_DEFECTS + 1} more defects")


def _has_trailing_bytes(der: bytes) -> bool:
    try:
        _, stop = enter(der, 0, len(der), SEQUENCE)
    except Malformed:
        return False
    return stop < len(der)
