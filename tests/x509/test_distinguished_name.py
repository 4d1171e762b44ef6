"""``tlseku.x509.distinguished_name``: DER Names as RFC 4514 text, held against cryptography."""

from __future__ import annotations

import pytest
from asn1crypto.parser import emit
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tlseku.x509.distinguished_name import ATTRIBUTE_NAMES, name_attributes, name_text, string_value

CN = bytes.fromhex("0603550403")


def name(*rdns: bytes) -> bytes:
    return bytes(emit(0, 1, 16, b"".join(emit(0, 1, 17, rdn) for rdn in rdns)))


def attribute(oid: bytes, tag: int, value: bytes) -> bytes:
    return bytes(emit(0, 1, 16, oid + emit(0, 0, tag, value)))


DC = bytes.fromhex("060a0992268993f22c640119")


@pytest.mark.parametrize(
    ("der", "text"),
    [
        (name(), ""),
        (
            name(
                attribute(DC, 22, b"com"),
                attribute(DC, 22, b"bgluclab"),
                attribute(CN, 12, b"bgluclab-WIN-DC-01-CA"),
            ),
            "CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com",
        ),
        (name(attribute(CN, 12, b"a") + attribute(DC, 22, b"b"), attribute(CN, 19, b"c")), "CN=c,CN=a+DC=b"),
        (name(attribute(CN, 30, "Zürich".encode("utf-16-be"))), "CN=Zürich"),
        (name(attribute(CN, 28, "𝄞".encode("utf-32-be"))), "CN=𝄞"),
        (name(attribute(CN, 20, b"Z\xfcrich")), "CN=Zürich"),
        (name(attribute(CN, 12, b"")), "CN="),
        (name(attribute(CN, 12, b" ")), "CN=\\ "),
        (name(attribute(CN, 12, b"  ")), "CN=\\ \\ "),
        (name(attribute(CN, 12, b"#a=b")), "CN=\\#a=b"),
        (name(attribute(CN, 12, b'a,b+c"d\\e<f>g;h')), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h'),
        (name(attribute(CN, 12, b"a\0b")), "CN=a\\00b"),
        (name(attribute(CN, 12, "a\n\x1b[31m\u202eb".encode())), "CN=a\n\x1b[31m\u202eb"),
        (name(attribute(bytes.fromhex("06032a0304"), 12, b"x")), "1.2.3.4=x"),
        (name(attribute(bytes.fromhex("06092a864886f70d010901"), 22, b"a@b")), "emailAddress=a@b"),
    ],
)
def test_writes_text(der: bytes, text: str) -> None:
    assert name_text(der) == text


@pytest.mark.parametrize(
    ("der", "text"),
    [
        (name(attribute(CN, 12, b"\xff")), "CN=#0c01ff"),
        (name(attribute(CN, 19, b"\xfc")), "CN=#1301fc"),
        (name(attribute(CN, 30, b"\0")), "CN=#1e0100"),
        (name(attribute(CN, 30, b"\xd8\0")), "CN=#1e02d800"),
        (name(attribute(CN, 28, b"\0\0\0")), "CN=#1c03000000"),
        (name(attribute(CN, 3, b"\0\1")), "CN=#03020001"),
        (name(attribute(CN, 2, b"\1")), "CN=#020101"),
        (b"", "#"),
        (b"\x30", "#30"),
        (b"\x31\x00", "#3100"),
        (b"\x30\x00\x00", "#300000"),
        (name(b""), "#30023100"),
        (name(attribute(b"\x06\x01\x80", 12, b"x")), "#300a31083006060180" + "0c0178"),
        (name(emit(0, 1, 16, CN)), "#300931073005" + CN.hex()),
    ],
)
def test_writes_hex(der: bytes, text: str) -> None:
    assert name_text(der) == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
OIDS = st.sampled_from([*ATTRIBUTE_NAMES, "1.2.3.4", "2.5.4.41"]).filter(
    lambda oid: oid not in ("2.5.4.6", "1.3.6.1.4.1.311.60.2.1.3")
)


@given(st.lists(st.lists(st.tuples(OIDS, TEXTS), min_size=1, max_size=3, unique=True), max_size=4))
def test_writes_what_cryptography_writes(rdns: list[list[tuple[str, str]]]) -> None:
    built = x509.Name(
        [
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(
                        x509.ObjectIdentifier(oid), value, _type=x509.name._ASN1Type.UTF8String
                    )
                    for oid, value in rdn
                ]
            )
            for rdn in rdns
        ]
    )
    names = {x509.ObjectIdentifier(oid): short for oid, short in ATTRIBUTE_NAMES.items()}
    der = built.public_bytes()
    # A SET is sorted when encoded, so compare with what reads back.
    issued = x509.load_der_x509_csr(_request_for(built)).subject
    assert name_text(der) == issued.rfc4514_string(names)


def _request_for(subject: x509.Name) -> bytes:
    from cryptography.hazmat.primitives import serialization

    from tests.builder import key_of

    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    request = builder.sign(key_of("ed25519"), None)
    return request.public_bytes(serialization.Encoding.DER)


@given(st.binary(max_size=60))
def test_never_raises(der: bytes) -> None:
    assert name_text(der) == "#" + der.hex() or der[:1] == b"\x30"


@pytest.mark.parametrize(
    ("tag", "content", "text"),
    [(0x0C, b"a", "a"), (0x16, b"a", "a"), (0x14, b"\xe9", "é"), (0x0C, b"\xe9", None), (0x02, b"a", None)],
)
def test_string_values(tag: int, content: bytes, text: str | None) -> None:
    assert string_value(tag, content) == text


def test_attributes_stand_in_the_order_encoded() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "leaf.example"),
        ]
    )
    assert name_attributes(name.public_bytes()) == [
        ("C", "DE"),
        ("O", "Example, Inc."),
        ("CN", "leaf.example"),
    ]


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x00\x00", b"\x30\x02\x31\x00"])
def test_what_is_no_name_has_no_attributes(der: bytes) -> None:
    assert name_attributes(der) == []


@given(st.binary(max_size=60))
def test_attributes_never_raise(der: bytes) -> None:
    assert isinstance(name_attributes(der), list)


def test_attributes_and_text_tell_the_same() -> None:
    der = bytes.fromhex("30193117300a060355040a0c03412c42300906035504030c026363")
    assert name_attributes(der) == [("O", "A,B"), ("CN", "cc")]
    assert name_text(der) == "O=A\\,B+CN=cc"
