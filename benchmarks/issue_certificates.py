"""The certificates that the recorded handshakes present, made anew for each recording.

Knows names, serials, keys and purposes; must not know TLS. Everything is synthetic, and the private keys live only
while recording. Each leaf carries a name with eight zeros in it, and every serial ends in eight octets of zeros:
the generator writes numbers there, so that one recording gives any number of distinct certificates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH

SERVER_NAME = "s00000000.bench.example"
CLIENT_NAME = "c00000000.bench.example"

_NOT_BEFORE = datetime(2026, 1, 1, tzinfo=timezone.utc)
_NOT_AFTER = datetime(2046, 1, 1, tzinfo=timezone.utc)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key; ``name`` is what the recordings call it."""

    name: str
    certificate: x509.Certificate
    key: Key

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


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf and the CA certificates that its owner sends after it."""

    leaf: Issued
    others: tuple[Issued, ...]

    @property
    def names(self) -> list[str]:
        """What the recordings call the certificates, in the order sent."""
        return [issued.name for issued in (self.leaf, *self.others)]


@dataclass(frozen=True, slots=True)
class Family:
    """The chains over one kind of key. ``wrong_client`` has serverAuth only, and the server refuses it."""

    root: Issued
    server: Chain
    client: Chain
    wrong_client: Chain


def make_family(kind: str) -> Family:
    """A root, an issuing CA and three leaves with keys of ``kind``, ``rsa`` or ``ecdsa``."""
    root = _issue(f"{kind}-root", _name("Benchmark Root", kind), None)
    purposes = (SERVER_AUTH, CLIENT_AUTH)
    issuing = _issue(f"{kind}-issuing", _name("Benchmark Issuing CA", kind), root, purposes)
    server = _leaf(f"{kind}-server", SERVER_NAME, issuing, (SERVER_AUTH,))
    client = _leaf(f"{kind}-client", CLIENT_NAME, issuing, purposes)
    wrong = _leaf(f"{kind}-wrong-client", CLIENT_NAME, issuing, (SERVER_AUTH,))
    return Family(root, Chain(server, (issuing, root)), Chain(client, (issuing,)), Chain(wrong, (issuing,)))


def _name(common_name: str, kind: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Synthetic Benchmark Ltd."),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{common_name} {kind.upper()}"),
        ]
    )


def _leaf(name: str, host: str, issuer: Issued, purposes: tuple[x509.ObjectIdentifier, ...]) -> Issued:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Synthetic Benchmark Ltd."),
            x509.NameAttribute(NameOID.COMMON_NAME, host),
        ]
    )
    return _issue(name, subject, issuer, purposes, host)


def _issue(
    name: str,
    subject: x509.Name,
    issuer: Issued | None,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    host: str | None = None,
) -> Issued:
    key = _key(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(_serial_prefix(name) + bytes(8), "big"))
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
    )
    for extension, critical in _extensions(key, issuer, purposes, host):
        builder = builder.add_extension(extension, critical)
    return Issued(name, builder.sign((issuer.key if issuer else key), hashes.SHA256()), key)


def _key(name: str) -> Key:
    if name.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _serial_prefix(name: str) -> bytes:
    """Eight octets that say which certificate it is; the first keeps the integer positive and of full length."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(name.encode())
    return b"\x5e" + digest.finalize()[:7]


def _extensions(
    key: Key, issuer: Issued | None, purposes: tuple[x509.ObjectIdentifier, ...], host: str | None
) -> list[tuple[x509.ExtensionType, bool]]:
    is_ca = host is None
    usage = x509.KeyUsage(True, False, False, False, False, is_ca, is_ca, False, False)
    wanted: list[tuple[x509.ExtensionType, bool]] = [
        (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]
    if is_ca:
        wanted.append((x509.BasicConstraints(True, None), True))
    if issuer is not None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        wanted.append((authority, False))
        wanted.append((x509.CRLDistributionPoints([_crl()]), False))
    if purposes:
        wanted.append((x509.ExtendedKeyUsage(purposes), False))
    if host is not None:
        names = [x509.DNSName(host), x509.DNSName(f"alt.{host}")]
        wanted.append((x509.SubjectAlternativeName(names), False))
    return wanted


def _crl() -> x509.DistributionPoint:
    url = x509.UniformResourceIdentifier("http://crl.bench.example/issuing.crl")
    return x509.DistributionPoint([url], None, None, None)
