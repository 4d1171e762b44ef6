"""The first reader of certificates: those of which every part is of the ordinary kind, as nearly all are.

Knows the encodings that CAs use day by day (RFC 5280, and the Baseline Requirements of the CA/Browser Forum); must not
know what to do with anything else, and gives None for it: a second encoding of the same, an extension that it cannot
check to the end, a date in another form. Whoever reads certificates then asks cryptography, which is strict, but takes
many times as long. Tests hold the two to each other, also on damaged certificates: what this module reads, cryptography
accepts, with the same facts.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from tlseku._objects import maker_of
from tlseku.errors import Malformed
from tlseku.x509.algorithms import signature_algorithm_name
from tlseku.x509.certificate import Certificate
from tlseku.x509.der import enter, header, oid_text, time_ns
from tlseku.x509.distinguished_name import LONGEST_REMEMBERED, attribute_name, attribute_text
from tlseku.x509.general_name import ip_text, other_name_text
from tlseku.x509.public_key import PublicKey, describe

if TYPE_CHECKING:
    from mypy_extensions import i64

_new_certificate = maker_of(Certificate)

_VERSION_3 = bytes.fromhex("a003020102")
_GENERALIZED_TIME = 0x18
_YEAR_2050 = 2_524_608_000 * 1_000_000_000
_LONGEST_SERIAL = 20

_SIGNATURES = {
    bytes.fromhex(der): oid
    for der, oid in {
        "300d06092a864886f70d0101050500": "1.2.840.113549.1.1.5",
        "300d06092a864886f70d01010b0500": "1.2.840.113549.1.1.11",
        "300d06092a864886f70d01010c0500": "1.2.840.113549.1.1.12",
        "300d06092a864886f70d01010d0500": "1.2.840.113549.1.1.13",
        "300a06082a8648ce3d040302": "1.2.840.10045.4.3.2",
        "300a06082a8648ce3d040303": "1.2.840.10045.4.3.3",
        "300a06082a8648ce3d040304": "1.2.840.10045.4.3.4",
        "300506032b6570": "1.3.101.112",
    }.items()
}
"""The AlgorithmIdentifiers in the one way in which they are to be encoded (RFC 4055, 5758, 8410)."""

_KEYS = tuple(
    bytes.fromhex(der)
    for der in (
        "300d06092a864886f70d0101010500",
        "301306072a8648ce3d020106082a8648ce3d030107",
        "301006072a8648ce3d020106052b81040022",
        "301006072a8648ce3d020106052b81040023",
        "300506032b6570",
    )
)
"""RSA, P-256, P-384, P-521 and Ed25519 (RFC 3279, 5480, 8410)."""

_PLAIN_KEYS = {
    bytes.fromhex(der)[:4]: (bytes.fromhex(der), length, algorithm, family)
    for der, length, algorithm, family in (
        ("3059301306072a8648ce3d020106082a8648ce3d030107034200", 91, "EC P-256", "ec"),
        ("3076301006072a8648ce3d020106052b81040022036200", 120, "EC P-384", "ec"),
        ("30819b301006072a8648ce3d020106052b8104002303818600", 158, "EC P-521", "ec"),
        ("302a300506032b6570032100", 44, "Ed25519", "ed25519"),
        ("30820122300d06092a864886f70d01010105000382010f003082010a0282010100", 294, "RSA 2048", "rsa"),
        ("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100", 422, "RSA 3072", "rsa"),
        ("30820222300d06092a864886f70d01010105000382020f003082020a0282020100", 550, "RSA 4096", "rsa"),
    )
}
"""Keys as they mostly are, by the first octets: all octets before the point or modulus, and the number of all octets
(with the usual public exponent of three)."""

_PRINTABLE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")

_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
)

_KEY_USAGE = bytes.fromhex("551d0f")
_BASIC_CONSTRAINTS = bytes.fromhex("551d13")
_EKU = bytes.fromhex("551d25")
_SAN = bytes.fromhex("551d11")
_SUBJECT_KEY_ID = bytes.fromhex("551d0e")
_AUTHORITY_KEY_ID = bytes.fromhex("551d23")
_INFORMATION_ACCESS = bytes.fromhex("2b06010505070101")
_CRL_POINTS = bytes.fromhex("551d1f")
_POLICIES = bytes.fromhex("551d20")
_TIMESTAMPS = bytes.fromhex("2b06010401d679020402")
_CPS = bytes.fromhex("06082b06010505070201")
_OF_ENTERPRISES = bytes.fromhex("2b06010401")
_READ_BY_OTHERS = (bytes.fromhex("2b060104018237"), bytes.fromhex("2b06010401d679"))
"""Extensions of enterprises, which nobody but them can read, but for those of Microsoft and Google."""

_TEXT_NAMES = {0x81: "email", 0x82: "dns", 0x86: "uri"}


class NotOrdinary(Exception):
    """Raised inside this module for whatever it leaves to others."""


def read_ordinary(der: bytes) -> Certificate | None:
    """The facts of an ordinary certificate; None for any other. Never raises."""
    try:
        return _read(der)
    except (NotOrdinary, Malformed):
        return None


def _read(der: bytes) -> Certificate:
    start, stop = enter(der, 0, len(der), 0x30)
    offset, end = enter(der, start, stop, 0x30)
    if stop != len(der) or der[offset : offset + 5] != _VERSION_3:
        raise NotOrdinary
    value, at = enter(der, offset + 5, end, 0x02)
    serial_bytes = der[value:at]
    first = serial_bytes[0] if serial_bytes else 0x80
    second = serial_bytes[1] if len(serial_bytes) > 1 else 0
    if first >= 0x80 or (first == 0 and second < 0x80) or at - value > _LONGEST_SERIAL:
        raise NotOrdinary
    _, after = enter(der, at, end, 0x30)
    signed_with = der[at:after]
    signature_oid = _SIGNATURES.get(signed_with)
    if signature_oid is None or der[end : end + len(signed_with)] != signed_with:
        raise NotOrdinary
    _, signature_end = enter(der, end + len(signed_with), stop, 0x03)
    if signature_end != stop or signature_end - end - len(signed_with) < 4:
        raise NotOrdinary
    signature_start, _ = enter(der, end + len(signed_with), stop, 0x03)
    if der[signature_start] != 0:
        raise NotOrdinary
    issuer_start = after
    _, at = enter(der, issuer_start, end, 0x30)
    issuer_der = der[issuer_start:at]
    value, validity_end = enter(der, at, end, 0x30)
    not_before, at = _time(der, value, validity_end)
    not_after, at = _time(der, at, validity_end)
    if at != validity_end:
        raise NotOrdinary
    _, at = enter(der, validity_end, end, 0x30)
    subject_der = der[validity_end:at]
    spki_start = at
    _, at = enter(der, spki_start, end, 0x30)
    key = _key(der[spki_start:at])
    tag, value, after = header(der, at, end)
    if tag != 0xA3 or after != end:
        raise NotOrdinary
    value, after = enter(der, value, end, 0x30)
    if after != end or value == end:
        raise NotOrdinary
    found = _Extensions()
    found.read(der, value, end)
    return _new_certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        version=3,
        serial=int.from_bytes(serial_bytes, "big"),
        subject=_name(subject_der),
        issuer=_name(issuer_der),
        subject_der=subject_der,
        issuer_der=issuer_der,
        not_before=not_before,
        not_after=not_after,
        eku=found.eku,
        eku_critical=found.eku_critical,
        key_usage=found.key_usage,
        basic_ca=found.basic_ca,
        path_len=found.path_len,
        san=found.san,
        key_algorithm=key.algorithm,
        key_type=key.family,
        signature_algorithm=signature_algorithm_name(signature_oid),
        spki_sha256=key.sha256,
        subject_key_id=found.subject_key_id,
        authority_key_id=found.authority_key_id,
        self_issued=subject_der == issuer_der,
    )


def _time(der: bytes, offset: int, end: int) -> tuple[int, int]:
    """A time, which is a UTCTime up to 2049 and a GeneralizedTime from then on (RFC 5280 section 4.1.2.5)."""
    tag, value, after = header(der, offset, end)
    when = time_ns(der, tag, value, after)
    if (tag == _GENERALIZED_TIME) != (when >= _YEAR_2050):
        raise NotOrdinary
    return when, after


def _name(der: bytes) -> str:
    return _remembered_name(der) if len(der) <= LONGEST_REMEMBERED else _checked_name(der)


def _checked_name(der: bytes) -> str:
    """The text of a Name in which every value is a UTF8String, PrintableString or IA5String that holds what it may."""
    offset, end = enter(der, 0, len(der), 0x30)
    attributes: list[str] = []
    while offset < end:
        start, offset = enter(der, offset, end, 0x31)
        if start == offset:
            raise NotOrdinary
        value, after = enter(der, start, offset, 0x30)
        oid_start, oid_end = enter(der, value, after, 0x06)
        tag, text_start, text_end = header(der, oid_end, after)
        encoded = der[text_start:text_end]
        if text_end != after or after != offset or not encoded:
            raise NotOrdinary
        if tag == 0x13:
            if not _PRINTABLE.issuperset(encoded):
                raise NotOrdinary
        elif tag == 0x16:
            if not encoded.isascii():
                raise NotOrdinary
        elif tag != 0x0C:
            raise NotOrdinary
        name = attribute_name(oid_text(der[oid_start:oid_end]))
        attributes.append(attribute_text(name, _decoded(encoded)))
    # The most specific comes last, and is written first.
    attributes.reverse()
    return ",".join(attributes)


_remembered_name = lru_cache(maxsize=512)(_checked_name)


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise NotOrdinary from None


def _key(spki: bytes) -> PublicKey:
    plain = _PLAIN_KEYS.get(spki[:4])
    if plain is not None:
        head, length, algorithm, family = plain
        # The highest bit of a modulus tells how long it is.
        if len(spki) == length and spki.startswith(head) and (family != "rsa" or spki[len(head)] >= 0x80):
            return PublicKey(algorithm, family, hashlib.sha256(spki).hexdigest())
    value, end = enter(spki, 0, len(spki), 0x30)
    _, at = enter(spki, value, end, 0x30)
    bits, after = enter(spki, at, end, 0x03)
    if spki[value:at] not in _KEYS or after != end or after - bits < 2 or spki[bits] != 0:
        raise NotOrdinary
    return describe(spki)


class _Extensions:
    """The facts of the extensions, each of which occurs at most once."""

    def __init__(self) -> None:
        self.eku: tuple[str, ...] | None = None
        self.eku_critical: bool | None = None
        self.key_usage: tuple[str, ...] | None = None
        self.basic_ca: bool | None = None
        self.path_len: int | None = None
        self.san: tuple[tuple[str, str], ...] | None = None
        self.subject_key_id: bytes | None = None
        self.authority_key_id: bytes | None = None

    def read(self, der: bytes, offset: int, end: int) -> None:
        seen: list[bytes] = []
        at: i64 = offset
        while at < end:
            start, stop = enter(der, at, end, 0x30)
            oid_start, oid_end = enter(der, start, stop, 0x06)
            oid = der[oid_start:oid_end]
            if oid in seen:
                raise NotOrdinary
            seen.append(oid)
            critical = der[oid_end : oid_end + 3] == b"\x01\x01\xff"
            value, after = enter(der, oid_end + 3 if critical else oid_end, stop, 0x04)
            if after != stop:
                raise NotOrdinary
            self._one(der, oid, critical, value, stop)
            at = stop

    def _one(self, der: bytes, oid: bytes, critical: bool, start: int, end: int) -> None:
        if oid == _EKU:
            self.eku_critical = critical
            self.eku = _purposes(der, start, end)
        elif oid == _KEY_USAGE:
            self.key_usage = _usages(der, start, end)
        elif oid == _BASIC_CONSTRAINTS:
            self.basic_ca, self.path_len = _constraints(der, start, end)
        elif oid == _SAN:
            self.san = _alternative_names(der, start, end)
        elif oid == _SUBJECT_KEY_ID:
            value, after = enter(der, start, end, 0x04)
            if after != end:
                raise NotOrdinary
            self.subject_key_id = der[value:after]
        elif oid == _AUTHORITY_KEY_ID:
            value, after = enter(der, start, end, 0x30)
            inner, inner_end = enter(der, value, after, 0x80)
            if after != end or inner_end != after:
                raise NotOrdinary
            self.authority_key_id = der[inner:inner_end]
        elif oid == _INFORMATION_ACCESS:
            _check_information_access(der, start, end)
        elif oid == _CRL_POINTS:
            _check_crl_points(der, start, end)
        elif oid == _POLICIES:
            _check_policies(der, start, end)
        elif oid == _TIMESTAMPS:
            _check_timestamps(der, start, end)
        elif oid.startswith(_OF_ENTERPRISES) and not oid.startswith(_READ_BY_OTHERS):
            oid_text(oid)
        else:
            raise NotOrdinary


def _sequence(der: bytes, start: int, end: int) -> int:
    """Where the content of a SEQUENCE begins that is not empty and fills the stretch."""
    value, after = enter(der, start, end, 0x30)
    if after != end or value == end:
        raise NotOrdinary
    return value


def _purposes(der: bytes, start: int, end: int) -> tuple[str, ...]:
    at = _sequence(der, start, end)
    purposes: list[str] = []
    while at < end:
        value, at = enter(der, at, end, 0x06)
        purposes.append(oid_text(der[value:at]))
    return tuple(purposes)


def _usages(der: bytes, start: int, end: int) -> tuple[str, ...]:
    value, after = enter(der, start, end, 0x03)
    # One octet holds the seven bits that go without keyAgreement; the eighth is encipherOnly.
    if after != end or after - value != 2:
        raise NotOrdinary
    unused, bits = der[value], der[value + 1]
    if not 1 <= unused <= 7 or bits & ((1 << unused) - 1) or not bits & (1 << unused):
        raise NotOrdinary
    return tuple([name for place, name in enumerate(_USAGES) if bits & (0x80 >> place)])


def _constraints(der: bytes, start: int, end: int) -> tuple[bool, int | None]:
    value, after = enter(der, start, end, 0x30)
    if after != end:
        raise NotOrdinary
    if value == end:
        return False, None
    if der[value : value + 3] != b"\x01\x01\xff":
        raise NotOrdinary
    value += 3
    if value == end:
        return True, None
    number, after = enter(der, value, end, 0x02)
    if after != end or after - number != 1 or der[number] >= 0x80:
        raise NotOrdinary
    return True, der[number]


def _alternative_names(der: bytes, start: int, end: int) -> tuple[tuple[str, str], ...]:
    at = _sequence(der, start, end)
    names: list[tuple[str, str]] = []
    while at < end:
        tag, value, at = header(der, at, end)
        content = der[value:at]
        kind = _TEXT_NAMES.get(tag)
        if kind is not None and content and content.isascii():
            names.append((kind, content.decode("ascii")))
        elif tag == 0x87 and len(content) in (4, 16):
            names.append(("ip", ip_text(content)))
        elif tag == 0xA0:
            names.append(("other", _other_name(der, value, at)))
        else:
            raise NotOrdinary
    return tuple(names)


def _other_name(der: bytes, start: int, end: int) -> str:
    """An otherName whose value is a UTF8String, as a userPrincipalName is."""
    oid_start, oid_end = enter(der, start, end, 0x06)
    value, after = enter(der, oid_end, end, 0xA0)
    text, text_end = enter(der, value, end, 0x0C)
    if after != end or text_end != end:
        raise NotOrdinary
    _decoded(der[text:end])
    return other_name_text(oid_text(der[oid_start:oid_end]), der[value:end])


def _check_location(der: bytes, start: int, end: int) -> None:
    """A URI in ASCII that fills the stretch."""
    value, after = enter(der, start, end, 0x86)
    if after != end or not der[value:after].isascii():
        raise NotOrdinary


def _check_information_access(der: bytes, start: int, end: int) -> None:
    at = _sequence(der, start, end)
    while at < end:
        value, at = enter(der, at, end, 0x30)
        oid_start, oid_end = enter(der, value, at, 0x06)
        oid_text(der[oid_start:oid_end])
        _check_location(der, oid_end, at)


def _check_crl_points(der: bytes, start: int, end: int) -> None:
    """DistributionPoints that are a full name of one URI each."""
    at = _sequence(der, start, end)
    while at < end:
        value, at = enter(der, at, end, 0x30)
        for tag in (0xA0, 0xA0):
            value, after = enter(der, value, at, tag)
            if after != at:
                raise NotOrdinary
        _check_location(der, value, at)


def _check_policies(der: bytes, start: int, end: int) -> None:
    """Policies, each alone or with one pointer to a certification practice statement."""
    at = _sequence(der, start, end)
    seen: list[bytes] = []
    while at < end:
        value, at = enter(der, at, end, 0x30)
        oid_start, oid_end = enter(der, value, at, 0x06)
        oid = der[oid_start:oid_end]
        oid_text(oid)
        if oid in seen:
            raise NotOrdinary
        seen.append(oid)
        if oid_end == at:
            continue
        value = _sequence(der, oid_end, at)
        value = _sequence(der, value, at)
        if der[value : value + len(_CPS)] != _CPS:
            raise NotOrdinary
        text, after = enter(der, value + len(_CPS), at, 0x16)
        if after != at or not der[text:after].isascii():
            raise NotOrdinary


def _check_timestamps(der: bytes, start: int, end: int) -> None:
    """Signed certificate timestamps of version 1 without extensions, signed with ECDSA or RSA over SHA-256 (RFC
    6962)."""
    at, after = enter(der, start, end, 0x04)
    if after != end or end - at < 2 or (der[at] << 8 | der[at + 1]) != end - at - 2 or end - at == 2:
        raise NotOrdinary
    at += 2
    while at < end:
        # Length, version, log id, timestamp, extensions, algorithms, and the length of the signature.
        if end - at < 49:
            raise NotOrdinary
        after = at + 2 + (der[at] << 8 | der[at + 1])
        signature = der[at + 47] << 8 | der[at + 48]
        if der[at + 2] != 0 or der[at + 43 : at + 46] != b"\0\0\4" or der[at + 46] not in (1, 3):
            raise NotOrdinary
        if at + 49 + signature != after or after > end:
            raise NotOrdinary
        at = after
