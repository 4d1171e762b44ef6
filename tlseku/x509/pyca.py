"""The first reader of certificates: cryptography, which is strict and fast.

Knows ``cryptography.x509``; must not know what happens to a certificate that it refuses. Nothing of the library
leaves this module: not its objects, not its exceptions, not its warnings.

Names and the public key are taken as the bytes that stand in the certificate (found by ``walk``), because the
library would encode them anew.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from typing import TYPE_CHECKING, NamedTuple

from tlseku.x509.algorithms import signature_algorithm_name
from tlseku.x509.certificate import Certificate
from tlseku.x509.der import since_epoch_ns
from tlseku.x509.distinguished_name import name_text
from tlseku.x509.general_name import ip_text, other_name_text
from tlseku.x509.public_key import describe
from tlseku.x509.refusal import Refused, one_line
from tlseku.x509.walk import LARGEST_PATH_LEN, walk

if TYPE_CHECKING:
    from cryptography import x509

_WARNINGS = threading.Lock()
"""``warnings.catch_warnings`` swaps state of the whole process: two of tlseku's threads must not do so at once."""


def read_with_cryptography(der: bytes) -> Certificate:
    """Read one certificate with cryptography; raise ``Refused`` where it does not accept every part of it.

    What the library merely warns about becomes a defect (``cryptography warns: ...``).
    """
    refusals = _refusals()
    with _WARNINGS, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            facts = _facts(der)
        except refusals as error:
            raise Refused(one_line(error)) from error
    found = walk(der)
    if found.problem is not None:
        # What cryptography accepts the walk accepts too, as far as tests can tell; if not, nothing may be lost.
        raise Refused(f"its fields are not where they belong: {found.problem}")
    key = describe(found.spki)
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        version=facts.version,
        serial=facts.serial,
        subject=name_text(found.subject),
        issuer=name_text(found.issuer),
        subject_der=found.subject,
        issuer_der=found.issuer,
        not_before=facts.not_before,
        not_after=facts.not_after,
        eku=facts.extensions.eku,
        eku_critical=facts.extensions.eku_critical,
        key_usage=facts.extensions.key_usage,
        basic_ca=facts.extensions.basic_ca,
        path_len=facts.extensions.path_len,
        san=facts.extensions.san,
        key_algorithm=key.algorithm,
        key_type=key.family,
        signature_algorithm=signature_algorithm_name(facts.signature_oid),
        spki_sha256=key.sha256,
        subject_key_id=facts.extensions.subject_key_id,
        authority_key_id=facts.extensions.authority_key_id,
        self_issued=found.subject == found.issuer,
        # Each access warns again; once is enough.
        defects=tuple(
            dict.fromkeys(f"cryptography warns: {one_line(warning.message)}" for warning in caught)
        ),
    )


class _Extensions(NamedTuple):
    eku: tuple[str, ...] | None
    eku_critical: bool | None
    key_usage: tuple[str, ...] | None
    basic_ca: bool | None
    path_len: int | None
    san: tuple[tuple[str, str], ...] | None
    subject_key_id: bytes | None
    authority_key_id: bytes | None


class _Facts(NamedTuple):
    version: int
    serial: int
    not_before: int
    not_after: int
    signature_oid: str
    extensions: _Extensions


class _Refusals(NamedTuple):
    """What cryptography raises for bytes that it does not accept; found by reading its source and by fuzzing."""

    bad_value: type[Exception]  # DER that does not parse, text that does not decode, dates that do not exist
    bad_type: type[Exception]  # a name attribute whose string type its OID does not allow
    twice: type[Exception]  # the same extension twice
    version: type[Exception]  # a version above 3
    algorithm: type[Exception]  # an algorithm it does not know
    general_name: type[Exception]  # x400Address and ediPartyName
    overflow: type[Exception]  # a number too large for its native type


def _refusals() -> _Refusals:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    return _Refusals(
        ValueError,
        TypeError,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        UnsupportedAlgorithm,
        x509.UnsupportedGeneralNameType,
        OverflowError,
    )


def _facts(der: bytes) -> _Facts:
    from cryptography import x509

    certificate = x509.load_der_x509_certificate(der)
    return _Facts(
        version=certificate.version.value + 1,
        serial=certificate.serial_number,
        not_before=since_epoch_ns(certificate.not_valid_before_utc),
        not_after=since_epoch_ns(certificate.not_valid_after_utc),
        signature_oid=certificate.signature_algorithm_oid.dotted_string,
        extensions=_extensions(certificate),
    )


def _extensions(certificate: x509.Certificate) -> _Extensions:
    from cryptography import x509

    eku: tuple[str, ...] | None = None
    eku_critical: bool | None = None
    key_usage: tuple[str, ...] | None = None
    basic_ca: bool | None = None
    path_len: int | None = None
    san: tuple[tuple[str, str], ...] | None = None
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.ExtendedKeyUsage):
            eku = tuple(purpose.dotted_string for purpose in value)
            eku_critical = extension.critical
        elif isinstance(value, x509.KeyUsage):
            key_usage = _key_usage_names(value)
        elif isinstance(value, x509.BasicConstraints):
            basic_ca = value.ca
            path_len = value.path_length
            if path_len is not None and path_len > LARGEST_PATH_LEN:
                raise ValueError("path length above 2147483647")
        elif isinstance(value, x509.SubjectAlternativeName):
            san = tuple(_general_name(name) for name in value)
        elif isinstance(value, x509.SubjectKeyIdentifier):
            subject_key_id = value.digest
        elif isinstance(value, x509.AuthorityKeyIdentifier):
            authority_key_id = value.key_identifier
    return _Extensions(
        eku, eku_critical, key_usage, basic_ca, path_len, san, subject_key_id, authority_key_id
    )


def _key_usage_names(usage: x509.KeyUsage) -> tuple[str, ...]:
    # The library allows to ask for the last two only beside keyAgreement, and refuses them elsewhere.
    set_bits = (
        ("digitalSignature", usage.digital_signature),
        ("nonRepudiation", usage.content_commitment),
        ("keyEncipherment", usage.key_encipherment),
        ("dataEncipherment", usage.data_encipherment),
        ("keyAgreement", usage.key_agreement),
        ("keyCertSign", usage.key_cert_sign),
        ("cRLSign", usage.crl_sign),
        ("encipherOnly", usage.key_agreement and usage.encipher_only),
        ("decipherOnly", usage.key_agreement and usage.decipher_only),
    )
    return tuple(name for name, is_set in set_bits if is_set)


def _general_name(name: x509.GeneralName) -> tuple[str, str]:
    from cryptography import x509

    if isinstance(name, x509.DNSName):
        return "dns", name.value
    if isinstance(name, x509.IPAddress):
        return "ip", ip_text(name.value.packed) if hasattr(name.value, "packed") else str(name.value)
    if isinstance(name, x509.RFC822Name):
        return "email", name.value
    if isinstance(name, x509.UniformResourceIdentifier):
        return "uri", name.value
    if isinstance(name, x509.DirectoryName):
        return "dirname", name_text(name.value.public_bytes())
    if isinstance(name, x509.RegisteredID):
        return "rid", name.value.dotted_string
    if isinstance(name, x509.OtherName):
        return "other", other_name_text(name.type_id.dotted_string, name.value)
    raise TypeError(f"a general name of type {type(name).__name__}")
