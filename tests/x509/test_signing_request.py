"""``tlseku.x509.signing_request``: what a certification request asks for."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tlseku.errors import CertificateFileError
from tlseku.x509.signing_request import as_asked, signing_requests

KEY = ec.generate_private_key(ec.SECP256R1())


def request(eku: tuple[str, ...] | None, names: tuple[str, ...] = ()) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "core.example")])
    )
    if eku is not None:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in eku]), False
        )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(
                [*(x509.DNSName(name) for name in names), x509.IPAddress(ip_address("2001:db8::1"))]
            ),
            False,
        )
    return builder.sign(KEY, hashes.SHA256())


def pem(one: x509.CertificateSigningRequest) -> bytes:
    return one.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("eku", [None, (SERVER_AUTH,), (SERVER_AUTH, CLIENT_AUTH)])
def test_what_is_asked(eku: tuple[str, ...] | None) -> None:
    (der,) = signing_requests(b"text before\n" + pem(request(eku, ("core.example",))))
    asked = as_asked(der)
    assert (asked.subject, asked.eku, asked.key_algorithm) == ("CN=core.example", eku, "EC P-256")
    assert asked.san == (("dns", "core.example"), ("ip", "2001:db8::1"))
    assert (asked.issuer, asked.not_after, asked.serial) == (None, None, None)


def test_old_labels_and_several() -> None:
    one = pem(request(None))
    old = one.replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
    assert len(signing_requests(one + old)) == 2
    assert as_asked(signing_requests(old)[0]).san is None


def test_files_without_any() -> None:
    assert signing_requests(build().pem) == []
    assert signing_requests(b"") == []


@pytest.mark.parametrize("body", [b"!!!", b"AAAA"])
def test_damage(body: bytes) -> None:
    text = b"-----BEGIN CERTIFICATE REQUEST-----\n" + body + b"\n-----END CERTIFICATE REQUEST-----\n"
    with pytest.raises(CertificateFileError, match="certificate request"):
        as_asked(signing_requests(text)[0])


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    with pytest.raises(CertificateFileError):
        as_asked(data)
