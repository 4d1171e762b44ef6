"""``tlseku.x509.name_comparison``: the same name, the same but for its accidents, another name."""

from __future__ import annotations

import random

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from hypothesis import given
from hypothesis import strategies as st

from tlseku.x509.name_comparison import (
    EMPTY_NAME,
    folded_name,
    names_nobody,
    organisations,
)

OID = x509.NameOID


def name(*parts: tuple[x509.ObjectIdentifier, str], kind: _ASN1Type | None = None) -> bytes:
    return x509.Name([x509.NameAttribute(oid, value, kind) for oid, value in parts]).public_bytes()


CA = (OID.ORGANIZATION_NAME, "Example Trust"), (OID.COMMON_NAME, "Issuing CA 1")
PLAIN = name(*CA)


def alike(one: bytes, other: bytes) -> bool:
    return folded_name(one) == folded_name(other)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN,
        name(*CA, kind=_ASN1Type.PrintableString),
        name(*CA, kind=_ASN1Type.BMPString),
        name((OID.ORGANIZATION_NAME, "EXAMPLE trust"), CA[1]),
        name((OID.ORGANIZATION_NAME, "Example  Trust"), CA[1]),
        name((OID.ORGANIZATION_NAME, "Example\u00a0Trust"), CA[1]),
        name((OID.ORGANIZATION_NAME, "Ｅxample Trust"), CA[1]),
    ],
)
def test_alike(other: bytes) -> None:
    assert alike(PLAIN, other)


@pytest.mark.parametrize(
    "other",
    [
        name(CA[1], CA[0]),
        name(CA[0]),
        name(*CA, (OID.COMMON_NAME, "Issuing CA 1")),
        name(CA[0], (OID.COMMON_NAME, "Issuing CA 2")),
        name(CA[0], (OID.ORGANIZATIONAL_UNIT_NAME, "Issuing CA 1")),
        EMPTY_NAME,
        b"",
        PLAIN[:-1],
    ],
)
def test_different(other: bytes) -> None:
    assert not alike(PLAIN, other)


def test_names_nobody() -> None:
    assert names_nobody(b"")
    assert names_nobody(EMPTY_NAME)
    assert not names_nobody(PLAIN)


@pytest.mark.parametrize(
    ("der", "found"),
    [
        (PLAIN, ("Example Trust",)),
        (name((OID.ORGANIZATION_NAME, "A"), (OID.ORGANIZATION_NAME, "B")), ("A", "B")),
        (name(*CA, kind=_ASN1Type.BMPString), ("Example Trust",)),
        (
            x509.Name(
                [
                    x509.RelativeDistinguishedName(
                        [
                            x509.NameAttribute(OID.COMMON_NAME, "x"),
                            x509.NameAttribute(OID.ORGANIZATION_NAME, "y"),
                        ]
                    )
                ]
            ).public_bytes(),
            ("y",),
        ),
    ],
)
def test_organisations(der: bytes, found: tuple[str, ...]) -> None:
    assert organisations(der) == found


@pytest.mark.parametrize("der", [b"", EMPTY_NAME, name(CA[1]), PLAIN[:-1]])
def test_no_organisation(der: bytes) -> None:
    assert organisations(der) == ()


WORDS = st.text(alphabet="abcxyz019-_.,+ #", min_size=1, max_size=12).map(lambda text: f"n{text}m")


@given(WORDS, WORDS)
def test_only_accidents_are_overlooked(one: str, other: str) -> None:
    plain, loud = name((OID.COMMON_NAME, one)), name((OID.COMMON_NAME, other.upper()))
    assert alike(plain, loud) == (" ".join(one.split()) == " ".join(other.split()))


@given(st.binary(max_size=60))
def test_any_bytes(der: bytes) -> None:
    assert isinstance(folded_name(der), str)
    assert isinstance(organisations(der), tuple)


def test_damaged_names(seeded: random.Random) -> None:
    for _ in range(3000):
        der = bytearray(PLAIN)
        for _ in range(seeded.randrange(1, 4)):
            der[seeded.randrange(len(der))] = seeded.randrange(256)
        assert isinstance(folded_name(bytes(der)), str)
        assert isinstance(organisations(bytes(der)), tuple)
