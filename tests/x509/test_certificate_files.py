"""``tlseku.x509.certificate_files``: what the bytes of a file of certificates hold."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

import tlseku
from tests.builder import build, ca
from tlseku.x509.reading import read_certificate

ROOT = ca("Root")
LEAF = build(issuer=ROOT)
BOTH = [read_certificate(one.der) for one in (LEAF, ROOT)]
PKCS7 = pkcs7.serialize_certificates(
    [x509.load_der_x509_certificate(one.der) for one in (LEAF, ROOT)], Encoding.DER
)


@pytest.mark.parametrize("data", [LEAF.pem + b"and then\n" + ROOT.pem, PKCS7], ids=["PEM", "PKCS#7"])
def test_several(data: bytes) -> None:
    found = tlseku.read_certificates(data)
    assert sorted(found, key=lambda one: one.sha256) == sorted(BOTH, key=lambda one: one.sha256)


def test_one() -> None:
    assert tlseku.read_certificates(LEAF.der) == BOTH[:1]


def test_one_that_breaks_the_rules_is_there() -> None:
    # A time that is none.
    (found,) = tlseku.read_certificates(LEAF.der.replace(b"Z\x17", b"X\x17", 1))
    assert found.subject == BOTH[0].subject
    assert found.defects


@pytest.mark.parametrize("data", [b"", b"nothing", b"\x00" * 40])
def test_what_holds_none(data: bytes) -> None:
    with pytest.raises(tlseku.CertificateFileError):
        tlseku.read_certificates(data)
