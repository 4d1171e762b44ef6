"""The CertificateRequest message: what one side asks the other to present.

Knows the three wire forms: TLS 1.0 and 1.1 (RFC 2246 section 7.4.4), TLS 1.2 with signature algorithms (RFC 5246
section 7.4.4), TLS 1.3 with extensions (RFC 8446 section 4.3.2).
"""

from __future__ import annotations

from tlseku._objects import frozen, maker_of
from tlseku.errors import Malformed
from tlseku.tls import extensions as ext
from tlseku.tls.cursor import Cursor
from tlseku.tls.extensions import Extensions, read_extensions

TLS12 = 0x0303
TLS13 = 0x0304

MAX_NAMES = 0xFFFF
"""Bytes of names that a list of CAs may have (RFC 5246 section 7.4.4)."""


@frozen
class CertificateRequest:
    """``certificate_types`` (None in TLS 1.3) and ``signature_algorithms`` (None before TLS 1.2) as code points,
    ``authorities`` as DER Names, ``oid_filters`` as (dotted OID, DER values) pairs, ``extensions`` and
    ``request_context`` of TLS 1.3."""

    certificate_types: tuple[int, ...] | None
    signature_algorithms: tuple[int, ...] | None
    authorities: tuple[bytes, ...]
    oid_filters: tuple[tuple[str, bytes], ...] = ()
    extensions: Extensions = ()
    request_context: bytes | None = None


_new_certificate_request = maker_of(CertificateRequest)


def read_certificate_request(body: bytes, version: int | None) -> CertificateRequest:
    """The request in a handshake message's body, by the rules of ``version``. Raises Malformed.

    Where the version is not known (the hello was not captured), the form that fits to the last byte is taken.
    """
    if version is None:
        for guess in (TLS12, TLS12 - 1):
            try:
                return read_certificate_request(body, guess)
            except Malformed:
                continue
        raise Malformed(0, "a CertificateRequest of any version")
    cursor = Cursor(body)
    if version >= TLS13:
        return _read_tls13(cursor)
    types = tuple(cursor.vector_bytes(1, "certificate_types"))
    algorithms = None
    if version >= TLS12:
        schemes = cursor.vector(2, "supported_signature_algorithms")
        algorithms = tuple(
            schemes.uint(2, "a signature algorithm") for _ in range((schemes.remaining + 1) // 2)
        )
    _refuse_overlong_names(cursor)
    authorities = ext.distinguished_names(cursor)
    cursor.finish("CertificateRequest")
    return _new_certificate_request(types, algorithms, authorities)


def _refuse_overlong_names(cursor: Cursor) -> None:
    """Raise Malformed if names up to the end are longer than the two bytes before them can say.

    Servers that trust hundreds of CAs write such a list with a length that wrapped around, and their clients answer
    with decode_error.
    """
    start, size = cursor.position, cursor.remaining - 2
    if size <= MAX_NAMES:
        return
    said = Cursor(cursor.data, start, cursor.end).uint(2, "the length of certificate_authorities")
    names = Cursor(cursor.data, start + 2, cursor.end)
    count = 0
    while names.remaining:
        names.vector_bytes(2, "a distinguished name")
        count += 1
    raise Malformed(
        start,
        f"a list of CA names that its length field can say: {size} bytes of {count} names, where the field says {said}"
        f" and at most {MAX_NAMES} fit",
    )


def _read_tls13(cursor: Cursor) -> CertificateRequest:
    context = cursor.vector_bytes(1, "certificate_request_context")
    # Unlike a hello, this message always has its extension block.
    block = cursor.vector(2, "extensions")
    extensions = read_extensions(Cursor(block.data, block.position - 2, block.end))
    cursor.finish("CertificateRequest")
    schemes = ext.find(extensions, ext.SIGNATURE_ALGORITHMS)
    authorities = ext.find(extensions, ext.CERTIFICATE_AUTHORITIES)
    filters = ext.find(extensions, ext.OID_FILTERS)
    return _new_certificate_request(
        None,
        None if schemes is None else ext.code_points(schemes, 2, "signature_algorithms"),
        () if authorities is None else ext.distinguished_names(Cursor(authorities)),
        () if filters is None else ext.oid_filters(filters),
        extensions,
        context,
    )
