"""The messages of Kerberos in which PKINIT shows certificates, as far as it takes to have these.

Knows AS-REQ, AS-REP and KRB-ERROR (RFC 4120 section 5) and the signed data in their pre-authentication (RFC 4556
section 3.2); must not know who is asked, nor what the certificates say. Raises ``Malformed`` for bytes that are no such
message. DER and CMS are asn1crypto's, which is imported when the first of them comes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlseku.errors import Malformed

AS_REQ: Final = 10
AS_REP: Final = 11
KRB_ERROR: Final = 30

MAX_MESSAGE: Final = 64 * 1024
"""Bytes of a message that are read: more than any datagram, and than a ticket with certificates takes."""

MAX_ELEMENTS: Final = 128
"""Elements of one SEQUENCE that are looked at; a request has about ten."""

_APPLICATION = 1
_CONTEXT = 2
_PA_PK_AS_REQ = 16
_PA_PK_AS_REP = 17


class KerberosMessage(NamedTuple):
    """One message. ``certificates`` are DER, the signer's first; ``client`` is ``name@REALM`` where it is there;
    ``error`` is the error code of a KRB-ERROR, else None; ``with_pkinit`` says that PKINIT is in it."""

    kind: int
    client: str | None
    error: int | None
    with_pkinit: bool
    certificates: tuple[bytes, ...]


class _Element(NamedTuple):
    tag_class: int
    tag: int
    content: bytes


def read_kerberos(data: bytes) -> KerberosMessage:
    """The message that ``data`` is."""
    if len(data) > MAX_MESSAGE:
        raise Malformed(0, f"at most {MAX_MESSAGE} bytes of Kerberos")
    (outer,) = _elements(data, 1)
    if outer.tag_class != _APPLICATION or outer.tag not in (AS_REQ, AS_REP, KRB_ERROR):
        raise Malformed(0, "an AS-REQ, AS-REP or KRB-ERROR")
    fields = _tagged(_inside(outer.content))
    if outer.tag == KRB_ERROR:
        code = int.from_bytes(_inside(fields.get(6, b"")), "big", signed=True)
        return KerberosMessage(KRB_ERROR, _client(fields.get(8), fields.get(7)), code, False, ())
    if outer.tag == AS_REQ:
        body = _tagged(_inside(fields[4])) if 4 in fields else {}
        client, padata = _client(body.get(1), body.get(2)), fields.get(3)
    else:
        client, padata = _client(fields.get(4), fields.get(3)), fields.get(2)
    signed = None if padata is None else _signed_data(padata)
    certificates = () if signed is None else _certificates(signed)
    return KerberosMessage(outer.tag, client, None, signed is not None, certificates)


def _signed_data(padata: bytes) -> bytes | None:
    """The CMS ContentInfo of PKINIT in a list of pre-authentication data; b"" where it is encrypted, None without."""
    for each in _elements(_inside(padata)):
        fields = _tagged(each.content)
        if 1 not in fields or 2 not in fields:
            raise Malformed(0, "type and value of pre-authentication data")
        kind = int.from_bytes(_inside(fields[1]), "big", signed=True)
        if kind == _PA_PK_AS_REQ:
            value = _tagged(_inside(_inside(fields[2])))
            return value.get(0, b"")
        if kind == _PA_PK_AS_REP:
            # A choice: Diffie-Hellman, signed, or a key that is encrypted together with the certificates.
            (choice,) = _elements(_inside(fields[2]), 1)
            return _tagged(_inside(choice.content)).get(0, b"") if choice.tag == 0 else b""
    return None


def _certificates(signed: bytes) -> tuple[bytes, ...]:
    """The certificates of CMS SignedData (RFC 5652 section 5.1), the signer's first: a SET has no order."""
    if not signed:
        return ()
    from asn1crypto import cms

    try:
        content = cms.ContentInfo.load(signed)["content"]
        found = [each.chosen.dump() for each in content["certificates"] or () if each.name == "certificate"]
        signers = [each["sid"].chosen.dump() for each in content["signer_infos"]]
        whose = {
            each.chosen.dump(): cms.IssuerAndSerialNumber(
                {"issuer": each.chosen.issuer, "serial_number": each.chosen.serial_number}
            ).dump()
            for each in content["certificates"] or ()
            if each.name == "certificate"
        }
    # What asn1crypto raises for bytes that are not what its types say.
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as problem:
        raise Malformed(0, "CMS SignedData of PKINIT") from problem
    return tuple(sorted(found, key=lambda each: whose[each] not in signers))


def _client(name: bytes | None, realm: bytes | None) -> str | None:
    """A principal, as ``name@REALM``."""
    if name is None:
        return None
    parts = _elements(_inside(_tagged(_inside(name)).get(1, b"")))
    text = "/".join(part.content.decode("utf-8", "replace") for part in parts)
    return text if realm is None else f"{text}@{_inside(realm).decode('utf-8', 'replace')}"


def _inside(data: bytes) -> bytes:
    """The content of the one element that ``data`` holds."""
    (element,) = _elements(data, 1)
    return element.content


def _tagged(data: bytes) -> dict[int, bytes]:
    """The content of context-tagged elements, by tag."""
    return {each.tag: each.content for each in _elements(data) if each.tag_class == _CONTEXT}


def _elements(data: bytes, exactly: int | None = None) -> list[_Element]:
    """The elements that stand one behind the other in ``data``."""
    from asn1crypto import parser

    found: list[_Element] = []
    left = data
    while left:
        if len(found) >= MAX_ELEMENTS:
            raise Malformed(len(data) - len(left), f"at most {MAX_ELEMENTS} elements")
        try:
            tag_class, _, tag, header, content, trailer = parser.parse(left)
        except ValueError as problem:
            raise Malformed(len(data) - len(left), "an element of DER") from problem
        found.append(_Element(tag_class, tag, content))
        left = left[len(header) + len(content) + len(trailer) :]
    if exactly is not None and len(found) != exactly:
        raise Malformed(0, f"{exactly} element of DER")
    return found
