"""The second reader of certificates: asn1crypto, which takes what cryptography refuses.

Knows ``asn1crypto.x509``; must not know why it was asked. Each fact is read by itself: one that cannot be read
becomes a defect and leaves the others alone. Nothing of the library leaves this module.

Limits: asn1crypto makes an object per value and needs time that grows with the square of an OID arc's length.
Certificates above ``LARGEST`` octets are refused (real ones are far below), and those with an endless arc.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tlseku.errors import Malformed
from tlseku.x509.algorithms import signature_algorithm_name
from tlseku.x509.certificate import Certificate
from tlseku.x509.der import OBJECT_IDENTIFIER, enter, oid_text, since_epoch_ns
from tlseku.x509.distinguished_name import name_text
from tlseku.x509.general_name import ascii_text, ip_text, other_name_text
from tlseku.x509.public_key import describe
from tlseku.x509.refusal import Refused, one_line
from tlseku.x509.walk import LARGEST_PATH_LEN

if TYPE_CHECKING:
    from asn1crypto import x509

LARGEST = 65536
"""Octets of the largest certificate that is read tolerantly."""

_ENDLESS_ARC = re.compile(rb"[\x80-\xff]{512}")
"""Octets that all say that their OID arc goes on. Neither keys (by chance) nor names (by length) look like this."""

_Fact = TypeVar("_Fact")


class _Refusals(NamedTuple):
    """What asn1crypto raises for bytes that do not fit its specifications; found by fuzzing."""

    bad_value: type[Exception] = ValueError  # wrong tags, lengths beyond the data, text that does not decode
    bad_type: type[Exception] = TypeError  # a value of another shape than its specification's
    key: type[Exception] = KeyError  # an identifier that a table lacks
    position: type[Exception] = IndexError  # an empty value where an octet is expected
    attribute: type[Exception] = AttributeError  # a field that is absent where its parent is used
    overflow: type[Exception] = OverflowError  # a date or number out of range
    own: type[Exception] = Malformed  # our own strict reading of its parts


_REFUSALS = _Refusals()

_BITS = (
    ("digital_signature", "digitalSignature"),
    ("non_repudiation", "nonRepudiation"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
    ("encipher_only", "encipherOnly"),
    ("decipher_only", "decipherOnly"),
)

_EXTENSION_NAMES = {
    "2.5.29.14": "subject key identifier",
    "2.5.29.15": "key usage",
    "2.5.29.17": "subject alternative name",
    "2.5.29.19": "basic constraints",
    "2.5.29.35": "authority key identifier",
    "2.5.29.37": "extended key usage",
}


def read_with_asn1crypto(der: bytes) -> Certificate:
    """Read one certificate with asn1crypto as far as it goes; raise ``Refused`` where its outer structure fails.

    Bytes after the certificate are left alone. Facts that cannot be read keep the default of ``Certificate``
    and are named in ``defects``; an unreadable EKU sets ``eku_readable`` to False.
    """
    from asn1crypto import x509

    if len(der) > LARGEST:
        raise Refused(f"{len(der)} octets are more than the {LARGEST} that are read tolerantly")
    if _ENDLESS_ARC.search(der) is not None:
        raise Refused("it may hold an object identifier without end")
    try:
        certificate = x509.Certificate.load(der)
        body = certificate["tbs_certificate"]
        # Asking for one field takes the whole body apart.
        serial_number = body["serial_number"]
    except _REFUSALS as error:
        raise Refused(one_line(error)) from error
    facts = _Facts()
    subject_der = facts.read("subject", lambda: bytes(body["subject"].dump())) or b""
    issuer_der = facts.read("issuer", lambda: bytes(body["issuer"].dump())) or b""
    key = describe(facts.read("public key", lambda: bytes(body["subject_public_key_info"].dump())) or b"")
    signature_oid = facts.read(
        "signature algorithm", lambda: oid_text(certificate["signature_algorithm"]["algorithm"].contents)
    )
    extensions = _read_extensions(body, facts)
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        version=facts.read("version", lambda: int(body["version"]) + 1),
        serial=facts.read("serial number", lambda: int(serial_number)),
        subject=name_text(subject_der) if subject_der != b"" else None,
        issuer=name_text(issuer_der) if issuer_der != b"" else None,
        subject_der=subject_der,
        issuer_der=issuer_der,
        not_before=facts.read("start of validity", lambda: _time(body, "not_before")),
        not_after=facts.read("end of validity", lambda: _time(body, "not_after")),
        eku=extensions.eku,
        eku_critical=extensions.eku_critical,
        key_usage=extensions.key_usage,
        basic_ca=extensions.basic_ca,
        path_len=extensions.path_len,
        san=extensions.san,
        key_algorithm=key.algorithm,
        key_type=key.family,
        signature_algorithm="unknown" if signature_oid is None else signature_algorithm_name(signature_oid),
        spki_sha256=key.sha256,
        subject_key_id=extensions.subject_key_id,
        authority_key_id=extensions.authority_key_id,
        self_issued=subject_der != b"" and subject_der == issuer_der,
        defects=tuple(facts.defects),
        eku_readable=extensions.eku_readable,
        eku_duplicate=extensions.eku_duplicate,
    )


class _Facts:
    def __init__(self) -> None:
        self.defects: list[str] = []

    def read(self, what: str, read: Callable[[], _Fact]) -> _Fact | None:
        try:
            return read()
        except _REFUSALS as error:
            self.defects.append(f"{what} cannot be read: {one_line(error)}")
            return None


class _Extensions:
    def __init__(self) -> None:
        self.eku: tuple[str, ...] | None = None
        self.eku_critical: bool | None = None
        self.eku_readable = True
        self.eku_duplicate = False
        self.key_usage: tuple[str, ...] | None = None
        self.basic_ca: bool | None = None
        self.path_len: int | None = None
        self.san: tuple[tuple[str, str], ...] | None = None
        self.subject_key_id: bytes | None = None
        self.authority_key_id: bytes | None = None


def _read_extensions(body: x509.TbsCertificate, facts: _Facts) -> _Extensions:
    found = _Extensions()
    extensions = facts.read("extensions", lambda: list(body["extensions"]))
    if extensions is None:
        found.eku_readable = False
        return found
    seen: set[str] = set()
    for extension in extensions:
        oid = facts.read("an extension's identifier", lambda: oid_text(extension["extn_id"].contents))  # noqa: B023
        if oid is None:
            # It may have been the EKU, so that nobody can say that there is none.
            found.eku_readable = found.eku_readable and "2.5.29.37" in seen
            continue
        if oid in seen:
            if oid == "2.5.29.37":
                found.eku_duplicate = True
            else:
                facts.defects.append(f"{_EXTENSION_NAMES.get(oid) or f'extension {oid}'} appears twice")
            continue
        seen.add(oid)
        if oid in _EXTENSION_NAMES:
            _read_extension(oid, extension, found, facts)
    return found


def _read_extension(oid: str, extension: x509.Extension, found: _Extensions, facts: _Facts) -> None:
    what = _EXTENSION_NAMES[oid]
    if oid == "2.5.29.37":
        found.eku = facts.read(what, lambda: _purposes(extension))
        found.eku_readable = found.eku is not None
        found.eku_critical = facts.read(f"criticality of {what}", lambda: bool(extension["critical"].native))
    elif oid == "2.5.29.15":
        found.key_usage = facts.read(what, lambda: _key_usage_names(extension))
    elif oid == "2.5.29.19":
        found.basic_ca, found.path_len = facts.read(what, lambda: _constraints(extension)) or (None, None)
    elif oid == "2.5.29.17":
        found.san = facts.read(what, lambda: _general_names(extension))
    elif oid == "2.5.29.14":
        found.subject_key_id = facts.read(what, lambda: bytes(extension["extn_value"].parsed.native))
    elif oid == "2.5.29.35":
        found.authority_key_id = facts.read(what, lambda: _key_identifier(extension))


def _time(body: x509.TbsCertificate, which: str) -> int:
    when = body["validity"][which].chosen.native
    if not isinstance(when, datetime):
        # asn1crypto has a type of its own for the year 0, which is before everything.
        raise ValueError("no such year")  # noqa: TRY004
    return since_epoch_ns(when)


def _purposes(extension: x509.Extension) -> tuple[str, ...]:
    return tuple(oid_text(purpose.contents) for purpose in extension["extn_value"].parsed)


def _key_usage_names(extension: x509.Extension) -> tuple[str, ...]:
    usage = extension["extn_value"].parsed.native
    return tuple(name for bit, name in _BITS if bit in usage)


def _constraints(extension: x509.Extension) -> tuple[bool, int | None]:
    constraints = extension["extn_value"].parsed
    path_len = constraints["path_len_constraint"].native
    if path_len is not None and not 0 <= path_len <= LARGEST_PATH_LEN:
        raise ValueError("path length not from 0 to 2147483647")
    return bool(constraints["ca"].native), path_len


def _key_identifier(extension: x509.Extension) -> bytes | None:
    identifier = extension["extn_value"].parsed["key_identifier"].native
    return None if identifier is None else bytes(identifier)


def _general_names(extension: x509.Extension) -> tuple[tuple[str, str], ...]:
    return tuple(_general_name(name) for name in extension["extn_value"].parsed)


def _general_name(name: x509.GeneralName) -> tuple[str, str]:
    # The native values are not asked for: they turn A-labels into Unicode, and we report what stands there.
    value = name.chosen
    if name.name == "dns_name":
        return "dns", ascii_text(value.contents)
    if name.name == "ip_address":
        return "ip", ip_text(value.contents)
    if name.name == "rfc822_name":
        return "email", ascii_text(value.contents)
    if name.name == "uniform_resource_identifier":
        return "uri", ascii_text(value.contents)
    if name.name == "directory_name":
        return "dirname", name_text(value.chosen.dump())
    if name.name == "registered_id":
        return "rid", oid_text(value.contents)
    if name.name == "other_name":
        return "other", _other_name(value.contents)
    return "other", "#" + name.dump().hex()


def _other_name(content: bytes) -> str:
    # The library changes the tag of the value when it takes off the explicit one, if they are of another class.
    oid_start, oid_end = enter(content, 0, len(content), OBJECT_IDENTIFIER)
    start, stop = enter(content, oid_end, len(content), 0xA0)
    return other_name_text(oid_text(content[oid_start:oid_end]), content[start:stop])
