"""A certificate by position: serial, names, validity, key, EKU, basicConstraints and key identifier from strict DER.

Knows the order of the fields of RFC 5280 section 4.1; must not know any library, nor what a purpose means. Out
comes everything that could be read before the bytes stopped following DER.
Plain typed functions over bytes and offsets, so that the module also compiles with mypyc.

Where cryptography accepts a certificate the walk agrees with it exactly (tests hold it to that). The walk itself
is the laxer of the two: it does not look into names, keys, algorithm parameters and other extensions.
"""

from __future__ import annotations

from tlseku.errors import Malformed
from tlseku.x509.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    boolean,
    enter,
    header,
    integer,
    oid_text,
    time_ns,
)

_VERSION = 0xA0
_ISSUER_UNIQUE_ID = 0x81
_SUBJECT_UNIQUE_ID = 0x82
_EXTENSIONS = 0xA3

_EKU = bytes.fromhex("551d25")
_BASIC_CONSTRAINTS = bytes.fromhex("551d13")
_SUBJECT_KEY_ID = bytes.fromhex("551d0e")

LARGEST_PATH_LEN = 2**31 - 1
"""A pathLenConstraint above this says nothing about any chain and is refused."""


class Walked:
    """What a walk found; a field keeps its default where the bytes did not get that far.

    ``version`` counts from 1. ``issuer``, ``subject`` and ``spki`` are encoded values as they stand.
    ``problem`` is where and why the walk stopped, ``None`` if it reached the end. ``eku`` is ``None`` where there
    is no such extension *and* where it could not be read: ``eku_read`` tells the two apart. ``eku_count`` is the
    number of EKU extensions; the first one counts. ``serial`` is ``None`` if it was not reached.
    """

    def __init__(self) -> None:
        self.version: int | None = None
        self.serial: int | None = None
        self.signature_oid: str | None = None
        self.issuer: bytes = b""
        self.subject: bytes = b""
        self.not_before: int | None = None
        self.not_after: int | None = None
        self.spki: bytes = b""
        self.eku: tuple[str, ...] | None = None
        self.eku_critical: bool | None = None
        self.eku_count: int = 0
        self.eku_read: bool = False
        self.basic_ca: bool | None = None
        self.path_len: int | None = None
        self.subject_key_id: bytes | None = None
        self.problem: Malformed | None = None


def walk(der: bytes) -> Walked:
    """Read what can be read of one certificate, in order, up to the first byte that does not fit.

    Never raises. Bytes after the certificate are left alone. An unreadable EKU or basicConstraints value does not
    stop the walk.
    """
    found = Walked()
    try:
        _fill(der, found)
    except Malformed as problem:
        found.problem = problem
    return found


def _fill(der: bytes, found: Walked) -> None:
    start, stop = enter(der, 0, len(der), SEQUENCE)
    offset, end = enter(der, start, stop, SEQUENCE)
    tbs_end = end
    tag, value, after = header(der, offset, end)
    found.version = 1
    if tag == _VERSION:
        inner, inner_stop = enter(der, value, after, INTEGER)
        if inner_stop != after:
            raise Malformed(inner_stop, "one integer as version")
        found.version = integer(der, inner, inner_stop) + 1
        tag, value, after = header(der, after, end)
    if tag != INTEGER:
        raise Malformed(value, "an integer as serial number")
    found.serial = integer(der, value, after)
    _, after = enter(der, after, end, SEQUENCE)
    issuer = after
    _, after = enter(der, issuer, end, SEQUENCE)
    found.issuer = der[issuer:after]
    value, validity_end = enter(der, after, end, SEQUENCE)
    tag, value, after = header(der, value, validity_end)
    found.not_before = time_ns(der, tag, value, after)
    tag, value, after = header(der, after, validity_end)
    found.not_after = time_ns(der, tag, value, after)
    if after != validity_end:
        raise Malformed(after, "the end of the validity")
    _, subject_end = enter(der, validity_end, end, SEQUENCE)
    found.subject = der[validity_end:subject_end]
    _, spki_end = enter(der, subject_end, end, SEQUENCE)
    found.spki = der[subject_end:spki_end]
    offset, end = _extension_list(der, spki_end, end)
    _fill_extensions(der, offset, end, found)
    found.signature_oid = _finish(der, tbs_end, stop)


