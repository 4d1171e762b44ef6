"""``tlseku.x509.pem``: files of certificates in every dress, and everything else refused in one line."""

from __future__ import annotations

import base64
import binascii

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import Built, build, ca, key_of
from tlseku.errors import CertificateFileError, Malformed, TlsekuError
from tlseku.x509.pem import read_certificates

CA = ca()
LEAF = build(issuer=CA)


def armour(label: str, data: bytes) -> bytes:
    return (
        f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(data) + f"-----END {label}-----\n".encode()
    )


def pkcs7_of(*certificates: Built, encoding: serialization.Encoding = serialization.Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates(
        [x509.load_der_x509_certificate(built.der) for built in certificates], encoding
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LEAF.pem, [LEAF.der]),
        (LEAF.pem + CA.pem + LEAF.pem, [LEAF.der, CA.der, LEAF.der]),
        (b"subject=/CN=x\n" + LEAF.pem + b"\n# root\n\n" + CA.pem + b"tail", [LEAF.der, CA.der]),
        (LEAF.pem.replace(b"\n", b"\r\n"), [LEAF.der]),
        (b"\xef\xbb\xbf" + LEAF.pem, [LEAF.der]),
        (LEAF.pem.replace(b"\n", b"\n  "), [LEAF.der]),
        (LEAF.key_pem + LEAF.pem, [LEAF.der]),
        (armour("X509 CERTIFICATE", LEAF.der), [LEAF.der]),
        (armour("TRUSTED CERTIFICATE", LEAF.der + b"\x30\x00"), [LEAF.der]),
        (armour("CERTIFICATE", b"damaged"), [b"damaged"]),
        (LEAF.der, [LEAF.der]),
        (LEAF.der + CA.der, [LEAF.der, CA.der]),
        (build(eku=()).der, [build(eku=()).der]),
        (pkcs7_of(LEAF, CA), sorted([LEAF.der, CA.der], key=lambda der: (len(der), der))),
        (pkcs7_of(LEAF, encoding=serialization.Encoding.PEM), [LEAF.der]),
        (pkcs7_of(LEAF) + CA.der, [LEAF.der, CA.der]),
    ],
    ids=lambda _: "",
)
def test_reads(data: bytes, expected: list[bytes]) -> None:
    found = read_certificates(data)
    assert found == expected or (data[:1] == b"\x30" and sorted(found) == sorted(expected))


REQUEST = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")]))
    .sign(key_of("ed25519"), None)
    .public_bytes(serialization.Encoding.DER)
)
KEY = key_of("ed25519").private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def of_no_base64() -> str:
    """What this Python says of another character: 3.10 words it otherwise."""
    with pytest.raises(binascii.Error, match="base64") as caught:
        base64.b64decode("M!I=", validate=True)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"hello", "neither PEM nor DER: no BEGIN line and no DER sequence at its start"),
        (base64.b64encode(LEAF.der), "neither PEM nor DER: no BEGIN line and no DER sequence at its start"),
        (LEAF.key_pem, "no certificate in it, only: PRIVATE KEY"),
        (armour("CERTIFICATE REQUEST", REQUEST), "no certificate in it, only: CERTIFICATE REQUEST"),
        (LEAF.pem[:-10], "CERTIFICATE block 1 has no END line"),
        (LEAF.pem + CA.pem[:100], "CERTIFICATE block 2 has no END line"),
        (armour("CERTIFICATE", b""), "certificate 1 is empty"),
        (LEAF.pem.replace(b"MII", b"M!I"), f"certificate 1 is not base64: {of_no_base64()}"),
        (armour("TRUSTED CERTIFICATE", b"\x30\x05"), None),
        (armour("PKCS7", LEAF.der), None),
        (b"-----BEGIN -----", "no certificate in it, only: no complete block"),
        (REQUEST, "the DER value at byte 0 is not a certificate"),
        (KEY, "the DER value at byte 0 is not a certificate"),
        (LEAF.der + b"\n", None),
        (LEAF.der[:-1], None),
        (LEAF.der + KEY, f"the DER value at byte {len(LEAF.der)} is not a certificate"),
        (b"\x30\x00", None),
        (pkcs7_of(LEAF)[:-1], None),
        (bytes.fromhex("300f06092a864886f70d010702a0023000"), "PKCS#7 data without a certificate"),
        (bytes.fromhex("300d06092a864886f70d010702a000"), None),
    ],
    ids=lambda _: "",
)
def test_refuses(data: bytes, message: str | None) -> None:
    with pytest.raises(CertificateFileError) as caught:
        read_certificates(data)
    assert "\n" not in str(caught.value)
    if message is not None:
        assert str(caught.value) == message


@given(st.binary(max_size=100), st.integers(0, 400), st.sampled_from([LEAF.pem, LEAF.der, pkcs7_of(LEAF)]))
def test_raises_nothing_else(junk: bytes, place: int, good: bytes) -> None:
    for data in (junk, good[:place] + junk + good[place:], good[:place] + junk):
        try:
            found = read_certificates(data)
        except CertificateFileError:
            continue
        assert found


def test_the_error_is_a_tlseku_error_and_not_malformed() -> None:
    assert issubclass(CertificateFileError, TlsekuError)
    assert not issubclass(CertificateFileError, Malformed)
