"""A small certificate builder: what to certify goes in, a certificate with its key comes out.

Knows X.509 (RFC 5280) and two Microsoft extensions that AD CS puts into what it issues; must not know which
capture a certificate is for (``identities`` does). Keys are RSA 2048 and live only in memory or in a temporary
directory while a handshake is being recorded. Lengths are steady: the same arguments always give a certificate
of the same length, because an RSA signature and a 2048 bit modulus never change size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
ANY_EKU = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE

_CPS_POLICY = ObjectIdentifier("1.3.6.1.4.1.99999.1.1")
"""Under a private enterprise number that nobody of these captures owns: a synthetic policy."""

_PADDING = "this-path-is-padding-that-brings-the-message-to-its-length-"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a certificate says, but for key and signature.

    ``ekus`` None means no Extended Key Usage extension; ``padding`` is the length in characters of the CPS URI
    in certificatePolicies (0: no such extension), the one thing that may vary to reach a wanted length.
    ``extra`` are (dotted OID, DER value) pairs, not critical.
    """

    subject: x509.Name
    serial: int
    not_before: datetime
    not_after: datetime
    ekus: tuple[ObjectIdentifier, ...] | None = None
    dns_names: tuple[str, ...] = ()
    is_ca: bool = False
    path_length: int | None = None
    hash_bits: int = 256
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    extra: tuple[tuple[str, bytes], ...] = ()
    padding: int = 0


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key and the profile it was made from."""

    profile: Profile
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate, PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key, PKCS #8 PEM without a password."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def name(*attributes: tuple[str, str]) -> x509.Name:
    """A Name of (short type, value) pairs in the order in which they are encoded (DC=com first)."""
    types = {
        "DC": NameOID.DOMAIN_COMPONENT,
        "C": NameOID.COUNTRY_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "CN": NameOID.COMMON_NAME,
    }
    return x509.Name([x509.NameAttribute(types[short], value) for short, value in attributes])


def issue(profile: Profile, issuer: Issued | None = None, *, length: int | None = None) -> Issued:
    """Certify a fresh key under ``issuer`` (None: self-signed).

    With ``length``, the CPS padding is chosen so that the DER is exactly that many bytes; ``ValueError`` where
    no padding of 100 characters or more does it.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issued = _sign(profile, key, issuer)
    if length is None:
        return issued
    padding = max(profile.padding, 100)
    for _ in range(8):
        issued = _sign(replace(profile, padding=padding), key, issuer)
        missing = length - len(issued.der)
        if missing == 0:
            return issued
        padding += missing
        if padding < 100:
            break
    raise ValueError(
        f"cannot bring the certificate to {length} bytes: {len(issued.der)} with the least padding"
    )


def chain_length(certificates: Sequence[Issued]) -> int:
    """Bytes of a TLS 1.2 Certificate message with these certificates, in one record (5 + 4 + 3 + entries)."""
    return 12 + sum(3 + len(issued.der) for issued in certificates)


def _sign(profile: Profile, key: rsa.RSAPrivateKey, issuer: Issued | None) -> Issued:
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(profile.subject)
        .issuer_name(profile.subject if issuer is None else issuer.profile.subject)
        .public_key(public)
        .serial_number(profile.serial)
        .not_valid_before(profile.not_before)
        .not_valid_after(profile.not_after)
    )
    for extension, critical in _extensions(profile, public, issuer):
        builder = builder.add_extension(extension, critical)
    signing_key = key if issuer is None else issuer.key
    digest = hashes.SHA384() if profile.hash_bits == 384 else hashes.SHA256()
    return Issued(profile, builder.sign(signing_key, digest), key)


def _extensions(
    profile: Profile, public: rsa.RSAPublicKey, issuer: Issued | None
) -> list[tuple[x509.ExtensionType, bool]]:
    wanted: list[tuple[x509.ExtensionType, bool]] = [(_key_usage(profile.is_ca), True)]
    if profile.is_ca:
        wanted.append((x509.BasicConstraints(ca=True, path_length=profile.path_length), True))
    wanted.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    if issuer is not None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        wanted.append((authority, False))
    if profile.ekus is not None:
        wanted.append((x509.ExtendedKeyUsage(profile.ekus), False))
    if profile.dns_names:
        names = [x509.DNSName(dns_name) for dns_name in profile.dns_names]
        wanted.append((x509.SubjectAlternativeName(names), False))
    if profile.crl_urls:
        points = [x509.DistributionPoint(_urls(profile.crl_urls), None, None, None)]
        wanted.append((x509.CRLDistributionPoints(points), False))
    access = [(AuthorityInformationAccessOID.CA_ISSUERS, url) for url in profile.issuer_urls]
    access += [(AuthorityInformationAccessOID.OCSP, url) for url in profile.ocsp_urls]
    if access:
        descriptions = [
            x509.AccessDescription(how, x509.UniformResourceIdentifier(url)) for how, url in access
        ]
        wanted.append((x509.AuthorityInformationAccess(descriptions), False))
    for oid, value in profile.extra:
        wanted.append((x509.UnrecognizedExtension(ObjectIdentifier(oid), value), False))
    if profile.padding:
        policy = x509.PolicyInformation(_CPS_POLICY, [_cps_uri(profile.padding)])
        wanted.append((x509.CertificatePolicies([policy]), False))
    return wanted


def _urls(urls: tuple[str, ...]) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url) for url in urls]


def _cps_uri(characters: int) -> str:
    uri = "https://pki.example/cps/"
    while len(uri) < characters:
        uri += _PADDING
    return uri[:characters]


def _key_usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not is_ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