def _fill_extensions(der: bytes, offset: int, end: int, found: Walked) -> None:
    constraints_read = False
    while offset < end:
        oid, critical, value, after = _extension(der, offset, end)
        if oid == _EKU:
            found.eku_count += 1
            if found.eku_count == 1:
                found.eku_critical = critical
                try:
                    found.eku = _purposes(der, value, after)
                    found.eku_read = True
                except Malformed as problem:
                    found.problem = problem
        elif oid == _BASIC_CONSTRAINTS and not constraints_read:
            constraints_read = True
            try:
                found.basic_ca, found.path_len = _constraints(der, value, after)
            except Malformed as problem:
                found.problem = problem
        elif oid == _SUBJECT_KEY_ID and found.subject_key_id is None:
            found.subject_key_id = _key_id(der, value, after)
        offset = after
    if found.eku_count == 0:
        found.eku_read = True


def _finish(der: bytes, offset: int, stop: int) -> str:
    value, after = enter(der, offset, stop, SEQUENCE)
    oid_start, oid_end = enter(der, value, after, OBJECT_IDENTIFIER)
    _, signature_end = enter(der, after, stop, BIT_STRING)
    if signature_end != stop:
        raise Malformed(signature_end, "the end of the certificate after its signature")
    return oid_text(der[oid_start:oid_end])


def _extension_list(der: bytes, offset: int, end: int) -> tuple[int, int]:
    tag = 0
    start = stop = offset
    if offset < end:
        tag, start, stop = header(der, offset, end)
    for unique_id in (_ISSUER_UNIQUE_ID, _SUBJECT_UNIQUE_ID):
        if tag == unique_id:
            offset = stop
            tag = 0
            if offset < end:
                tag, start, stop = header(der, offset, end)
    if tag == 0 and offset == end:
        return end, end
    if tag != _EXTENSIONS or stop != end:
        raise Malformed(offset, "extensions at the end of the certificate's body")
    first, last = enter(der, start, end, SEQUENCE)
    if last != end:
        raise Malformed(last, "the end of the extensions")
    return first, last


def _extension(der: bytes, offset: int, end: int) -> tuple[bytes, bool, int, int]:
    start, stop = enter(der, offset, end, SEQUENCE)
    oid_start, oid_end = enter(der, start, stop, OBJECT_IDENTIFIER)
    tag, value, after = header(der, oid_end, stop)
    critical = False
    if tag == BOOLEAN:
        critical = boolean(der, value, after)
        tag, value, after = header(der, after, stop)
    if tag != OCTET_STRING or after != stop:
        raise Malformed(value, "an octet string that ends the extension")
    return der[oid_start:oid_end], critical, value, after


def _purposes(der: bytes, offset: int, end: int) -> tuple[str, ...]:
    start, stop = enter(der, offset, end, SEQUENCE)
    if stop != end:
        raise Malformed(stop, "the end of the extended key usage")
    purposes: list[str] = []
    while start < stop:
        value, after = enter(der, start, stop, OBJECT_IDENTIFIER)
        purposes.append(oid_text(der[value:after]))
        start = after
    return tuple(purposes)


def _key_id(der: bytes, offset: int, end: int) -> bytes | None:
    """The octets of a SubjectKeyIdentifier (RFC 5280 section 4.2.1.2), None where it is anything else."""
    try:
        start, stop = enter(der, offset, end, OCTET_STRING)
    except Malformed:
        return None
    return der[start:stop] if stop == end else None


def _constraints(der: bytes, offset: int, end: int) -> tuple[bool, int | None]:
    start, stop = enter(der, offset, end, SEQUENCE)
    if stop != end:
        raise Malformed(stop, "the end of the basic constraints")
    ca = False
    if start < stop and der[start] == BOOLEAN:
        value, after = enter(der, start, stop, BOOLEAN)
        ca = boolean(der, value, after)
        start = after
    path_len: int | None = None
    if start < stop:
        value, after = enter(der, start, stop, INTEGER)
        path_len = integer(der, value, after)
        if path_len < 0 or path_len > LARGEST_PATH_LEN or after != stop:
            raise Malformed(value, "one path length from 0 to 2147483647")
    return ca, path_len
