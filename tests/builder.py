"""Certificates for tests: good by default, and each keyword changes one thing.

Knows how to encode certificates, good and broken ones; must not know what a test expects of them. cryptography
builds what it is willing to build; everything it refuses (empty or repeated extensions, version 1, odd serials) is
put in afterwards, value by value, and the certificate is signed again.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from asn1crypto import core as asn1
from asn1crypto import x509 as asn1_x509
from asn1crypto.parser import emit, parse, peek
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
EMAIL = "1.3.6.1.5.5.7.3.4"
ANY = "2.5.29.37.0"
EKU_OID = "2.5.29.37"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

FULL_KEY_USAGE = ("digitalSignature", "keyEncipherment")
CA_KEY_USAGE = ("keyCertSign", "cRLSign")

_CURVES: dict[str, type[ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1]] = {
    "ec": ec.SECP256R1,
    "p384": ec.SECP384R1,
    "p521": ec.SECP521R1,
}
_USAGE_ARGUMENTS = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}


@functools.lru_cache(maxsize=256)
def key_of(kind: str, owner: str = "") -> Key:
    """The private key of an owner: ``rsa``, ``ec`` (P-256), ``p384``, ``p521``, ``ed25519``, ``ed448``, ``ml-dsa-44``,
    ``ml-dsa-65`` or ``ml-dsa-87``.

    All but RSA keys are derived from the owner's name, so that they and their certificates are the same in every
    run (but for the signatures of ML-DSA); RSA keys are made once per run.
    """
    seed = hashlib.sha512(f"{kind} {owner}".encode()).digest()
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
    if kind == "ed448":
        return ed448.Ed448PrivateKey.from_private_bytes(seed[:57])
    if kind.startswith("ml-dsa-"):
        # Older releases of cryptography, which most tests work with as well, do not have the module.
        mldsa = importlib.import_module("cryptography.hazmat.primitives.asymmetric.mldsa")
        key: Key = getattr(mldsa, f"MLDSA{kind[7:]}PrivateKey").from_seed_bytes(seed[:32])
        return key
    return ec.derive_private_key(int.from_bytes(seed[:31], "big"), _CURVES[kind]())


@dataclass(frozen=True)
class Built:
    """A certificate and its private key."""

    der: bytes
    key: Key

    @property
    def pem(self) -> bytes:
        """The certificate in RFC 7468 armour."""
        text = base64.encodebytes(self.der)
        return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def certificate(self) -> Certificate:
        """The certificate as tlseku reads it."""
        return read_certificate(self.der)


def build(
    *,
    subject: str | x509.Name = "leaf.example",
    issuer: Built | str | None = "Test CA",
    eku: Sequence[str] | None = (SERVER_AUTH, CLIENT_AUTH),
    eku_critical: bool = False,
    key_usage: Sequence[str] | None = FULL_KEY_USAGE,
    ca: bool | None = False,
    path_len: int | None = None,
    serial: int = 0x1234,
    serial_octets: bytes | None = None,
    not_before: datetime = datetime(2026, 1, 1, tzinfo=timezone.utc),
    not_after: datetime = datetime(2027, 1, 1, tzinfo=timezone.utc),
    key: str = "ec",
    owner: str | None = None,
    san: Sequence[str | x509.GeneralName] | None = ("leaf.example",),
    san_critical: bool = False,
    key_ids: bool = True,
    hash_name: str = "sha256",
    extra: Sequence[tuple[str, bool, bytes]] = (),
    version: int = 3,
    trailing: bytes = b"",
) -> Built:
    """Build one certificate.

    ``subject`` and ``issuer`` text becomes a common name; a ``Built`` issuer signs with its key, ``issuer=None``
    makes the certificate sign itself. ``eku`` lists dotted OIDs: ``None`` leaves the extension out, ``()`` makes an
    empty one. ``serial_octets`` are the content of the serial's INTEGER, whatever they are. ``ca=None`` leaves out basicConstraints. ``san`` text is a DNS name or an IP address. ``owner`` names
    the key (subject by default), so that two certificates can share one. ``extra`` are (OID, critical, DER value)
    appended after the others, also a second time. ``version`` 1 and 2 drop the extensions.
    """
    subject_name = _name(subject)
    private = key_of(key, owner if owner is not None else subject_name.rfc4514_string())
    signer, issuer_name = private, subject_name
    if isinstance(issuer, Built):
        signer, issuer_name = issuer.key, x509.load_der_x509_certificate(issuer.der).subject
    elif issuer is not None:
        issuer_name = _name(issuer)
        signer = key_of("ec", issuer_name.rfc4514_string())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject_name)
        .issuer_name(issuer_name)
        .public_key(private.public_key())
        .serial_number(serial if serial > 0 and serial.bit_length() < 160 else 1)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_len), critical=True)
    if key_usage is not None and len(key_usage) > 0:
        builder = builder.add_extension(_key_usage(key_usage), critical=True)
    if eku is not None and len(eku) > 0:
        purposes = x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in eku])
        builder = builder.add_extension(purposes, eku_critical)
    if san is not None:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in san]), san_critical
        )
    if key_ids:
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False
        )
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(authority, False)
    hashed = isinstance(signer, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    algorithm = _hash(hash_name) if hashed else None
    deterministic = True if isinstance(signer, ec.EllipticCurvePrivateKey) else None
    der = builder.sign(signer, algorithm, ecdsa_deterministic=deterministic).public_bytes(
        serialization.Encoding.DER
    )
    appended = list(extra)
    if eku is not None and len(eku) == 0:
        appended.insert(0, (EKU_OID, eku_critical, b"\x30\x00"))
    if key_usage is not None and len(key_usage) == 0:
        appended.insert(0, ("2.5.29.15", True, b"\x03\x01\x00"))
    odd_serial = serial_octets is not None or not (serial > 0 and serial.bit_length() < 160)
    if appended or version != 3 or odd_serial:
        number = bytes(asn1.Integer(serial).dump())
        if serial_octets is not None:
            number = bytes(emit(0, 0, 2, serial_octets))
        der = _patched(der, signer, algorithm, appended, version, number)
    return Built(der + trailing, private)


def ca(
    subject: str = "Test CA",
    *,
    issuer: Built | None = None,
    eku: Sequence[str] | None = None,
    **other: object,
) -> Built:
    """Build a CA certificate, self-signed unless an ``issuer`` is given, without EKU unless one is given."""
    settings: dict[str, object] = {"ca": True, "key_usage": CA_KEY_USAGE, "san": None, **other}
    return build(subject=subject, issuer=issuer, eku=eku, **settings)  # type: ignore[arg-type]


def eku_value(*oids: str) -> bytes:
    """The DER value of an EKU extension, empty if there are no OIDs."""
    return bytes(asn1_x509.ExtKeyUsageSyntax(list(oids)).dump())


def _patched(
    der: bytes,
    signer: Key,
    algorithm: Hash | None,
    appended: Sequence[tuple[str, bool, bytes]],
    version: int,
    serial: bytes,
) -> bytes:
    body, signature_algorithm, _ = _values(_content(der))
    values = _values(_content(body))
    # version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions
    values[1] = serial
    extensions = [_content(_content(value)) for value in values[7:]]
    extensions.extend(_extension(oid, critical, value) for oid, critical, value in appended)
    values = values[:7]
    if version == 1:
        del values[0]
    else:
        values[0] = emit(2, 1, 0, bytes(asn1.Integer(version - 1).dump()))
    if version >= 3:
        values.append(emit(2, 1, 3, emit(0, 1, 16, b"".join(extensions))))
    signed = emit(0, 1, 16, b"".join(values))
    signature = emit(0, 0, 3, b"\0" + _sign(signer, algorithm, signed))
    return bytes(emit(0, 1, 16, signed + signature_algorithm + signature))


def _extension(oid: str, critical: bool, value: bytes) -> bytes:
    flag = b"\x01\x01\xff" if critical else b""
    return bytes(emit(0, 1, 16, bytes(asn1.ObjectIdentifier(oid).dump()) + flag + emit(0, 0, 4, value)))


def _content(der: bytes) -> bytes:
    return bytes(parse(der)[4])


def _values(content: bytes) -> list[bytes]:
    values = []
    while content:
        size = peek(content)
        values.append(content[:size])
        content = content[size:]
    return values


def _sign(signer: Key, algorithm: Hash | None, data: bytes) -> bytes:
    if isinstance(signer, rsa.RSAPrivateKey):
        assert algorithm is not None
        return signer.sign(data, padding.PKCS1v15(), algorithm)
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        assert algorithm is not None
        return signer.sign(data, ec.ECDSA(algorithm, deterministic_signing=True))
    return signer.sign(data)


def _name(name: str | x509.Name) -> x509.Name:
    if isinstance(name, x509.Name):
        return name
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _key_usage(names: Sequence[str]) -> x509.KeyUsage:
    return x509.KeyUsage(**{argument: name in names for name, argument in _USAGE_ARGUMENTS.items()})


def _general_name(name: str | x509.GeneralName) -> x509.GeneralName:
    if isinstance(name, x509.GeneralName):
        return name
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _hash(name: str) -> Hash:
    algorithms: dict[str, type[Hash]] = {
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
    }
    return algorithms[name]()
