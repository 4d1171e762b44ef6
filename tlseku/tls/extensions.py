"""TLS extensions: kept as (type, bytes), read where a question needs one.

Knows the extension block (RFC 8446 section 4.2) and the few extensions whose content matters here; every other one
stays bytes. Readers raise ``Malformed`` on content that does not follow its format.
"""

from __future__ import annotations

from typing import Final

from tlseku.registry import names
from tlseku.tls.cursor import Cursor

# IANA TLS ExtensionType Values.
SERVER_NAME: Final = 0
CLIENT_CERTIFICATE_TYPE: Final = 19
SERVER_CERTIFICATE_TYPE: Final = 20
ALPN: Final = 16
USE_SRTP: Final = 14
ENCRYPT_THEN_MAC: Final = 22
EXTENDED_MASTER_SECRET: Final = 23
DELEGATED_CREDENTIAL: Final = 34
PRE_SHARED_KEY: Final = 41
EARLY_DATA: Final = 42
SUPPORTED_VERSIONS: Final = 43
CERTIFICATE_AUTHORITIES: Final = 47
OID_FILTERS: Final = 48
SUPPORTED_GROUPS: Final = 10
SIGNATURE_ALGORITHMS: Final = 13
SIGNATURE_ALGORITHMS_CERT: Final = 50
CONNECTION_ID: Final = 54
ENCRYPTED_CLIENT_HELLO: Final = 0xFE0D
TRUST_ANCHORS: Final = names.TRUST_ANCHORS

Extensions = tuple[tuple[int, bytes], ...]


def read_extensions(cursor: Cursor) -> Extensions:
    """The extension block at the cursor, in the order sent; empty where the message ends before it."""
    if cursor.remaining == 0:
        return ()
    block = cursor.vector(2, "extensions")
    extensions = []
    while block.remaining:
        kind = block.uint(2, "an extension's type")
        extensions.append((kind, block.vector_bytes(2, "an extension")))
    return tuple(extensions)


def find(extensions: Extensions, kind: int) -> bytes | None:
    """The first extension of that type, None if there is none (an empty extension is ``b""``)."""
    for each, content in extensions:
        if each == kind:
            return content
    return None


def may_be_outer_hello(extensions: Extensions) -> bool:
    """Whether a ClientHello with these extensions may hide an inner one: type 0 of encrypted_client_hello (RFC 9849
    section 5). A decoy looks the same on purpose (section 6.2)."""
    content = find(extensions, ENCRYPTED_CLIENT_HELLO)
    return content is not None and content[:1] == b"\x00"


def server_name(content: bytes) -> str | None:
    """The host_name of a server_name extension (RFC 6066 section 3); bytes outside ASCII as ``\\xNN``."""
    if not content:
        return None
    names = Cursor(content).vector(2, "server_name_list")
    while names.remaining:
        kind = names.uint(1, "a name's type")
        name = names.vector_bytes(2, "a server name")
        if kind == 0:
            return name.decode("ascii", "backslashreplace")
    return None


def protocol_names(content: bytes) -> tuple[str, ...]:
    """The names of an ALPN extension (RFC 7301 section 3.1); bytes outside ASCII as ``\\xNN``."""
    names = Cursor(content).vector(2, "protocol_name_list")
    found = []
    while names.remaining:
        found.append(names.vector_bytes(1, "a protocol name").decode("ascii", "backslashreplace"))
    return tuple(found)


def code_points(content: bytes, length_size: int, what: str) -> tuple[int, ...]:
    """A vector of 16-bit code points, such as signature_algorithms or a client's supported_versions."""
    cursor = Cursor(content)
    vector = cursor.vector(length_size, what)
    return tuple(vector.uint(2, what) for _ in range((vector.remaining + 1) // 2))


def distinguished_names(cursor: Cursor) -> tuple[bytes, ...]:
    """A ``DistinguishedName<0..2^16-1>`` list (RFC 5246 section 7.4.4, RFC 8446 section 4.2.4) as DER."""
    names = cursor.vector(2, "certificate_authorities")
    found = []
    while names.remaining:
        found.append(names.vector_bytes(2, "a distinguished name"))
    return tuple(found)


def trust_anchor_ids(content: bytes) -> tuple[str, ...]:
    """The ids of a trust_anchors extension of a ClientHello (draft-ietf-tls-trust-anchor-ids section 4): relative OIDs
    below 1.3.6.1.4.1, with dots; as hex where the bytes are none."""
    ids = Cursor(content).vector(2, "trust_anchors")
    found = []
    while ids.remaining:
        found.append(_relative(ids.vector_bytes(1, "a trust anchor's id")))
    return tuple(found)


def oid_filters(content: bytes) -> tuple[tuple[str, bytes], ...]:
    """The (dotted OID, DER values) pairs of oid_filters (RFC 8446 section 4.2.5)."""
    filters = Cursor(content).vector(2, "filters")
    found = []
    while filters.remaining:
        oid = filters.vector_bytes(1, "certificate_extension_oid")
        found.append((_dotted(oid), filters.vector_bytes(2, "certificate_extension_values")))
    return tuple(found)


def _dotted(der: bytes) -> str:
    """A DER OBJECT IDENTIFIER (X.690 section 8.19) with dots; as hex if it is none."""
    if len(der) < 3 or der[0] != 6 or der[1] != len(der) - 2 or der[-1] & 0x80:
        return der.hex()
    arcs = _arcs(der[2:])
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def _relative(octets: bytes) -> str:
    """A relative OID without its header (X.690 section 8.20) with dots; as hex if it is none."""
    if not octets or octets[-1] & 0x80:
        return octets.hex()
    return ".".join(map(str, _arcs(octets)))


def _arcs(octets: bytes) -> list[int]:
    arcs: list[int] = []
    value = 0
    for byte in octets:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    return arcs
