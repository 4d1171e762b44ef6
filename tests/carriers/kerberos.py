"""Messages of Kerberos with PKINIT, written element by element.

Knows RFC 4120 and RFC 4556 as far as ``tlseku.carriers.kerberos`` reads them; must not know what a test expects.
"""

from __future__ import annotations

from asn1crypto import cms, core, x509
from asn1crypto.parser import emit

CONTEXT, APPLICATION = 2, 1


def tagged(number: int, content: bytes, tag_class: int = CONTEXT) -> bytes:
    """A constructed element with this tag."""
    return emit(tag_class, 1, number, content)


def sequence(*elements: bytes) -> bytes:
    return emit(0, 1, 16, b"".join(elements))


def integer(value: int) -> bytes:
    return core.Integer(value).dump()


def octets(value: bytes) -> bytes:
    return emit(0, 0, 4, value)


def general(text: str) -> bytes:
    return emit(0, 0, 27, text.encode())


def principal(*parts: str) -> bytes:
    return sequence(tagged(0, integer(1)), tagged(1, sequence(*map(general, parts))))


def signed(*ders: bytes, signer: int = 0) -> bytes:
    """CMS SignedData with these certificates, in this order, signed (as far as can be seen) by one of them."""
    certificates = [
        cms.CertificateChoices(name="certificate", value=x509.Certificate.load(der)) for der in ders
    ]
    whose = certificates[signer].chosen
    content = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "1.3.6.1.5.2.3.1", "content": b"pack"},
            "certificates": certificates,
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": cms.SignerIdentifier(
                        name="issuer_and_serial_number",
                        value={"issuer": whose.issuer, "serial_number": whose.serial_number},
                    ),
                    "digest_algorithm": {"algorithm": "sha256"},
                    "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
                    "signature": b"signature",
                }
            ],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": content}).dump()


def padata(kind: int, value: bytes) -> bytes:
    return sequence(tagged(1, integer(kind)), tagged(2, octets(value)))


def as_req(pack: bytes | None, *others: bytes) -> bytes:
    """An AS-REQ of user@LAB.EXAMPLE, with PKINIT if there is a pack."""
    data = [*others]
    if pack is not None:
        data.append(padata(16, sequence(emit(CONTEXT, 0, 0, pack))))
    body = sequence(
        tagged(0, emit(0, 0, 3, bytes(5))),
        tagged(1, principal("user")),
        tagged(2, general("LAB.EXAMPLE")),
        tagged(3, principal("krbtgt", "LAB.EXAMPLE")),
        tagged(7, integer(4711)),
    )
    fields = [tagged(1, integer(5)), tagged(2, integer(10)), tagged(3, sequence(*data)), tagged(4, body)]
    return tagged(10, sequence(*fields), APPLICATION)


def as_rep(pack: bytes | None) -> bytes:
    """An AS-REP; without a pack one whose certificates are encrypted."""
    choice = (
        tagged(0, sequence(emit(CONTEXT, 0, 0, pack)))
        if pack is not None
        else emit(CONTEXT, 0, 1, bytes(300))
    )
    fields = [
        tagged(0, integer(5)),
        tagged(1, integer(11)),
        tagged(2, sequence(padata(17, choice))),
        tagged(3, general("LAB.EXAMPLE")),
        tagged(4, principal("user")),
    ]
    return tagged(11, sequence(*fields), APPLICATION)


def krb_error(code: int) -> bytes:
    """A KRB-ERROR; short as most are."""
    return tagged(
        30,
        sequence(
            tagged(0, integer(5)), tagged(1, integer(30)), tagged(6, integer(code)), tagged(9, general("R"))
        ),
        APPLICATION,
    )
