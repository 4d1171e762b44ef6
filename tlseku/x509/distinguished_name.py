"""A DER Name as text.

Knows Name (RFC 5280 section 4.1.2.4) and its string form (RFC 4514); must not know whose name it is. One function
makes this text for every reader of certificates and for the CA names of a CertificateRequest, so that the same
bytes are always the same text. Control characters stay as they are: whoever prints them escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from tlseku.errors import Malformed
from tlseku.x509.der import OBJECT_IDENTIFIER, SEQUENCE, SET, enter, header, oid_text

ATTRIBUTE_NAMES: Mapping[str, str] = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "givenName",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.3.6.1.5.5.7.25.3": "trustAnchorID",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}
"""The short names of RFC 4514 section 3, those that engineers know from other tools, and that of Merkle tree
certificates (draft-ietf-plants-merkle-tree-certs)."""

LONGEST_REMEMBERED = 1024
"""Octets of a Name whose text is remembered, so that the memory of what was remembered is bounded."""

_ENCODINGS: Mapping[int, str] = {
    0x0C: "utf-8",  # UTF8String
    0x12: "utf-8",  # NumericString; UTF-8 is a superset, and issuers do put it there
    0x13: "utf-8",  # PrintableString
    0x14: "latin-1",  # TeletexString, which in practice holds ISO 8859-1
    0x16: "utf-8",  # IA5String
    0x1A: "utf-8",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}

_Attribute = tuple[str, str | None, bytes]
"""Kind, text if the value has one, and the value as encoded."""

_ESCAPED = str.maketrans({character: f"\\{character}" for character in '\\"+,;<>'} | {"\0": "\\00"})
_TO_ESCAPE = re.compile(r'[\\"+,;<>\0]')


def name_text(der: bytes) -> str:
    """Write a DER Name as RFC 4514 text, most specific RDN first: ``CN=ca,DC=example,DC=com``. Never raises.

    An empty Name is an empty string. A value that is no text, or whose bytes do not decode, is ``#`` and the hex
    of its encoding (section 2.4); if the Name itself does not follow DER, the whole is ``#`` and its hex. An
    attribute type without a short name appears as its dotted OID, with its value as text.
    """
    return _remembered_text(der) if len(der) <= LONGEST_REMEMBERED else _text(der)


def name_attributes(der: bytes) -> list[tuple[str, str]]:
    """The attributes of a Name in the order encoded, as (short name or dotted OID, text). Never raises.

    A value that is no text is ``#`` and the hex of its encoding; none if the Name does not follow DER.
    """
    try:
        found = [attribute for rdn in _rdns(der) for attribute in rdn]
    except Malformed:
        return []
    return [(kind, f"#{encoded.hex()}" if text is None else text) for kind, text, encoded in found]


def _text(der: bytes) -> str:
    try:
        return ",".join(reversed(_rdn_texts(der)))
    except Malformed:
        return "#" + der.hex()


# Few issuers issue most certificates, and a CertificateRequest lists the same names in every handshake.
_remembered_text = lru_cache(maxsize=1024)(_text)


def string_value(tag: int, content: bytes) -> str | None:
    """Decode the value octets of a DER character string; ``None`` if the tag is none or the octets do not decode."""
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        return None
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _rdn_texts(der: bytes) -> list[str]:
    return ["+".join([_attribute_text(attribute) for attribute in rdn]) for rdn in _rdns(der)]


def _rdns(der: bytes) -> list[list[_Attribute]]:
    offset, end = enter(der, 0, len(der), SEQUENCE)
    if end != len(der):
        raise Malformed(end, "the end of the name")
    rdns: list[list[_Attribute]] = []
    while offset < end:
        start, offset = enter(der, offset, end, SET)
        parts: list[_Attribute] = []
        while start < offset:
            value, start = enter(der, start, offset, SEQUENCE)
            parts.append(_attribute(der, value, start))
        if not parts:
            raise Malformed(offset, "at least one attribute in a relative distinguished name")
        rdns.append(parts)
    return rdns


def _attribute(der: bytes, start: int, stop: int) -> _Attribute:
    oid_start, oid_end = enter(der, start, stop, OBJECT_IDENTIFIER)
    tag, value, after = header(der, oid_end, stop)
    if after != stop:
        raise Malformed(after, "the end of the attribute")
    oid = oid_text(der[oid_start:oid_end])
    text = string_value(tag, der[value:after])
    return attribute_name(oid), text, der[oid_end:stop]


def attribute_name(oid: str) -> str:
    """The short name of an attribute type, its dotted OID if it has none."""
    return ATTRIBUTE_NAMES.get(oid) or oid


def attribute_text(name: str, text: str) -> str:
    """Write one attribute whose value is text."""
    return f"{name}={_escape(text)}"


def _attribute_text(attribute: _Attribute) -> str:
    kind, text, encoded = attribute
    return f"{kind}=#{encoded.hex()}" if text is None else attribute_text(kind, text)


def _escape(value: str) -> str:
    # Few values have any of these, and to translate looks up each character of theirs.
    escaped = value.translate(_ESCAPED) if _TO_ESCAPE.search(value) else value
    if escaped[:1] in (" ", "#"):
        escaped = "\\" + escaped
    if escaped[-1:] == " " and escaped != "\\ ":
        escaped = escaped[:-1] + "\\ "
    return escaped
